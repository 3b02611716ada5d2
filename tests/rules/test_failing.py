"""The word for why a movie failed: from the very texts that plans and documents have."""

from __future__ import annotations

import msgspec
import pytest
from wire.examples import BODIES

from movietag.crawl.sources import Candidates
from movietag.documents import MovieBody, VideoState
from movietag.records import MovieId, SourceKind, Title, Video, VideoId
from movietag.rules.failing import movie_error
from movietag.streams.handlers.title_search import why_nothing

TITLE = Title("Heat", MovieId("heat-1995"), 1995)
VIDEO = next(one for one in BODIES if isinstance(one, MovieBody)).videos[0]


def failed(reason: str) -> VideoState:
    return msgspec.structs.replace(VIDEO, status="failed", reason=reason)


def test_of_a_search_without_results() -> None:
    assert movie_error(why_nothing(TITLE, Candidates())) == "nothing-found"


def test_of_a_search_whose_results_show_other_films() -> None:
    other = Video(VideoId("y:1"), SourceKind.SEARCH, "https://y/1", "Cold", reasons=("no title",))
    assert movie_error(why_nothing(TITLE, Candidates(rejected=(other,)))) == "no-match"


@pytest.mark.parametrize(
    ("reasons", "word"),
    [
        (("private: It is private.",), "private"),
        (("private: a.", "geo-blocked: b.", "geo-blocked: c."), "geo-blocked"),
        (("private: a.", "geo-blocked: b."), "geo-blocked"),
        (("The file is damaged.",), "other"),
        ((), "other"),
    ],
)
def test_of_videos_it_is_what_most_of_them_failed_with(reasons: tuple[str, ...], word: str) -> None:
    videos = [failed(reason) for reason in reasons]
    assert movie_error("No video could be fetched. y:1: It is private.", videos) == word


def test_a_video_that_was_fetched_gives_no_reason() -> None:
    fetched = msgspec.structs.replace(VIDEO, status="fetched", reason="private: before.")
    assert movie_error("Something of a later version.", [fetched]) == "other"
