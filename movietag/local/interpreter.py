"""Whether this Python can run the embedded Triton, whose stub embeds a Python of the same version.

``tools/environment.sh`` asks the same before there is an environment.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12")  # pytriton has more stubs, but numpy 1.26 no wheel for 3.13
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def lacking() -> str:
    """What keeps this Python from it, and what to do; empty: nothing."""
    if RUNNING not in VERSIONS:
        return f"it is Python {RUNNING}: make the environment with {' or '.join(VERSIONS)}"
    library = f"libpython{RUNNING}.so.1.0"
    if _loads(Path(sys.base_prefix, "lib", library)) or _loads(Path(library)):
        return ""
    return f"{library} is missing: install the package libpython{RUNNING}"


def _loads(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True
