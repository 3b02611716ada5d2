"""``movietag pause``: no further video is fetched, of any site or of one."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from movietag.cli.output import command, plain, run
from movietag.fleet.fetch_pauses import EVERYTHING, pause_fetching
from movietag.settings import get_settings

SiteArgument = Annotated[
    str,
    typer.Argument(help="Its host, e.g. youtube.com, or any address of it; default: everything."),
]


@command
def pause(site: SiteArgument = EVERYTHING) -> None:
    """Fetch no further videos, of all or of one site, until `movietag resume`.

    All workers hear it within seconds, and it lasts over restarts. Videos that are being fetched are finished; frames
    are captioned, and search works on. Titles may be added; they wait.

    Example: movietag pause youtube.com
    """
    named = run(pause_fetching(get_settings(), site, int(time.time() * 1000)))
    what = f"Fetching from {plain(named)}" if named else "Fetching"
    print(f"{what} is paused. To go on: movietag resume{f' {plain(named)}' if named else ''}")
