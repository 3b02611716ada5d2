from __future__ import annotations

import random

from support.records import caption, manifest, plan

from movietag.records import Placed
from movietag.streams.ledger.pages import MOST_PAGE, packed, unpacked


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
