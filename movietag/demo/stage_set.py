"""The demo's stack: settings that point the search to the drawn library, and the site's program.

The site also runs in the stack that `movietag up` starts on the demo's home, so that links of its scenes open.
"""

from __future__ import annotations

import sys
from pathlib import Path

from movietag.drawn import TRUTH_FILE
from movietag.local.programs import Program
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.home_frames import frames_folder

SITE_PORT = 80  # above the port base

EXTRACTORS = (
    "movietag.demo.extractor:MovietagDemoVideoIE",
    "movietag.demo.extractor:MovietagDemoSearchIE",
)


def demo_settings(settings: Settings) -> Settings:
    """The settings of the demo: a home below the home, where frames are stored, and a search of its own site."""
    site = f"127.0.0.1:{settings.port_base + SITE_PORT}"
    home = settings.home.expanduser().absolute() / "demo"
    return settings.model_copy(
        update={
            "home": home,
            "frame_store": str(frames_folder(home)),
            "search": "demosearch",
            "search_interval": 0.0,
            "fetch_interval": 0.0,
            "private_hosts": (site,),
            "ytdlp_extractors": EXTRACTORS,
            "ytdlp_extractor_args": {"demosearch": {"base_url": [f"http://{site}"]}},
        }
    )


def library_folder(settings: Settings) -> Path:
    """The folder of a demo's drawn movies."""
    return settings.home / "library"


def demo_stack(settings: Settings, owner: int | None = None) -> Stack:
    """The stack of the demo's settings, with the site as a further program; it ends with its ``owner``."""
    return Stack(settings, extra=(_site(settings),), owner=owner)


def home_stack(settings: Settings, owner: int | None = None) -> Stack:
    """The stack of a home; the site is one of its programs where the demo has drawn its movies.

    ``owner`` is the pid of a process with which it ends.
    """
    drawn = (library_folder(settings) / TRUTH_FILE).is_file()
    return Stack(settings, extra=(_site(settings),) if drawn else (), owner=owner)


def _site(settings: Settings) -> Program:
    return Program(
        name="site",
        argv=(
            *(sys.executable, "-P", "-m", "movietag.demo.site"),
            *("--root", str(library_folder(settings))),
            *("--port", str(settings.port_base + SITE_PORT)),
        ),
    )
