"""Movies of a store in S3 by what people call them, and what finding them costs."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from stored_frames import A, B, keep, kept
from support.s3_server import S3Server

from movietag.cli import kept_movies
from movietag.cli.kept_movies import select_movies
from movietag.errors import TransientError, UsageError
from movietag.frames.store import FrameStore
from movietag.records import Context, MovieId
from movietag.rules.movie_ids import movie_id_of
from movietag.search.naming import NothingFound
from movietag.settings import Settings

pytestmark = pytest.mark.heavy

SETTINGS = Settings()
HEAT, OLD_HEAT = movie_id_of("Heat", 1995), MovieId("tt0093164")
ONE_MOVIE = {"LIST": 1, "GET": 2}  # of two videos


@pytest.fixture
def store(s3: S3Server) -> FrameStore:
    """Eight movies of two videos each."""
    store = FrameStore.needed(Settings(frame_store=f"s3://{s3.bucket()}/frames"))
    titles = {HEAT: Context("Heat", 1995), OLD_HEAT: Context("Heat", 1986)}
    titles |= {MovieId(f"m{number}"): Context(f"Movie {number}", 2000) for number in range(6)}
    for movie, context in titles.items():
        for name in (A, B):
            what = kept(name, 1, movie=movie)
            titled = msgspec.structs.replace(what.job, context=context)
            keep(store, msgspec.structs.replace(what, job=titled))
    s3.forget()
    return store


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What Elasticsearch knows: text -> ids; unreachable if it is empty."""
    ids: dict[str, list[str]] = {}

    class Library:
        async def __aenter__(self) -> Library:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def movies_named(self, texts: Sequence[str]) -> list[list[Any]]:
            if not ids:
                raise TransientError("away")
            return [[SimpleNamespace(movie_id=one) for one in ids.get(text, ())] for text in texts]

    monkeypatch.setattr(kept_movies, "reader", lambda settings: Library())
    return ids


async def named(store: FrameStore, *texts: str) -> list[str]:
    return [movie.movie_id for movie in await select_movies(SETTINGS, store, texts)]


@pytest.mark.parametrize("text", [HEAT, "Heat (1995)", " heat  (1995) "])
async def test_of_a_movie_with_its_year_or_id_only_its_own_records_are_read(
    store: FrameStore, s3: S3Server, known: dict[str, list[str]], text: str
) -> None:
    assert await named(store, text) == [HEAT]
    assert s3.counts == ONE_MOVIE


async def test_a_title_is_looked_up_in_elasticsearch(
    store: FrameStore, s3: S3Server, known: dict[str, list[str]]
) -> None:
    known |= {"Heat (1986)": [OLD_HEAT], "heat": [HEAT, OLD_HEAT, "of no frames"]}
    assert await named(store, "Heat (1986)") == [OLD_HEAT]
    assert s3.counts == {"LIST": 2, "GET": 2}  # the id that the text makes is looked for first
    with pytest.raises(UsageError, match=r"Heat \(1986\)"):
        await named(store, "heat")


@pytest.mark.parametrize("reachable", [True, False])
async def test_what_elasticsearch_does_not_know_is_found_in_the_records(
    store: FrameStore, s3: S3Server, known: dict[str, list[str]], reachable: bool
) -> None:
    known |= {"another": []} if reachable else {}
    assert await named(store, "Movie 3", "Movie 3 (2000)", "Heat (1995)") == ["m3", HEAT]
    with pytest.raises(NothingFound, match="No frames of 'Nobody'"):
        await named(store, "Nobody")
