"""Titles over REST: what is sent, what is refused and how that is said, and who may send."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from support.rest_app import key_file, rest, sent

from movietag.rules.title_fields import NAMES
from movietag.rules.titles import parse_title
from movietag.settings import Settings
from movietag.web.bodies import MOST_BODY
from movietag.web.titles import MOST_TITLES, TitleToAdd

__all__ = ["sent"]

HEAT = {"titles": ["Heat (1995)"]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, web_keys=key_file(tmp_path), kafka="127.0.0.1:9")


async def post(settings: Settings, body: Any, role: str = "add") -> tuple[int, dict[str, Any]]:
    async with rest(settings, role) as client:
        kind = {"Content-Type": "application/json"}
        answer = await client.post("/api/titles", content=json.dumps(body), headers=kind)
    return answer.status_code, answer.json()


async def test_lines_and_objects_are_sent_with_a_result_each(
    settings: Settings, sent: list[bytes]
) -> None:
    place = {"title": "Dune", "year": 2021, "urls": ["https://vimeo.com/1"], "refresh": True}
    status, answer = await post(settings, {"titles": ["Heat (1995)", place]})
    assert (status, answer["sent"], answer["refused"]) == (200, 2, 0)
    heat, dune = map(parse_title, sent)
    assert (dune.title, dune.sources.urls, dune.refresh) == ("Dune", ("https://vimeo.com/1",), True)
    assert answer["titles"] == [
        {"sent": True, "movie_id": heat.movie_id, "title": "Heat", "year": 1995},
        {"sent": True, "movie_id": dune.movie_id, "title": "Dune", "year": 2021},
    ]


async def test_refresh_holds_for_all_of_a_request(settings: Settings, sent: list[bytes]) -> None:
    body = {"titles": ["Heat (1995)", {"title": "Dune"}], "refresh": True}
    assert (await post(settings, body))[0] == 200
    assert all(parse_title(value).refresh for value in sent)


async def test_one_that_is_refused_leaves_none_sent_unless_the_caller_says_so(
    settings: Settings, sent: list[bytes]
) -> None:
    bad = {"title": "Dune", "year": 12}
    away = {"title": "Up", "urls": ["http://169.254.169.254/x"]}
    body = {"titles": ["Heat (1995)", bad, away, "Brazil (1985)"]}
    status, answer = await post(settings, body)
    assert (status, sent) == (422, [])
    assert [one["line"] for one in answer["refused"]] == [2, 3]
    assert answer["refused"][0]["reason"].endswith("The field year is 12; it must be 1870 to 2100.")
    assert "skip_bad" in answer["detail"]
    status, answer = await post(settings, body | {"skip_bad": True})
    assert (status, answer["sent"], answer["refused"], len(sent)) == (200, 2, 2, 2)
    assert [one["sent"] for one in answer["titles"]] == [True, False, False, True]
    assert answer["titles"][3]["title"] == "Brazil"


@pytest.mark.parametrize("does", ["forget", "cancel"])
async def test_no_text_in_json_forgets_or_cancels_anything(
    settings: Settings, sent: list[bytes], does: str
) -> None:
    text = json.dumps({"title": "Heat", "year": 1995, does: True})
    status, answer = await post(settings, {"titles": [text, "Up"], "skip_bad": True})
    assert (status, len(sent)) == (200, 1)
    assert does in answer["titles"][0]["reason"]
    assert (await post(settings, {"titles": [{"title": "Heat", does: True}]}))[0] == 422
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "titles: Field required"),
        ({"titles": []}, "titles: "),
        ({"titles": ["x"] * (MOST_TITLES + 1)}, f"at most {MOST_TITLES}"),
        ({"titles": [{"title": "A", "colour": 1}]}, "colour: Extra inputs"),
        ({"titles": ["A"], "bulks": True}, "bulks: Extra inputs"),
        ({"titles": ["\ud800"]}, "titles.0"),
        ({"titles": [{"title": "A", "urls": ["\ud800"]}]}, "surrogates"),
        ({"titles": [{"title": "A", "refresh": 0}]}, "refresh: Input should be a valid boolean"),
        ({"titles": [{"title": "A", "year": "1995"}]}, "year: Input should be a valid integer"),
        ([], "The body: "),
    ],
)
async def test_a_body_that_does_not_fit_names_the_field(
    settings: Settings, sent: list[bytes], body: Any, says: str
) -> None:
    status, answer = await post(settings, body)
    assert (status, sent) == (422, [])
    assert says in answer["detail"]


async def test_bodies_that_are_no_json_too_deep_or_too_large(
    settings: Settings, sent: list[bytes]
) -> None:
    kind = {"Content-Type": "application/json"}
    async with rest(settings, "add") as client:
        broken = await client.post("/api/titles", content=b'{"titles": [', headers=kind)
        assert (broken.status_code, "at character" in broken.json()["detail"]) == (422, True)
        deep = await client.post("/api/titles", content=b"[" * 100_000, headers=kind)
        assert 400 <= deep.status_code < 500
        large = await client.post("/api/titles", content=b" " * (MOST_BODY + 1), headers=kind)
        assert large.status_code == 413
        form = await client.post("/api/titles", data={"titles": "Heat"})
        assert form.status_code == 415
        foreign = {"Origin": "http://evil.example"}
        assert (await client.post("/api/titles", json=HEAT, headers=foreign)).status_code == 403
    assert sent == []


async def test_who_may_only_read_adds_nothing(settings: Settings, sent: list[bytes]) -> None:
    status, answer = await post(settings, HEAT, "read")
    assert (status, sent) == (403, [])
    assert "needs the role `add`; the caller (of-read) has `read`" in answer["detail"]
    assert (await post(settings, HEAT, "operate"))[0] == 200


async def test_the_log_has_the_name_of_the_key_and_never_the_key(
    settings: Settings, sent: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "movietag.web")
    await post(settings, HEAT)
    movie = parse_title(sent[0]).movie_id
    assert f"added key=of-add titles=1 movies={movie}" in caplog.text
    assert "add-key" not in caplog.text


async def test_kafka_away_is_said_without_what_failed_inside(settings: Settings) -> None:
    status, answer = await post(settings, HEAT)
    assert status == 503
    assert "Kafka does not answer at 127.0.0.1:9" in answer["detail"]
    assert "again does no harm" in answer["detail"]


async def test_as_many_to_be_tagged_again_as_the_library_has_are_confirmed(
    settings: Settings, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many(settings: Settings, values: list[bytes]) -> str:
        return "This searches and tags again 900 of 1,000 movies."

    monkeypatch.setattr("movietag.web.titles.done_to_many", many)
    status, answer = await post(settings, HEAT | {"refresh": True})
    assert (status, sent) == (409, [])
    assert "`yes`" in answer["detail"]
    assert (await post(settings, HEAT | {"refresh": True, "yes": True}))[0] == 200


def test_a_title_has_the_fields_that_it_has_everywhere() -> None:
    assert set(TitleToAdd.model_fields) == set(NAMES) - {"forget", "cancel"}
