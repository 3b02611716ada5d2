"""Every block of docs/api.md is run on a server over known movies."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.patience import patience
from support.serve_process import serving

from movietag.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ADDRESS = "http://127.0.0.1:19390"
KEY = "X-API-Key"
KEYS = re.compile(r"^```text\n(read .*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
ANSWERS = (
    ('"movie_id":"grin"', '"movie_id":"harbor"'),
    ('"movie_id":"harbor"',),
    ("movie_id,title,year,video_id", "harbor,Moonlit Harbor,1998,"),
    ("Did you mean comedy", '"position":0', '"near":[{"movie_id":"harbor"'),
    ('"name":"scary","query":"horror>=30%"', "204"),
    ('"sent":2,"refused":0', '"title":"Dune","year":2021'),
    ('"status":422', '"refused":[{"line":2,', "year"),
    ('"errors":[{"error":"other","movies":1,', '{"sent":1}'),
    ("304",),
    ("200\n200\n",),
    ('{"movie_id":"harbor","title":"Moonlit Harbor","year":1998}',),
    ('"total":1,"dry_run":false', '"title":"Heat","year":1995', '"dry_run":true', '"title":"Dune"'),
    ('"site":"youtube.com"', '{"pauses":[]}'),
    ('{"done":0,"left":[]}',),
)


@pytest.fixture(scope="module")
def keyed(
    library: Settings, queue: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server with the keys of the page."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    found = KEYS.search(PAGE.read_text("utf-8"))
    assert found
    file.write_text(found[1])
    with serving(library, MOVIETAG_WEB_KEYS=str(file), **queue) as address:
        yield address


@pytest.mark.parametrize(("code", "says"), zip(BLOCKS, ANSWERS, strict=True))
def test_an_example_does_what_the_page_says(
    code: str, says: tuple[str, ...], writable: httpx.Client, keyed: str
) -> None:
    code = code.replace(ADDRESS, keyed if KEY in code else str(writable.base_url).rstrip("/"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(part in done.stdout for part in says), done.stdout


def test_every_call_stands_on_the_page(writable: httpx.Client) -> None:
    described = writable.get("/api/openapi.json").json()
    page = PAGE.read_text("utf-8")
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            parameters = call.get("parameters", [])
            names = "&".join(f"{one['name']}=" for one in parameters if one["in"] == "query")
            told = f"{method.upper()} {path}?{names}" if names else f"{method.upper()} {path}"
            assert f"`{told}`" in page
