"""The privileges that movietag needs in Elasticsearch, and the smaller set of a user who only searches.

docs/operations.md prints the stages' role, for clusters; a test compares them.
"""

from __future__ import annotations

from typing import Any, Final

STAGES: Final[dict[str, Any]] = {
    "cluster": ["monitor", "manage_index_templates"],
    "indices": [
        {
            "names": [
                "movies*",
                "movie_tags*",
                "frames*",
                "dead_letters*",
                "stage_metrics*",
                "saved_searches*",
                "evaluations*",
            ],
            "privileges": ["all"],
        }
    ],
}
"""For every stage and command."""

READER: Final[dict[str, Any]] = {
    "indices": [
        {
            "names": [
                *("movies", "movies-*", "movies.*"),
                *("movie_tags", "movie_tags-*", "movie_tags.*"),
                *("frames", "frames-*", "frames.*"),
            ],
            "privileges": ["read", "view_index_metadata"],
        }
    ],
}
"""For users of the embedded Elasticsearch without a password: search, and reading the fields."""
