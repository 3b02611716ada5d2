"""What users send, JSON or one line of text, parsed into a checked title with a movie id."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

import msgspec

from movietag.errors import PermanentError, UsageError
from movietag.records import MovieId, Sources, Title

MAX_BYTES: Final = 64 << 10
MAX_TITLE: Final = 300  # characters
MAX_SLUG: Final = 60  # characters
MAX_GENRE: Final = 100  # characters
MAX_PLACE: Final = 2048  # characters of a URL or path
MAX_MOVIE_ID: Final = 200  # bytes: ids of documents hold it, and end at 512
LISTS: Final = {"urls": 50, "files": 50, "images": 20, "genres": 20}
MARK: Final = "\ufeff"  # a byte order mark, which some editors put before a text
FIRST_YEAR, LAST_YEAR = 1870, 2100
FORM: Final = (
    'Send one line of text such as `Heat (1995)`, or JSON such as {"title": "Heat", "year": 1995};'
    " JSON may also have movie_id, genres, urls, files, images (lists of text), refresh and forget (true or false)."
)

_WITH_YEAR = re.compile(r"(?P<title>.*\S)\s*\((?P<year>[0-9]{4})\)")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class _Json(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, before its values are checked."""

    title: str
    year: int | None = None
    movie_id: str | None = None
    genres: list[str] = []
    urls: list[str] = []
    files: list[str] = []
    images: list[str] = []
    refresh: bool = False
    forget: bool = False


_decoder = msgspec.json.Decoder(_Json)


def parse_title(value: bytes | None) -> Title:
    """Parse what a user sent: JSON if the first non-blank byte is ``{``, else one line of text.

    Raises:
        PermanentError: ``bad-title``; the text names the field and what to do.
    """
    if value is None:
        raise _bad("The message is empty (null).")
    if len(value) > MAX_BYTES:
        raise _bad(f"The message has {len(value):,} bytes; at most {MAX_BYTES:,} are accepted.")
    blank_free = value.removeprefix(MARK.encode()).strip()  # a byte order mark is no text
    if not blank_free:
        raise _bad("The message is blank.")
    try:
        text = blank_free.decode()
    except UnicodeDecodeError as error:
        raise _bad(f"The message is not UTF-8 text (byte {error.start + 1}).") from None
    return _from_json(blank_free) if is_json(text) else _from_line(text)


def title_of(text: str) -> Title:
    """Parse a title that a user typed, as ``parse_title`` does.

    Raises:
        UsageError: it does not fit.
    """
    try:
        return parse_title(text.encode("utf-8", "surrogateescape"))
    except PermanentError as error:
        raise UsageError(f"{text[:80]!r}: {error.reason}") from None


def is_json(text: str) -> bool:
    """Whether a title is JSON rather than a line of text."""
    return text.removeprefix(MARK).lstrip().startswith("{")


def movie_id_of(title: str, year: int | None) -> MovieId:
    """The id of a movie: slug of its title, year if known, 8 hex digits of SHA-256 of both.

    Spellings that differ only in case, width of letters or blanks have one id.
    """
    name = normal_title(title)
    parts = re.split(r"-+", "".join(char if _wordy(char) else "-" for char in name))
    slug = "-".join(filter(None, parts))[:MAX_SLUG].strip("-") or "movie"
    digest = hashlib.sha256(f"{name}\n{year or ''}".encode()).hexdigest()[:8]
    return MovieId("-".join([slug, *([str(year)] if year else []), digest]))


def _from_line(text: str) -> Title:
    if len(text.splitlines()) > 1:
        raise _bad("The message has several lines; a message is one title.")
    title, year = _without_year(_checked_title(text), None)
    return Title(title=title, year=year, movie_id=movie_id_of(title, year))


def _from_json(value: bytes) -> Title:
    try:
        fields = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"The JSON does not fit: {error}.") from None
    if fields.year is not None and not FIRST_YEAR <= fields.year <= LAST_YEAR:
        raise _bad(f"The field year is {fields.year}; it must be {FIRST_YEAR} to {LAST_YEAR}.")
    title, year = _without_year(_checked_title(fields.title), fields.year)
    sources = Sources(
        urls=_checked_list("urls", fields.urls),
        files=_checked_list("files", fields.files),
        images=_checked_list("images", fields.images),
    )
    movie_id = (
        movie_id_of(title, year) if fields.movie_id is None else _checked_movie_id(fields.movie_id)
    )
    return Title(
        title=title,
        year=year,
        movie_id=movie_id,
        genres=_checked_list("genres", fields.genres, MAX_GENRE),
        sources=sources,
        refresh=fields.refresh,
        forget=fields.forget,
    )


def _without_year(title: str, year: int | None) -> tuple[str, int | None]:
    """The title without the year at its end, and that year: `Heat (1995)` gives `Heat`, 1995.

    A year that differs from the field ``year`` is part of the title: (`Death Race (2000)`, 1975) stays.
    """
    while (found := _WITH_YEAR.fullmatch(title)) and (
        int(found["year"]) == year
        or (year is None and FIRST_YEAR <= int(found["year"]) <= LAST_YEAR)
    ):
        title, year = found["title"], int(found["year"])
    return title, year


def _checked_title(text: str) -> str:
    """The title in NFKC with single blanks, 1 to 300 characters, none of them a control character."""
    _refuse_controls("title", text)
    title = " ".join(unicodedata.normalize("NFKC", text).split())
    if not title:
        raise _bad("The field title is blank.")
    if len(title) > MAX_TITLE:
        raise _bad(f"The title has {len(title):,} characters; at most {MAX_TITLE} are accepted.")
    return title


def movie_id_in(text: str) -> MovieId | None:
    """The text as a movie id, in NFKC; None if it cannot be one."""
    movie_id = unicodedata.normalize("NFKC", text)
    fits = (
        all(_wordy(char) or char in "_.-" for char in movie_id)
        and 1 <= len(movie_id.encode()) <= MAX_MOVIE_ID
        and movie_id.strip(".")
    )
    return MovieId(movie_id) if fits else None


def _checked_movie_id(text: str) -> MovieId:
    movie_id = movie_id_in(text)
    if movie_id is None:
        raise _bad(
            f"The field movie_id is {_short(text)}; it may have letters, digits, `_`, `.` and `-`,"
            f" at most {MAX_MOVIE_ID} bytes. Leave it out to have one made from title and year."
        )
    return movie_id


def _checked_list(field: str, places: list[str], longest: int = MAX_PLACE) -> tuple[str, ...]:
    """The paths, URLs or genres of a field, without repeats, in their order."""
    if len(places) > LISTS[field]:
        raise _bad(
            f"The field {field} has {len(places)} entries; at most {LISTS[field]} are accepted."
        )
    for place in places:
        _refuse_controls(field, place)
        if not place.strip():
            raise _bad(f"The field {field} has a blank entry.")
        if len(place) > longest:
            raise _bad(f"The field {field} has an entry of more than {longest:,} characters.")
    return tuple(dict.fromkeys(place.strip() for place in places))


def _refuse_controls(field: str, text: str) -> None:
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _BIDI:
            raise _bad(f"The field {field} has the control character U+{ord(char):04X}.")


def normal_title(text: str) -> str:
    """The form in which titles are compared: case and width folded, single blanks.

    Folding may undo NFKC, so it is applied again.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _wordy(char: str) -> bool:
    """Letter, mark or digit of any script (marks: the vowels of Hindi are not letters)."""
    return unicodedata.category(char)[0] in "LMN"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _bad(what: str) -> PermanentError:
    return PermanentError("bad-title", f"{what} {FORM}")
