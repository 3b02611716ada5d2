"""``movietag scenes``: searches scenes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer
from msgspec import UnsetType, structs

from movietag.cli.completing import complete_query, complete_tags, complete_titles
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    command,
    plain,
    print_json,
    print_near,
    print_reading,
    run,
    warn_unreadable,
)
from movietag.cli.page_options import NextOption, PreviousOption, print_pages
from movietag.errors import UsageError
from movietag.search.cursors import Cursor, cursor_of
from movietag.search.naming import named, timecode
from movietag.search.query import EVERYTHING, both
from movietag.search.query.nodes import Field
from movietag.search.query.tags import parse_tag
from movietag.search.reader import reader
from movietag.search.results import Scenes
from movietag.search.scene_orders import SceneBy
from movietag.search.scenes import SceneSearch
from movietag.search.scenes import scenes as found_scenes
from movietag.search.understanding import understand
from movietag.settings import Settings, get_settings

MOST = 1000


@command
def scenes(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            help="The query, e.g. 'murder and not dark', or plain words.",
            autocompletion=complete_query,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            help="A tag that the scene must show; repeatable.", autocompletion=complete_tags
        ),
    ] = None,
    movie: Annotated[
        str,
        typer.Option(
            help="Only scenes of this movie: its title or id.", autocompletion=complete_titles
        ),
    ] = "",
    by: Annotated[
        SceneBy | None,
        typer.Option(
            help="Order: by title (then video and time), by length, by how well text:WORDS matches, or by the"
            " meaning of about:WORDS. Default: meaning with an about:, else title."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, help="Maximum number of scenes shown.")
    ] = 20,
    next_page: NextOption = "",
    previous_page: PreviousOption = "",
    json: JsonOption = False,
) -> None:
    """Search scenes, with links that open the video there; options add to the query.

    A query consists of tags, and, or, not, parentheses, and fields: text:, about:, title:, year:, tagger:, movie:.
    With about:"free words", scenes are ordered by how well their captions match. Plain words are looked for in
    titles, then in captions.

    Example: movietag scenes 'murder and not dark' --movie "Heat (1995)"
    """
    cursor = cursor_of(next_page, previous_page)
    results = run(
        _scenes(get_settings(), " ".join(query or []), tag or [], movie, by, limit, cursor)
    )
    if not json:
        print_reading(results.read, "scenes")
    if json:
        print_json(results)
    elif results.scenes:
        _print(results)
    else:
        print("No scene matches. To see the tags of a movie: movietag show MOVIE")
        print_pages(results, 0, "Scenes")
    sys.exit(FOUND if results.scenes else NOTHING)


async def _scenes(
    settings: Settings,
    query: str,
    tags: Sequence[str],
    movie: str,
    by: SceneBy | None,
    limit: int,
    cursor: Cursor | None,
) -> Scenes:
    async with reader(settings) as library:
        tag_conditions = [parse_tag(text, library.names) for text in tags]
        if any(tag.comparison for tag in tag_conditions):
            raise UsageError("Scenes have no ratios: use --tag without one.")
        of = [Field("movie", (await library.movie(movie)).movie_id)] if movie else []
        understood = await understand(library, query, "frames", cursor)
        where = both(understood.node, *tag_conditions, *of)
        if where == EVERYTHING:
            raise UsageError("The query is empty. Example: movietag scenes murder")
        search = SceneSearch(where, limit, settings.scene_gap, cursor, by=by)
        results = await found_scenes(library, search)
        return structs.replace(results, read=understood.read)


def _print(results: Scenes) -> None:
    """Print scenes by movie, each link on a line of its own, unbroken, to click or copy."""
    print_near(results.near)
    for (title, year, _), group in groupby(
        results.scenes, key=lambda scene: (scene.title, scene.year, scene.movie_id)
    ):
        print(plain(named(title, year)))
        for scene in group:
            tags = ", ".join(scene.tags)
            print(f"  {scene.timecode:>9} to {timecode(scene.end)}  {plain(tags)}")
            print(f"             {plain(scene.caption)}")
            if not isinstance(scene.about, UnsetType):
                print(f"             {scene.about.places}: {plain(scene.about.caption)}")
            print(f"             {plain(scene.link)}")
    shown_frames = sum(scene.frames for scene in results.scenes)
    if shown_frames < results.frames:
        print(f"{len(results.scenes)} scenes with {shown_frames} of {results.frames} frames.")
    print_pages(results, len(results.scenes), "Scenes")
    warn_unreadable(results.unreadable)
