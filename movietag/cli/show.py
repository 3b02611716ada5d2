"""``movietag show``: shows one movie."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from movietag.awaiting import letter_note, letters_since, refused_title
from movietag.cli.completing import complete_titles
from movietag.cli.output import FOUND, JsonOption, command, console, plain, print_json, run, warn
from movietag.documents import VideoState
from movietag.local.drawings import NOTE, knew_drawings_only
from movietag.rules.movie_ids import movie_id_of
from movietag.search.converting import Order, lifted, ordered
from movietag.search.naming import NothingFound, named
from movietag.search.progress import attempt_note, marks_note, short_note, slots_note
from movietag.search.reader import reader
from movietag.search.results import Letters, Movie
from movietag.settings import Settings, get_settings

OF_TITLE_AND_YEAR: Final = (
    "made from title and year: another film of both is counted here, too; an id in its title, such as"
    " {imdb-tt0113277} or {tmdb-949}, makes it a movie of its own"
)


@command
def show(
    movie: Annotated[
        str,
        typer.Argument(
            help="Title as it was added, with or without its year; or the movie's id, or its id or page at IMDb or TMDB.",
            autocompletion=complete_titles,
        ),
    ],
    by: Annotated[
        Order,
        typer.Option(help="Order of the tags: by ratio, or by lift (what sets the movie apart)."),
    ] = "ratio",
    json: JsonOption = False,
) -> None:
    """Show a movie: its tags with count, ratio and lift, its videos and why they were selected.

    Example: movietag show "Heat (1995)"
    """
    details, letters = run(_show(get_settings(), movie))
    if json:
        print_json(details)
    else:
        print_movie(details, console(), by)
    for letter in letters.letters:
        warn(plain(f"Failed since: {letter_note(letter)}"))
    if letters.total > len(letters.letters):
        warn(
            f"… and {letters.total - len(letters.letters):,} more: movietag dead list --movie {details.movie_id}"
        )
    if knew_drawings_only(details, get_settings().vocabulary):
        warn(NOTE)
    sys.exit(FOUND)


async def _show(settings: Settings, text: str) -> tuple[Movie, Letters]:
    async with reader(settings) as library:
        try:
            movie = await library.movie(text)
        except NothingFound as error:
            if refused := await refused_title(library, text):
                raise NothingFound(f"{text} was refused: {refused}", error.near) from None
            raise
        return lifted(movie, await library.lifts()), await letters_since(library, movie)


def print_movie(movie: Movie, out: Console, by: Order = "ratio") -> None:
    """Print a movie: its status, its tags in the form `gothic(63, 76.83%)`, its videos.

    By lift the form is `gothic(63, 76.83%, 12.3x)`: 12.3 times the average of all movies.
    """
    out.print(Text(plain(named(movie.title, movie.year)), style="bold"))
    state = f"{movie.status}: {movie.reason}" if movie.reason else movie.status
    out.print(Text(plain(state)))
    if movie.attempt:
        out.print(Text(plain(attempt_note(movie)), style="yellow"))
    print(f"id      {plain(movie.movie_id)}")
    if movie.movie_id == movie_id_of(movie.title, movie.year):
        out.print(Text(f"        {OF_TITLE_AND_YEAR}", style="dim"))
    print(f"tagger  {plain(movie.tagger)}")
    if movie.sampling:
        print(f"plan    {plain(movie.sampling)}")
    images = f"{movie.images} of {movie.promised} promised"
    failed = f", {movie.failed_images} without a caption" if movie.failed_images else ""
    print(f"images  {images}{failed}")
    if marks := marks_note(movie.not_whole):
        note = (
            f"answers {marks}, of {movie.images} (movietag scenes 'quality:cut' lists such frames)"
        )
        out.print(Text(plain(note), style="yellow"))
    if movie.dropped:
        told = slots_note(movie.slots, movie.dropped_by)
        out.print(Text(plain(f"slots   {told}"), style="yellow" if movie.short else ""))
    if movie.short:
        out.print(Text(plain(short_note(movie)), style="yellow"))
    lifts = movie.lifts if by == "lift" and isinstance(movie.lifts, dict) else {}
    tags = ", ".join(
        f"{tag}({count.count}, {100 * count.ratio:.2f}%"
        + (f", {lifts[tag]:.1f}x)" if lifts else ")")
        for tag, count in ordered(movie, by).items()
    )
    columns = f"images with the tag, their share of {movie.images}"
    columns += ", times the average" if lifts else ""
    out.print()
    out.print(Text(f"Tags ({columns}):", style="bold"))
    out.print(Text(plain(tags) or "none"))
    if movie.videos:
        out.print()
        out.print(Text("Videos (state, score, images captioned):", style="bold"))
    for video in movie.videos:
        print_video(video, out)


def print_video(video: VideoState, out: Console) -> None:
    """Print a video: its status, its whole URL (to copy), why it was selected or failed."""
    images = f"{video.captioned}/{video.slots}"
    out.print(Text(plain(f"{video.status:<8} {video.score:>5g} {images:>7}  {video.title}")))
    print(f"  {plain(video.url)}")
    reasons = ", ".join(video.reasons)
    if reasons:
        out.print(Text(plain(f"  selected: {reasons}")))
    if video.claimed:
        out.print(Text(plain(f"  cut off: {video.seconds:.0f} of {video.claimed:.0f} s are there")))
    if video.dropped_by:
        out.print(Text(plain(f"  {slots_note(video.slots + video.dropped, video.dropped_by)}")))
    if video.reason:
        out.print(Text(plain(f"  {video.status}: {video.reason}")))
