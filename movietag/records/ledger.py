"""What the ledgers of plan and count hold: facts with their offsets, and answers that made no fact."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from movietag.records.bounds import (
    Generation,
    Kind,
    Milliseconds,
    MovieIdField,
    Number,
    Offset,
    RequestIdField,
)
from movietag.records.facts import Fact
from movietag.records.parts import Failure
from movietag.records.requests import Settled
from movietag.records.wire import UNKNOWN, Message, Record


class Answered(Message, frozen=True, tag_field="kind", tag="answered"):
    """Requests that were answered without a plan.

    Without this record, a redelivered request would be judged again, by what came after it.
    """

    VERSION: ClassVar[int] = (
        4  # since 0.1: `added`, `forgot`; 3: `searches`, `searched_ms`; 4: `withdrawn_ms`
    )

    movie_id: MovieIdField
    generation: Generation  # the newest when the last of them was answered; 0 if there was none
    requests: tuple[RequestIdField, ...]
    refused: Failure | None = None  # why the last of them became a dead letter
    # Offsets of the last of them that requested the movie, and of the last that requested to forget it.
    added: Offset | None = None
    forgot: Offset | None = None
    # How many of them were searched for, in vain; and when the last was, according to the broker.
    searches: Number = 0
    searched_ms: Milliseconds | None = None
    # Titles of lists that were sent before this are withdrawn: the movie was forgotten or cancelled then.
    withdrawn_ms: Milliseconds = 0


class Unknown(Record, frozen=True, tag_field="kind", tag=UNKNOWN):
    """A fact or request of a kind that a newer version of movietag has added.

    It is not counted, and is written unchanged (``more`` is all of it) for a newer version to read.

    Attributes:
        what: the kind.
        generation: its own; without one, the highest possible, so that it is retained with any other.
    """

    movie_id: MovieIdField
    what: Kind
    generation: Generation


KnownFact = Fact | Answered | Settled


LedgerFact = KnownFact | Unknown


class Beside(Record, frozen=True):
    """What a ledger holds next to a fact. No field yet; a newer version's fields are preserved, as in any record."""


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its offset in its partition, and the broker's time (milliseconds since 1970).

    The partition is one of the captions topic in the count's ledger, of the requests topic in the plan's.
    It is encoded as an array, whose unknown items would be lost: a new field goes into ``Beside``.
    """

    offset: int
    at_ms: int
    fact: LedgerFact
    beside: Beside = Beside()
