"""``movietag searches``: saves queries under names."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table

from movietag.cli.completing import complete_query, complete_saved
from movietag.cli.output import FOUND, NOTHING, JsonOption, command, console, plain, print_json, run
from movietag.cli.query_command import QueryCommand
from movietag.search import saved as searches
from movietag.search.client import connected
from movietag.search.reader import reader
from movietag.search.saved import SavedSearch, SavedSearches
from movietag.settings import Settings, get_settings

app = typer.Typer(
    help="Saved searches: save, list, remove; `movietag search --saved NAME` runs one.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="The name of the search.", autocompletion=complete_saved)]


@app.command("save", cls=QueryCommand)
@command
def save(
    name: Name,
    query: Annotated[
        str,
        typer.Argument(help="The query, as for `movietag search`.", autocompletion=complete_query),
    ],
    json: JsonOption = False,
) -> None:
    """Save a query under a name; replaces one of the same name.

    Example: movietag searches save scary 'horror>=30% and not comedy'
    """
    made = run(_save(get_settings(), name, query))
    if json:
        print_json(made)
    else:
        print(f"Saved. movietag search --saved {plain(repr(made.name))} runs it.")


@app.command("list")
@command
def list_(json: JsonOption = False) -> None:
    """List the saved searches, by name.

    Example: movietag searches list
    """
    searches = run(_saved(get_settings()))
    if json:
        print_json(searches)
    elif searches.searches:
        table = Table("name", "query", box=None, pad_edge=False)
        for one in searches.searches:
            table.add_row(plain(one.name), plain(one.query))
        console().print(table, markup=False)
    else:
        print("No search is saved. See: movietag searches save NAME QUERY")
    sys.exit(FOUND if searches.searches else NOTHING)


@app.command("remove")
@command
def remove(name: Name) -> None:
    """Delete a saved search.

    Example: movietag searches remove scary
    """
    run(_remove(get_settings(), name))
    print("Removed.")


async def _save(settings: Settings, name: str, query: str) -> SavedSearch:
    async with reader(settings) as library:
        return await searches.save(library, name, query)


async def _saved(settings: Settings) -> SavedSearches:
    async with connected(settings) as es:
        return await searches.list_saved(es)


async def _remove(settings: Settings, name: str) -> None:
    async with connected(settings) as es:
        await searches.remove(es, name)
