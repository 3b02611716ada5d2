"""``movietag demo``: draws movies, tags them on real servers, searches them, checks the counts."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Annotated

import typer
from rich.cells import set_cell_size
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from movietag import topics
from movietag.adding import send_titles
from movietag.awaiting import backlog
from movietag.cli.output import FOUND, NOTHING, command, console, plain
from movietag.cli.up import ProgressLines
from movietag.cli.watch import follow
from movietag.demo.checking import DemoVerdict, check_against_truth, wait_until_searchable
from movietag.demo.next_steps import next_steps, why_missing
from movietag.demo.stage_set import demo_settings, demo_stack, library_folder
from movietag.drawn.library import DemoLibrary, build
from movietag.search.naming import NothingFound, named
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.search.scenes import SceneSearch, scenes
from movietag.settings import Settings, get_settings

LIMIT = 300.0  # seconds within which all movies must finish
SEARCHES = ("horror>=30% and not comedy", "romantic>=20% and comedy>=20%", "western")
SCENE_TAG, SCENES = "murder", 5
TOP_TAGS = 5

out = console()


@command
def demo(
    keep_up: Annotated[bool, typer.Option(help="Leave the stack running afterwards.")] = False,
) -> None:
    """Draw movies with known tags, tag them on real servers, search them, and compare with the truth.

    Exits with 0 only if every count is as expected.

    Example: movietag demo --keep-up
    """
    sys.exit(FOUND if run_demo(get_settings(), keep_up=keep_up) else NOTHING)


def run_demo(base: Settings, *, keep_up: bool) -> bool:
    """Run the whole demo; returns whether every count is as expected."""
    started = time.monotonic()
    settings = demo_settings(base)
    library = _draw(settings)
    stack = demo_stack(settings, None if keep_up else os.getpid())
    _heading("Real servers, on loopback")
    lines = ProgressLines(out)
    try:
        stack.start(progress=lines)
    finally:
        lines.close()
    try:
        done, verdict = asyncio.run(_tag(settings, library))
        asyncio.run(_search(settings))
    finally:
        if not keep_up:
            stack.down()
    good = _report(verdict) and done
    _next_steps(settings, keep_up=keep_up)
    out.print(f"\nThe demo took {time.monotonic() - started:.0f} s.")
    return good


def _heading(text: str) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _draw(settings: Settings) -> DemoLibrary:
    """Draw the movies, with a progress bar."""
    _heading("Eight movies, drawn here (their tags are known shot by shot)")
    columns = (TextColumn("  drawing"), BarColumn(), MofNCompleteColumn(), TextColumn("movies"))
    with Progress(*columns, console=out) as bar:
        task = bar.add_task("drawing", total=None)
        return build(
            library_folder(settings),
            lambda done, total: bar.update(task, completed=done, total=total),
        )


async def _tag(settings: Settings, library: DemoLibrary) -> tuple[bool, DemoVerdict]:
    """Send the titles, watch them and check the counts; whether all finished in time."""
    lines = library.truth.lines
    _heading(f"Titles in: one message each on the topic {topics.TITLES.name}")
    for line in lines:
        out.print(Text(f"  {line}"))
    await send_titles(settings, [line.encode() for line in lines])
    _heading("In progress")
    done = await follow(settings, lines, wait=True, seconds=LIMIT, outage_seconds=LIMIT)
    if done:
        await wait_until_searchable(settings)
    try:
        return done, await check_against_truth(settings, library.truth)
    except NothingFound as missing:
        still = not (await backlog(settings)).idle
        raise NothingFound(why_missing(settings, str(missing), in_work=still)) from None


async def _search(settings: Settings) -> None:
    """Print three searches for movies, and one for scenes."""
    async with reader(settings) as library:
        for query in SEARCHES:
            _heading(f"movietag search '{query}'")
            search = MovieSearch(library.parse(query))
            results = await library.movies(search)
            for movie in results.movies:
                ratios = ", ".join(f"{tag} {movie.ratio(tag):.0%}" for tag in search.query.tags)
                title = set_cell_size(plain(named(movie.title, movie.year)), 30)
                out.print(Text(f"  {title}  {ratios}"))
            if not results.movies:
                out.print("  none")
        _heading(f"movietag scenes {SCENE_TAG} --limit {SCENES}")
        where = library.parse(SCENE_TAG, "frames")
        found_scenes = await scenes(library, SceneSearch(where, SCENES, settings.scene_gap))
        for scene in found_scenes.scenes:
            out.print(
                Text(plain(f"  {named(scene.title, scene.year)}  {scene.timecode}  {scene.link}"))
            )
            out.print(Text(plain(f"    {scene.caption}"), style="dim"))


def _report(verdict: DemoVerdict) -> bool:
    """The tag table, the comparison with the truth, and whether every count is as expected."""
    _heading("Tags out: tag(frames with it, their share), the five most frequent")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("movie", max_width=24, overflow="fold")
    table.add_column("images", justify="right")
    table.add_column("tags")
    for item in verdict.movies:
        tags = list(item.movie.tags.items())[:TOP_TAGS]
        text = ", ".join(f"{tag}({count.count}, {100 * count.ratio:.2f}%)" for tag, count in tags)
        wanted = f"/{item.expected.images}" if item.expected else ""
        table.add_row(
            Text(plain(named(item.movie.title, item.movie.year))),
            f"{item.movie.images}{wanted}",
            Text(plain(text or f"{item.movie.status}: {item.movie.reason}")),
        )
    out.print(table)
    comparison = verdict.comparison
    _heading("Against the drawn truth")
    out.print(
        f"  {comparison.right} of {comparison.pairs} (movie, tag) pairs on the right side of a ratio of 20 %"
        f" ({comparison.share:.1%}); {comparison.apart} within 5 points of it set apart"
    )
    for movie, tag, true, seen in comparison.wrong[:5]:
        out.print(Text(f"  wrong: {movie}, {tag}: drawn {true:.0%}, found {seen:.0%}"))
    for fault in verdict.faults:
        out.print(Text(plain(f"  FAULT: {fault}"), style="red"))
    if not verdict.faults:
        out.print("  every image count is as drawn, every caption is counted", style="green")
    return not verdict.faults


def _next_steps(settings: Settings, *, keep_up: bool) -> None:
    """Print commands to try next, ready to copy."""
    _heading("Try next")
    for line in next_steps(settings, keep_up=keep_up):
        out.print(Text(f"  {line}"), soft_wrap=True)
    out.print(
        "  The demo model only knows drawn movies; docs/models.md names models for real ones."
    )
