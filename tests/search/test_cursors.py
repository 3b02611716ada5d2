"""Page tokens: what they carry, whose they are, and what is said of one that is not."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.search.cursors import Cursor, CursorExpiredError, SearchId, cursor_of
from movietag.search.paging import backwards
from movietag.search.query import EVERYTHING
from movietag.search.query.nodes import Tag

TITLES = [{"title.sort": "asc"}, {"movie_id": "asc"}]
SEARCH = SearchId.of("movies", Tag("horror"), "title", TITLES)
NEXT = Cursor(SEARCH, False, ("heat", "m1"), 12)


@given(
    st.builds(
        Cursor,
        st.just(SEARCH),
        st.booleans(),
        st.lists(
            st.text()
            | st.integers(-(2**63), 2**63 - 1)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.none()
        ).map(tuple),
        st.integers(0, 2**53),
        st.lists(st.floats(0, 50)).map(tuple),
        st.text(),
    )
)
def test_a_cursor_is_what_its_token_says(cursor: Cursor) -> None:
    token = cursor.token()
    assert cursor_of(*(("", token) if cursor.back else (token, ""))) == cursor


@given(st.text(min_size=1) | st.binary(min_size=1).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_what_is_no_token_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="repeat the search without it"):
        cursor_of(text)


def test_without_a_token_comes_the_first_page() -> None:
    assert cursor_of("", "") is None


@pytest.mark.parametrize(
    "content",
    [
        ["a snapshot of 0.1", ["heat", 1995, "m1"]],
        ["a snapshot of 0.1", []],
        [3, "a later form"],
    ],
)
def test_a_token_of_another_version_has_expired(content: object) -> None:
    token = urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")
    with pytest.raises(CursorExpiredError, match="another version of movietag: repeat the search"):
        cursor_of(token)


def test_a_token_has_a_direction() -> None:
    token = NEXT.token()
    with pytest.raises(UsageError, match="This is a `next` token, sent as `previous`: send it as"):
        cursor_of("", token)
    back = msgspec.structs.replace(NEXT, back=True).token()
    with pytest.raises(UsageError, match="This is a `previous` token, sent as `next`: send it as"):
        cursor_of(back)
    with pytest.raises(UsageError, match="either a `next` or a `previous`"):
        cursor_of(token, back)


@pytest.mark.parametrize(
    ("search", "says"),
    [
        (SearchId.of("movies", Tag("comedy"), "title", TITLES), "belongs to another query"),
        (SearchId.of("movies", EVERYTHING, "title", TITLES), "belongs to another query"),
        (SearchId.of("frames", Tag("horror"), "title", TITLES), "belongs to another query"),
        (SearchId.of("movies", Tag("horror"), "recency", TITLES), "order 'title', not 'recency'"),
    ],
)
def test_a_token_belongs_to_its_query_and_its_order(search: SearchId, says: str) -> None:
    NEXT.check(SEARCH)
    with pytest.raises(UsageError, match=says) as told:
        NEXT.check(search)
    assert not isinstance(told.value, CursorExpiredError)


def test_a_token_of_an_order_that_sorts_otherwise_by_now_has_expired() -> None:
    with pytest.raises(CursorExpiredError):
        NEXT.check(SearchId.of("movies", Tag("horror"), "title", [{"title.key": "asc"}]))


def test_a_sort_backwards() -> None:
    key = {"order": "asc", "unmapped_type": "keyword"}
    assert backwards([{"_score": "desc"}, {"title_key": key}, {"year": "asc"}]) == [
        {"_score": {"order": "asc"}},
        {"title_key": {"order": "desc", "unmapped_type": "keyword", "missing": "_first"}},
        {"year": {"order": "desc", "missing": "_first"}},
    ]
