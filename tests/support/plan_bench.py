"""The plan stage on a bench: its processes come and go, its ledger stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from movietag import topics
from movietag.catalogue.film import WantedFilm
from movietag.catalogue.lookup import FilmAnswer
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.sources import Candidates
from movietag.records import (
    Letter,
    TaggerId,
    Title,
    VideoFailed,
    VideoFailure,
    VideoId,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.rules.title_fields import TitleForm
from movietag.settings import Settings
from movietag.streams.failures.tries import Tries
from movietag.streams.handlers.planner import Planner
from movietag.streams.handlers.title_namer import TitleNamer
from movietag.streams.handlers.title_search import TitleSearch
from support.records import MOVIE, TAGGER, video
from support.stage_bench import Bench
from support.stage_fakes import Pages, TryCounts, event

FOUND = Candidates(tuple(video(name) for name in "abc"))
FIRST = ["ledger <- plan 1.0", "videos <- fetch a", "videos <- fetch b", "captions <- plan 1.0"]
GONE = VideoFailed(MOVIE, 1, VideoFailure(VideoId("a"), "gone", "It is gone."))


class Outside:
    """The site that is searched, Triton and the catalogue: each gives its answers one after another, the last for ever.

    ``films`` are the catalogue's; without one there is none. ``known`` are the films that searches were handed.
    """

    def __init__(
        self,
        *searches: Any,
        taggers: Sequence[Any] = (TAGGER,),
        films: Sequence[FilmAnswer] = (),
    ) -> None:
        self._searches, self._taggers = list(searches or (FOUND,)), list(taggers)
        self.films = list(films)
        self.searched = 0
        self.known: list[KnownFilm | None] = []
        self.wanted: list[WantedFilm] = []

    async def film(self, wanted: WantedFilm) -> FilmAnswer:
        self.wanted.append(wanted)
        found: FilmAnswer = _next(self.films)
        return found

    async def find(self, title: Title, film: KnownFilm | None) -> Candidates:
        self.searched += 1
        self.known.append(film)
        found: Candidates = _next(self._searches)
        return found

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        found: TaggerId = _next(self._taggers)
        return found


def _next(answers: list[Any]) -> Any:
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


class Planning(Bench):
    """The plan stage, whose processes come and go; ledger, tries and topics stay."""

    def __init__(self, outside: Outside | None = None, **changed: Any) -> None:
        super().__init__("plan")
        self.outside = outside or Outside()
        self.settings = Settings(videos=2, **changed)
        self.removed: list[str] = []
        self.ledger, self.counts = Pages(self.effects), TryCounts()
        self.requests = self.topic("requests", decode_request)
        self.videos = self.topic("videos", lambda value: decode(VideoJob, value))
        self.captions = self.topic("captions", decode_fact)

    def process(self, worker: str = "one", pages: int = 32) -> Planner:
        search = TitleSearch(
            taggers=self.outside,
            find=self.outside.find,
            limiter=SiteLimiter(0),
            site="site",
            tries=Tries(self.counts),
            catalogue=self.outside if self.outside.films else None,
        )
        return Planner(
            self.settings,
            worker,
            self.ledger,
            search,
            self.videos,
            self.captions,
            self.settling,
            pages,
        )

    async def plan(self, *events: Any, planner: Planner | None = None) -> list[str]:
        return await self.handle((planner or self.process()).handling(16), *events)

    async def name(
        self, *events: Any, room: Callable[[Title], Awaitable[None]] | None = None
    ) -> list[str]:
        form = TitleForm(self.settings.title_fields, self.settings.title_deletes)
        namer = TitleNamer(self.requests, form, self.removed.append, room)
        return await self.handle(namer.handling(64), *events)


def request(
    record: Any, offset: int = 0, letter: Letter | None = None, at_ms: int | None = None
) -> Any:
    headers = {topics.LETTER_HEADER: encode(letter)} if letter else {}
    key = MOVIE.encode()
    return event(
        topics.REQUESTS.name, encode(record), offset=offset, key=key, headers=headers, at_ms=at_ms
    )


def title(value: bytes | None, offset: int = 0, letter: Letter | None = None) -> Any:
    headers = {topics.LETTER_HEADER: encode(letter)} if letter else {}
    return event(topics.TITLES.name, value, offset=offset, headers=headers)
