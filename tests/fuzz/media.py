"""Files that are no whole videos, made by code, and what may become of each."""

from __future__ import annotations

import gzip
import json
import os
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from drawn_videos import textured, write_tone, write_video

from fuzz.pictures import huge_jpeg, jpeg, png

SECRET = b"a secret outside the roots"

READ = frozenset({"frames"})
NOT = frozenset({"not-a-video"})
OUTSIDE = frozenset({"forbidden-path"})
MISSING = frozenset({"missing-path"})
ANY = READ | NOT | {
    "no-frames", "no-video-stream", "no-decoder", "too-large", "too-slow", "damaged", "dolby-vision",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Medium:
    """A file or folder that a title names, and what may come of it: ``frames`` or kinds of failure."""

    name: str
    path: Path
    outcomes: frozenset[str]
    field: str = "files"


def corpus(root: Path, outside: Path, seed: int = 1) -> list[Medium]:
    """Write the corpus below ``root``; links in it lead to ``outside``."""
    rng = random.Random(seed)
    secret = outside / "secret.mp4"
    write_video(secret, [textured(i) for i in range(30)], gop=10)
    whole = write_video(root / "whole.mp4", [textured(i) for i in range(60)], gop=10)
    return [
        Medium("whole", whole, READ),
        *_damaged(root, whole.read_bytes(), rng),
        *_odd(root),
        *_disguised(root, secret, rng),
        *_not_files(root, secret),
        *_folders(root, secret, rng),
    ]


def _written(root: Path, name: str, data: bytes, outcomes: frozenset[str]) -> Medium:
    path = root / f"{name.replace(' ', '-')}.mp4"
    path.write_bytes(data)
    return Medium(name, path, outcomes)


def _damaged(root: Path, whole: bytes, rng: random.Random) -> list[Medium]:
    moov = whole.index(b"moov")
    found = [
        _written(root, f"cut at {share:.0%}", whole[: int(len(whole) * share)], ANY)
        for share in (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
    ]
    found.append(_written(root, "index lost", whole[: moov - 4], NOT))
    found.append(_written(root, "index only", whole[moov - 4 :], ANY))
    found.append(_written(root, "empty", b"", NOT))
    found.append(_written(root, "wrong codec", whole.replace(b"avc1", b"xxxx"), ANY))
    found.append(_written(root, "codec hevc", whole.replace(b"avc1", b"hvc1"), ANY))
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = whole.index(name)
        for label, value in (
            ("huge", b"\x7f\xff\xff\xff"),
            ("zero", bytes(4)),
            ("minus", b"\xff" * 4),
        ):
            data = bytearray(whole)
            place = at + 4 + (20 if name == b"tkhd" else 16)
            data[place : place + 4] = value
            found.append(_written(root, f"{label} length in {name.decode()}", bytes(data), ANY))
    for box in (b"stsz", b"stco", b"stts", b"stss", b"stsc"):
        data = bytearray(whole)
        at = whole.index(box) + 8
        data[at : at + 4] = struct.pack(">I", 0x7FFFFFFF)  # so many entries
        found.append(_written(root, f"endless {box.decode()}", bytes(data), ANY))
    for number in range(8):
        data = bytearray(whole)
        for _ in range(200):
            data[rng.randrange(40, len(data))] = rng.randrange(256)
        found.append(_written(root, f"noise {number}", bytes(data), ANY))
    return found


def _odd(root: Path) -> list[Medium]:
    def made(name: str, outcomes: frozenset[str] = READ, **options: object) -> Medium:
        path = write_video(root / name, **options)  # type: ignore[arg-type]
        return Medium(name, path, outcomes)

    return [
        made("one-frame.mp4", ANY, pictures=[textured(1)]),
        made("two-pixels.mp4", ANY, pictures=[textured(1, 2, 2)] * 3),
        made("thin.mp4", ANY, pictures=[textured(i, 4096, 2) for i in range(3)]),
        made("8k.mp4", frozenset({"too-large"}), pictures=[textured(1, 4352, 2400)]),
        made("frame-bomb.mp4", ANY, pictures=[textured(1, 16, 16)] * 20_000, gop=250,
             codec_options={"preset": "ultrafast"}),
        made("keyframe-bomb.mkv", ANY, pictures=[textured(i % 7, 16, 16) for i in range(5_000)], gop=1),
        made("days.mkv", ANY, pictures=[textured(i) for i in range(4)], rate=1,
             times=lambda i: i * 86_400_000),
        Medium("tone", write_tone(root / "tone.mp4"), frozenset({"no-video-stream"})),
    ]  # fmt: skip


def _disguised(root: Path, secret: Path, rng: random.Random) -> list[Medium]:
    archive = root / "zip.tmp"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(20_000_000))
    zipped = archive.read_bytes()
    archive.unlink()
    lists = {
        "playlist": f"#EXTM3U\n#EXTINF:5,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "key file": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="file://{secret}"\n#EXTINF:5,\nx.ts\n',
        "concat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "concat protocol": f"concat:{secret}|{secret}",
        "dash": f'<?xml version="1.0"?><MPD><BaseURL>file://{secret}</BaseURL></MPD>',
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "subtitles": "1\n00:00:00,000 --> 00:00:05,000\nmurder\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>',
        "html": "<!doctype html><html><body>Not found</body></html>",
        "pdf": "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "avisynth": f'DirectShowSource("{secret}")',
        "json bomb": "[" * 1_000_000,
    }
    found = [_written(root, name, text.encode(), NOT) for name, text in lists.items()]
    found += [
        _written(root, "zip bomb", zipped, NOT),
        _written(root, "gzip bomb", gzip.compress(bytes(20_000_000)), NOT),
        _written(root, "jpeg", jpeg(rng), NOT),
        _written(root, "huge jpeg", huge_jpeg(rng), NOT),
        _written(root, "gif bomb", gif(5_000), NOT),
        _written(root, "elf", b"\x7fELF" + bytes(500), NOT),
        _written(root, "noise behind ftyp", b"\0\0\0\x18ftypisom" + rng.randbytes(50_000), NOT),
        # A reference movie: its index names another file that holds the pictures.
        _written(root, "reference movie", _reference(root, secret), ANY),
    ]
    return found


def _reference(root: Path, secret: Path) -> bytes:
    """A movie whose data lies, by its ``dref`` box, in another file."""
    data = (root / "whole.mp4").read_bytes()
    alias = b"alis" + bytes(4) + str(secret).encode()[:4]
    return data.replace(b"url \x00\x00\x00\x01", alias[:8], 1)


def gif(frames: int) -> bytes:
    """An animated GIF that claims 65,535 pixels a side and has many tiny frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6)
    one = b"\x21\xf9\x04\x00\x01\x00\x00\x00" + b"\x2c" + bytes(4) + b"\x01\x00\x01\x00\x00"
    return head + (one + b"\x02\x02\x44\x01\x00") * frames + b"\x3b"


def _not_files(root: Path, secret: Path) -> list[Medium]:
    inside, out = root / "link-in.mp4", root / "link-out.mp4"
    inside.symlink_to(root / "whole.mp4")
    out.symlink_to(secret)
    (root / "loop.mp4").symlink_to(root / "loop.mp4")
    (root / "nowhere.mp4").symlink_to(root / "not-there.mp4")
    (root / "zero.mp4").symlink_to("/dev/zero")
    (root / "folder.mp4").mkdir()
    (root / "up").symlink_to(secret.parent, target_is_directory=True)
    os.mkfifo(root / "pipe.mp4")
    sparse = root / "sparse.mp4"
    with sparse.open("wb") as file:
        file.write(b"\0\0\0\x18ftypisom" + bytes(12))
        file.truncate(1 << 40)  # a tebibyte that takes no room
    return [
        Medium("link inside", inside, READ),
        Medium("link outside", out, OUTSIDE),
        Medium("loop of links", root / "loop.mp4", OUTSIDE | MISSING),
        Medium("link to nothing", root / "nowhere.mp4", MISSING),
        Medium("link to a device", root / "zero.mp4", OUTSIDE),
        Medium("folder", root / "folder.mp4", MISSING),
        Medium("through a linked folder", root / "up" / secret.name, OUTSIDE),
        Medium("with ..", root / ".." / secret.parent.name / secret.name, OUTSIDE),
        Medium("pipe", root / "pipe.mp4", MISSING),
        Medium("device", Path("/dev/zero"), OUTSIDE),
        Medium("memory", Path("/proc/self/mem"), OUTSIDE),
        Medium("sparse", sparse, ANY),
    ]


def _folders(root: Path, secret: Path, rng: random.Random) -> list[Medium]:
    folder = root / "pictures"
    folder.mkdir()
    whole = jpeg(rng, 160, 90)
    for number in range(60):
        (folder / f"{number:03d}.jpg").write_bytes(whole[: number * len(whole) // 60])
    (folder / "a.png").write_bytes(png(60_000, 60_000, b""))
    (folder / "b.jpg").write_bytes(huge_jpeg(rng))
    (folder / "c.jpg").symlink_to(secret)
    (folder / "d.jpg").mkdir()
    os.mkfifo(folder / "e.jpg")
    cv2.imwrite(str(folder / "f.jpg"), np.asarray(textured(3)))
    linked = root / "linked"
    linked.symlink_to(secret.parent, target_is_directory=True)
    empty = root / "empty-folder"
    empty.mkdir()
    return [
        Medium("pictures", folder, READ, "images"),
        Medium("linked folder", linked, OUTSIDE, "images"),
        Medium("empty folder", empty, frozenset({"no-pictures"}), "images"),
        Medium("file as folder", root / "whole.mp4", MISSING, "images"),
    ]


Maker = Callable[[Medium], bytes]


def title(medium: Medium, movie_id: str) -> bytes:
    """The title that names it."""
    content = {"title": "Medium", "movie_id": movie_id, medium.field: [str(medium.path)]}
    return json.dumps(content).encode()


def good(root: Path) -> Medium:
    """A video without fault: 20 seconds, unlike every other."""
    pictures = [textured(1_000 + i // 30) for i in range(600)]
    return Medium("good", write_video(root / "good.mp4", pictures), READ)
