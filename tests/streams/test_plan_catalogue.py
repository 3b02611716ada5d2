"""The plan stage with a catalogue: what it knows goes into the plan once, and that it fails stops nothing."""

from __future__ import annotations

import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError
from support.plan_bench import FIRST, FOUND, Outside, Planning, request
from support.records import title_request

from movietag.catalogue.film import WantedFilm
from movietag.catalogue.lookup import FilmAnswer
from movietag.crawl.errors import SiteError
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.sources import Candidates
from movietag.records import Sources, TitleRequest

FILM = KnownFilm(titles=("Heat", "히트"), years=(1995,), genres=("crime film",))
DOWN = FilmAnswer(None, "The catalogue tmdb failed: It answers with status 500.", failed=True)
NOTHING = Candidates()


def of(record: TitleRequest, **changed: object) -> TitleRequest:
    title = msgspec.structs.replace(record.title, **changed)
    return msgspec.structs.replace(record, title=title)


async def test_a_film_is_handed_to_the_search_and_its_genres_to_the_plan() -> None:
    bench = Planning(Outside(films=[FilmAnswer(FILM)]))
    asked = of(title_request(), imdb="tt0113277", tmdb=949)
    assert await bench.plan(request(asked)) == [*FIRST, "acked 0"]
    assert bench.outside.wanted == [
        WantedFilm(asked.title.title, asked.title.year, "tt0113277", 949)
    ]
    assert bench.outside.known == [FILM]
    (plan,) = bench.captions.records
    assert plan.genres == ("crime film",)
    (job, _) = bench.videos.records
    assert job.context.genres == ("crime film",)


async def test_genres_of_the_title_stay() -> None:
    bench = Planning(Outside(films=[FilmAnswer(FILM)]))
    await bench.plan(request(of(title_request(), genres=("noir",))))
    assert bench.captions.records[0].genres == ("noir",)


async def test_a_catalogue_that_fails_changes_nothing() -> None:
    bench, without = Planning(Outside(films=[DOWN])), Planning()
    for one in (bench, without):
        assert await one.plan(request(title_request())) == [*FIRST, "acked 0"]
    assert bench.captions.records == without.captions.records
    assert bench.videos.records == without.videos.records


@pytest.mark.parametrize("answer", [DOWN, FilmAnswer(None, "The catalogue tmdb: it knows none.")])
async def test_a_movie_without_a_video_names_the_catalogue_too(answer: FilmAnswer) -> None:
    bench = Planning(Outside(NOTHING, films=[answer]))
    await bench.plan(request(title_request()))
    (plan,) = bench.captions.records
    assert plan.reason.startswith("The search found nothing for ")
    assert plan.reason.endswith(answer.why)


async def test_a_title_that_names_its_videos_is_not_looked_up() -> None:
    bench = Planning(Outside(films=[FilmAnswer(FILM)]))
    urls = Sources(urls=("https://vimeo.com/76979871",))
    await bench.plan(request(of(title_request(), sources=urls)))
    assert bench.outside.wanted == []
    assert bench.outside.known == [None]


async def test_a_plan_is_sent_again_as_it_was_whatever_the_catalogue_says_by_then() -> None:
    bench = Planning(Outside(FOUND, NOTHING, films=[FilmAnswer(FILM), DOWN]))
    bench.videos.errors.append(KafkaConnectionError())
    await bench.plan(request(title_request()))
    await bench.plan(request(title_request()), planner=bench.process("other"))
    assert len(bench.outside.wanted) == 1
    first, again = bench.captions.records
    assert first == again


async def test_before_it_is_written_down_a_plan_is_made_anew() -> None:
    """A crash before the ledger has it: nothing follows from what the catalogue said before."""
    bench = Planning(Outside(films=[FilmAnswer(FILM), FilmAnswer()]))
    bench.ledger.errors.append(KafkaConnectionError())
    assert await bench.plan(request(title_request())) == [*FIRST, "acked 0"]
    (plan,) = bench.captions.records
    assert plan.genres == ()
    assert all(job.context.genres == () for job in bench.videos.records)


async def test_a_search_that_is_tried_again_asks_again() -> None:
    bench = Planning(Outside(SiteError("network", "no route"), FOUND, films=[FilmAnswer(FILM)]))
    await bench.plan(request(title_request()))
    assert bench.outside.known == [FILM, FILM]
