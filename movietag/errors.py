"""The two kinds of failure that every stage tells apart.

Whoever meets an exception of a library decides, at the place where it is met, which of the two it is,
and raises that. Anything else that reaches a stage is an internal error: a bug of ours.
"""

from __future__ import annotations

MOST_REASON = 4_000  # characters


def shortened(reason: str) -> str:
    """A reason without its middle when it is long, and without halves of characters, which cannot be written."""
    reason = reason.encode("utf-8", "backslashreplace").decode()
    half = MOST_REASON // 2 - 2
    return reason if len(reason) <= MOST_REASON else f"{reason[:half]} … {reason[-half:]}"


class MovietagError(Exception):
    """Base of all errors whose text is written for the person who runs movietag."""


class PermanentError(MovietagError):
    """The input can never succeed: trying again changes nothing. Ends as a dead letter.

    Args:
        kind: a short stable word for grouping, such as ``bad-title`` or ``bad-image``.
        reason: what was wrong, with which input, and what to do.
    """

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = shortened(
            reason
        )  # it repeats what came in, which may be as long as a message
        super().__init__(self.reason)


class TransientError(MovietagError):
    """A server or the network is away or busy: the same input is tried again, for as long as it lasts."""


class UsageError(MovietagError):
    """A mistake in a setting or a command, told without a trace; the process ends with status 2."""
