"""The site of the videos: finds them by title, serves them, and fails as the generator or a test says."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from frames.drawn_videos import write_video

from chaos.pictures import HEIGHT, WIDTH, drawn
from chaos.world import FAILING, SLOTS, Clip, Mood, Movie

PAGE = b"<!DOCTYPE html><html><body>Not here any more</body></html>" * 40


class Site:
    """A server on loopback, its videos drawn into ``folder`` when they are first asked for.

    Of the first one of each movie it takes ``linger`` seconds to say anything.

    Attributes:
        searches: how the search for a title answers now; one that is not there: with all of its videos.
        gone: ids of videos that are no longer there.
        asked: how often each video was asked for; ``searched``, each title.
    """

    def __init__(
        self, movies: Sequence[Movie], folder: Path, port: int, linger: float = 0.0
    ) -> None:
        self.movies, self.linger = movies, linger
        self.clips = {clip.site_id: (movie, clip) for movie in movies for clip in movie.clips}
        self.folder = folder
        self.searches: dict[str, Mood] = {
            movie.title: movie.search.mood
            for movie in movies
            if movie.search and not movie.search.complete
        }
        self.gone: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.searched: Counter[str] = Counter()
        self.drawing = threading.Lock()
        self._held: dict[str, threading.Event] = {}
        self.server = _Server(("127.0.0.1", port), partial(_Handler, self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hold(self, name: str) -> None:
        """Have whoever asks for a video, or searches for a title, wait."""
        self._held[name] = threading.Event()

    def release(self, name: str) -> None:
        """Answer those who wait, and from now on at once."""
        self._held.pop(name).set()

    def wait(self, name: str) -> None:
        """Block while a video or title is held."""
        if held := self._held.get(name):
            held.wait()

    def found(self, query: str) -> list[dict[str, object]] | None:
        """The videos of the movie whose title the query begins with; None: the search fails."""
        for movie in self.movies:
            if query.startswith(movie.title):
                self.searched[movie.title] += 1
                self.wait(movie.title)
                how = self.searches.get(movie.title, len(movie.clips))
                if how == "busy":
                    return None
                shown = 0 if how == "nothing" else how
                return [self.entry(movie, clip) for clip in movie.clips[:shown]]
        return []

    def entry(self, movie: Movie, clip: Clip) -> dict[str, object]:
        """A video as the site describes it."""
        return {
            "id": clip.site_id,
            "url": f"/video/{clip.site_id}.mp4",
            "title": f"{movie.title} (1990) official trailer",
            "duration": float(SLOTS),
            "channel": "Chaos",
            "view_count": 1000,
            "width": WIDTH,
            "height": HEIGHT,
        }

    def body(self, clip: Clip) -> bytes | None:
        """The file of a video; None where it is gone."""
        if clip.site_id in self.gone:
            return None
        if clip.trouble in FAILING:
            return {"gone": None, "page": PAGE, "empty": b""}[clip.trouble]
        path = self.folder / f"{clip.site_id}.mp4"
        with self.drawing:
            if not path.exists():
                pictures = (drawn(clip.number, slot) for slot in range(SLOTS))
                write_video(path, pictures, rate=1, gop=1, codec_options={"bf": "0"})
        return path.read_bytes()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that is killed hangs up: that is the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *given: object) -> None:
        self.site = site
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/search":
            found = self.site.found(parse_qs(parts.query).get("q", [""])[0])
            if found is None:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                self._json(found)
            return
        kind, _, rest = parts.path.removeprefix("/").partition("/")
        known = self.site.clips.get(rest.removesuffix(".mp4"))
        if known is None or kind not in ("info", "video"):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif kind == "info":
            self._json(self.site.entry(*known))
        else:
            self._video(*known)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _json(self, value: object) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _video(self, movie: Movie, clip: Clip) -> None:
        self.site.asked[clip.site_id] += self.command == "GET"
        if clip.trouble == "busy" and self.site.asked[clip.site_id] <= 2:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if self.command == "GET":
            time.sleep(self.site.linger if clip is movie.clips[0] else 0)
            self.site.wait(clip.site_id)
        body = self.site.body(clip)
        if body is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._send(body, "video/mp4")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
