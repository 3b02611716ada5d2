"""What users and programs send, JSON or one line of text, parsed into a checked title with a movie id."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from movietag.errors import PermanentError, UsageError
from movietag.records import MovieId, Sources, Title
from movietag.rules.envelopes import MARK, Removed, bad, content_of, excerpt
from movietag.rules.movie_ids import MAX_MOVIE_ID, movie_id_in, movie_id_of
from movietag.rules.reading import NotRead, Reading, read_title
from movietag.rules.reading.catalogue_ids import begins_with_tag, imdb_id_in, tmdb_id_in
from movietag.rules.reading.marks import decoded
from movietag.rules.reading.text import control_in, displayed
from movietag.rules.reading.years import FIRST_YEAR, LAST_YEAR
from movietag.rules.title_fields import TitleFields, TitleForm, title_fields_of

MAX_TITLE: Final = 300  # characters
MAX_GENRE: Final = 100  # characters
MAX_PLACE: Final = 2048  # characters of a URL or path
LISTS: Final = {"urls": 50, "files": 50, "images": 20, "genres": 20}
NO_NAMES: Final = TitleForm()


def parse_title(value: bytes | None, form: TitleForm = NO_NAMES) -> Title:
    """Parse what a user or a program sent: one line of text, or JSON with or without an envelope.

    Raises:
        PermanentError: it is no title (``TitleFault``); the text names the field and what to do.
    """
    found = read_message(value, form)
    if isinstance(found, Removed):
        raise bad("The message is empty (null).")
    return found


def read_message(value: bytes | None, form: TitleForm) -> Title | Removed:
    """Parse a message as ``parse_title`` does, or find that it names nothing to be done: something was removed.

    Raises:
        PermanentError: as ``parse_title``.
    """
    found = content_of(value)
    if isinstance(found, str):
        return _from_line(found)
    if not isinstance(found, Removed):
        return _from_fields(title_fields_of(found, form))
    if found.row is None or form.deletes == "ignore":
        return found
    return structs.replace(_from_fields(title_fields_of(found.row, form)), forget=True)


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
    plain = text.removeprefix(MARK).strip()
    if len(plain.splitlines()) > 1:
        raise bad("The message has several lines; a message is one title.", "several-titles")
    return _titled(_read(plain, None), TitleFields(plain))


def _from_fields(fields: TitleFields) -> Title:
    if fields.year is not None and not FIRST_YEAR <= fields.year <= LAST_YEAR:
        raise bad(
            f"The field year is {fields.year}; it must be {FIRST_YEAR} to {LAST_YEAR}.", "bad-year"
        )
    return _titled(_read(fields.title, fields.year), fields)


def _titled(found: Reading, fields: TitleFields) -> Title:
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
        cancel=fields.cancel,
    )


def _ids_of(found: Reading, fields: TitleFields) -> tuple[str | None, int | None]:
    """The ids of catalogues, from the fields and from the title."""
    imdb = None if fields.imdb is None else imdb_id_in(fields.imdb)
    tmdb = None if fields.tmdb is None else tmdb_id_in(fields.tmdb)
    if fields.imdb is not None and imdb is None:
        raise bad(f"The field imdb is {excerpt(fields.imdb)}; it must be an id such as tt0113277.")
    if fields.tmdb is not None and tmdb is None:
        raise bad(f"The field tmdb is {excerpt(fields.tmdb)}; it must be a number such as 949.")
    for field, one, other in (("imdb", imdb, found.imdb), ("tmdb", tmdb, found.tmdb)):
        if one is not None and other is not None and one != other:
            raise bad(f"The field {field} is {one}, the title says {other}.")
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
        raise bad("The field title is blank.")
    if len(shown) > MAX_TITLE:
        raise bad(f"The title has {len(shown):,} characters; at most {MAX_TITLE} are accepted.")
    try:
        return read_title(shown, year)
    except NotRead as error:
        raise bad(str(error)) from None


def _checked_movie_id(text: str) -> MovieId:
    movie_id = movie_id_in(text)
    if movie_id is None:
        raise bad(
            f"The field movie_id is {excerpt(text)}; it may have letters, digits, `_`, `.` and `-`,"
            f" at most {MAX_MOVIE_ID} bytes. Leave it out to have one made from title and year."
        )
    return movie_id


def _checked_list(field: str, places: list[str], longest: int = MAX_PLACE) -> tuple[str, ...]:
    """The paths, URLs or genres of a field, without repeats, in their order."""
    if len(places) > LISTS[field]:
        raise bad(
            f"The field {field} has {len(places)} entries; at most {LISTS[field]} are accepted."
        )
    for place in places:
        _refuse_controls(field, place)
        if not place.strip():
            raise bad(f"The field {field} has a blank entry.")
        if len(place) > longest:
            raise bad(f"The field {field} has an entry of more than {longest:,} characters.")
    return tuple(dict.fromkeys(place.strip() for place in places))


def _refuse_controls(field: str, text: str) -> None:
    if char := control_in(text):
        raise bad(
            f"The field {field} has the control character U+{ord(char):04X}.", "control-character"
        )
