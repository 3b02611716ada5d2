"""What a video costs besides its bytes: our confined child, against a bare yt-dlp process a video.

A file of 1 MB is served on loopback, and downloaded ten times in a row by either: the children of
``movietag.sandbox`` as the fetch stage uses them, and ``python -m yt_dlp URL``, as a script would. They take turns.
CPU seconds are those of all processes that this takes, the start of the forker (once a run of ten) included.

    python -m benchmarks.fetching        # half a minute; the last line is JSON
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from movietag.crawl.downloading import try_download
from movietag.drawn.encode import black_shot, write_video
from movietag.records import Video, VideoId
from movietag.sandbox.forking import end_forkers
from movietag.settings import Settings

VIDEOS, RUNS = 10, 5
BYTES = 1 << 20


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def ours(url: str, address: str, home: Path) -> None:
    """Download the videos, each in a child."""
    settings = Settings(home=home, private_hosts=(address,))

    async def download() -> None:
        for number in range(VIDEOS):
            await try_download(Video(VideoId(f"u:{number}"), "url", url), settings)

    asyncio.run(download())
    end_forkers()


def bare(url: str, home: Path) -> None:
    """Download the videos, each by a yt-dlp of its own."""
    for number in range(VIDEOS):
        command = [
            sys.executable,
            "-m",
            "yt_dlp",
            "--quiet",
            "--no-progress",
            "--ignore-config",
            "--no-update",
        ]
        subprocess.run([*command, "-o", str(home / f"{number}.mp4"), url], check=True)


def cost(work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds and seconds of a video."""

    def cpu() -> float:
        used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in used)

    began, since = cpu(), time.perf_counter()
    work()
    return (cpu() - began) / VIDEOS, (time.perf_counter() - since) / VIDEOS


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        served, home = Path(folder) / "served", Path(folder) / "home"
        served.mkdir()
        home.mkdir()
        film = served / "film.mp4"
        write_video(film, [black_shot(24, 320, 180)], 320, 180)
        with film.open("ab") as file:  # an MP4 may end in a box of rubbish
            file.write((BYTES).to_bytes(4, "big") + b"free" + bytes(BYTES - 8))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=served))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        url = f"http://{address}/film.mp4"
        ways: dict[str, Callable[[], None]] = {
            "ours": partial(ours, url, address, home),
            "bare": partial(bare, url, home),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(RUNS):
            for name, work in ways.items():
                found[name].append(cost(work))
                for left in home.glob("*.mp4"):
                    left.unlink()
        server.shutdown()
    ratios = [mine[0] / other[0] for mine, other in zip(found["ours"], found["bare"], strict=True)]
    result: dict[str, object] = {
        "load_before": round(os.getloadavg()[0], 1),
        "ratio": round(median(ratios), 3),
        "ratios": [round(one, 3) for one in sorted(ratios)],
    }
    for name, runs in found.items():
        result[f"{name}_cpu_s"] = round(median(cpu for cpu, _ in runs), 4)
        result[f"{name}_s"] = round(median(seconds for _, seconds in runs), 4)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
