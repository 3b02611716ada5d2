"""Secrets of the embedded servers: made once by the stack, kept in its home, read by every command.

They lie in ``HOME/secrets`` (0700), a file each (0600), named as the settings they stand for: the folder
can itself be given as ``MOVIETAG_SECRETS_DIR``. What the settings say comes first.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from movietag.settings import Settings

FOLDER: Final = "secrets"
TRITON_KEY: Final = "movietag_triton_key"


def triton_key(settings: Settings) -> str:
    """The key of Triton's calls: the setting, or the embedded Triton's; empty where it needs none."""
    given = settings.triton_key.get_secret_value()
    if given or settings.triton is not None:
        return given
    return read_secret(settings.home, TRITON_KEY)


def read_secret(home: Path, name: str) -> str:
    """One secret of a home; empty where it has none, or is not ours to read."""
    try:
        return secrets_folder(home).joinpath(name).read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""


def new_secret(home: Path, name: str) -> str:
    """Write a new random secret into a home, in place of the one before.

    Raises:
        OSError: it cannot be written.
    """
    return write_secret(home, name, secrets.token_urlsafe(32))


def write_secret(home: Path, name: str, text: str) -> str:
    """Write a secret into a home, whole or not at all; nobody else can read it at any moment.

    Raises:
        OSError: it cannot be written.
    """
    folder = secrets_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    new = folder / f".{name}.new"
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(folder / name)
    return text


def secrets_folder(home: Path) -> Path:
    """Where a home keeps its secrets."""
    return home.expanduser().absolute() / FOLDER
