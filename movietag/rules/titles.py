"""What users send, JSON or one line of text, parsed into a checked title with a movie id."""

from __future__ import annotations

from typing import Final

import msgspec

from movietag.errors import PermanentError, UsageError
from movietag.records import MovieId, Sources, Title
from movietag.rules.movie_ids import MAX_MOVIE_ID, movie_id_in, movie_id_of
from movietag.rules.reading import NotRead, Reading, read_title
from movietag.rules.reading.catalogue_ids import begins_with_tag, imdb_id_in, tmdb_id_in
from movietag.rules.reading.marks import decoded
from movietag.rules.reading.text import control_in, displayed
from movietag.rules.reading.years import FIRST_YEAR, LAST_YEAR

MAX_BYTES: Final = 64 << 10
MAX_TITLE: Final = 300  # characters
MAX_GENRE: Final = 100  # characters
MAX_PLACE: Final = 2048  # characters of a URL or path
LISTS: Final = {"urls": 50, "files": 50, "images": 20, "genres": 20}
MARK: Final = "\ufeff"  # a byte order mark, which some editors put before a text
FORM: Final = (
    'Send one line of text such as `Heat (1995)`, or JSON such as {"title": "Heat", "year": 1995};'
    " JSON may also have movie_id, imdb, tmdb, genres, urls, files, images (lists of text), refresh and forget (true or false)."
)


class _Json(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, before its values are checked."""

    title: str
    year: int | None = None
    movie_id: str | None = None
    imdb: str | None = None
    tmdb: int | str | None = None
    genres: list[str] = []
    urls: list[str] = []
    files: list[str] = []
    images: list[str] = []
    refresh: bool = False
    forget: bool = False


_decoder = msgspec.json.Decoder(_Json)


def parse_title(value: bytes | None) -> Title:
    """Parse what a user sent: JSON if it begins with ``{`` and no tag of a library, else one line of text.

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
    plain = text.removeprefix(MARK).lstrip()
    return plain.startswith("{") and not begins_with_tag(plain)


def _from_line(text: str) -> Title:
    if len(text.splitlines()) > 1:
        raise _bad("The message has several lines; a message is one title.")
    return _titled(_read(text, None), _Json(text))


def _from_json(value: bytes) -> Title:
    try:
        fields = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"The JSON does not fit: {error}.") from None
    if fields.year is not None and not FIRST_YEAR <= fields.year <= LAST_YEAR:
        raise _bad(f"The field year is {fields.year}; it must be {FIRST_YEAR} to {LAST_YEAR}.")
    return _titled(_read(fields.title, fields.year), fields)


def _titled(found: Reading, fields: _Json) -> Title:
    """The title that was read, with what its message says besides."""
    imdb, tmdb = _ids_of(found, fields)
    if fields.movie_id is not None:
        movie_id = _checked_movie_id(fields.movie_id)
    else:
        movie_id = movie_id_of(found.title, found.year, imdb=imdb, tmdb=tmdb)
    return Title(
        title=found.title,
        year=found.year,
        movie_id=movie_id,
        imdb=imdb,
        tmdb=tmdb,
        genres=_checked_list("genres", fields.genres, MAX_GENRE),
        sources=Sources(
            urls=_checked_list("urls", fields.urls),
            files=_checked_list("files", fields.files),
            images=_checked_list("images", fields.images),
        ),
        refresh=fields.refresh,
        forget=fields.forget,
    )


def _ids_of(found: Reading, fields: _Json) -> tuple[str | None, int | None]:
    """The ids of catalogues, from the fields and from the title."""
    imdb = None if fields.imdb is None else imdb_id_in(fields.imdb)
    tmdb = None if fields.tmdb is None else tmdb_id_in(str(fields.tmdb))
    if fields.imdb is not None and imdb is None:
        raise _bad(f"The field imdb is {_short(fields.imdb)}; it must be an id such as tt0113277.")
    if fields.tmdb is not None and tmdb is None:
        raise _bad(
            f"The field tmdb is {_short(str(fields.tmdb))}; it must be a number such as 949."
        )
    for field, one, other in (("imdb", imdb, found.imdb), ("tmdb", tmdb, found.tmdb)):
        if one is not None and other is not None and one != other:
            raise _bad(f"The field {field} is {one}, the title says {other}.")
    imdb = imdb or found.imdb
    if imdb is None and fields.movie_id and fields.movie_id == imdb_id_in(fields.movie_id):
        imdb = fields.movie_id
    return imdb, tmdb or found.tmdb


def _read(text: str, year: int | None) -> Reading:
    """The title in the form that is shown, 1 to 300 characters, none of them a control character."""
    plain = decoded(text)
    _refuse_controls("title", plain)
    shown = displayed(plain)
    if not shown:
        raise _bad("The field title is blank.")
    if len(shown) > MAX_TITLE:
        raise _bad(f"The title has {len(shown):,} characters; at most {MAX_TITLE} are accepted.")
    try:
        return read_title(shown, year)
    except NotRead as error:
        raise _bad(str(error)) from None


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
    if char := control_in(text):
        raise _bad(f"The field {field} has the control character U+{ord(char):04X}.")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _bad(what: str) -> PermanentError:
    return PermanentError("bad-title", f"{what} {FORM}")
