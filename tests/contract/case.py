"""A case: all that the contract needs to know of a stage."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from contract.gates import Gate
from contract.watching import Watcher
from movietag.topics import TopicSpec

Outcome = Mapping[Hashable, object]
"""What follows, by identity."""


@dataclass(frozen=True)
class Message:
    """A message to be sent to a case's source."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Sent:
    """A message, and where Kafka put it."""

    message: Message
    topic: str
    partition: int
    offset: int

    @property
    def place(self) -> str:
        """``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Case(ABC):
    """One agent of a stage: what goes in, what must follow, and what it depends on.

    Attributes:
        name: names the case in a failure.
        stage: module of ``movietag.streams`` that runs it.
        group: its consumer group.
        source: the topic that it consumes.
        gate: holds what the agent needs in order to finish anything.
        sends: holds what follows from a decision that the agent has written down already, if it writes any.
        most_in_flight: entries that one process may have taken and not acknowledged.
        most_seen: the bound of ``seen_in_flight``.
    """

    name: str
    stage: str
    group: str
    source: TopicSpec
    most_in_flight: int
    most_seen: int = 0
    starts_without = True
    """Whether the stage starts while the gate is shut."""
    keeps_key_order = False
    """Whether messages of one key mean something by their order, which Kafka keeps."""

    def __init__(self, watcher: Watcher, gate: Gate, sends: Gate | None = None) -> None:
        self.watcher = watcher
        self.gate = gate
        self.sends = sends

    @abstractmethod
    def inputs(self, run: str) -> list[Message]:
        """Messages of a run, the same each time; each holds the run's id."""

    def crowd(self, run: str) -> list[Message]:
        """Inputs that are more than may be in flight."""
        return self.inputs(run)

    @abstractmethod
    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """What must follow when these messages (all inputs, some perhaps twice) were sent."""

    @abstractmethod
    async def outcome(self, run: str) -> Outcome:
        """What has followed so far.

        Raises:
            AssertionError: an identity came with two contents.
        """

    @abstractmethod
    def poison(self, run: str) -> Message:
        """A message that can never succeed."""

    def copies(self, run: str) -> Counter[Hashable]:
        """How often each identity has come out; empty where nobody can tell."""
        return Counter()

    def hold_up(self, run: str) -> Message | None:
        """Have one input wait, which is told, while others pass; None where that cannot be done."""
        return None

    def premature(self, run: str) -> Sequence[object]:
        """What has come out although what it rests on is held at the gate."""
        return ()

    def slow_down(self) -> None:
        """Make the downstream slow, in a way in which ``seen_in_flight`` can be asked."""
        self.gate.shut()

    def speed_up(self) -> None:
        """Undo ``slow_down``."""
        self.gate.open()

    def seen_in_flight(self, pid: int) -> int | None:
        """How much work of the process those see on whom it depends; None: nobody can tell."""
        return None

    def shuffled(self, messages: Sequence[Message], rng: random.Random) -> list[Message]:
        """The messages in another order."""
        mixed = rng.sample(messages, len(messages))
        if not self.keeps_key_order:
            return mixed
        waiting = {m.key: [n for n in messages if n.key == m.key] for m in messages}
        return [waiting[message.key].pop(0) for message in mixed]


def same(name: str, identity: Hashable, contents: Sequence[object]) -> object:
    """The one content of an identity.

    Raises:
        AssertionError: there are several.
    """
    first, *others = contents
    for other in others:
        assert other == first, f"{name}: {identity} came as {first!r} and as {other!r}"
    return first


def collected(name: str, found: Sequence[tuple[Hashable, object]]) -> dict[Hashable, object]:
    """Identities with their contents, which may not differ between copies."""
    contents: dict[Hashable, list[object]] = {}
    for identity, content in found:
        contents.setdefault(identity, []).append(content)
    return {identity: same(name, identity, several) for identity, several in contents.items()}
