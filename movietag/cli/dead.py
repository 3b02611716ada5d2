"""``movietag dead``: what could not be done, why, and once more."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from movietag import topics
from movietag.cli.output import FOUND, NOTHING, command, console, plain, print_json, run
from movietag.cli.sending import producer
from movietag.documents import LetterBody
from movietag.errors import PermanentError, TransientError
from movietag.kafka import make_consumer
from movietag.records import Letter, VideoAgain, VideoJob, decode, encode
from movietag.search.found import NothingFound
from movietag.search.reader import LetterQuery, Letters, reader
from movietag.settings import Settings, settings

app = typer.Typer(help="Dead letters: list, show, replay.", no_args_is_help=True)


@app.command("list")
@command
def list_(
    stage: Annotated[str, typer.Option(help="Only of this stage.")] = "",
    error: Annotated[str, typer.Option(help="Only of this kind, such as bad-title.")] = "",
    movie: Annotated[str, typer.Option(help="Only of this movie id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most letters shown.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List dead letters, newest first.

    Example: movietag dead list --stage plan
    """
    found = run(
        _find(settings(), LetterQuery(stage=stage, error=error, movie_id=movie, limit=limit))
    )
    if json:
        print_json(found)
    elif found.letters:
        console().print(_table(found.letters))
        if found.total > len(found.letters):
            print(f"{len(found.letters)} of {found.total}; --limit shows more.")
    else:
        print("No dead letters.")
    sys.exit(FOUND if found.letters else NOTHING)


@app.command("show")
@command
def show(
    letter_id: Annotated[str, typer.Argument(help="Id, as `movietag dead list` prints it.")],
    payload: Annotated[bool, typer.Option(help="Print the original bytes instead.")] = False,
) -> None:
    """Show one dead letter as JSON, or with --payload its original bytes.

    Example: movietag dead show movietag.titles/0/12/plan
    """
    letter = run(_one(settings(), letter_id))
    if not payload:
        print_json(letter)
        return
    record = run(_record(settings(), letter))
    sys.stdout.buffer.write(record.value or b"")


@app.command("replay")
@command
def replay(
    letter_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids, as `movietag dead list` prints them.")
    ] = None,
    stage: Annotated[str, typer.Option(help="All of this stage.")] = "",
    error: Annotated[str, typer.Option(help="All of this kind, such as other-tagger.")] = "",
) -> None:
    """Send the original messages again to where they came from.

    A letter that fails again keeps its id and its history.

    Example: movietag dead replay movietag.titles/0/12/plan
    """
    sent = run(
        _replay(settings(), letter_ids or [], LetterQuery(stage=stage, error=error, limit=1000))
    )
    print(f"{sent} sent again.")
    sys.exit(FOUND if sent else NOTHING)


async def _find(with_settings: Settings, query: LetterQuery) -> Letters:
    async with reader(with_settings) as library:
        return await library.letters(query)


async def _one(with_settings: Settings, letter_id: str) -> LetterBody:
    found = await _find(with_settings, LetterQuery(letter_id=letter_id, limit=1))
    if not found.letters:
        raise NothingFound(f"No dead letter {letter_id}. See: movietag dead list")
    return found.letters[0]


async def _record(with_settings: Settings, letter: LetterBody) -> ConsumerRecord:
    """The message of a letter, read from its place in the topic."""
    where = TopicPartition(topics.DEAD_LETTERS.name, letter.letter_partition)
    try:
        async with make_consumer(with_settings) as consumer:
            consumer.assign([where])
            consumer.seek(where, letter.letter_offset)
            return await consumer.getone()
    except (KafkaError, OSError) as error:
        raise TransientError(
            f"Kafka does not answer at {with_settings.kafka_address}: {error!r}."
        ) from error


async def _replay(with_settings: Settings, letter_ids: list[str], query: LetterQuery) -> int:
    if letter_ids:
        letters = [await _one(with_settings, letter_id) for letter_id in letter_ids]
    elif query.stage or query.error:
        letters = list((await _find(with_settings, query)).letters)
    else:
        raise NothingFound("Say which: ids, --stage or --error. See: movietag dead list")
    async with producer(with_settings) as sender:
        for body in letters:
            record = await _record(with_settings, body)
            letter = decode(Letter, dict(record.headers).get(topics.LETTER_HEADER))
            topic, key, value = _where(letter, record.value)
            headers = [*letter.headers, (topics.LETTER_HEADER, encode(_small(letter)))]
            await sender.send_and_wait(topic, value, key=key, headers=headers)
    return len(letters)


def _where(letter: Letter, value: bytes | None) -> tuple[str, bytes | None, bytes | None]:
    """Topic, key and value of a replay: where it came from, but a video goes to its plan.

    The plan has written the video off; it takes it back if it is short.
    """
    if letter.topic != topics.VIDEOS.name:
        return letter.topic, letter.key, value
    try:
        job = decode(VideoJob, value)
    except PermanentError:
        return letter.topic, letter.key, value
    again = VideoAgain(job.movie_id, job.generation, job.video.video_id)
    return topics.REQUESTS.name, job.movie_id.encode(), encode(again)


def _small(letter: Letter) -> Letter:
    """The letter without the original headers, which travel beside it."""
    return msgspec.structs.replace(letter, key=None, headers=())


def _table(letters: tuple[LetterBody, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("letter", overflow="fold", ratio=2)
    table.add_column("reason", overflow="fold", ratio=3)
    for letter in letters:
        when = datetime.fromtimestamp(letter.at_ms / 1000, UTC)
        tries = f" (tried {letter.attempts} times)" if letter.attempts > 1 else ""
        reason = f"{letter.error}: {letter.reason}{tries}"
        table.add_row(f"{when:%m-%d %H:%M:%S}", Text(plain(letter.letter_id)), Text(plain(reason)))
    return table
