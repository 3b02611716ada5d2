"""Within a request, the same search is sent once: how words are read, and what they match, need the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Answers = dict[bytes, Any]
"""Search, as its bytes -> its answer."""

_answers: ContextVar[Answers | None] = ContextVar("_answers", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """A block in which a search without hits (a count, the ids of movies) is sent once, however often it is made.

    Its answer is that of the first time: a request looks at one state of the index. Tasks that start in the block belong
    to it.
    """
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def answers_of_request() -> Answers | None:
    """The answers so far; None outside of a request."""
    return _answers.get()
