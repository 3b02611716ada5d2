"""The endpoint that adds titles."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Response
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from movietag.rules.envelopes import FORM
from movietag.rules.reading.years import FIRST_YEAR, LAST_YEAR
from movietag.rules.title_lists import ListedTitle
from movietag.rules.titles import LISTS, MAX_GENRE, MAX_PLACE, MAX_TITLE
from movietag.steering.many_movies import done_to_many
from movietag.steering.title_lists import CheckedTitles, check_titles
from movietag.streams.watch.logs import told
from movietag.web.answers import describe_write, record_response
from movietag.web.bodies import Text
from movietag.web.library import LibraryRoute, Shared
from movietag.web.problems import ManyMoviesError, RefusedTitlesError
from movietag.web.roles import Caller, Role, require_role
from movietag.web.sending import send_within

MOST_TITLES: Final = 1000  # of a call
TITLES: Final = "titles"  # the tag of the OpenAPI
NAMED: Final = 20  # movies in a line of the log

log = logging.getLogger("movietag.web")
router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
Adder = Annotated[Caller, Depends(require_role(Role.ADD))]


def _bounds(name: str, most_characters: int) -> Any:
    """A list of texts. Its bounds are told, and checked with the title: one bad title does not refuse the others."""
    bounds: dict[str, Any] = {
        "maxItems": LISTS[name],
        "items": {"type": "string", "maxLength": most_characters},
    }
    return Field([], json_schema_extra=bounds)


class TitleToAdd(BaseModel):
    """A title with its year, ids, and the videos to use in place of a search."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: Text = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_TITLE})
    year: int | None = Field(None, description=f"Year of release: {FIRST_YEAR} to {LAST_YEAR}.")
    movie_id: Text | None = Field(None, description="An id of your own for the movie.")
    imdb: Text | None = Field(None, description="Its id at IMDb, e.g. tt0113277.")
    tmdb: Text | None = Field(None, description="Its id at TMDB.")
    genres: list[Text] = _bounds("genres", MAX_GENRE)
    urls: list[Text] = _bounds("urls", MAX_PLACE)
    files: list[Text] = _bounds("files", MAX_PLACE)
    images: list[Text] = _bounds("images", MAX_PLACE)
    refresh: bool = Field(False, description="Search and tag an existing movie again.")


class TitlesToAdd(BaseModel):
    """Titles to add."""

    model_config = ConfigDict(extra="forbid", strict=True)
    titles: list[Text | TitleToAdd] = Field(
        min_length=1,
        max_length=MOST_TITLES,
        description="Lines such as `Heat (1995)`, or objects.",
    )
    refresh: bool = Field(False, description="Search and tag existing movies again: all of these.")
    bulk: bool = Field(False, description="Let everything else go before these titles.")
    skip_bad: bool = Field(
        False, description="Add the others if some titles are refused; else none is added."
    )
    yes: bool = Field(
        False, description="Also if more than a few percent of all movies are tagged again."
    )


class TitleResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a title: it was sent, or refused for a reason. ``title`` and ``year``: as they were read."""

    sent: bool
    movie_id: str = ""
    title: str = ""
    year: int | None = None
    reason: str = ""


class TitleResults(msgspec.Struct, frozen=True):
    """How many titles were sent and refused, and the result of each, in the order of the request."""

    sent: int
    refused: int
    titles: tuple[TitleResult, ...]


@router.post("/titles", tags=[TITLES], responses=describe_write(TitleResults))
async def add_titles(library: Shared, caller: Adder, wanted: TitlesToAdd) -> Response:
    """Add titles, one or many; a result for each. Sending them again changes nothing.

    If one is refused, none is added, unless `skip_bad` is set: the problem lists what is refused in `refused`.
    """
    listed = [
        ListedTitle(number, title_line(one)) for number, one in enumerate(wanted.titles, start=1)
    ]
    values, checked = check_titles(
        listed, {}, library.settings, refresh=wanted.refresh, adds_only=True
    )
    short = (
        structs.replace(one, reason=one.reason.removesuffix(FORM).rstrip())
        for one in checked.refused
    )
    checked = structs.replace(checked, refused=tuple(short))
    if checked.refused and not wanted.skip_bad:
        raise RefusedTitlesError(checked.refused, len(listed))
    if not wanted.yes and (many := await done_to_many(library.settings, values)):
        raise ManyMoviesError(many)
    if values:
        await send_within(library.settings, values, bulk=wanted.bulk)
    ids = [one.movie_id for one in checked.added]
    told(log, logging.INFO, "added", key=caller.name, titles=len(ids), movies=",".join(ids[:NAMED]))
    return record_response(results_of(checked, len(listed)))


def title_line(one: str | TitleToAdd) -> str:
    """A title as the line of text that `movietag add` takes: an object becomes JSON."""
    return one if isinstance(one, str) else one.model_dump_json(exclude_defaults=True)


def results_of(checked: CheckedTitles, total: int) -> TitleResults:
    """The result of each of ``total`` titles, whose numbers begin at 1."""
    refused = {one.line: one.reason for one in checked.refused}
    added = iter(checked.added)
    results: list[TitleResult] = []
    for number in range(1, total + 1):
        if number in refused:
            results.append(TitleResult(sent=False, reason=refused[number]))
        else:
            one = next(added)
            results.append(TitleResult(True, one.movie_id, one.title, one.year))
    return TitleResults(len(checked.added), len(refused), tuple(results))
