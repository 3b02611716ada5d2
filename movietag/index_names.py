"""The names of ours in Elasticsearch in one table, and what they begin with.

An alias has one of these names; the names of its indices and of their templates follow from it
(``movietag.documents.index_name``). All begin with ``INDEX_PREFIX``, so that several libraries share one Elasticsearch.
"""

from __future__ import annotations

import os
from typing import Final

INDEX_PREFIX: Final = os.environ.get("MOVIETAG_INDEX_PREFIX", "")
"""The setting ``index_prefix``. Names are constants of a process, so it is read here; the settings check it."""

PUBLIC_NAMES: Final = ("movies", "movie_tags", "frames")
"""What anybody may search who may search at all."""
NAMES: Final = (*PUBLIC_NAMES, "dead_letters", "stage_metrics", "saved_searches", "evaluations")


def alias_of(name: str) -> str:
    """The alias under which the documents of ``name`` are found, e.g. ``films.movies``.

    Raises:
        ValueError: there is no such name in the table.
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} is not one of {', '.join(NAMES)}.")
    return f"{INDEX_PREFIX}{name}"


def template_of(name: str) -> str:
    """The name of the template of an index, or of the settings of all: e.g. ``films.movietag-movies-mpst-v4``."""
    return f"{INDEX_PREFIX}movietag-{name.removeprefix(INDEX_PREFIX)}"
