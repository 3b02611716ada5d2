"""``movietag dead``: lists, counts, shows, corrects, replays and purges dead letters."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from movietag.cli.acting import act, find_letters
from movietag.cli.letter_edit import edit
from movietag.cli.letter_table import print_counts, print_letters, story
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    YesOption,
    command,
    console,
    plain,
    print_json,
    run,
)
from movietag.cli.payload import readable_payload
from movietag.cli.when import parse_time
from movietag.documents import LetterBody
from movietag.errors import MovietagError, UsageError
from movietag.letters.reading import read_letter
from movietag.letters.replaying import purge as purge_letters
from movietag.letters.replaying import replay as replay_letters
from movietag.letters.selecting import letter_by_id
from movietag.search.letter_counts import LetterCounts, count_letters
from movietag.search.reader import LetterQuery, reader
from movietag.settings import get_settings

app = typer.Typer(
    help="Dead letters: list, count, show, correct, replay, purge.", no_args_is_help=True
)

MOST_PAGED = 10_000  # letters that Elasticsearch pages through

Ids = Annotated[list[str] | None, typer.Argument(help="Ids, as `movietag dead list` prints them.")]
Stage = Annotated[str, typer.Option(help="Only from this stage.")]
Error = Annotated[str, typer.Option(help="Only with this error, e.g. bad-title.")]
Movie = Annotated[str, typer.Option(help="Only for this movie id.")]
Topic = Annotated[str, typer.Option(help="Only from this topic, e.g. movietag.frames.")]
Since = Annotated[str, typer.Option(help="Only since this time: 2026-03-01T18:30, or 2h (ago).")]
Until = Annotated[str, typer.Option(help="Only before this time.")]
Words = Annotated[str, typer.Option(help="Only with these words in the reason or the message.")]
State = Annotated[
    Literal["failed", "replayed"] | None,
    typer.Option(help="Only letters in this state; replayed: and not failed again since."),
]


@app.command("list")
@command
def list_(
    *,
    stage: Stage = "",
    error: Error = "",
    movie: Movie = "",
    topic: Topic = "",
    since: Since = "",
    until: Until = "",
    text: Words = "",
    state: State = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="Maximum number of letters shown.")
    ] = 50,
    page: Annotated[
        int, typer.Option(min=1, help="Page number, with --limit letters per page.")
    ] = 1,
    json: JsonOption = False,
) -> None:
    """List dead letters, newest first.

    Example: movietag dead list --stage plan --since 2h
    """
    if page * limit > MOST_PAGED:
        raise UsageError(
            f"Only the first {MOST_PAGED:,} letters can be paged through: add filters."
        )
    skip = (page - 1) * limit
    query = _query(stage, error, movie, topic, since, until, text, state)
    results = run(find_letters(get_settings(), replace(query, skip=skip, limit=limit)))
    if json:
        print_json(results)
    elif results.letters:
        print_letters(console(), results.letters)
        if results.total > len(results.letters):
            first = skip + 1
            print(
                f"{first} to {skip + len(results.letters)} of {results.total}; --page shows the others."
            )
    else:
        print("No dead letters." if page == 1 else f"Page {page} is empty.")
    sys.exit(FOUND if results.letters else NOTHING)


@app.command("counts")
@command
def counts(
    *,
    stage: Stage = "",
    error: Error = "",
    movie: Movie = "",
    topic: Topic = "",
    since: Since = "",
    until: Until = "",
    text: Words = "",
    state: State = "failed",
    json: JsonOption = False,
) -> None:
    """Count dead letters by stage and error, with the newest of each; by default those that wait for somebody.

    Example: movietag dead counts --since 7d
    """
    query = _query(stage, error, movie, topic, since, until, text, state)
    found = run(_counts(query))
    if json:
        print_json(found)
    elif found.groups:
        print_counts(console(), found.groups)
        print(
            f"{found.total:,} in all. List them, e.g.: movietag dead list --error {plain(found.groups[0].error)}"
        )
    else:
        print("No dead letters.")
    sys.exit(FOUND if found.total else NOTHING)


app.command("edit")(edit)


@app.command("show")
@command
def show(
    letter_id: Annotated[str, typer.Argument(help="Id, as `movietag dead list` prints it.")],
    payload: Annotated[bool, typer.Option(help="Print the original bytes instead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, without the payload.")] = False,
) -> None:
    """Show one dead letter, its history and its payload.

    Example: movietag dead show movietag.titles/0/12/plan
    """
    letter = run(_letter(letter_id))
    if json:
        print_json(letter)
        return
    if payload:
        sys.stdout.buffer.write(run(read_letter(get_settings(), letter)) or b"")
        return
    for line in story(letter):
        print(line)
    try:
        print("\n" + readable_payload(run(read_letter(get_settings(), letter))))
    except MovietagError as error:
        print(
            f"\n{plain(letter.preview)}\n\nThis is only the beginning of the payload. {plain(str(error))}"
        )


@app.command("replay")
@command
def replay(
    letter_ids: Ids = None,
    *,
    stage: Stage = "",
    error: Error = "",
    movie: Movie = "",
    topic: Topic = "",
    since: Since = "",
    until: Until = "",
    text: Words = "",
    state: State = "failed",
    yes: YesOption = False,
) -> None:
    """Send the original messages to their topics again: by id, or all that match the filters.

    A letter that fails again keeps its id and its history.

    Example: movietag dead replay movietag.titles/0/12/plan
    """
    any_filter = any((stage, error, movie, topic, since, until, text, state == "replayed"))
    query = _query(stage, error, movie, topic, since, until, text, state) if any_filter else None
    ids, words = letter_ids or [], ("Send {} again?", "sent again")
    act(get_settings(), replay_letters, ids, query, words, ask=not (yes or ids))


@app.command("purge")
@command
def purge(
    letter_ids: Ids = None,
    *,
    stage: Stage = "",
    error: Error = "",
    movie: Movie = "",
    topic: Topic = "",
    since: Since = "",
    until: Until = "",
    text: Words = "",
    state: State = None,
    yes: YesOption = False,
) -> None:
    """Purge dead letters, after confirmation: by id, or all that match the filters.

    They are no longer listed, shown or replayed. Their bytes stay in Kafka's topic, which never expires,
    and their movies do not change.

    Example: movietag dead purge --error bad-title --until 30d
    """
    any_filter = any((stage, error, movie, topic, since, until, text, state))
    query = _query(stage, error, movie, topic, since, until, text, state) if any_filter else None
    words = ("Purge {} permanently?", "purged")
    act(get_settings(), purge_letters, letter_ids or [], query, words, ask=not yes)


def _query(
    stage: str, error: str, movie: str, topic: str, since: str, until: str, text: str, state: Any
) -> LetterQuery:
    now = datetime.now(UTC)
    return LetterQuery(
        stage=stage,
        error=error,
        movie_id=movie,
        topic=topic,
        state=state,
        text=text,
        since_ms=parse_time(since, now),
        until_ms=parse_time(until, now),
    )


async def _counts(query: LetterQuery) -> LetterCounts:
    async with reader(get_settings()) as library:
        return await count_letters(library, query)


async def _letter(letter_id: str) -> LetterBody:
    async with reader(get_settings()) as library:
        return await letter_by_id(library, letter_id)
