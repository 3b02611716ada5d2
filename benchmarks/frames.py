"""Sampling a video, against the least work that gives the same frames, and against OpenCV's seeks.

Draws a clip of three minutes, 1280x720, and takes 50 frames of 640x360 from it in four ways, which
take turns within one process:

* ``keyframes`` and ``exact``: ``movietag.frames`` as the fetch stage uses it (without duplicate hashes,
  as the clip repeats itself);
* ``limit``: seek, decode the one keyframe packet, shrink, JPEG. Nothing is checked or filtered: what
  PyAV and OpenCV can do at best. ``decode`` is the part of it before shrinking;
* ``opencv``: cv2.VideoCapture, a seek to each instant, shrink, JPEG.

Times are CPU seconds of the whole process, all threads: other work on the machine does not count.

    python -m benchmarks.frames        # about a minute; the last line is JSON
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median

import av
import cv2
import msgspec
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from movietag.frames.extract import extract_video, probe
from movietag.frames.filters import Picture
from movietag.frames.jpeg import encode_jpeg
from movietag.frames.sampling import targets
from movietag.records import Sampling

WIDTH, HEIGHT, RATE = 1280, 720, 24
SHOT, SHOTS, LOOPS = 90, 8, 6  # frames in a shot, shots drawn, times they are repeated
RUNS = 5
SAMPLING = Sampling(
    slots=50,
    trim_start=2,
    trim_end=4,
    mode="keyframes",
    width=640,
    height=360,
    jpeg_quality=85,
    drop_dark=True,
    drop_flat=True,
    duplicate_bits=-1,
)


def canvas(seed: int) -> Picture:
    """A landscape of noise at four scales, larger than the screen."""
    chance = np.random.default_rng(seed)
    total = np.zeros((1000, 1800, 3), np.float32)
    for scale in (4, 16, 64, 256):
        coarse = chance.random((1000 // scale + 2, 1800 // scale + 2, 3), dtype=np.float32)
        total += cv2.resize(coarse, (1800, 1000), interpolation=cv2.INTER_CUBIC) * scale**0.5
    return np.asarray(cv2.normalize(total, total, 0, 255, cv2.NORM_MINMAX), dtype=np.uint8)


def draw(path: Path) -> None:
    """Write the shots once: pans over canvases, H.264, a keyframe each two seconds.

    So each of the instants, 3.5 s apart, has a keyframe of its own, as the limit needs.
    """
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE)
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264 is no video encoder here.")
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "26", "g": str(2 * RATE)}
        for shot in range(SHOTS):
            picture = canvas(shot)
            for step in range(SHOT):
                y, x = 2 * step, 5 * step
                view = np.ascontiguousarray(picture[y : y + HEIGHT, x : x + WIDTH])
                file.mux(stream.encode(VideoFrame.from_ndarray(view, format="bgr24")))
        file.mux(stream.encode())


def repeat(once: Path, path: Path) -> None:
    """Write the packets of ``once`` several times over."""
    with av.open(str(path), "w") as file:
        stream: VideoStream | None = None
        for loop in range(LOOPS):
            with av.open(str(once)) as source:
                video = source.streams.video[0]
                stream = stream or file.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.pts is None or packet.dts is None:
                        continue
                    later = round(Fraction(loop * SHOT * SHOTS, RATE) / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = stream
                    file.mux(packet)


def keyframe(container: InputContainer, stream: VideoStream, seconds: float) -> VideoFrame:
    """The keyframe before an instant, with nothing checked."""
    container.seek(int(seconds / (stream.time_base or 1)), stream=stream)
    decoder = stream.codec_context
    packet = next(container.demux(stream))
    frames = decoder.decode(packet) or decoder.decode(None)
    decoder.flush_buffers()
    return frames[0]


def limit(path: Path, wanted: Sequence[float], *, shrink: bool) -> int:
    """The least work; how many frames it gave."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for seconds in wanted:
            frame = keyframe(container, stream, seconds)
            if shrink:
                small(np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8))
    return len(wanted)


def opencv(path: Path, wanted: Sequence[float]) -> int:
    """The same through cv2.VideoCapture; how many frames it gave."""
    capture = cv2.VideoCapture(str(path))
    given = 0
    for seconds in wanted:
        capture.set(cv2.CAP_PROP_POS_MSEC, seconds * 1000)
        done, picture = capture.read()
        if done:
            small(np.asarray(picture, dtype=np.uint8))
            given += 1
    capture.release()
    return given


def small(picture: Picture) -> bytes:
    """Shrink and compress."""
    size = (SAMPLING.width, SAMPLING.height)
    resized = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return encode_jpeg(resized, SAMPLING.jpeg_quality)


def extracted(path: Path, sampling: Sampling) -> int:
    """Ours; how many frames it gave."""
    return sum(1 for _ in extract_video(path, sampling))


def cpu_seconds(work: Callable[[], int]) -> float:
    """CPU time of a piece of work, which must give a frame for each slot.

    Raises:
        RuntimeError: it gave fewer.
    """
    start = time.process_time()
    given = work()
    spent = time.process_time() - start
    if given != SAMPLING.slots:
        raise RuntimeError(f"{given} frames instead of {SAMPLING.slots}: nothing to compare.")
    return spent


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {
        "median": round(median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
    }


def measure(path: Path, wanted: Sequence[float]) -> dict[str, list[float]]:
    """CPU seconds of each way in each run; a run before the first one warms up."""
    exact = msgspec.structs.replace(SAMPLING, mode="exact")
    ways: dict[str, Callable[[], int]] = {
        "decode": lambda: limit(path, wanted, shrink=False),
        "limit": lambda: limit(path, wanted, shrink=True),
        "keyframes": lambda: extracted(path, SAMPLING),
        "exact": lambda: extracted(path, exact),
        "opencv": lambda: opencv(path, wanted),
    }
    runs = [{name: cpu_seconds(work) for name, work in ways.items()} for _ in range(RUNS + 1)]
    return {name: [run[name] for run in runs[1:]] for name in ways}


def main() -> None:
    """Draw, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        once, path = Path(folder, "once.mp4"), Path(folder, "clip.mp4")
        draw(once)
        repeat(once, path)
        clip = probe(path)
        wanted = targets(clip.seconds, SAMPLING)
        spent = measure(path, wanted)
    pairs = [("keyframes", "limit"), ("opencv", "keyframes"), ("opencv", "exact")]
    ratios = {
        f"{one}_to_{other}": [a / b for a, b in zip(spent[one], spent[other], strict=True)]
        for one, other in pairs
    }
    for name, values in spent.items():
        print(f"{name:10} {median(values):.3f} CPU s for {SAMPLING.slots} frames")
    print(
        json.dumps(
            {
                "benchmark": "frames",
                "clip": {
                    "seconds": round(clip.seconds, 1),
                    "width": clip.width,
                    "height": clip.height,
                },
                "slots": SAMPLING.slots,
                "runs": RUNS,
                "cpu_seconds": {name: spread(values) for name, values in spent.items()},
                "ratios": {name: spread(values) for name, values in ratios.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
