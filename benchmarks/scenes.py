"""The sampling modes on one film, against the cuts that PySceneDetect's ContentDetector finds in every frame.

    uv pip install --no-deps scenedetect tqdm        # not among movietag's own requirements
    python -m benchmarks.scenes FILM                 # the last line is JSON

``shots`` is in how many of the detector's shots the 50 frames lie: more is more of the film. ``at_cuts`` is how many
of the frames lie within half a second after a cut. CPU seconds are of the whole process.
"""

from __future__ import annotations

import json
import sys
import time
from bisect import bisect_right
from importlib import import_module
from pathlib import Path

import msgspec

from benchmarks.frames import SAMPLING
from movietag.frames.extract import extract_video

AFTER = 0.5  # seconds


def cuts_of(path: Path) -> tuple[list[float], float]:
    """The cuts that the detector finds, in seconds, and the CPU seconds that it takes."""
    detect = import_module("scenedetect")
    start = time.process_time()
    scenes = detect.detect(str(path), detect.ContentDetector())
    return [float(begin.seconds) for begin, _ in scenes], time.process_time() - start


def main(arguments: list[str]) -> None:
    """Detect, sample in each mode, print."""
    path = Path(arguments[0])
    cuts, cpu = cuts_of(path)
    modes: dict[str, dict[str, float]] = {}
    for mode in ("keyframes", "exact", "scenes"):
        sampling = msgspec.structs.replace(SAMPLING, mode=mode)
        start = time.process_time()
        times = [frame.time for frame in extract_video(path, sampling)]
        spent = time.process_time() - start
        shots = {bisect_right(cuts, at + 0.05) for at in times}
        near = sum(at + 0.05 - cuts[bisect_right(cuts, at + 0.05) - 1] <= AFTER for at in times)
        modes[mode] = {
            "frames": len(times), "shots": len(shots), "at_cuts": near, "cpu_seconds": round(spent, 2),
        }  # fmt: skip
        print(f"{mode:10} {modes[mode]}")
    print(
        json.dumps(
            {
                "benchmark": "scenes",
                "shots": len(cuts),
                "detector_cpu_seconds": round(cpu, 1),
                **modes,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
