"""The fields of a title's JSON: programs' names for ours, and values as programs write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from movietag.rules.envelopes import Fields, bad, excerpt

Deletes = Literal["ignore", "forget"]


class TitleFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, before its values are checked."""

    title: str
    year: int | None = None
    movie_id: str | None = None
    imdb: str | None = None
    tmdb: str | None = None
    genres: list[str] = []
    urls: list[str] = []
    files: list[str] = []
    images: list[str] = []
    refresh: bool = False
    forget: bool = False
    cancel: bool = False


NAMES: Final = TitleFields.__struct_fields__
_DATE: Final = re.compile(r"(\d{4})(?:-\d\d(?:-\d\d(?:[T ].*)?)?|\.0+)?")
_GENRES: Final = re.compile(r"\s*[|,;]\s*")
NOT_GIVEN: Final = ("", r"\N", "(no genres listed)")  # SQL's and IMDb's null; MovieLens


@dataclass(frozen=True, slots=True)
class TitleForm:
    """How the titles of a library are sent (``MOVIETAG_TITLE_FIELDS``, ``MOVIETAG_TITLE_DELETES``).

    Attributes:
        names: names of fields, and which of ours each is; if there are any, fields of other names are passed over.
        deletes: what a deleted row does: nothing, or forget its movie.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    deletes: Deletes = "ignore"


def title_fields_of(sent: Fields, form: TitleForm) -> TitleFields:
    """The fields of an object that was sent.

    Raises:
        PermanentError: it has no title, an unknown field, or a value that does not fit.
    """
    named = {ours: sent[theirs] for theirs, ours in form.names.items() if theirs in sent}
    known = {name: value for name, value in sent.items() if name in NAMES} | named
    unknown = [name for name in sent if name not in NAMES and name not in form.names]
    if unknown and not form.names:
        raise bad(_unknown(unknown), "unknown-field")
    if known.get("title") is None:
        has = ", ".join(map(excerpt, list(sent)[:10])) or "none"
        raise bad(f"The JSON does not fit: it has no title; its fields: {has}.")
    plain = {
        name: _PLAIN[name](value) if name in _PLAIN else value for name, value in known.items()
    }
    try:
        return msgspec.convert({k: v for k, v in plain.items() if v is not None}, TitleFields)
    except msgspec.ValidationError as error:
        raise bad(f"The JSON does not fit: {error}.") from None


def _unknown(names: list[str]) -> str:
    """What is wrong, and the setting that would read it."""
    alike = [(name, name.strip().casefold()) for name in names]
    pairs = [f"{name}={ours}" for name, ours in alike if ours in NAMES and "=" not in name]
    setting = ", ".join(pairs) or "primaryTitle=title, startYear=year"
    return (
        f"The JSON has the field {excerpt(names[0])}, which is unknown. Where other programs write the titles,"
        f" MOVIETAG_TITLE_FIELDS says which field is which and passes over all others, e.g. {setting}."
    )


def _year(value: Any) -> Any:
    """A year as a number: from text, a date, or a number with a point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    plain = value.strip()
    if plain in NOT_GIVEN:
        return None
    if found := _DATE.fullmatch(plain):
        return int(found[1])
    raise bad(f"The field year is {excerpt(value)}; it must be a year such as 1995.", "bad-year")


def _genres(value: Any) -> Any:
    """Genres as a list: from text with `|`, commas or semicolons between them."""
    if not isinstance(value, str):
        return value
    return (
        [] if value.strip() in NOT_GIVEN else [one for one in _GENRES.split(value.strip()) if one]
    )


def _id(value: Any) -> Any:
    """An id of a catalogue as text: from a number, too, and from one that a data frame wrote with a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    plain = value.strip()
    return None if plain in NOT_GIVEN else re.sub(r"^(\d+)\.0+$", r"\1", plain)


_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "year": _year,
    "genres": _genres,
    "imdb": _id,
    "tmdb": _id,
}
