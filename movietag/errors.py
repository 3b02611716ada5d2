"""The two kinds of failure that every stage distinguishes.

Code that catches an exception of a library decides, right there, which of the two it is, and raises that. Any
other exception that reaches a stage is an internal error: a bug in movietag.
"""

from __future__ import annotations

MOST_REASON = 4_000  # characters


def shortened(reason: str) -> str:
    """A reason without its middle if it is long, and without lone surrogates, which cannot be encoded."""
    reason = reason.encode("utf-8", "backslashreplace").decode()
    half = MOST_REASON // 2 - 2
    return reason if len(reason) <= MOST_REASON else f"{reason[:half]} … {reason[-half:]}"


class MovietagError(Exception):
    """Base of all errors whose text is written for the user of movietag."""


class PermanentError(MovietagError):
    """The input can never succeed: a retry changes nothing. Ends as a dead letter.

    Args:
        kind: a short stable word for grouping, e.g. ``bad-title`` or ``bad-image``.
        reason: what was wrong, with which input, and what to do.
    """

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = shortened(
            reason
        )  # it repeats what came in, which may be as long as a message
        super().__init__(self.reason)


class TransientError(MovietagError):
    """A server or the network is unreachable or busy: the same input is retried until it succeeds."""


class UsageError(MovietagError):
    """A mistake in a setting or a command, reported without a traceback; the process exits with status 2."""


class MachineError(TransientError):
    """This machine or its settings are at fault, never the input: it waits for a person, however long that takes.

    Args:
        kind: a short stable word, e.g. ``disk-full``.
        reason: what happened, and the remedy.

    Attributes:
        pause: seconds before the same input is tried again, at least.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(shortened(reason))
        self.kind = kind
        self.reason = shortened(reason)
        self.pause = 0.0
