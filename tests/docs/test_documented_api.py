"""docs/api.md lists every call of the REST API, with its parameters."""

from __future__ import annotations

import re
from pathlib import Path

from movietag.settings import Settings
from movietag.web.app import make_web_app

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
CALL = re.compile(
    r"^\| `(?P<method>[A-Z]+) (?P<path>/api/[^`?]*)(?:\?(?P<query>[^`]*))?` \|", re.MULTILINE
)


def test_the_page_lists_every_call_with_its_parameters(tmp_path: Path) -> None:
    listed = {
        (found["method"], found["path"]): {
            name.rstrip("=") for name in (found["query"] or "").split("&") if name
        }
        for found in CALL.finditer(PAGE.read_text("utf-8"))
    }
    described = {
        (method.upper(), path): {
            one["name"] for one in call.get("parameters", ()) if one["in"] == "query"
        }
        for path, methods in make_web_app(Settings(home=tmp_path)).openapi()["paths"].items()
        for method, call in methods.items()
    }
    assert listed.pop(("GET", "/api/openapi.json")) == set()
    assert listed == described, "docs/api.md has a table of the calls: write there what differs"
