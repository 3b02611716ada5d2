"""The checks of ``movietag doctor`` on yt-dlp and the JavaScript runtime that it needs."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from movietag.crawl.programs import runtimes, update_command
from movietag.local.findings import CheckResult, Finding
from movietag.settings import Settings

OLD_DAYS: Final = 60  # the sites that yt-dlp reads change about monthly
LEAST_DENO: Final = (2, 3, 0)  # as yt-dlp requires it


def javascript(_: Settings) -> Finding:
    """The runtime in which yt-dlp runs YouTube's scripts, and what yt-dlp runs in it."""
    name, found = "JavaScript", next(iter(runtimes()), None)
    remedy = f"yt-dlp needs it for YouTube: {update_command()}"
    if found is None:
        return Finding(name, CheckResult.NOTE, "no deno: most videos of YouTube will fail", remedy)
    text = _deno_version(found)
    if tuple(map(int, re.findall(r"\d+", text)[:3])) < LEAST_DENO:
        return Finding(
            name, CheckResult.NOTE, f"deno {text or 'of no known version'} at {found}", remedy
        )
    try:
        scripts = version("yt-dlp-ejs")
    except PackageNotFoundError:
        return Finding(name, CheckResult.NOTE, f"deno {text}, but no yt-dlp-ejs", remedy)
    return Finding(name, CheckResult.OK, f"deno {text} at {found}, yt-dlp-ejs {scripts}")


def _deno_version(deno: Path) -> str:
    """The version that Deno prints, e.g. ``2.9.8``; empty if it does not run."""
    try:
        done = subprocess.run(
            [deno, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = re.match(r"deno (\d+\.\d+\.\d+)", done.stdout)
    return said[1] if said else ""


def ytdlp(_: Settings) -> Finding:
    """The version of yt-dlp, and its age."""
    try:
        text = version("yt-dlp")
    except PackageNotFoundError:
        return Finding("yt-dlp", CheckResult.MISSING, "not installed", update_command())
    days = age_in_days(text, datetime.now(UTC).date())
    if days <= OLD_DAYS:
        return Finding("yt-dlp", CheckResult.OK, f"{text}, {days} days old")
    remedy = f"Sites change; update it, no restart is needed: {update_command()}"
    return Finding("yt-dlp", CheckResult.NOTE, f"{text}, {days} days old", remedy)


def age_in_days(release: str, today: date) -> int:
    """The age in days of a release that is named by its date, e.g. ``2026.8.19``."""
    year, month, day = (int(part) for part in release.split(".")[:3])
    return (today - date(year, month, day)).days
