"""``movietag retag``: count the kept captions with another vocabulary."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from movietag.cli.counting import alone, counting_bar, runs_here
from movietag.cli.output import command, console, print_json, run
from movietag.errors import UsageError
from movietag.local.second_count import SecondCount
from movietag.local.stack import Stack
from movietag.recount.current import make_current, read_current
from movietag.recount.retagging import (
    delete_others,
    prepare,
    refuse_running,
    searched_vocabulary_id,
    wait_until_adopted,
    wait_until_counted,
)
from movietag.search.client import connected
from movietag.settings import Settings, get_settings, load_settings
from movietag.settings.home_vocabulary import Rule, Tagging, save_current, save_vocabulary
from movietag.vocabulary import Vocabulary, built_in_names, load

State = Literal["unchanged", "stands"]
RULES: dict[str, Rule] = {"words": "words", "substring": "substring"}


class Retagged(msgspec.Struct, frozen=True):
    """What a retag did."""

    vocabulary: str
    before: str | None  # the vocabulary that stood; null when none did
    state: State
    seconds: float


@command
def retag(
    vocabulary: Annotated[
        str, typer.Option(help="The tags to count from now on: a file, or a built-in vocabulary.")
    ],
    match: Annotated[
        str | None, typer.Option(help="How tags are found: words or substring; default: as now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for scripts.")] = False,
) -> None:
    """Count all kept captions with another vocabulary; nothing is fetched or captioned again.

    Searches find the old tags until the new ones are counted, and then these. Titles that arrive meanwhile
    get both. Cut short, the command is repeated and goes on. The old counts are deleted at the end; going
    back counts again. With the vocabulary that stands already: what other retags have left is deleted.

    Example: movietag retag --vocabulary mine.toml
    """
    chosen = get_settings()
    rule = _rule(match, chosen)
    wanted, tagging = load(vocabulary, rule), Tagging.of(vocabulary, rule)
    up = runs_here(chosen, "docs/vocabularies.md")
    since = time.monotonic()
    with alone(chosen):
        before, stands = run(_standing(chosen))
        there = before == wanted.vocabulary_id and stands in (None, before)
        work = partial(_here, chosen, tagging) if up else partial(_there, chosen)
        state = work(wanted, before, there)
    done = Retagged(wanted.vocabulary_id, before, state, round(time.monotonic() - since, 1))
    if as_json:
        print_json(done)
    else:
        _tell(done, wanted)


async def _standing(chosen: Settings) -> tuple[str | None, str | None]:
    """Ids of the vocabulary that is searched and of the one that stands in Kafka."""
    row = (await read_current(chosen)).row
    async with connected(chosen) as es:
        return await searched_vocabulary_id(es), row.vocabulary_id if row else None


def _rule(given: str | None, chosen: Settings) -> Rule:
    if given is None:
        return chosen.match
    if given not in RULES:
        raise UsageError(f"--match {given!r} is none: {' or '.join(RULES)}.")
    return RULES[given]


def _here(
    chosen: Settings, tagging: Tagging, wanted: Vocabulary, before: str | None, there: bool
) -> State:
    """With the embedded stack, from the first to the last step; each may be repeated."""
    if Stack(chosen).retagged and there:
        _clean_up(chosen, wanted)
        return "unchanged"
    epoch = run(prepare(chosen, wanted))
    if tagging.vocabulary not in built_in_names():
        copy = save_vocabulary(chosen.home, Path(tagging.vocabulary), wanted.vocabulary_id)
        tagging = Tagging(str(copy), tagging.match)
    second = SecondCount(chosen, tagging, epoch)
    with counting_bar() as show:
        second.head_start(partial(show, "count"))
        with second:

            def say(what: str, done: int, total: int) -> None:
                second.keep_up()
                show(what, done, total)

            run(wait_until_counted(chosen, wanted, epoch, say))
    run(make_current(chosen, wanted, before, _id(chosen)))
    save_current(chosen.home, tagging, before=Tagging.of(chosen.vocabulary, chosen.match))
    Stack(load_settings()).retag("count", "index")
    _clean_up(chosen, wanted)
    return "stands"


def _clean_up(chosen: Settings, wanted: Vocabulary) -> None:
    """Delete what other vocabularies' counts have left, once they have ended."""
    with counting_bar() as say:
        run(wait_until_adopted(chosen, wanted, say))
        run(delete_others(chosen, wanted, say))


def _id(chosen: Settings) -> str:
    return load(chosen.vocabulary, chosen.match).vocabulary_id


def _there(chosen: Settings, wanted: Vocabulary, before: str | None, there: bool) -> State:
    """With stages that run elsewhere: all but starting and stopping the second count."""
    if there:
        run(refuse_running(chosen, wanted))
        _clean_up(chosen, wanted)
        return "unchanged"
    epoch = run(prepare(chosen, wanted))
    typer.echo(
        "The indices are made. Start a second count stage now, beside the first: MOVIETAG_SECOND_COUNT=yes,"
        f" and in MOVIETAG_VOCABULARY and MOVIETAG_MATCH what is {wanted.vocabulary_id}. Its work is waited for.",
        err=True,
    )
    with counting_bar() as say:
        run(wait_until_counted(chosen, wanted, epoch, say))
        run(make_current(chosen, wanted, before, _id(chosen)))
    _clean_up(chosen, wanted)
    return "stands"


def _tell(done: Retagged, wanted: Vocabulary) -> None:
    tags = f"{done.vocabulary} ({len(wanted.tags):,} tags)"
    match done.state:
        case "unchanged":
            text = f"Nothing to do: {tags} is what is counted now."
        case "stands":
            text = f"{tags} stands, after {done.seconds:.0f} s."
            if done.before and done.before != done.vocabulary:
                text += f" The counts of {done.before} are deleted."
    console().print(text)
