"""``movietag topics``: checks and manual repairs of Kafka's topics."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import typer

from movietag import topics
from movietag.cli.counting import runs_locally
from movietag.cli.output import FOUND, NOTHING, JsonOption, command, console, plain, print_json, run
from movietag.errors import MovietagError
from movietag.kafka.repartition import repartition as add_partitions
from movietag.kafka.repartition_checks import check_possible
from movietag.kafka.table_check import Difference, apply_table, check_topics
from movietag.letters.skipping import Skipped, skip_batch
from movietag.local.stack import Stack
from movietag.schemas import json_schema
from movietag.settings import get_settings
from movietag.settings.environment import stack_environment
from movietag.stages import STAGES

Record: TypeAlias = Literal[
    "fact", "document", "letter", "event"
]  # the keys of movietag.schemas.PUBLIC

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Check and repair Kafka's topics."
)


@app.callback()
def _group() -> None:
    """Check and repair Kafka's topics."""


@app.command("check")
@command
def check(json: JsonOption = False) -> None:
    """Compare the topics with the table: partitions, retention, compaction, size and time of messages.

    A topic that was made by somebody else, or by an earlier version, may delete or refuse what is needed. Exits with
    0 if all are as they must be, else with 1.

    Example: movietag topics check
    """
    _print_differences(run(check_topics(get_settings())), json=json)


@app.command("apply")
@command
def apply(json: JsonOption = False) -> None:
    """Create missing topics, and configure the others according to the table.

    Other settings of a topic stay, and so do partitions (see `movietag topics repartition`). Exits with 1 if something still
    differs.

    Example: movietag topics apply
    """
    _print_differences(run(apply_table(get_settings())), json=json)


def _print_differences(differences: Sequence[Difference], *, json: bool) -> None:
    if json:
        print_json(list(differences))
    elif differences:
        print("\n".join(plain(str(one)) for one in differences))
    else:
        print("All topics are as they must be.")
    sys.exit(NOTHING if differences else FOUND)


@app.command("schema")
@command
def schema(
    record: Annotated[Record, typer.Argument(help="The record.")],
) -> None:
    """Print the JSON Schema of what other programs may read.

    Of a fact (topic movietag.captions), a document (movietag.documents), a letter (the header `letter` of
    movietag.dead-letters) or an event (movietag.events); see docs/kafka.md.

    Example: movietag topics schema fact > fact.schema.json
    """
    print_json(json_schema(record))


@app.command("skip")
@command
def skip(
    topic: Annotated[str, typer.Argument(help="The topic, e.g. movietag.titles or titles.")],
    partition: Annotated[int, typer.Argument(help="The partition.")],
    offset: Annotated[int, typer.Argument(help="The offset, from `movietag status`.")],
    *,
    json: JsonOption = False,
) -> None:
    """Skip one batch of messages that cannot be read, so its partition makes progress again.

    Refuses a batch that can be read. Its bytes, as far as Kafka returns them, become a dead letter. The stages need
    no restart. A repeated skip changes nothing.

    Example: movietag topics skip movietag.titles 3 17
    """
    name = topic if topic in topics.BY_NAME else topics.OURS + topic.removeprefix("movietag.")
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
        print("\n".join(_report(done)))


def _report(done: Skipped) -> list[str]:
    skip, meaning = done.skip, done.meaning
    position = f"{skip.topic}, partition {skip.partition}, offsets {skip.first} to {skip.until - 1}"
    if done.before:
        return [f"Already skipped: {position}. Nothing was changed."]
    saved = (
        f"Its {done.size:,} bytes are saved: movietag dead show {done.letter_id}"
        if done.letter_id
        else "Its bytes are not saved: Kafka does not return them."
    )
    hidden = [
        f"Kafka itself cannot find the batch, nor the messages after it before offset {skip.until}:"
        " messages produced there next may be blocked again. See docs/operations.md."
    ]
    return [
        f"Skipped: {position} ({plain(skip.why)}).",
        *(hidden if done.hidden else []),
        saved,
        f"{meaning.lost} {meaning.then}",
        f"The stage {meaning.stage} continues within seconds, or when it starts.",
    ]


@app.command("repartition")
@command
def repartition(
    partitions: Annotated[
        int, typer.Argument(help="The new number: a multiple of the present one.")
    ],
) -> None:
    """Raise the number of partitions of all topics, and so of workers that a stage can have.

    All messages must be done: hold new titles back and wait until `movietag status` shows no lag. No stage may run;
    those of this machine are stopped. Afterwards set MOVIETAG_KAFKA_PARTITIONS everywhere, and start the stages.
    After an interruption, the same command continues; no stage starts until it has ended.

    Example: movietag topics repartition 32
    """
    settings = get_settings()
    if runs_locally(settings):
        stack = Stack(settings)
        run(check_possible(settings, partitions))
        stack.stop(*(name for name in stack.names if name in STAGES))
    moved = run(
        add_partitions(settings, partitions, lambda line: console().print(line, markup=False))
    )
    console().print(
        f"{moved:,} rows of ledgers were moved. Set MOVIETAG_KAFKA_PARTITIONS={partitions} for all stages and"
        " commands, then start the stages.",
        markup=False,
    )


@app.command("repair")
@command
def repair() -> None:
    """Rewrite the pages of the plan's ledger that are partly unreadable.

    A stage reports such pages in its log and in `movietag_ledger_damaged_pages`, and continues with the others. The
    plan stage is stopped meanwhile; if it runs elsewhere, stop it first. `movietag recount` repairs the count's ledger.

    Example: movietag topics repair
    """
    settings = get_settings()
    stack = Stack(settings)
    local = runs_locally(settings)
    if local:
        stack.stop("plan")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "movietag.streams.ledger.repair"],
            env=stack_environment(settings, stack.where.home),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        if local:
            stack.start(only=("plan",))
    console().print(done.stdout.strip(), markup=False, highlight=False)
    if done.returncode:
        raise MovietagError("The ledger could not be repaired; the reason is printed above.")
