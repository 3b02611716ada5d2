"""What the ledgers of plan and count hold: facts with their places, and what needs no fact."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from movietag.records.bounds import Generation, Kind, MovieIdField, Offset, RequestIdField
from movietag.records.facts import Fact
from movietag.records.parts import Failure
from movietag.records.requests import Settled
from movietag.records.wire import UNKNOWN, Message, Record


class Answered(Message, frozen=True, tag_field="kind", tag="answered"):
    """Requests that were answered, and of which no plan was made.

    Without it such a request would be answered anew when it is delivered again, by what came after it.
    """

    VERSION: ClassVar[int] = 2  # since 0.1: `added`, `forgot`

    movie_id: MovieIdField
    generation: Generation  # the newest when the last of them was answered; 0: there was none
    requests: tuple[RequestIdField, ...]
    refused: Failure | None = None  # why the last of them became a dead letter
    # Where the last of them lay that asked for the movie, and the last that asked to forget it.
    added: Offset | None = None
    forgot: Offset | None = None


class Unknown(Record, frozen=True, tag_field="kind", tag=UNKNOWN):
    """A fact or request of a kind that a newer version of movietag has added.

    It counts for nothing, and is written as it came (``more`` is all of it): a newer version reads it again.

    Attributes:
        what: the kind.
        generation: as it says; the last there can be where it says none, so that it is kept with any other.
    """

    movie_id: MovieIdField
    what: Kind
    generation: Generation


KnownFact = Fact | Answered | Settled


LedgerFact = KnownFact | Unknown


class Beside(Record, frozen=True):
    """What a ledger holds beside a fact. Nothing yet; a newer version's fields are kept, as in any record."""


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its place in its partition, and the broker's time (milliseconds since 1970).

    The partition is that of the captions topic in the count's ledger, of the requests topic in the plan's.
    It is written as an array, whose unknown items would be lost: a new field goes into ``Beside``.
    """

    offset: int
    at_ms: int
    fact: LedgerFact
    beside: Beside = Beside()
