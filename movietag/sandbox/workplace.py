"""The workplace of one child, or of several in succession: a folder, and the account that owns it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from movietag.sandbox.access import NOTHING, Access
from movietag.sandbox.account import User, child_user
from movietag.sandbox.imports import enterable_by_all, import_folders, readable_by_all
from movietag.sandbox.landlock import abi
from movietag.sandbox.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class Workplace:
    """The folder of children, and their account (None: that of this process)."""

    folder: Path
    user: User | None


@contextmanager
def make_workplace(access: Access = NOTHING) -> Iterator[Workplace]:
    """A workplace with a fresh folder for children with this access; removed with its content at the end."""
    user = user_for(access)
    with scratch_folder(user.uid if user else None) as folder:
        yield Workplace(folder, user)


def user_for(access: Access) -> User | None:
    """The account of a child with this access; None: that of this process, without capabilities."""
    readable = (
        enterable_by_all(Path(tempfile.gettempdir()))
        and all(map(readable_by_all, import_folders(os.environ.get("PYTHONPATH", ""))))
        and all(map(readable_by_all.__wrapped__, (*access.reads, *access.programs)))
    )
    return child_user(readable=readable, fenced=abi() > 0)
