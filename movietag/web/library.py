"""What the server reads from: a reader, how usual each tag is, a snapshot for pages, the kept frames."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

from fastapi import Depends, Request

from movietag.errors import TransientError
from movietag.search.index.ensuring import current_vocabulary
from movietag.search.indices import Cursor
from movietag.search.lift import Lifts
from movietag.search.reader import Reader, reader_with
from movietag.settings import Settings, after_retags
from movietag.vocabulary import Vocabulary, load
from movietag.web.kept import Cached
from movietag.web.thumbnails import Thumbnails
from movietag.web.works import Works, works_of

LIFT_SECONDS: Final = 60.0
SNAPSHOT_SECONDS: Final = 5.0
WORKS_SECONDS: Final = 1.5
SEARCHED_SECONDS: Final = 2.0


class Library:
    """The reader of a server, and what all its calls share."""

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self.reader = reader
        self.settings = settings
        self.thumbnails = Thumbnails.from_settings(settings)
        self._lifts = Cached(reader.lifts, LIFT_SECONDS, stale=True)
        self.works: Cached[Works] = Cached(lambda: works_of(settings), WORKS_SECONDS, stale=False)
        self.searched: Cached[Vocabulary] = Cached(self._searched, SEARCHED_SECONDS, stale=False)
        self._snapshots: dict[str, Cached[str]] = {}

    async def _searched(self) -> Vocabulary:
        own = load(self.settings.vocabulary, self.settings.match)
        return await current_vocabulary(self.reader.es, own)

    async def lifts(self) -> Lifts:
        """How usual each tag is, as of a minute ago at most, or a little more."""
        return await self._lifts.get()

    async def place(self, alias: str, token: str | None) -> Cursor:
        """The place that a token says, or the beginning of a snapshot a few seconds old at most.

        All first pages of these seconds share the snapshot: a server keeps a few hundred at most.
        """
        if token:
            return Cursor.from_token(token)
        if alias not in self._snapshots:
            opened = lambda: self.reader.indices.open(alias)  # noqa: E731
            self._snapshots[alias] = Cached(opened, SNAPSHOT_SECONDS, stale=False)
        return Cursor(await self._snapshots[alias].get())


async def of_call(request: Request) -> Library:
    """The library that a call reads from: after a retag, here or elsewhere, one of the vocabulary that stands.

    Raises:
        UsageError: that vocabulary cannot be read.
    """
    library: Library = request.app.state.library
    now = after_retags(library.settings)
    if now is not library.settings:
        library = _with(library, now, load(now.vocabulary, now.match))
    with suppress(TransientError):  # the search itself says it
        vocabulary = await library.searched.get()
        if vocabulary.vocabulary_id != library.reader.vocabulary.vocabulary_id:
            library = _with(library, now, vocabulary)
    request.app.state.library = library
    return library


def _with(library: Library, settings: Settings, vocabulary: Vocabulary) -> Library:
    return Library(reader_with(library.reader.es, settings, vocabulary), settings)


Shared = Annotated[Library, Depends(of_call)]
