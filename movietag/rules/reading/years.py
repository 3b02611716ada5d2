"""The year of a title, in brackets at its end, at its beginning, or before what a list or a page adds."""

from __future__ import annotations

import re
from typing import Final

from movietag.rules.reading.brackets import Brackets, brackets_in, last_group
from movietag.rules.reading.words import begins_release, names_a_part

FIRST_YEAR, LAST_YEAR = 1870, 2100
FIRST_FILM: Final = 1888

_YEAR: Final = re.compile(
    r"(?:[c©]\.?\s*|năm\s+)?(?P<year>\d{4})\s*"
    r"(?:年(?:公開|公开|上映|製作|制作|作品)?|년(?:작|개봉)?|\u0433(?:од|\.)?|\.|/[IVXLC]+|\?|\s*[-–])?"  # noqa: RUF001
)
_DATE: Final = re.compile(
    r"(?P<first>\d{4})[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./ ]+(?:\d{1,2}|[^\W\d_]{3,9})[-./ ]+(?P<last>\d{4})"
    r"|[^\W\d_]{3,9}\.? (?:\d{1,2}, ?)?(?P<month>\d{4})"
)
# What Wikipedia and IMDb write around a year: `2019 film`, `película de 2019`, `TV Movie 1989`, `2019年の映画`.
_FILM: Final = re.compile(
    r"\b(?:films?|filme[ns]?|filmi|filma|movie|pel[ií]cula|pel·lícula|elokuva|phim|documentary|tv|video|short)\b"
    r"|фильм|фільм|филм|ταινία|فيلم|فیلم|सिनेमा|फ़िल्म|映画|电影|電影|영화",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_MOST_WORDS: Final = 3
"""Besides that for a film: `South Korean animated`, `vuoden`."""

# A director or country with the year: `Michael Mann, 1995`, `1995, USA`, `USA 1995`.
_BY: Final = re.compile(
    r"(?:[^\d()]*[^\W\d_][^\d()]*[,;]\s*|[A-Z]{1,3}(?:/[A-Z]{1,3})*\s+)(?P<after>\d{4})"
    r"|(?P<before>\d{4})[,;][^\d()]*[^\W\d_][^\d()]*"
)
_SEPARATOR: Final = re.compile(r"[-–—|•·,;/~.]")  # noqa: RUF001
_SAID: Final = re.compile(
    r"directed by\b|dir\.|regie\b|by\b|on\b|[★☆⭐✭½\s]+$|(?:cd|dis[ck]|dvd)\s?\d\b|(?:pt|part)\d\b|\d{1,3} ?min|\d+(?:[.,]\d+)?\s*/\s*\d+|\d[.,]\d$",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(r"[(\[（［【](?P<year>\d{4})年?[)\]）］】]\s+(?P<rest>.*\S)")  # noqa: RUF001


def fits(found: int, year: int | None) -> bool:
    """Whether a number in brackets is the title's year: it is the known one, or none is known and it may be one."""
    return found == year if year is not None else FIRST_YEAR <= found <= LAST_YEAR


def year_at_end(text: str, year: int | None) -> tuple[str, int] | None:
    """The title before the year at its end, and that year; `2019 film` only where no year is known."""
    last = last_group(text)
    if last is None:
        return None
    found = year_in(last.inner, film=year is None)
    return (_by_words(last), found) if found is not None and fits(found, year) else None


def year_in(inner: str, *, film: bool = False) -> int | None:
    """The year that brackets hold: `1995`, `1954年`, `1995/I`; if ``film`` also `2019 film`, `Director, 2019`."""
    if plain := _YEAR.fullmatch(inner):
        return int(plain["year"])
    if not film:
        return None
    if said := _BY.fullmatch(inner) or _DATE.fullmatch(inner):
        year = int(next(filter(None, said.groups())))
        return year if year >= FIRST_FILM else None
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", inner)
    if len(years) != 1 or not _FILM.search(inner):
        return None
    others = _WORD.findall(_FILM.sub(" ", inner))
    return int(years[0]) if len(others) <= _MOST_WORDS else None


def is_year_alone(text: str) -> bool:
    """Whether a text is a year in brackets and nothing else."""
    return any(
        not (group.before or group.after) and year_in(group.inner) is not None
        for group in brackets_in(text)
    )


def unwrapped(text: str, year: int | None) -> tuple[str, int] | None:
    """The title within brackets around all of a line, with the year at its end: `[[Heat (1995)]]`."""
    whole = next(iter(brackets_in(text)), None)
    if whole is None or whole.before or whole.after:
        return None
    return year_at_end(whole.inner, year) or unwrapped(whole.inner, year)


def year_at_start(text: str, year: int | None) -> tuple[str, int] | None:
    """The title after a year in brackets, where no other year follows: `(1995) Heat`."""
    found = _FIRST.fullmatch(text)
    if found is None or not fits(int(found["year"]), year):
        return None
    if any(year_in(group.inner) is not None for group in brackets_in(found["rest"])):
        return None
    return found["rest"], int(found["year"])


def year_before_tail(text: str, year: int | None) -> tuple[str, int] | None:
    """The title before a year in brackets behind which nothing of the title follows.

    That is: other brackets, a release, a page's name or a director behind a dash. What names a part of a whole
    (`(2013) - Part 2`) is of the title.
    """
    for group in brackets_in(text):
        found = year_in(group.inner, film=year is None)
        if found is None or not fits(found, year) or not group.before:
            continue
        return (_by_words(group), found) if group.after and _is_tail(group.after) else None
    return None


def _by_words(brackets: Brackets) -> str:
    """What stands before brackets, with blanks where it has dots or underscores instead: `The.Matrix.(1999)`.

    Initials keep their dots: `S.W.A.T.(2003)`.
    """
    mark = brackets.before[-1]
    if mark not in "._" or not brackets.glued or " " in brackets.before:
        return brackets.before
    words = [word for word in brackets.before.split(mark) if word]
    return " ".join(words) if max(map(len, words), default=0) > 2 else brackets.before


def _is_tail(text: str) -> bool:
    if any(group.round and _is_part(group.inner) for group in brackets_in(text)):
        return False
    rest = _without_groups(text)
    if not any(map(str.isalnum, rest)):
        return True
    after = rest.lstrip("-–—|•·,;:/~. ")  # noqa: RUF001
    if begins_release(after) or _SAID.match(after):
        return True
    return bool(_SEPARATOR.match(rest)) and not names_a_part(after)


def _is_part(inner: str) -> bool:
    return inner not in {"TV", "V", "VG"} and names_a_part(inner)


def _without_groups(text: str) -> str:
    while found := next(iter(brackets_in(text)), None):
        text = f"{found.before} {found.after}".strip()
    return text
