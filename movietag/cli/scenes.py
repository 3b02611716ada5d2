"""``movietag scenes``: moments of movies by a query."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer
from msgspec import UnsetType

from movietag.cli.output import FOUND, NOTHING, command, plain, print_json, run, warn_unreadable
from movietag.errors import UsageError
from movietag.search.naming import named, timecode
from movietag.search.query import EVERYTHING, both
from movietag.search.query.nodes import Field
from movietag.search.query.tags import parse_tag
from movietag.search.reader import reader
from movietag.search.results import Scenes
from movietag.search.scenes import SceneSearch
from movietag.search.scenes import scenes as found_scenes
from movietag.settings import Settings, get_settings

MOST = 1000


@command
def scenes(
    query: Annotated[
        str, typer.Argument(help="What the scenes must show, such as 'murder and not dark'.")
    ] = "",
    tag: Annotated[
        list[str] | None, typer.Option(help="Tag the scene shows; several: all of them.")
    ] = None,
    movie: Annotated[str, typer.Option(help="Only of this movie: its title or id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Most scenes shown.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find scenes by a query, with a link that opens the video there; options add to the query.

    A query has tags, and, or, not, parentheses, and fields: text:, about:, title:, year:, tagger:, movie:.
    With about:"words of your own" the scenes whose captions fit best come first.

    Example: movietag scenes 'murder and not dark' --movie "Heat (1995)"
    """
    found = run(_scenes(get_settings(), query, tag or [], movie, limit))
    if json:
        print_json(found)
    elif found.scenes:
        _print(found)
    else:
        print("No scene shows that. Which tags a movie has: movietag show MOVIE")
    sys.exit(FOUND if found.scenes else NOTHING)


async def _scenes(
    settings: Settings, query: str, tags: Sequence[str], movie: str, limit: int
) -> Scenes:
    async with reader(settings) as library:
        asked = [parse_tag(text, library.names) for text in tags]
        if any(tag.comparison for tag in asked):
            raise UsageError("A scene has a tag or not: give --tag without a ratio.")
        of = [Field("movie", (await library.movie(movie)).movie_id)] if movie else []
        where = both(library.parse(query, "frames"), *asked, *of)
        if where == EVERYTHING:
            raise UsageError("Say what the scenes must show: movietag scenes murder")
        return await found_scenes(library, SceneSearch(where, limit, settings.scene_gap))


def _print(found: Scenes) -> None:
    """By movie; each link stands whole on its own line, to be clicked or copied."""
    for (title, year, _), shown in groupby(
        found.scenes, key=lambda scene: (scene.title, scene.year, scene.movie_id)
    ):
        print(plain(named(title, year)))
        for scene in shown:
            tags = ", ".join(scene.tags)
            print(f"  {scene.timecode:>9} to {timecode(scene.end)}  {plain(tags)}")
            print(f"             {plain(scene.caption)}")
            if not isinstance(scene.about, UnsetType):
                print(f"             {scene.about.places}: {plain(scene.about.caption)}")
            print(f"             {plain(scene.link)}")
    shown_frames = sum(scene.frames for scene in found.scenes)
    if shown_frames < found.frames:
        print(
            f"{len(found.scenes)} scenes with {shown_frames} of {found.frames} frames; --limit shows more."
        )
    warn_unreadable(found.unreadable)
