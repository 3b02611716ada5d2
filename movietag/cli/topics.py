"""``movietag topics``: what may have to be done by hand about Kafka's topics."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from movietag import topics
from movietag.cli.counting import is_up
from movietag.cli.output import command, console, plain, print_json, run
from movietag.errors import MovietagError
from movietag.letters.skipping import Skipped, skip_batch
from movietag.local.stack import Stack
from movietag.settings import get_settings
from movietag.settings.environment import stack_environment

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
    done = run(skip_batch(get_settings(), known, partition, offset))
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


@app.command("repair")
@command
def repair() -> None:
    """Write those pages of the plan's ledger again of which something cannot be read.

    A stage says of such a page in its log and in `movietag_ledger_damaged_pages`, and goes on with the others.
    The plan stage is stopped meanwhile; where it runs elsewhere, stop it before. The count's ledger is repaired
    by `movietag recount`.

    Example: movietag topics repair
    """
    chosen = get_settings()
    stack = Stack(chosen)
    ours = is_up(chosen)
    if ours:
        stack.stop("plan")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "movietag.streams.ledger.repair"],
            env=stack_environment(chosen, stack.where.home),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        if ours:
            stack.start(only=("plan",))
    console().print(done.stdout.strip(), markup=False, highlight=False)
    if done.returncode:
        raise MovietagError("The ledger could not be repaired; why is said above.")
