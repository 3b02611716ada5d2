"""The world of the model: topics, ledgers and what lies outside, in which every effect is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from model.outside import Elasticsearch, Message, Site, Store
from movietag.records import Letter, Manifest, Placed, encode


class Crash(BaseException):  # as SystemExit: nothing may take it for an error of its own
    """The process dies before its next effect."""


@dataclass
class World:
    """Everything there is: one movie's partition of each topic, ledgers, and what lies outside."""

    site: Site = field(default_factory=Site)
    store: Store = field(default_factory=Store)
    es: Elasticsearch = field(default_factory=Elasticsearch)
    titles: list[Message] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    videos: list[Message] = field(default_factory=list)
    frames: list[Message] = field(default_factory=list)
    captions: list[Message] = field(default_factory=list)
    documents: list[Message] = field(default_factory=list)
    letters: dict[str, tuple[Letter, Message]] = field(default_factory=dict)
    plans: list[Placed] = field(default_factory=list)  # the plan's ledger
    noted: dict[tuple[int, str], Manifest] = field(default_factory=dict)  # the topic of tries
    dropped: int = 0  # there, too: below which generation nothing is wanted any more
    refused: set[tuple[str, int]] = field(default_factory=set)  # frames the tagger fails on
    broken: bool = False  # the plan stage has a mistake of ours: it makes letters of titles
    tagger: int = 0  # that answers now
    now_ms: int = 1_000
    left: int | None = None  # effects that the process at work still has; None: it lives

    def put(
        self, topic: list[Message], record: Any, letter: Letter | None = None, value: bytes = b""
    ) -> None:
        """Send a message; ``value`` is the record as it is written, where somebody has it already."""
        self.now_ms += 1
        written = record if isinstance(record, bytes) else value or encode(record)
        topic.append(Message(record, letter, self.now_ms, written))

    def effect(self, does: Callable[[], object]) -> None:
        """Do what others see.

        Raises:
            Crash: instead, when the process at work has done what it was to do.
        """
        if self.left is not None:
            if not self.left:
                raise Crash
            self.left -= 1
        does()

    def run(self, work: Coroutine[Any, Any, None], cut: int | None = None) -> None:
        """Have a process do its work to the end, or until it dies after so many effects."""
        self.left = cut
        try:
            _loop().run_until_complete(work)
        except Crash:
            pass
        finally:
            self.left = None


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
