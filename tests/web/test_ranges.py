"""Which part of a file a request asks for."""

from __future__ import annotations

import pytest

from movietag.web.ranges import ByteRange, requested_range

SIZE, TAG = 1000, '"x"'


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, 999),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=100-5000", 100, 999),
        ("bytes=-10", 990, 999),
        ("bytes=-5000", 0, 999),
        ("bytes=999-", 999, 999),
    ],
)
def test_parts(header: str, first: int, last: int) -> None:
    assert requested_range({"range": header}, SIZE, TAG) == ByteRange(first, last, partial=True)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_parts_that_the_file_has_not(header: str) -> None:
    assert requested_range({"range": header}, SIZE, TAG) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=a-b",
        "bytes=\N{ARABIC-INDIC DIGIT ONE}-",
    ],
)
def test_all_of_it_where_no_part_is_named(header: str) -> None:
    assert requested_range({"range": header}, SIZE, TAG) == ByteRange(0, 999, partial=False)


def test_another_version_is_sent_whole() -> None:
    headers = {"range": "bytes=5-", "if-range": '"y"'}
    assert requested_range(headers, SIZE, TAG) == ByteRange(0, 999, partial=False)
    assert requested_range(headers | {"if-range": TAG}, SIZE, TAG) == ByteRange(
        5, 999, partial=True
    )


def test_a_long_part_is_cut_to_its_beginning() -> None:
    assert ByteRange(10, 999, partial=True).at_most(100) == ByteRange(10, 109, partial=True)
    assert ByteRange(10, 20, partial=True).at_most(100) == ByteRange(10, 20, partial=True)


def test_an_empty_file_has_no_part() -> None:
    assert requested_range({"range": "bytes=0-"}, 0, TAG) is None
    assert requested_range({}, 0, TAG) == ByteRange(0, -1, partial=False)
