"""One hostile input: what is sent, and what is known beforehand of what must become of it."""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A message for a topic.

    ``refused`` is what the input's maker knows: True, a letter must come of it; False, none may;
    None, it depends. ``tags`` are those that its caption must be counted for, ``movie`` the movie
    that it belongs to where the counts of that movie are compared.
    """

    group: str  # the class, as the table lists it
    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    refused: bool | None = None
    movie: str = ""
    tags: frozenset[str] | None = None
    note: str = ""
    media: bool = False  # a title whose videos are followed to their manifest or failure
