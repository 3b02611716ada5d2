"""The table of remedies in docs/guarantees.md is that of the harness."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from chaos.proof import KEPT, told
from chaos.sabotage import BEFORE, REMEDIES, AckedAsItEnds
from movietag.records import Document
from movietag.search.index import writer

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"


def rows() -> dict[str, str]:
    """The last column of the table by its first."""
    text = PAGE.read_text().partition("| remedy |")[2].partition("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in text.splitlines()[2:]]
    return {cell[0]: cell[-1] for cell in cells}


def test_every_remedy_stands_with_the_run_that_misses_it() -> None:
    found = rows()
    assert set(found) >= set(REMEDIES) == set(KEPT)
    for remedy in REMEDIES:
        assert f"`{KEPT[remedy]}`" in found.pop(remedy)
    for remedy, shown in found.items():  # by tests of their own
        named = re.findall(r"`(tests/[^`]+\.py)`", shown)
        assert named, remedy
        assert all((PAGE.parents[1] / name).is_file() for name in named)


def test_what_broke_is_told() -> None:
    places = {"ledger": {"lost": 2, "double": 0, "counted": 5}}
    assert told({"exact": False, "places": places}) == "ledger lost 2"
    assert told({"exact": False, "places": {}}) == "not drained"
    assert told({"exact": True, "places": places}) == "exact"


def test_documents_without_their_versions_are_still_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_lines", writer._lines)  # put back afterwards
    document = Document("movies-x", "one", 3, msgspec.Raw(b"{}"))
    versions = []
    for _ in range(2):
        (operation,) = writer._operations([document])
        versions.append(b"version" in operation.lines[0])
        BEFORE["external versions"]()
    assert versions == [True, False]


async def test_entries_that_are_acked_as_they_end_are_not_acked_in_order() -> None:
    acked: list[int] = []

    async def ack(event: int) -> None:
        acked.append(event)

    held = asyncio.Event()
    window = AckedAsItEnds(3, ack)
    running = asyncio.create_task(window.run())
    await window.put([1], _waits(held))
    await asyncio.sleep(0)
    held_not = asyncio.Event()
    held_not.set()
    await window.put([2], _waits(held_not))
    async with asyncio.timeout(10):
        while acked != [2]:
            await asyncio.sleep(0.01)
    held.set()
    async with asyncio.timeout(10):
        while acked != [2, 1]:
            await asyncio.sleep(0.01)
    running.cancel()


async def _waits(event: asyncio.Event) -> None:
    await event.wait()
