"""Renders templates, and formats numbers and times. All text from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from movietag.exporting.feeds import feed_path
from movietag.local.drawings import NOTE, knew_drawings_only
from movietag.search.naming import named, timecode
from movietag.search.progress import attempt_note, marks_note, progress_of, short_note, slots_note
from movietag.search.query.nodes import quoted
from movietag.search.results import Movie
from movietag.settings import get_settings
from movietag.web.answers import CACHING
from movietag.web.pages.static import static

TIMES: Final = "\N{MULTIPLICATION SIGN}"


def rounded_percent(ratio: float, digits: int = 0) -> str:
    """A ratio as a percentage: 0.7683 gives `77%`, or with two digits `76.83%`."""
    return f"{100 * ratio:.{digits}f}%"


def times(lift: float) -> str:
    """A lift as a factor: 3.14 gives `3.1` and the multiplication sign."""
    return f"{lift:.1f}{TIMES}" if lift < 10 else f"{lift:.0f}{TIMES}"


def clock(seconds: float) -> str:
    """A time in whole seconds: `0:12`."""
    return timecode(int(seconds)).removesuffix(".0")


def when(ms: int) -> str:
    """A time in milliseconds since 1970 as `2026-01-31 12:00 UTC`."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def web_link(url: str) -> str | None:
    """The URL if it is http or https, else None: pages must not link to anything else."""
    try:
        return url if urlsplit(url).scheme in {"http", "https"} else None
    except ValueError:
        return None


def to(path: str, **values: object) -> str:
    """A path of this server with parameters; empty ones are omitted."""
    present = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(present)}" if present else path


def to_movie(movie_id: str, **values: object) -> str:
    """The path of a movie's page."""
    return to(f"/movies/{quote(movie_id, safe='')}", **values)


def set_or_none(value: object) -> object:
    """A field of a record, or None if it is unset."""
    return None if isinstance(value, msgspec.UnsetType) else value


def of_drawings(movie: Movie) -> bool:
    """Whether a model that knows drawings only has tagged a movie that is not the demo's."""
    return knew_drawings_only(movie, get_settings().vocabulary)


ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= {
    "percent": rounded_percent,
    "times": times,
    "clock": clock,
    "when": when,
    "web_link": web_link,
    "set_or_none": set_or_none,
}
ENVIRONMENT.globals |= {  # pyrefly: ignore[bad-assignment]
    "static": static,
    "to": to,
    "to_movie": to_movie,
    "feed_path": feed_path,
    "named": named,
    "attempt_note": attempt_note,
    "of_drawings": of_drawings,
    "drawings_note": NOTE,
    "marks_note": marks_note,
    "short_note": short_note,
    "slots_note": slots_note,
    "progress_of": progress_of,
    "quoted": quoted,
}


def page(
    request: Request,
    name: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """Render a template as an HTML response."""
    app = request.scope.get("app")
    text = ENVIRONMENT.get_template(name).render(
        path=request.url.path, keyed=bool(app and app.state.keyed), **values
    )
    return HTMLResponse(text, status, {"Cache-Control": CACHING, **(headers or {})})
