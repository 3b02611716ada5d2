"""The key that a Triton of ours asks of every call.

Triton checks it for each group of calls (``--grpc-restricted-protocol``). All groups are restricted, so
whoever does not have the key can neither load code nor ask for a caption.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from movietag.errors import UsageError

NAME: Final = "movietag-key"
HEADER: Final = f"triton-grpc-protocol-{NAME}"
GROUPS: Final = (
    "health",
    "metadata",
    "inference",
    "shared-memory",
    "model-config",
    "model-repository",
    "statistics",
    "trace",
    "logging",
)


def restriction(key: str) -> str:
    """The argument by which Triton asks for the key; it takes it in no other way."""
    return f"--grpc-restricted-protocol={','.join(GROUPS)}:{NAME}={key}"


def key_headers(key: str) -> dict[str, str]:
    """What a call must carry; nothing without a key."""
    return {HEADER: key} if key else {}


def read_key(path: str) -> str:
    """The key in a file.

    Raises:
        UsageError: it cannot be read, or holds no key.
    """
    try:
        key = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The key of Triton cannot be read from {path} by uid {os.geteuid()} ({error}). Make it:"
            " openssl rand -hex 16"
        ) from None
    if not re.fullmatch(r"[\w-]{16,}", key):
        raise UsageError(
            f"{path} holds no key of 16 letters, digits, _ or - at least. Make it: openssl rand -hex 16"
        )
    return key
