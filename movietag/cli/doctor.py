"""``movietag doctor``: reports what is missing on this machine, and how to get it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from movietag.cli.output import FOUND, NOTHING, JsonOption, command, console, print_json
from movietag.cli.settings_docs import settings_markdown
from movietag.local.doctor import examine
from movietag.local.findings import CheckResult, Finding
from movietag.settings import get_settings

STYLES = {CheckResult.OK: "green", CheckResult.NOTE: "yellow", CheckResult.MISSING: "bold red"}


@command
def doctor(
    json: JsonOption = False,
    settings_page: Annotated[
        bool, typer.Option("--settings-markdown", help="Print docs/settings.md instead.")
    ] = False,
) -> None:
    """Report what is missing on this machine, and how to get it.

    Exits with 1 if something that the embedded stack needs is missing, else with 0.

    Example: movietag doctor
    """
    if settings_page:
        print(settings_markdown(), end="")
        return
    findings = examine(get_settings())
    if json:
        print_json(findings)
    else:
        _print(findings)
    missing = any(finding.verdict is CheckResult.MISSING for finding in findings)
    sys.exit(NOTHING if missing else FOUND)


def _print(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        text = f"{finding.found}. {finding.remedy}" if finding.remedy else finding.found
        verdict = Text(finding.verdict, style=STYLES[finding.verdict])
        table.add_row(verdict, finding.name, Text(text, overflow="fold"))
    console().print(table)
