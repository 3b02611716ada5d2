"""Words that people put around what they look for: `show me horror movies from the 1990s`. Pure."""

from __future__ import annotations

from typing import Final

MOVIES: Final = frozenset(["movie", "movies", "film", "films", "flick", "flicks"])
SAID_AROUND: Final = MOVIES | frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "any",
        "anything",
        "everything",
        "by",
        "called",
        "find",
        "for",
        "from",
        "give",
        "have",
        "has",
        "having",
        "i",
        "in",
        "list",
        "me",
        "named",
        "need",
        "of",
        "on",
        "please",
        "show",
        "see",
        "some",
        "something",
        "that",
        "the",
        "titled",
        "to",
        "want",
        "watch",
        "where",
        "which",
        "with",
    ]
)
"""These, and the others."""
