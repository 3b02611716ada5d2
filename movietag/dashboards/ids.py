"""Ids of saved objects, derived from names, so an import replaces the previous version."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("8d0c1c2e-6a53-4f58-9a3f-0f1d2f0f6b7a")


def object_id(*names: str) -> str:
    """The id for these names, outermost first."""
    return str(uuid5(NAMESPACE, "/".join(names)))
