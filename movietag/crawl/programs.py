"""Which programs a child may start: Deno, in which yt-dlp runs the scripts of YouTube, and no other."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path


def runtimes() -> tuple[Path, ...]:
    """Deno beside this Python (yt-dlp's extra installs it there), or else the first on PATH.

    Empty where there is none: videos of YouTube may fail then.
    """
    beside = sysconfig.get_path("scripts")
    found = shutil.which("deno", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    return (Path(found),) if found else ()
