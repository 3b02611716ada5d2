"""A web server that misbehaves as told by the path, on a port of its own."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

from support.loopback_server import LoopbackServer, SilentHandler, answering

PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>Not here.</body></html>"
KINDS = {
    ".html": "text/html",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".xml": "application/rss+xml",
}


class Misbehaving(LoopbackServer):
    """Serves ``folder``, and faults; ``asked`` counts requests by path. ``healing.mp4`` is 503 while ``broken`` is set."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(_Handler, address)
        self.folder = folder
        self.asked: Counter[str] = Counter()
        self.broken = threading.Event()

    def url(self, path: str) -> str:
        return f"http://{self.host}/{path}"


class _Handler(SilentHandler):
    server: Misbehaving

    def do_HEAD(self) -> None:  # noqa: N802
        self.do_GET()

    def do_GET(self) -> None:  # noqa: N802
        path = self.path.partition("?")[0].strip("/")
        self.server.asked[path] += 1
        fault = getattr(self, "fault_" + path.partition(".")[0].replace("-", "_"), None)
        if (status := path.removesuffix(".mp4")).isdecimal():
            self.send(int(status), PAGE, "text/html")
        elif fault is not None:
            fault()
        else:
            file = self.server.folder / path
            if not file.is_file():
                self.send(404, PAGE, "text/html")
            else:
                self.send(200, file.read_bytes(), KINDS.get(file.suffix, "video/mp4"))

    def send(self, status: int, body: bytes, kind: str, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def good(self) -> bytes:
        return (self.server.folder / "good.mp4").read_bytes()

    def fault_page(self) -> None:
        self.send(
            200,
            b"<html><head><title>A movie</title></head><body><video src='good.mp4'></video></body>",
            "text/html",
        )

    def fault_busy(self) -> None:
        """503 twice, then the video."""
        if self.server.asked["busy.mp4"] <= 2:
            self.send(503, PAGE, "text/html")
        else:
            self.send(200, self.good, "video/mp4")

    def fault_healing(self) -> None:
        if self.server.broken.is_set():
            self.send(503, PAGE, "text/html")
        else:
            self.send(200, self.good, "video/mp4")

    def fault_stall(self) -> None:
        self.send(200, self.good[:2000], "video/mp4", length=len(self.good))
        self.server.closing.wait(60)

    def fault_trickle(self) -> None:
        self.send(200, self.good[:100], "video/mp4", length=len(self.good))
        while not self.server.closing.wait(0.2):
            self.wfile.write(b"x")

    def fault_truncated(self) -> None:
        """Half of it, each time, and no resuming."""
        self.send(200, self.good[: len(self.good) // 2], "video/mp4", length=len(self.good))
        self.close_connection = True

    def fault_empty(self) -> None:
        self.send(200, b"", "video/mp4")

    def fault_html(self) -> None:
        self.send(200, PAGE, "video/mp4")

    def fault_list(self) -> None:
        self.send(200, b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "video/mp4")

    def fault_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(self.good)
        while not self.server.closing.is_set():
            self.wfile.write(bytes(1 << 16))

    def fault_huge(self) -> None:
        self.send(200, self.good, "video/mp4", length=1 << 40)
        self.server.closing.wait(60)

    def fault_loop(self) -> None:
        """To itself, under another address each time, for ever."""
        self.send_response(302)
        again = int(self.path.partition("?")[2] or 0) + 1
        self.send_header("Location", f"http://{self.server.host}/loop.mp4?{again}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def fault_away(self) -> None:
        """Elsewhere on this machine: ``away.mp4?PORT``."""
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.path.partition('?')[2]}/good.mp4")
        self.send_header("Content-Length", "0")
        self.end_headers()


def serving(folder: Path, address: str = "127.0.0.1") -> AbstractContextManager[Misbehaving]:
    return answering(Misbehaving(folder, address))
