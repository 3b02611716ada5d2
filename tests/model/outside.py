"""What the stages of the model talk to: topics, a site, a tagger, a frame store, Elasticsearch. All in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from movietag.documents import vocabulary_of
from movietag.records import Document, TaggerId, Video, VideoId

TAGGERS = (TaggerId("first@000000000001"), TaggerId("second@000000000002"))
SLOTS = 2  # of every video


@dataclass(frozen=True)
class Message:
    """A message of a topic: a record, the letter that it was replayed from, the broker's time, and its bytes."""

    record: Any
    letter: Any = None
    at_ms: int = 0
    value: bytes = b""


@dataclass
class Site:
    """Where videos are: which the search finds, in this order, and which can be had."""

    found: list[str] = field(default_factory=lambda: ["a", "b", "c"])
    gone: set[str] = field(default_factory=set)
    search: str = "works"  # or "fails"; found nothing: ``found`` is empty

    def videos(self) -> list[Video]:
        """What a search gives now."""
        return [video(name) for name in self.found] if self.search == "works" else []


def video(name: str) -> Video:
    """A video by its name."""
    return Video(VideoId(name), "search", f"https://videos.example/{name}", title=f"{name} trailer")


@dataclass
class Elasticsearch:
    """Documents by key, with external versions; what was deleted keeps its version."""

    vocabularies: set[str] = field(default_factory=set)  # whose indices there are
    there: dict[bytes, tuple[int, Any]] = field(default_factory=dict)

    def write(self, document: Document) -> None:
        """As the index stage: a version that is not greater changes nothing."""
        if vocabulary_of(document.index) not in self.vocabularies:
            return
        version, _ = self.there.get(document.key, (-1, None))
        if document.version > version:
            self.there[document.key] = (document.version, msgspec.json.decode(document.body))

    def drop_indices(self, vocabulary_id: str) -> None:
        """Delete the indices of a vocabulary."""
        self.vocabularies.discard(vocabulary_id)
        self.there = {
            key: item
            for key, item in self.there.items()
            if vocabulary_of(key.decode().partition("/")[0]) != vocabulary_id
        }

    def bodies(self, begin: str = "") -> dict[str, Any]:
        """What a search would find, in indices whose name begins so."""
        return {
            key.decode(): body
            for key, (_, body) in self.there.items()
            if body is not None and key.startswith(begin.encode())
        }


@dataclass
class Store:
    """Kept frames: generations of a video, and which of them are whole."""

    kept: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    whole: set[tuple[str, int]] = field(default_factory=set)

    def drop(self, name: str, below: int) -> None:
        """Delete the generations of a video below one."""
        for key in [key for key in self.kept if key[0] == name and key[1] < below]:
            del self.kept[key]
            self.whole.discard(key)

    def lose(self, names: Iterable[str]) -> None:
        """As pruning does: the frames of videos are gone."""
        for key in [key for key in self.kept if key[0] in set(names)]:
            del self.kept[key]
            self.whole.discard(key)
