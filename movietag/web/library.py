"""What the server reads from: a reader, how usual each tag is, a snapshot for pages, the kept frames."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from movietag.search.indices import Place
from movietag.search.lift import Lifts
from movietag.search.reader import Reader, reader_with
from movietag.settings import Settings, after_retags
from movietag.web.kept import Kept
from movietag.web.thumbnails import Thumbnails
from movietag.web.works import Works, works_of

LIFT_SECONDS: Final = 60.0
SNAPSHOT_SECONDS: Final = 5.0
WORKS_SECONDS: Final = 1.5


class Library:
    """The reader of a server, and what all its calls share."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self.reader = reader
        self.settings = settings
        self.thumbnails = Thumbnails.from_settings(settings)
        self._lifts = Kept(reader.lifts, LIFT_SECONDS, stale=True)
        self.works: Kept[Works] = Kept(lambda: works_of(settings), WORKS_SECONDS, stale=False)
        self._snapshots: dict[str, Kept[str]] = {}

    async def lifts(self) -> Lifts:
        """How usual each tag is, as of a minute ago at most, or a little more."""
        return await self._lifts.get()

    async def place(self, alias: str, token: str | None) -> Place:
        """The place that a token says, or the beginning of a snapshot a few seconds old at most.

        All first pages of these seconds share the snapshot: a server keeps a few hundred at most.
        """
        if token:
            return Place.of(token)
        if alias not in self._snapshots:
            opened = lambda: self.reader.indices.open(alias)  # noqa: E731
            self._snapshots[alias] = Kept(opened, SNAPSHOT_SECONDS, stale=False)
        return Place(await self._snapshots[alias].get())


async def of_call(request: Request) -> Library:
    """The library that a call reads from: after a retag of the home, one of the vocabulary that stands then.

    Raises:
        UsageError: that vocabulary cannot be read.
    """
    library: Library = request.app.state.library
    now = after_retags(library.settings)
    if now is not library.settings:
        library = Library(reader_with(library.reader.es, now), now)
        request.app.state.library = library
    return library


Shared = Annotated[Library, Depends(of_call)]
