"""The stack whose stages are scraped, and titles of pictures, of files that are no videos, and of nothing."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import cv2
from frames.drawn_videos import textured
from support.commands import until
from support.two_taggers import repository

from movietag.adding import send_titles
from movietag.errors import MovietagError
from movietag.local.stack import Stack
from movietag.rules.titles import parse_title
from movietag.search.reader import reader
from movietag.settings import Settings
from movietag.stage_state import embedded_ports

PICTURES = 12
PORTS = (1, 2, 92, 93, 200, 300, 390, 391)  # some of those of an embedded stack, and Prometheus's
PROMETHEUS = 390  # above the port base, as the pages' port is


class Field:
    """An embedded stack with a quick model."""

    def __init__(self, folder: Path, base: int) -> None:
        self.roots = folder / "roots"
        self.roots.mkdir()
        self.settings = Settings(
            home=folder / "home",
            port_base=base,
            model="one",
            roots=(self.roots,),
            duplicate_bits=-1,
            drop_cards=False,
            fetch_interval=0,
            stop_seconds=5,
        )
        self.stack = Stack(self.settings, model_repository=repository(folder / "models", "one"))
        self.metrics = [f"127.0.0.1:{port}" for port in embedded_ports(self.settings)]

    async def pictures(self, movies: int) -> list[str]:
        """Send so many movies of pictures; their ids."""
        sent = []
        for _ in range(movies):
            name = f"Pictures {secrets.token_hex(4)}"
            folder = self.roots / name
            folder.mkdir()
            for number in range(PICTURES):
                seed = secrets.randbelow(1 << 30)
                cv2.imwrite(str(folder / f"{number:02}.png"), textured(seed))
            sent.append(json.dumps({"title": name, "images": [str(folder)]}).encode())
        await self._send(sent)
        return [parse_title(one).movie_id for one in sent]

    async def no_videos(self, movies: int) -> None:
        """Send so many movies, each with a file that is a page and no video."""
        page = self.roots / "page.mp4"
        page.write_bytes(b"<!DOCTYPE html><html><body>Not found</body></html>" * 50)
        run = secrets.token_hex(4)
        titles = [{"title": f"Page {run} {at}", "files": [str(page)]} for at in range(movies)]
        await self._send([json.dumps(title).encode() for title in titles])

    async def blank(self) -> None:
        """Send a title that is none."""
        await self._send([b"   "])

    async def _send(self, titles: list[bytes]) -> None:
        """Send titles; a busy machine's Kafka may want several tries."""

        async def sent() -> bool | None:
            try:
                await send_titles(self.settings, titles)
            except MovietagError:
                return None
            return True

        await until(sent, 60)

    async def complete(self, movie_ids: list[str]) -> None:
        """Wait until each movie has all its images, once."""

        async def there() -> bool | None:
            try:
                async with reader(self.settings) as library:
                    found = [await library.movie(movie_id) for movie_id in movie_ids]
            except MovietagError:
                return None
            images = [movie.images for movie in found if movie.status == "complete"]
            return True if images == [PICTURES] * len(movie_ids) else None

        await until(there, 120)
