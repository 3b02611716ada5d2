#!/usr/bin/env bash
# Makes further video files into the folder $1, where make.sh has been: codecs, containers, joined and cut files,
# covers, orientations, aspects, colours. FFMPEG names another program than `ffmpeg`.
set -euo pipefail
cd "${1:?a folder}"
ff() { "${FFMPEG:-ffmpeg}" -hide_banner -loglevel error -nostdin -y "$@"; }
x264=(-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50)
five=(-t 5 -i base.mp4)

# One behind the other.
ff -t 20 -i base.mp4 -c copy j1.ts
ff -ss 20 -t 20 -i base.mp4 -c copy -output_ts_offset 5000 j2.ts
ff -ss 40 -t 20 -i base.mp4 -c copy -output_ts_offset 100 j3.ts
cat j1.ts j2.ts j3.ts >joined.ts
ff -t 20 -i base.mp4 -c:v mpeg2video -q:v 4 -bf 2 -g 12 j1.mpg
ff -ss 20 -t 20 -i base.mp4 -c:v mpeg2video -q:v 4 -bf 2 -g 12 j2.mpg
cat j1.mpg j2.mpg >joined.mpg
for part in 0 20; do
  ff -ss $part -t 20 -i base.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof "j$part.mp4"
done
cat j0.mp4 j20.mp4 >joined.mp4

# Cut off.
ff -i base.mp4 -c copy -movflags faststart fast.mp4
head -c $(($(wc -c <fast.mp4) * 7 / 10)) fast.mp4 >off.mp4
for end in mkv flv; do
  ff -i base.mp4 -c copy "whole.$end"
  head -c $(($(wc -c <"whole.$end") * 6 / 10)) "whole.$end" >"off.$end"
done

# Covers, and several videos.
ff -ss 3 -i base.mp4 -frames:v 1 -s 1280x720 cover.jpg
ff -i b20.mp4 -i cover.jpg -map 1 -map 0:v -c copy -disposition:v:0 attached_pic cover.mp4
for end in mkv mp4; do ff -i cover.jpg -i b20.mp4 -map 0 -map 1:v -c copy "plain_cover.$end"; done
ff -i b20.mp4 -attach cover.jpg -metadata:s:t mimetype=image/jpeg -c copy attached.mkv
red=(-f lavfi -i color=red:s=160x90:r=25:d=20 -i b20.mp4 -map 0 -map 1:v "${x264[@]}")
ff "${red[@]}" -disposition:v:0 default -disposition:v:1 default two_defaults.mkv
ff "${red[@]}" no_default.ts

# Codecs and forms of pixels.
ff "${five[@]}" -vf scale=321:181 -c:v libx264 -preset ultrafast -pix_fmt yuv444p odd.mp4
ff "${five[@]}" -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le ten.mp4
ff "${five[@]}" -vf scale=out_range=full -c:v libx264 -preset ultrafast -pix_fmt yuvj420p -color_range pc full.mp4
ff "${five[@]}" -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p alpha.webm
ff "${five[@]}" -c:v libvpx -deadline realtime -cpu-used 8 -b:v 4M vp8.webm
ff "${five[@]}" -c:v mjpeg -q:v 3 motion.avi
ff "${five[@]}" -c:v wmv2 -q:v 3 windows.wmv
ff "${five[@]}" -c:v libtheora -q:v 8 theora.ogv
ff "${five[@]}" -c:v ffv1 lossless.mkv
ff "${five[@]}" -c:v prores_ks -profile:v 1 camera.mov
ff "${five[@]}" -c:v libsvtav1 -preset 12 av1.mp4 2>/dev/null
ff "${five[@]}" -c:v libx265 -x265-params log-level=none:open-gop=1:bframes=4:keyint=25 -preset ultrafast open.ts

# Clocks.
ff -t 30 -i base.mp4 -vf "select='lt(t,10)+gt(t,20)'" -fps_mode vfr "${x264[@]}" pause.mp4
ff -itsoffset -3 -t 20 -i base.mp4 -c copy -avoid_negative_ts disabled negative.mp4
ff -t 20 -i base.mp4 -c copy -live 1 lengthless.mkv

# Orientations, each with the picture that FFmpeg shows.
for turn in 0 90 180 270; do
  for flip in "" h v; do
    options=()
    [[ $turn == 0 ]] || options+=(-display_rotation "$turn")
    [[ -z $flip ]] || options+=("-display_${flip}flip")
    ff "${options[@]}" -i upright.mp4 -t 1 -c copy "turned$turn$flip.mp4"
    ff -i "turned$turn$flip.mp4" -frames:v 1 "turned$turn$flip.png"
  done
done

# Aspects that change in the stream.
ff -t 10 -i base.mp4 -vf setsar=1 "${x264[@]}" a1.ts
ff -ss 10 -t 10 -i base.mp4 -vf setsar=3/4 "${x264[@]}" -output_ts_offset 10 a2.ts
cat a1.ts a2.ts >aspects.ts

# Colours: HDR in other codecs, in the full range; wide primaries; full range.
bars() { ff -f lavfi -i smptehdbars=s=640x360:r=25:d=2 -vf "$1" "${@:2}"; }
from=zscale=tin=bt709:min=bt709:pin=bt709:rin=tv
to=m=bt2020nc:p=bt2020:npl=203
tags=(-color_primaries bt2020 -colorspace bt2020nc)
h265=(-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params)
x265=log-level=none:colorprim=bt2020:colormatrix=bt2020nc
bars "$from:t=smpte2084:$to:r=tv,format=yuv420p10le" -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -profile:v 2 \
  -color_trc smpte2084 "${tags[@]}" bars_pq.webm
bars "$from:t=arib-std-b67:$to:r=tv,format=yuv420p10le" -c:v libx264 -preset ultrafast -color_trc arib-std-b67 \
  "${tags[@]}" bars_hlg.mkv
bars "$from:t=smpte2084:$to:r=pc,format=yuv420p10le" "${h265[@]}" "$x265:range=full:transfer=smpte2084" \
  -color_range pc bars_pq_full.mp4
bars "$from:t=bt709:$to:r=tv,format=yuv420p10le" "${h265[@]}" "$x265:transfer=bt709" bars_wide.mp4
bars scale=out_color_matrix=bt709:out_range=full -c:v libx264 -preset ultrafast -pix_fmt yuvj420p -colorspace bt709 bars_full.mp4
