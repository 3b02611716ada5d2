"""Reading a line of text as people, libraries and pages write titles: its title, year and ids.

What is read is a fixed point: a title that was read is read as itself, with the same year. So a line, its JSON
form and the title that is shown name one movie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from movietag.rules.reading import brackets, marks, releases, second_names, years
from movietag.rules.reading.catalogue_ids import address_in, ids_in, is_alone
from movietag.rules.reading.text import displayed

MOST_STEPS: Final = 64  # each makes a title shorter, or puts it in order


class NotRead(Exception):  # noqa: N818  # the caller's error says what to send
    """A line that is no title; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says: its title as it is shown, and the rest where it says so."""

    title: str
    year: int | None = None
    imdb: str | None = None
    tmdb: int | None = None


State = tuple[str, int | None]


def read_title(text: str, year: int | None = None) -> Reading:
    """Read a line, or the title of a JSON message with its year; a year in brackets that is another is of the title.

    Raises:
        NotRead: it is an address or an id, or has two ids of one catalogue.
    """
    title, former = displayed(text), ""
    imdb: tuple[str, ...] = ()
    tmdb: tuple[int, ...] = ()
    for _ in range(MOST_STEPS):
        if title == former:
            break
        former = title
        ids = ids_in(title)
        imdb, tmdb = (*imdb, *ids.imdb), (*tmdb, *ids.tmdb)
        _refuse_others(ids.rest, year, imdb, tmdb)
        title, year = _peeled(ids.rest, year)
    return Reading(title, year, next(iter(imdb), None), next(iter(tmdb), None))


def _peeled(title: str, year: int | None) -> State:
    """Title and year when no step changes them any more."""
    for _ in range(MOST_STEPS):
        for step in _STEPS:
            found = step(title, year)
            if (
                found is not None
                and (shown := displayed(found[0]))
                and (shown, found[1]) != (title, year)
            ):
                title, year = shown, found[1]
                break
        else:
            break
    return title, year


def _of_title(step: Callable[[str], str | None]) -> Callable[[str, int | None], State | None]:
    """A step that leaves the year."""

    def of_state(title: str, year: int | None) -> State | None:
        found = step(title)
        return None if found is None else (found, year)

    return of_state


def _without_numeral(title: str, year: int | None) -> State | None:
    found = brackets.without_numeral(title, year)
    return None if found is None else (found, year)


# The year first: what follows is then the same for a line and for its JSON form.
_STEPS: Final[tuple[Callable[[str, int | None], State | None], ...]] = (
    years.year_at_end,
    _of_title(marks.unquoted),
    _of_title(releases.of_path),
    _of_title(marks.without_bullet),
    _of_title(marks.without_left_behind),
    _of_title(brackets.without_group_tag),
    _of_title(brackets.without_release),
    years.year_before_tail,
    years.year_at_start,
    years.unwrapped,
    _without_numeral,
    releases.of_file,
    _of_title(second_names.without_second_name),
    _of_title(second_names.article_first),
)


def _refuse_others(rest: str, year: int | None, imdb: Sequence[str], tmdb: Sequence[int]) -> None:
    """Refuse what is no title; what has a year is one, although it looks like an id of somebody else.

    Raises:
        NotRead: see ``read_title``.
    """
    for name, known in (("IMDb", set(imdb)), ("TMDB", set(tmdb))):
        if len(known) > 1:
            raise NotRead(f"The title has two ids of {name}: {', '.join(sorted(map(str, known)))}.")
    tag = f"imdb-{imdb[0]}" if imdb else f"tmdb-{tmdb[0]}" if tmdb else ""
    if tag and (not any(map(str.isalnum, rest)) or years.is_year_alone(rest)):
        raise NotRead(
            f"An id alone is no title; write the title before it: `TITLE (YEAR) {{{tag}}}`."
        )
    if year is None and is_alone(rest):
        raise NotRead(f"{rest!r} is an id and no title.")
    if address := address_in(rest):
        raise NotRead(
            f"{address[:80]!r} is an address and no title. If a video is there, send it with its title:"
            ' {"title": "Heat", "year": 1995, "urls": ["https://…"]}, or'
            ' `movietag add "Heat (1995)" --url https://…`.'
        )
