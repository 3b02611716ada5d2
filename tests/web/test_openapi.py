"""schemathesis: whatever the OpenAPI allows, and what it does not, is sent to a running server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.timeout(400)

CONFIG = Path(__file__).with_name("schemathesis.toml")
SLOWER = {
    "4": ("--exclude-path-regex", "^/api/(pauses|status)")
}  # each is several requests to Kafka


@pytest.mark.parametrize("examples", ["4", pytest.param("25", marks=pytest.mark.slow)])
def test_every_call_does_what_the_openapi_says(
    writable: httpx.Client, tmp_path: Path, examples: str
) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(CONFIG), "run"),
            *("--max-examples", examples, "--seed", "1", "--generation-database", "none"),
            *("--request-timeout", "30", "--no-color"),
            *SLOWER.get(examples, ()),
            f"{writable.base_url}/api/openapi.json",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 0, "\n".join(line[:300] for line in lines)


def test_the_schemas_are_those_of_the_records(api: httpx.Client) -> None:
    described = api.get("/api/openapi.json").json()
    schemas = described["components"]["schemas"]
    records = {
        "Movies",
        "Movie",
        "Scenes",
        "Facets",
        "SceneFacets",
        "Suggestions",
        "AlikeMovies",
        "Explanation",
    }
    records |= {"SavedSearch", "SavedSearches"}
    assert records <= set(schemas)
    calls = [
        (path, method, call)
        for path, methods in described["paths"].items()
        for method, call in methods.items()
    ]
    assert {(path, method) for path, method, _ in calls if method != "get"} == {
        ("/api/searches/{name}", "put"),
        ("/api/searches/{name}", "delete"),
        ("/api/titles", "post"),
        ("/api/movies/{movie_id}", "delete"),
        ("/api/cancel", "post"),
        ("/api/failed/retry", "post"),
        ("/api/letters/replay", "post"),
        ("/api/letters/purge", "post"),
        ("/api/pauses", "put"),
        ("/api/pauses", "delete"),
        ("/api/pauses/{site}", "put"),
        ("/api/pauses/{site}", "delete"),
    }
    for path, method, call in calls:
        if path == "/api/searches/{name}" and method == "delete":
            assert "content" not in call["responses"]["204"]
            continue
        answers = call["responses"]["200"]["content"]
        assert ("304" in call["responses"]) is (
            method == "get" and answers.keys().isdisjoint({"text/csv", "text/event-stream"})
        ), path
        if {"image/jpeg", "text/csv", "application/atom+xml", "text/event-stream"} & set(answers):
            continue
        content = answers["application/json"]
        assert content["schema"]["$ref"].removeprefix("#/components/schemas/") in schemas
