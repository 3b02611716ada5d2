"""``movietag mcp``: serves the tools of agents."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from movietag.cli.output import command
from movietag.errors import UsageError
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import get_settings


@command
def mcp(
    allow_add: Annotated[
        bool, typer.Option("--allow-add", help="Let agents add titles; else they only read.")
    ] = False,
) -> None:
    """Serve the library to an agent by the Model Context Protocol, over standard input and output.

    Tools: search, scenes, show; with --allow-add also add. An agent's program starts it: docs/agents.md has a
    configuration. The limits are those of the REST API, MOVIETAG_WEB_… in docs/settings.md.

    Example: movietag mcp
    """
    keep_memory_private()
    try:
        from movietag.web.agents import make_mcp_server  # noqa: PLC0415  # in the extra `mcp`
    except ImportError as error:
        raise UsageError(f"{error.name} is missing: pip install 'movietag[mcp]'.") from None
    logging.basicConfig(level="WARNING", format="%(message)s", stream=sys.stderr)
    make_mcp_server(get_settings(), allow_add=allow_add).run("stdio")
