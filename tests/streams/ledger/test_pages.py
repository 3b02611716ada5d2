from __future__ import annotations

import random

from support.records import MOVIE, caption, manifest, plan

from movietag.records import MovieId, Placed
from movietag.streams.ledger.pages import MOST_PAGE, Pages, packed, page_key, unpacked

OTHER = MovieId("heat-1986-00000000")


def test_facts_come_out_of_pages_as_they_went_in() -> None:
    facts = [
        Placed(number, 1000 + number, fact)
        for number, fact in enumerate([plan("a"), manifest("a", 1), caption("a", 0, "'western'")])
    ]
    (page,) = packed(facts)
    assert unpacked(page) == facts


def test_what_one_message_does_not_hold_becomes_several_pages() -> None:
    draw = random.Random(1)
    text = "".join(draw.choices("abcdefgh", k=90_000))
    facts = [Placed(number, 0, caption("a", number, text)) for number in range(50)]
    pages = list(packed(facts))
    assert len(pages) == 3
    assert all(len(page) < MOST_PAGE for page in pages)
    assert [fact for page in pages for fact in unpacked(page)] == facts


def test_pages_are_found_by_movie_and_counted() -> None:
    pages = Pages()
    first, second = page_key(MOVIE, "w", 1), page_key(MOVIE, "w", 2)
    pages.put(0, first, b"one")
    pages.put(0, second, b"two")
    pages.put(0, second, b"two")  # read again
    pages.put(1, page_key(OTHER, "w", 3), b"three")
    pages.put(0, b"|opened", b"")  # the mark of a ledger in use belongs to no movie
    assert dict(pages.of(0, MOVIE)) == {first: b"one", second: b"two"}
    assert not pages.of(1, MOVIE)
    assert pages.rows == 3
    pages.put(0, first, None)
    pages.put(0, first, None)
    pages.put(0, page_key(OTHER, "w", 9), None)  # its page was compacted away before
    assert dict(pages.of(0, MOVIE)) == {second: b"two"}
    pages.keep([0])
    assert (pages.rows, pages.size) == (1, len(second) + len(b"two"))
    pages.put(0, second, None)
    assert (pages.rows, pages.size) == (0, 0)
