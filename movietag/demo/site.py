"""The demo's video site: a small HTTP server on loopback.

``/search?q=…&n=15`` returns a JSON list of videos, ``/info/<id>`` one video, ``/video/<id>.mp4`` the file (with
Range). Run it with ``python -m movietag.demo.site --root DIR --port N``.
"""

from __future__ import annotations

import argparse
import logging
import re
import signal
import threading
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from urllib.parse import parse_qs, urlsplit

import msgspec

from movietag.demo.search import find
from movietag.drawn import TRUTH_FILE
from movietag.drawn.truth import VideoTruth, read_truth
from movietag.records import Record

log = logging.getLogger(__name__)

_FILE = re.compile(r"/video/([\w-]+)\.mp4")
_INFO = re.compile(r"/info/([\w-]+)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_CHUNK = 1 << 18


class SiteVideo(Record, frozen=True):
    """A video as the site describes it; ``duration`` is in seconds, ``url`` a path on the site."""

    id: str
    url: str
    title: str
    duration: float
    channel: str
    view_count: int
    width: int
    height: int


def entry_of(video: VideoTruth) -> SiteVideo:
    """The site's description of a video: it does not reveal what the video really shows."""
    return SiteVideo(
        id=video.video_id,
        url=f"/video/{video.video_id}.mp4",
        title=video.title,
        duration=video.seconds,
        channel=video.channel,
        view_count=video.views,
        width=video.width,
        height=video.height,
    )


class Handler(BaseHTTPRequestHandler):
    """Handles GET; one instance a request."""

    protocol_version = "HTTP/1.1"

    def __init__(self, videos: Mapping[str, VideoTruth], folder: Path, *given: object) -> None:
        self._videos, self._folder = videos, folder
        super().__init__(*given)  # type: ignore[arg-type]  # what the server hands over

    def do_GET(self) -> None:
        """Route a request."""
        parts = urlsplit(self.path)
        if parts.path == "/search":
            query = parse_qs(parts.query)
            limit = query.get("n", ["15"])[0]
            hits = find(
                query.get("q", [""])[0],
                tuple(self._videos.values()),
                int(limit) if limit.isdecimal() else 15,
            )
            self._json([entry_of(video) for video in hits])
        elif match := _INFO.fullmatch(parts.path):
            video = self._videos.get(match[1])
            self._json(entry_of(video)) if video else self.send_error(HTTPStatus.NOT_FOUND)
        elif match := _FILE.fullmatch(parts.path):
            self._file(self._folder / f"{match[1]}.mp4")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815  # the name that the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Log no requests."""
        log.debug(format, *args)

    def _json(self, value: object) -> None:
        body = msgspec.json.encode(value)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _file(self, path: Path) -> None:
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        size = path.stat().st_size
        span = _RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(span[1]) if span else 0
        last = min(int(span[2]), size - 1) if span and span[2] else size - 1
        if first > last:
            self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        self.send_response(HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if self.command != "HEAD":
            self._send(path, first, last + 1)

    def _send(self, path: Path, first: int, end: int) -> None:
        with path.open("rb") as file:
            file.seek(first)
            while first < end:
                data = file.read(min(_CHUNK, end - first))
                if not data:
                    return
                self.wfile.write(data)
                first += len(data)


class Server(ThreadingHTTPServer):
    """The site's server; a client that disconnects is no error."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Log one line instead of a traceback."""
        log.debug("A connection from %s ended early.", client_address, exc_info=True)


def make_server(root: Path, port: int) -> Server:
    """The server of a library, bound to 127.0.0.1 (port 0: any free one), not yet serving."""
    truth = read_truth(root / TRUTH_FILE)
    videos = {video.video_id: video for movie in truth.movies for video in movie.videos}
    return Server(("127.0.0.1", port), partial(Handler, videos, root / "videos"))


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="The demo's video site.")
    parser.add_argument("--root", type=Path, required=True, help="folder of the demo library")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    server = make_server(options.root, options.port)

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("The demo's site serves %s on port %d.", options.root, server.server_port)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
