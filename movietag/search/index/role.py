"""The privileges that movietag needs in Elasticsearch, and the smaller set of a user who only searches.

docs/operations.md prints the stages' role, for clusters; a test compares them.
"""

from __future__ import annotations

from typing import Any, Final

from movietag.index_names import NAMES, PUBLIC_NAMES, alias_of

STAGES: Final[dict[str, Any]] = {
    "cluster": ["monitor", "manage_index_templates"],
    "indices": [
        {
            "names": [f"{alias_of(name)}*" for name in NAMES],
            "privileges": ["all"],
        }
    ],
}
"""For every stage and command."""

READER: Final[dict[str, Any]] = {
    "indices": [
        {
            "names": [
                f"{alias_of(name)}{more}" for name in PUBLIC_NAMES for more in ("", "-*", ".*")
            ],
            "privileges": ["read", "view_index_metadata"],
        }
    ],
}
"""For users of the embedded Elasticsearch without a password: search, and reading the fields."""
