"""``movietag resume``: videos are fetched again."""

from __future__ import annotations

from movietag.cli.output import command, plain, run
from movietag.cli.pause import SiteArgument
from movietag.fleet.fetch_pauses import EVERYTHING, resume_fetching
from movietag.settings import get_settings


@command
def resume(site: SiteArgument = EVERYTHING) -> None:
    """Fetch videos again after `movietag pause`: of one site, or of all that was paused.

    Example: movietag resume youtube.com
    """
    ended = run(resume_fetching(get_settings(), site))
    if not ended:
        print("Nothing of it was paused. What fetching waits for: movietag status")
    for one in ended:
        print(f"Fetching{f' from {plain(one)}' if one else ''} goes on.")
