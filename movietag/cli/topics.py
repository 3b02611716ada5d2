"""``movietag topics``: what may have to be done by hand about Kafka's topics."""

from __future__ import annotations

from typing import Annotated

import typer

from movietag import topics
from movietag.cli.output import command, plain, print_json, run
from movietag.settings import settings
from movietag.skipping import Skipped, skip_batch

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look after Kafka's topics.")


@app.callback()
def _group() -> None:
    """Look after Kafka's topics."""


@app.command("skip")
@command
def skip(
    topic: Annotated[str, typer.Argument(help="The topic, such as movietag.titles or titles.")],
    partition: Annotated[int, typer.Argument(help="Its partition.")],
    offset: Annotated[int, typer.Argument(help="The offset that `movietag status` names.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Skip one batch of messages that cannot be read, so that its partition goes on.

    Refuses a batch that can be read. What can be had of its bytes becomes a dead letter; the stages go
    on by themselves, running or not. Doing it twice changes nothing.

    Example: movietag topics skip movietag.titles 3 17
    """
    name = topic if topic in topics.BY_NAME else f"movietag.{topic}"
    known = name if name in topics.BY_NAME else topic
    done = run(skip_batch(settings(), known, partition, offset))
    if json:
        print_json(
            {
                "topic": done.skip.topic,
                "partition": done.skip.partition,
                "first": done.skip.first,
                "until": done.skip.until,
                "why": done.skip.why,
                "before": done.before,
                "letter_id": done.letter_id,
                "bytes": done.size,
                "hidden": done.hidden,
            }
        )
    else:
        print("\n".join(_told(done)))


def _told(done: Skipped) -> list[str]:
    skip, meaning = done.skip, done.meaning
    place = f"{skip.topic}, partition {skip.partition}, offsets {skip.first} to {skip.until - 1}"
    if done.before:
        return [f"Skipped before: {place}. Nothing was done."]
    kept = (
        f"Its {done.size:,} bytes are kept: movietag dead show {done.letter_id}"
        if done.letter_id
        else "Its bytes could not be had: Kafka does not give them."
    )
    hidden = [
        f"Kafka itself finds nothing of it, and nothing of what lies behind it before {skip.until}:"
        " what is produced there next may wait again. See docs/operations.md."
    ]
    return [
        f"Skipped: {place} ({plain(skip.why)}).",
        *(hidden if done.hidden else []),
        kept,
        f"{meaning.lost} {meaning.then}",
        f"The stage {meaning.stage} goes on within seconds, or when it starts.",
    ]
