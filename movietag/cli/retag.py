"""``movietag retag``: counts all captions with another vocabulary."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
import typer

from movietag.cli.counting import counting_bar, exclusive_recount, stages_run_locally
from movietag.cli.output import JsonOption, command, console, print_json, run
from movietag.errors import UsageError
from movietag.local.second_count import SecondCount
from movietag.local.stack import Stack
from movietag.recount.current import make_current, read_current
from movietag.recount.retagging import (
    delete_others,
    prepare_retag,
    refuse_running,
    searched_vocabulary_id,
    wait_until_adopted,
    wait_until_counted,
)
from movietag.search.client import connected
from movietag.settings import Settings, get_settings, load_settings
from movietag.settings.home_vocabulary import Tagging, save_current, save_vocabulary
from movietag.vocabulary import MatchRule, Vocabulary, built_in_vocabularies, load

State = Literal["unchanged", "stands"]  # in --json: a public name
RULES: dict[str, MatchRule] = {rule: rule for rule in get_args(MatchRule)}


class Retagged(msgspec.Struct, frozen=True):
    """The result of a retag."""

    vocabulary: str
    before: str | None  # the former vocabulary; null if is_current was none
    state: State
    seconds: float


@command
def retag(
    vocabulary: Annotated[
        str, typer.Option(help="The new tags: a file, or a built-in vocabulary.")
    ],
    match: Annotated[
        str | None,
        typer.Option(help=f"How tags are matched: {', '.join(RULES)}; default: unchanged."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count all captions with another vocabulary; nothing is fetched or captioned again.

    Searches use the old tags until the new ones are counted. Titles that arrive meanwhile get both. After an
    interruption, the same command resumes. The old counts are deleted at the end; switching back counts again. With
    the current vocabulary, the command deletes what other retags have left behind.

    Example: movietag retag --vocabulary mine.toml
    """
    settings = get_settings()
    rule = _rule(match, settings)
    wanted, tagging = load(vocabulary, rule), Tagging.of(vocabulary, rule)
    up = stages_run_locally(settings, "docs/vocabularies.md")
    since = time.monotonic()
    with exclusive_recount(settings):
        before, current = run(_current_ids(settings))
        is_current = before == wanted.vocabulary_id and current in (None, before)
        work = (
            partial(_retag_here, settings, tagging) if up else partial(_retag_elsewhere, settings)
        )
        state = work(wanted, before, is_current)
    done = Retagged(wanted.vocabulary_id, before, state, round(time.monotonic() - since, 1))
    if as_json:
        print_json(done)
    else:
        _print_result(done, wanted)


async def _current_ids(settings: Settings) -> tuple[str | None, str | None]:
    """The ids of the vocabulary that is searched and of the current one in Kafka."""
    row = (await read_current(settings)).row
    async with connected(settings) as es:
        return await searched_vocabulary_id(es), row.vocabulary_id if row else None


def _rule(name: str | None, settings: Settings) -> MatchRule:
    if name is None:
        row = run(read_current(settings)).row if "match" not in settings.model_fields_set else None
        return row.match if row else settings.match
    if name not in RULES:
        raise UsageError(f"--match {name!r} is invalid: it must be {' or '.join(RULES)}.")
    return RULES[name]


def _retag_here(
    settings: Settings, tagging: Tagging, wanted: Vocabulary, before: str | None, is_current: bool
) -> State:
    """Retag with the embedded stack; every step may be repeated."""
    if Stack(settings).retagged and is_current:
        _clean_up(settings, wanted)
        return "unchanged"
    epoch = run(prepare_retag(settings, wanted))
    if tagging.vocabulary not in built_in_vocabularies():
        copy = save_vocabulary(settings.home, Path(tagging.vocabulary), wanted.vocabulary_id)
        tagging = Tagging(str(copy), tagging.match)
    second = SecondCount(settings, tagging, epoch)
    with counting_bar() as on_progress:
        second.backfill(partial(on_progress, "count"))
        with second:

            def say(what: str, done: int, total: int) -> None:
                second.keep_up()
                on_progress(what, done, total)

            run(wait_until_counted(settings, wanted, epoch, say))
    run(make_current(settings, wanted, before, _id(settings)))
    save_current(settings.home, tagging, before=Tagging.of(settings.vocabulary, settings.match))
    Stack(load_settings()).retag("count", "index")
    _clean_up(settings, wanted)
    return "stands"


def _clean_up(settings: Settings, wanted: Vocabulary) -> None:
    """Delete what other vocabularies' counts have left, once those counts have stopped."""
    with counting_bar() as say:
        run(wait_until_adopted(settings, wanted, say))
        run(delete_others(settings, wanted, say))


def _id(settings: Settings) -> str:
    return load(settings.vocabulary, settings.match).vocabulary_id


def _retag_elsewhere(
    settings: Settings, wanted: Vocabulary, before: str | None, is_current: bool
) -> State:
    """Retag with stages that run elsewhere: everything but starting and stopping the second count."""
    if is_current:
        run(refuse_running(settings, wanted))
        _clean_up(settings, wanted)
        return "unchanged"
    epoch = run(prepare_retag(settings, wanted))
    typer.echo(
        "The indices are created. Start a second count stage now, next to the first: MOVIETAG_SECOND_COUNT=yes,"
        f" with MOVIETAG_VOCABULARY and MOVIETAG_MATCH of {wanted.vocabulary_id}. Waiting for it.",
        err=True,
    )
    with counting_bar() as say:
        run(wait_until_counted(settings, wanted, epoch, say))
        run(make_current(settings, wanted, before, _id(settings)))
    _clean_up(settings, wanted)
    return "stands"


def _print_result(done: Retagged, wanted: Vocabulary) -> None:
    tags = f"{done.vocabulary} ({len(wanted.tags):,} tags)"
    match done.state:
        case "unchanged":
            text = f"Nothing to do: {tags} is the current vocabulary."
        case "stands":
            text = f"{tags} is current, after {done.seconds:.0f} s."
            if done.before and done.before != done.vocabulary:
                text += f" The counts of {done.before} are deleted."
    console().print(text)
