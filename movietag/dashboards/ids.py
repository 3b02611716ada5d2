"""Ids of saved objects: made from names, so that a new version takes the place of the one before."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("8d0c1c2e-6a53-4f58-9a3f-0f1d2f0f6b7a")


def made(*names: str) -> str:
    """The id of what has these names, from the outermost in."""
    return str(uuid5(NAMESPACE, "/".join(names)))
