"""A typed client that openapi-python-client generates from our OpenAPI, checked by mypy and used over HTTP.

That generator wants an older Typer than our commands, so it runs in an environment of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from support.own_environment import OwnEnvironment

from movietag.rules.titles import parse_title

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

USE = Path(__file__).with_name("generated_client_use.py")
NAME = "movietag_client"
# It knows JSON, text and bytes: a picture, a feed, a table and a stream are bytes to it.
BYTES = (
    "image/jpeg",
    "application/atom+xml",
    "text/csv",
    "application/vnd.apache.parquet",
    "text/event-stream",
)
CONFIG = {"content_type_overrides": dict.fromkeys(BYTES, "application/octet-stream")}


@pytest.fixture(scope="module")
def environment() -> OwnEnvironment:
    return OwnEnvironment("openapi-python-client==0.29.1", "mypy==1.18.2")


@pytest.fixture(scope="module")
def generated(
    environment: OwnEnvironment, api: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder with the package of the client."""
    folder = tmp_path_factory.mktemp("generated")
    described, config = folder / "openapi.json", folder / "config.json"
    described.write_bytes(api.get("/api/openapi.json").content)
    config.write_text(json.dumps(CONFIG))
    done = environment.run(
        *("openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", str(described), "--config", str(config)),
        *("--output-path", str(folder / NAME)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_client_has_good_names(generated: Path) -> None:
    calls = sorted(
        f"{one.parent.name}.{one.stem}" for one in generated.glob(f"{NAME}/api/*/[a-z]*.py")
    )
    assert calls == [
        "letters.count_dead_letters",
        "letters.list_letters",
        "letters.purge_dead_letters",
        "letters.replay_dead_letters",
        "movies.count_facets",
        "movies.explain_match",
        "movies.export_movies",
        "movies.find_similar",
        "movies.forget_movie",
        "movies.get_thumbnail",
        "movies.search_movies",
        "movies.show_movie",
        "movies.suggest",
        "pauses.list_pauses",
        "pauses.pause_everything",
        "pauses.pause_site",
        "pauses.resume_everything",
        "pauses.resume_site",
        "scenes.count_scene_facets",
        "scenes.export_scenes",
        "scenes.search_scenes",
        "searches.list_searches",
        "searches.read_feed",
        "searches.remove_search",
        "searches.save_search",
        "titles.add_titles",
        "titles.cancel_movies",
        "work.list_failed",
        "work.retry_failures",
        "work.show_progress",
        "work.show_status",
        "work.stream_events",
    ]


def test_the_client_is_typed(environment: OwnEnvironment, generated: Path, tmp_path: Path) -> None:
    """The program agrees with the client's types, which notice a mistake; the client's own code is its generator's."""

    def said_of(program: Path) -> str:
        options = ("--strict", "--follow-imports", "silent", "--cache-dir", str(generated / "mypy"))
        return environment.run("mypy", *options, str(program), MYPYPATH=str(generated)).stdout

    assert said_of(USE).startswith("Success")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(USE.read_text("utf-8").replace("limit=2", "limit='two'"))
    assert '"limit"' in said_of(wrong)


def test_the_client_is_answered(
    environment: OwnEnvironment, generated: Path, writable: httpx.Client
) -> None:
    api = writable
    done = environment.run("python", str(USE), str(api.base_url), PYTHONPATH=str(generated))
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    found = api.get("/api/movies", params={"q": "horror>=30%", "limit": 2}).json()["movies"]
    assert seen["movies"] == [[one["title"], one["tags"]["horror"]["count"]] for one in found]
    scenes = api.get("/api/scenes", params={"q": "murder and gothic"}).json()["scenes"]
    assert seen["scenes"] == [[one["title"], True, one["link"]] for one in scenes]
    assert seen["scenes"]
    assert seen["further"] > 0
    assert (seen["movie"][:2], seen["movie"][2] > 0) == (["Moonlit Harbor", 1998], True)
    assert seen["unknown"] == [404, ["harbor"]]
    assert seen["mistake"] == [400, 11]
    query, names, removed = seen["saved"]
    assert (query, "generated" in names, removed) == ("horror", True, 204)  # others may be there
    assert seen["keyed"] == 200
    heat, dune = (parse_title(line) for line in (b"Heat (1995)", b"Dune (2021)"))
    assert seen["added"] == [[True, heat.movie_id], [True, dune.movie_id]]
    assert seen["refused"] == [422, [1]]
