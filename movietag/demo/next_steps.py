"""What to try after the demo: commands that can be copied into any folder of any shell."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from movietag import topics
from movietag.documents import MOVIES
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.settings.home_frames import IN_HOME


def next_steps(settings: Settings, *, keep_up: bool) -> list[str]:
    """The commands, in lines; the first ones set what the others need.

    Args:
        settings: of the demo.
        keep_up: whether its stack still runs.
    """
    host, port = settings.web_address
    return [
        exports(demo_environment(settings)),
        *([] if keep_up else ["movietag up        # the same data; the links above open again"]),
        'movietag show "Moonlit Harbor"',
        f"movietag serve     # pages, with the frames: http://{host}:{port}/",
        f"curl -sG {redacted(settings.elasticsearch_url)}/{MOVIES}/_search \\",
        "  --data-urlencode 'q=tags.horror.ratio:>=0.3 AND NOT tags.comedy.ratio:>=0.1'",
        f"echo 'The Matrix (1999)' | kcat -b {redacted(settings.kafka_address)} -t {topics.TITLES.name}",
        "movietag down",
    ]


def demo_environment(settings: Settings) -> dict[str, str]:
    """The settings with which commands find the demo's library."""
    found = {"MOVIETAG_HOME": str(settings.home), "MOVIETAG_FRAME_STORE": IN_HOME}
    if settings.port_base != Settings.model_fields["port_base"].default:
        found["MOVIETAG_PORT_BASE"] = str(settings.port_base)
    return found


def exports(variables: Mapping[str, str], python: Path | None = None) -> str:
    """The line that sets variables in a shell, and makes `movietag` that of this Python where another one is found."""
    folder = (python or Path(sys.executable)).absolute().parent
    found = shutil.which("movietag")
    made = "MAKELEVEL" in os.environ  # by make, whose PATH is not that of the reader's shell
    ours = (
        not made and bool(found) and Path(found or "").resolve() == (folder / "movietag").resolve()
    )
    path = [] if ours else [f"PATH={shlex.quote(str(folder))}:$PATH"]
    return " ".join(
        ["export", *path, *(f"{name}={shlex.quote(value)}" for name, value in variables.items())]
    )


def why_missing(settings: Settings, missing: str, *, in_work: bool) -> str:
    """What to do when a movie of the demo is not in the index, in a line.

    Args:
        settings: of the demo.
        missing: which one is not.
        in_work: whether a stage has titles in work; else the index has lost what Kafka knows, e.g. because somebody has
            deleted the folder of Elasticsearch's data: titles that were planned are not planned again.
    """
    if in_work:
        return f"{missing} The stages still work on it: `movietag demo` again continues."
    environment = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in demo_environment(settings).items()
    )
    return (
        f"{missing} Kafka has it, so its data in Elasticsearch was lost. Begin anew: {environment} movietag reset --yes,"
        " then `movietag demo`; or count it again: `movietag up` and `movietag recount`, with the same settings."
    )
