r"""What programs send to the topic of titles: the bytes of a message, and what is right.

``bytes of the message``: ``\xNN`` is that byte, ``(null)`` no message. ``what is right``: alternatives with `or`
between them, each a title as it is shown (``Heat (1995)``), ``genres A, B``, ``nothing`` (no movie and no letter) or
``letter``, which may name its kind (``letter bad-year``) or what its reason must say (``letter that says Schema
Registry``). What is right ``where extra fields are allowed`` is read with MOVIETAG_TITLE_FIELDS set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, get_args

from benchmarks.cases import Outcome
from movietag.errors import PermanentError
from movietag.rules.envelopes import Removed, TitleFault
from movietag.rules.title_fields import TitleForm
from movietag.rules.titles import read_message

COLUMNS: Final = ("bytes of the message", "key", "what is right")
EXTRA: Final = "where extra fields are allowed"
_SAID: Final = {
    "schema registry": "schema registry",
    "utf-16": "utf-16",
    "map of names": "title_fields",
}


def check(row: Mapping[str, str]) -> Outcome:
    """Read the message, and compare with each alternative."""
    value = message_of(row["bytes of the message"])
    came = _read(value, TitleForm())
    wanted = re.split(r",? or (?:a )?(?=\S)", row["what is right"])
    wanted = [f"{wanted[0]} {one}" if one == EXTRA else one for one in wanted]
    return Outcome(any(_fits(value, one, came) for one in wanted), came)


def message_of(written: str) -> bytes | None:
    """The bytes that a cell names; None for ``(null)``."""
    if written == "(null)":
        return None
    code = re.compile(rb"\\x([0-9a-fA-F]{2})")
    return code.sub(lambda found: bytes.fromhex(found[1].decode()), written.encode())


def _fits(value: bytes | None, wanted: str, came: str) -> bool:
    if EXTRA in wanted:
        came = _read(value, TitleForm({"title": "title"}))
        wanted = wanted.replace(EXTRA, "").strip(" ,;")
    if wanted.startswith("letter"):
        said = [needed for name, needed in _SAID.items() if name in wanted.casefold()]
        kind = re.search(rf"\b({'|'.join(get_args(TitleFault))})\b", wanted)
        return (
            came.startswith("letter")
            and all(needed in came.casefold() for needed in said)
            and (kind is None or came.startswith(f"letter {kind[1]}:"))
        )
    if wanted.startswith("nothing"):
        return came.startswith("nothing")
    if wanted == "one movie":
        return not came.startswith(("letter", "nothing"))
    title, _, genres = came.partition("; genres ")
    if wanted.startswith("genres "):
        return genres == wanted.removeprefix("genres ")
    return title == wanted.partition(";")[0].strip()


def _read(value: bytes | None, form: TitleForm) -> str:
    """The movie, `nothing` or the letter that a message becomes."""
    try:
        found = read_message(value, form)
    except PermanentError as error:
        return f"letter {error.kind}: {error.reason}"
    if isinstance(found, Removed):
        return f"nothing ({found.how})"
    year = f" ({found.year})" if found.year else ""
    genres = f"; genres {', '.join(found.genres)}" if found.genres else ""
    return f"{found.title}{year}{genres}"
