"""The rights that movietag needs at Elasticsearch, and the fewer ones of somebody who only searches.

The stages' role stands in docs/operations.md for clusters too; a test compares them.
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
"""Of every stage and command."""

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
"""Of whoever asks the embedded Elasticsearch without a password: search, and the fields to search by."""
