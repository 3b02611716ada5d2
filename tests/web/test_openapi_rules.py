"""The OpenAPI keeps the rules of linters (spectral's and redocly's recommended ones), and its limits are the server's."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.rest_app import rest, sent

from movietag.settings import Settings
from movietag.web.app import make_web_app

__all__ = ["sent"]

DOCUMENT: dict[str, Any] = make_web_app(Settings()).openapi()
CALLS = [
    pytest.param(path, call, id=call["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for call in methods.values()
]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
LOCAL = "#/components/schemas/"


def references(node: object) -> Iterator[str]:
    """All `$ref` below a node."""
    match node:
        case dict():
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else ())
            for below in node.values():
                yield from references(below)
        case list():
            for below in node:
                yield from references(below)


def test_it_says_what_it_is() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert set(DOCUMENT["info"]) >= {"title", "version", "description", "license"}
    assert DOCUMENT["servers"]
    assert DOCUMENT["security"] == [
        {name: []} for name in DOCUMENT["components"]["securitySchemes"]
    ] + [{}]


def test_each_tag_is_described_and_used() -> None:
    used = {tag for one in CALLS for tag in one.values[1]["tags"]}
    described = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    assert set(described) == used
    assert all(described.values())


def test_names_of_calls_are_unique_and_good_in_any_language() -> None:
    names = Counter(one.values[1]["operationId"] for one in CALLS)
    assert max(names.values()) == 1
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_every_reference_leads_somewhere_and_no_schema_is_left_over() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert {one.removeprefix(LOCAL) for one in references(DOCUMENT)} == set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("path", "call"), CALLS)
def test_a_call_is_described(path: str, call: dict[str, Any]) -> None:
    assert not path.endswith("/")
    assert "?" not in path
    assert len(call["tags"]) == 1
    assert call["summary"]
    assert call["description"].rstrip().endswith((".", "`"))
    parameters = call.get("parameters", [])
    assert all(one["description"] for one in parameters)
    assert len({(one["name"], one["in"]) for one in parameters}) == len(parameters)
    in_path = {one["name"] for one in parameters if one["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize(("path", "call"), CALLS)
def test_a_call_has_an_answer_and_its_errors_are_problems(path: str, call: dict[str, Any]) -> None:
    answers = call["responses"]
    assert any(status.startswith("2") for status in answers)
    errors = {status: one for status, one in answers.items() if status >= "400"}
    assert {"401", "422", "503"} <= set(errors)
    assert all(one["content"] == PROBLEM for one in errors.values())
    assert all(one["description"] for one in answers.values())


def beyond(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Values of a parameter at a limit, each with one that is beyond it."""
    for one in (schema, *schema.get("anyOf", ())):
        if "maximum" in one:
            yield str(one["maximum"]), str(one["maximum"] + 1)
        if "minimum" in one:
            yield str(one["minimum"]), str(one["minimum"] - 1)
        if "maxLength" in one:
            yield "a" * one["maxLength"], "a" * (one["maxLength"] + 1)


def limits() -> Iterator[tuple[str, str, str, str]]:
    """Path, parameter, its last value and the first that is wrong, of all that read."""
    for template, methods in DOCUMENT["paths"].items():
        parameters = methods.get("get", {}).get("parameters", ())
        fits = {
            one["name"]: one["schema"].get("enum", ["1"])[0]
            for one in parameters
            if one["in"] == "path"
        }
        for one in parameters:
            if one["in"] == "query":
                for last, wrong in beyond(one["schema"]):
                    yield template.format(**fits), one["name"], last, wrong


async def test_the_limits_of_parameters_are_those_of_the_server(tmp_path: Path) -> None:
    """What is within the limit fails later at the latest, as there is no library."""
    found = list(limits())
    assert len(found) > 30
    differ = []
    async with rest(Settings(home=tmp_path, web_rate=1e6)) as client:
        for path, name, last, wrong in found:
            refused = await client.get(path, params={name: wrong})
            taken = await client.get(path, params={name: last})
            if refused.status_code != 422 or (taken.status_code == 422 and name in taken.text):
                differ.append((path, name, refused.status_code, taken.text[:200]))
    assert differ == []


TITLE = DOCUMENT["components"]["schemas"]["TitleToAdd"]["properties"]
LISTS = [name for name, schema in TITLE.items() if "maxItems" in schema]


async def added(settings: Settings, title: dict[str, Any]) -> int:
    async with rest(settings) as client:
        kind = {"Content-Type": "application/json"}
        content = json.dumps({"titles": [{"title": "Heat"} | title]})
        return (await client.post("/api/titles", content=content, headers=kind)).status_code


async def test_a_title_may_be_as_long_as_is_said(tmp_path: Path, sent: list[bytes]) -> None:
    settings = Settings(home=tmp_path, kafka="127.0.0.1:9")
    most = TITLE["title"]["maxLength"]
    assert await added(settings, {"title": "a" * most}) == 200
    assert await added(settings, {"title": "a" * (most + 1)}) == 422
    assert await added(settings, {"title": ""}) == 422


async def test_a_title_may_have_as_many_genres_as_is_said(
    tmp_path: Path, sent: list[bytes]
) -> None:
    settings = Settings(home=tmp_path, kafka="127.0.0.1:9")
    most, longest = TITLE["genres"]["maxItems"], TITLE["genres"]["items"]["maxLength"]
    genres = [f"g{number}" for number in range(most)]
    assert await added(settings, {"genres": genres}) == 200
    assert await added(settings, {"genres": [*genres, "more"]}) == 422
    assert await added(settings, {"genres": ["g" * longest]}) == 200
    assert await added(settings, {"genres": ["g" * (longest + 1)]}) == 422


@pytest.mark.parametrize("name", ["urls"])
async def test_a_title_may_name_as_many_videos_as_is_said(
    tmp_path: Path, sent: list[bytes], name: str
) -> None:
    settings = Settings(home=tmp_path, kafka="127.0.0.1:9")
    urls = [f"https://vimeo.com/{number}" for number in range(1, TITLE[name]["maxItems"] + 1)]
    assert await added(settings, {name: urls}) == 200
    assert await added(settings, {name: [*urls, "https://vimeo.com/99999"]}) == 422
