"""What a child that queries sites may reach: the network, a cache, and Deno as the only program."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

from movietag.sandbox.access import Access
from movietag.sandbox.scratch import kept_folder
from movietag.sandbox.workplace import user_for


def update_command() -> str:
    """The command that updates yt-dlp where this process runs it. Children load the new one without a restart."""
    pip = (
        f"{sys.executable} -m pip install"
        if importlib.util.find_spec("pip")
        else f"uv pip install --python {sys.executable}"
    )
    return f"{pip} --upgrade 'yt-dlp[default,deno]'"


def runtimes() -> tuple[Path, ...]:
    """Deno next to this Python (yt-dlp's extra installs it there), else the first on PATH.

    yt-dlp runs YouTube's scripts in it. Empty without one: videos of YouTube may fail then.
    """
    beside = sysconfig.get_path("scripts")
    found = shutil.which("deno", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    return (Path(found),) if found else ()


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """The access of a child that queries sites; ``cache`` is yt-dlp's, and lasts as long as this process."""

    access: Access
    cache: Path


def site_access() -> SiteAccess:
    """The access of a child that searches or downloads."""
    access = Access(network=True, programs=runtimes())
    user = user_for(access)
    cache = kept_folder("ytdlp-cache", user.uid if user else None)
    return SiteAccess(replace(access, writes=(cache,)), cache)
