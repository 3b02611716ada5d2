"""Looking films up in a stand-in for Wikidata and TMDB: by id, by title, and when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from made_films import genre_item, item, movie, tmdb_video
from pydantic import SecretStr
from standin_catalogue import KEY, PAGE, TOKEN, CatalogueHandler, StandInCatalogue
from support.plan_bench import FIRST, Planning, request
from support.records import title_request

from movietag.catalogue import lookup as lookup_module
from movietag.catalogue.catalogues import film_source, make_catalogue
from movietag.catalogue.film import WantedFilm
from movietag.catalogue.lookup import FAILING, FilmLookup
from movietag.settings import Settings

pytestmark = pytest.mark.heavy  # it waits for a service that hangs

Counted = list[tuple[str, str]]
HEAT = WantedFilm("Heat", 1995)


@pytest.fixture(params=["wikidata", "tmdb"])
def catalogue(request: pytest.FixtureRequest, standin: StandInCatalogue) -> str:
    standin.items = {
        "Q1": item("Q1", "Heat", 1986, tmdb=20, imdb="tt0093164"),
        "Q2": item(
            "Q2", "Heat", 1995, tmdb=949, imdb="tt0113277", minutes=170, genres=["Q9"],
            labels={"ko": "히트"}, trailers=["aaaaaaaaaaa"],
        ),
        "Q3": item("Q3", "Heat", 1995),  # a song: no id of TMDB
        "Q4": item("Q4", "Aftermath", 2012, tmdb=1, imdb="tt0000001"),
        "Q5": item("Q5", "Aftermath", 2012, tmdb=2, imdb="tt0000002"),
        "Q9": genre_item("Q9", "crime film"),
    }  # fmt: skip
    trailer = tmdb_video("aaaaaaaaaaa", "Trailer")
    standin.movies = {
        20: movie(20, "Heat", "1986-11-01", imdb="tt0093164"),
        949: movie(
            949, "Heat", "1995-12-15", imdb="tt0113277", minutes=170, genres=["crime film"],
            translated=["히트"], videos=[trailer],
        ),
        1: movie(1, "Aftermath", "2012-01-01", imdb="tt0000001"),
        2: movie(2, "Aftermath", "2012-09-01", imdb="tt0000002"),
    }  # fmt: skip
    name: str = request.param
    return name


def fast(settings: Settings, counted: Counted | None = None) -> FilmLookup:
    told: Counted = [] if counted is None else counted
    lookup = make_catalogue(settings, lambda result, by: told.append((result, by)))
    assert lookup is not None
    lookup._source.service.interval = 0
    lookup._source.service.sleep = _no_sleep
    return lookup


async def _no_sleep(seconds: float) -> None:
    del seconds


@pytest.fixture
def lookup(catalogue: str, settings_for: Callable[..., Settings]) -> FilmLookup:
    return fast(settings_for(catalogue, catalogue_days=0))


@pytest.mark.parametrize(
    ("wanted", "imdb"),
    [
        (HEAT, "tt0113277"),
        (WantedFilm("heat", 1996), "tt0113277"),
        (WantedFilm("히트", 1995), "tt0113277"),
        (WantedFilm("Heat", 1986), "tt0093164"),
        (WantedFilm("Whatever", imdb="tt0113277"), "tt0113277"),
        (WantedFilm("Whatever", tmdb=949), "tt0113277"),
        (WantedFilm("Aftermath", 2012, imdb="tt0000002"), "tt0000002"),
    ],
)
async def test_the_film_of_a_title(lookup: FilmLookup, wanted: WantedFilm, imdb: str) -> None:
    film = (await lookup.film(wanted)).film
    assert film is not None
    assert film.imdb == imdb
    if imdb == "tt0113277":
        assert film.titles == ("Heat", "히트")
        assert (film.seconds, film.genres) == (10_200, ("crime film",))
        assert [video.id for video in film.official] == ["aaaaaaaaaaa"]


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (WantedFilm("Heat"), "2 films fit equally well"),
        (WantedFilm("Aftermath", 2012), "2 films fit equally well"),
        (WantedFilm("Heat", 2001), "it knows no such film"),
        (WantedFilm("Nobody's Film", 2001), "it knows no such film"),
        (WantedFilm("Heat", 1995, imdb="tt7777777"), "it knows no such film"),
        (WantedFilm('" haswbstatement:P345=tt0113277 "', 1995), "it knows no such film"),
        (WantedFilm("..." * 100, 1995), "it knows no such film"),
    ],
)
async def test_why_there_is_none(
    lookup: FilmLookup, wanted: WantedFilm, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = await lookup.film(wanted)
    assert answer.film is None
    assert why in answer.why
    assert why in caplog.text


def page(handler: CatalogueHandler) -> None:
    handler.send(PAGE, status=500)


async def test_a_service_that_fails_is_left_alone_for_longer_and_longer(
    catalogue: str, standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    counted: Counted = []
    lookup = fast(settings_for(catalogue, catalogue_days=0), counted)
    now = 0.0
    lookup._clock = lambda: now
    standin.always = page
    for pause in (60, 120, 240):
        before = len(standin.asked)
        assert (await lookup.film(HEAT)).failed
        after = len(standin.asked)
        assert after == before + 3
        now += pause - 1
        answer = await lookup.film(WantedFilm("Another", 2000))
        assert (answer.failed, len(standin.asked)) == (True, after)
        assert "status 500" in answer.why
        now += 2
    standin.always = None
    assert (await lookup.film(HEAT)).film is not None
    assert FAILING.after(lookup._failures) == 60
    assert counted == [("failed", "none")] * 6 + [("film", "service")]


async def test_one_wrong_answer_stops_nothing(
    lookup: FilmLookup, standin: StandInCatalogue
) -> None:
    for body in (b"", b"[]", b"{}", b'{"query": {"search": {}}, "results": 7}', b"\xff"):
        standin.faults = [lambda handler, body=body: handler.send(body)]  # type: ignore[misc]
        assert (await lookup.film(HEAT)).failed
    assert (await lookup.film(HEAT)).film is not None


async def test_wikidata_that_lags_is_asked_again(
    standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    standin.items = {"Q2": item("Q2", "Heat", 1995, tmdb=949)}
    lag = {"error": {"code": "maxlag", "info": "Waiting for a database: 5.2 s lagged.", "lag": 5.2}}
    standin.faults = [lambda handler: handler.json(lag, headers={"Retry-After": "5"})]
    lookup = fast(settings_for("wikidata"))
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    lookup._source.service.sleep = sleep
    assert (await lookup.film(HEAT)).film is not None
    assert pauses == [5]
    assert all(query["maxlag"] == "5" for _, query in standin.asked)
    assert standin.searches()[-1] == '"Heat" 1995 haswbstatement:P4947'


async def test_genres_that_cannot_be_had_are_left_out(
    standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    standin.items = {"Q2": item("Q2", "Heat", 1995, tmdb=949, genres=["Q7", "Q8"])}
    film = (await fast(settings_for("wikidata")).film(HEAT)).film
    assert film is not None
    assert film.genres == ()


@pytest.mark.parametrize(("key", "bearer"), [(KEY, False), (TOKEN, True), (f" {KEY}\n", False)])
async def test_a_key_of_tmdb_is_a_parameter_and_a_token_a_header(
    standin: StandInCatalogue, settings_for: Callable[..., Settings], key: str, *, bearer: bool
) -> None:
    standin.movies = {949: movie(949, "Heat", "1995-12-15")}
    lookup = fast(settings_for("tmdb", tmdb_key=SecretStr(key)))
    assert (await lookup.film(HEAT)).film is not None
    assert all(("api_key" in query) != bearer for _, query in standin.asked)


async def test_a_wrong_key_is_named_without_it(
    standin: StandInCatalogue,
    settings_for: Callable[..., Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    lookup = fast(settings_for("tmdb", tmdb_key=SecretStr("wr0ng" * 6)))
    answer = await lookup.film(HEAT)
    assert "the key is not valid" in answer.why
    assert len(standin.asked) == 1
    assert "wr0ng" not in caplog.text + answer.why


async def test_the_user_agent_says_whom_to_write_to(
    standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    await fast(settings_for("wikidata", catalogue_contact="mailto:me@example.org")).film(HEAT)
    agent = standin.headers[0]["User-Agent"]
    assert agent.startswith("movietag/")
    assert agent.endswith(" (mailto:me@example.org)")


async def test_an_answer_is_used_again_for_its_days_and_longer_while_the_service_fails(
    catalogue: str, standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    counted: Counted = []
    settings = settings_for(catalogue, catalogue_days=30)
    await fast(settings, counted).film(HEAT)
    requests = len(standin.asked)
    again = fast(settings, counted)  # another process
    assert (await again.film(HEAT)).film is not None
    assert len(standin.asked) == requests
    now = again._cache._now() + 40 * 86_400
    again._cache._now = lambda: now
    standin.always = page
    assert (await again.film(HEAT)).film is not None
    assert len(standin.asked) == requests + 3
    now += 180 * 86_400
    assert (await again.film(HEAT)).failed
    assert counted == [
        *[("film", "service"), ("film", "cache"), ("film", "cache"), ("failed", "none")]
    ]


async def test_many_titles_are_looked_up_one_at_a_time(
    lookup: FilmLookup, standin: StandInCatalogue
) -> None:
    standin.always = page
    answers = await asyncio.gather(*(lookup.film(WantedFilm(f"T{n}", 2000)) for n in range(20)))
    assert all(answer.failed for answer in answers)
    assert len(standin.asked) == 3


async def test_no_catalogue_is_none_and_asks_nothing(
    standin: StandInCatalogue, settings_for: Callable[..., Settings]
) -> None:
    assert make_catalogue(settings_for("off")) is None
    assert film_source(settings_for("off")) is None
    assert standin.asked == []


def hanging(handler: CatalogueHandler) -> None:
    handler.server.closing.wait(60)


async def test_a_title_is_planned_although_the_catalogue_hangs(
    standin: StandInCatalogue,
    settings_for: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The handler of the plan stage with the real client."""
    monkeypatch.setattr(lookup_module, "LOOKUP_SECONDS", 0.5)
    standin.always = hanging
    bench = Planning()
    lookup = fast(settings_for("wikidata"))
    search = replace(bench.process().search, catalogue=lookup)
    planner = replace(bench.process(), search=search)
    began = time.monotonic()
    assert await bench.plan(request(title_request()), planner=planner) == [*FIRST, "acked 0"]
    assert 0.4 < time.monotonic() - began < 3
    assert (len(standin.asked), bench.outside.known) == (1, [None])


async def test_titles_that_wait_for_a_catalogue_that_hangs_wait_once(
    lookup: FilmLookup, standin: StandInCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup_module, "LOOKUP_SECONDS", 0.5)
    standin.always = hanging
    began = time.monotonic()
    answers = await asyncio.gather(*(lookup.film(WantedFilm(f"T{n}", 2000)) for n in range(20)))
    assert all(answer.failed for answer in answers)
    assert time.monotonic() - began < 3
    assert len(standin.asked) == 1
