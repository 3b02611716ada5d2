"""Page tokens: where a page of a search begins or ends, whichever process continues it, and how much later. Pure."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from movietag.documents import Json
from movietag.errors import UsageError
from movietag.search.query import Node, render
from movietag.search.query.fields import Kind

VERSION: Final = 2  # raise it with every change of Cursor
MOST_BEFORE: Final = 2**53
MOST_TOKEN: Final = 4000  # characters

SortValue = str | int | float | None
Position = Annotated[int, msgspec.Meta(ge=0, le=MOST_BEFORE)]


class CursorExpiredError(UsageError):
    """The page token was made by another version of movietag, so the page cannot be resumed."""


class SearchId(msgspec.Struct, frozen=True, array_like=True):
    """Which search a page belongs to: digests of its query and of its order, and the order's name."""

    query: str
    by: str
    order: str

    @classmethod
    def of(cls, kind: Kind, where: Node, by: str, order: Sequence[Json]) -> SearchId:
        """The id of a search, from its query, the name of its order, and the order's sort."""
        return cls(query_id(kind, where), by, _digest(msgspec.json.encode(order)))


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins, or, with ``back``, where it ends.

    Attributes:
        search: the search it belongs to.
        back: whether the page ends here.
        after: the sort values of the result next to the page, which is not on it; empty: the end of the results.
        before: the number of results before this position, as of when the cursor was made.
        weights: of the query's tags, in a ranking by lift.
        snapshot: the snapshot (point in time) of the page next to it; empty: none.
    """

    search: SearchId
    back: bool
    after: tuple[SortValue, ...]
    before: Position
    weights: tuple[float, ...] = ()
    snapshot: str = ""

    def token(self) -> str:
        """The cursor as a URL-safe token: letters, digits, - and _."""
        return urlsafe_b64encode(msgspec.json.encode((VERSION, self))).decode().rstrip("=")

    def check(self, search: SearchId) -> None:
        """Check that the cursor belongs to a search.

        Raises:
            UsageError: it belongs to another query or order.
            CursorExpiredError: another version of movietag ordered the results differently.
        """
        if self.search.query != search.query:
            raise UsageError(
                "This page token belongs to another query: repeat the search without it."
            )
        if self.search.by != search.by:
            raise UsageError(
                f"This page token belongs to the order {self.search.by[:20]!r}, not {search.by!r}:"
                " repeat the search without it."
            )
        if self.search.order != search.order:
            raise CursorExpiredError(_EXPIRED)


_EXPIRED: Final = (
    "This page token was made by another version of movietag: repeat the search without it."
)


def cursor_of(following: str, previous: str = "") -> Cursor | None:
    """The cursor of a `next` or a `previous` token; None if both are empty.

    Raises:
        UsageError: the token is invalid, or one of the other direction, or both are present.
        CursorExpiredError: another version of movietag made the token.
    """
    if following and previous:
        raise UsageError("A page has either a `next` or a `previous` token: send one of them.")
    token = following or previous
    if not token:
        return None
    cursor = _decoded(token)
    if cursor.back is not bool(previous):
        has, name = ("previous", "next") if cursor.back else ("next", "previous")
        raise UsageError(f"This is a `{has}` token, sent as `{name}`: send it as `{has}`.")
    return cursor


def query_id(kind: Kind, where: Node) -> str:
    """The id of a query, which its page tokens carry."""
    return _digest(f"{kind} {render(where)}".encode())


def _decoded(token: str) -> Cursor:
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        content: Any = msgspec.json.decode(urlsafe_b64decode(padded))
        if not isinstance(content, list) or len(content) != 2:
            raise ValueError("not a page token")
        version, body = content
        if version != VERSION and isinstance(
            version, str | int
        ):  # 0.1 and 0.2 put the snapshot there
            raise CursorExpiredError(_EXPIRED)
        return msgspec.convert(body, Cursor)
    except (ValueError, msgspec.DecodeError):
        raise UsageError(
            f"{token[:40]!r} is not a valid page token: repeat the search without it."
        ) from None


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=6).hexdigest()
