"""``movietag vocabulary``: lists, shows and checks vocabularies."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from movietag.cli.output import JsonOption, command, console, plain, print_json
from movietag.settings import get_settings
from movietag.vocabulary import Vocabulary, built_in_vocabularies, load

app = typer.Typer(
    help="Vocabularies: list, show, check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Summary(msgspec.Struct, frozen=True):
    """The summary of a vocabulary; ``groups``: name -> number of tags."""

    name: str
    vocabulary_id: str
    rule: str
    tags: int
    aliases: int
    groups: dict[str, int]


class VocabularyTag(msgspec.Struct, frozen=True):
    """A tag with its aliases and its group."""

    tag: str
    aliases: tuple[str, ...]
    group: str


class Whole(msgspec.Struct, frozen=True):
    """A vocabulary with all its tags, in order."""

    summary: Summary
    tags: tuple[VocabularyTag, ...]


@app.command("list")
@command
def list_vocabularies(json: JsonOption = False) -> None:
    """List the built-in vocabularies.

    Example: movietag vocabulary list
    """
    summaries = [summary_of(load(name)) for name in built_in_vocabularies()]
    if json:
        print_json(summaries)
        return
    table = Table("vocabulary", "id", "tags", "aliases", "groups", box=None)
    for one in summaries:
        table.add_row(
            one.name, one.vocabulary_id, f"{one.tags}", f"{one.aliases}", groups_text(one)
        )
    console().print(table)


@app.command("show")
@command
def show_vocabulary(
    name: Annotated[
        str, typer.Argument(help="A built-in vocabulary, or a file. Default: MOVIETAG_VOCABULARY.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Show the tags of a vocabulary, in order, with aliases and groups.

    Example: movietag vocabulary show mpst-aliases
    """
    whole = whole_of(load(name or get_settings().vocabulary, get_settings().match))
    if json:
        print_json(whole)
        return
    table = Table("", "tag", "group", "aliases", box=None)
    for number, one in enumerate(whole.tags, 1):
        table.add_row(f"{number}", plain(one.tag), plain(one.group), plain(", ".join(one.aliases)))
    console().print(table, markup=False)


@app.command("check")
@command
def check_vocabulary(
    file: Annotated[str, typer.Argument(help="A file: plain lines, or TOML.")],
    caption: Annotated[list[str] | None, typer.Option(help="A caption to match.")] = None,
    json: JsonOption = False,
) -> None:
    """Check a vocabulary file, and match captions with it.

    Example: movietag vocabulary check mine.toml --caption "a scary house at night"
    """
    vocabulary = load(file, get_settings().match)
    matched = {
        text: tuple(tag for tag in vocabulary.tags if tag in vocabulary.match(text))
        for text in caption or ()
    }
    summary = summary_of(vocabulary)
    if json:
        print_json({"summary": summary, "captions": matched})
        return
    print(
        f"{plain(summary.name)} is valid: {summary.tags} tags, {summary.aliases} aliases"
        f" ({plain(groups_text(summary))}), id {summary.vocabulary_id}"
    )
    for text, tags in matched.items():
        print(f"{plain(text)}: {plain(', '.join(tags)) or 'no tag'}")


def summary_of(vocabulary: Vocabulary) -> Summary:
    """The summary of a vocabulary."""
    return Summary(
        name=vocabulary.name,
        vocabulary_id=vocabulary.vocabulary_id,
        rule=vocabulary.rule,
        tags=len(vocabulary.tags),
        aliases=sum(map(len, vocabulary.aliases.values())),
        groups={name: len(tags) for name, tags in vocabulary.groups.items()},
    )


def whole_of(vocabulary: Vocabulary) -> Whole:
    """A vocabulary with all its tags."""
    stage_group = {tag: name for name, tags in vocabulary.groups.items() for tag in tags}
    tags = tuple(
        VocabularyTag(tag, forms, stage_group[tag]) for tag, forms in vocabulary.aliases.items()
    )
    return Whole(summary_of(vocabulary), tags)


def groups_text(summary: Summary) -> str:
    """The groups as text."""
    return ", ".join(f"{count} {name}" for name, count in summary.groups.items())
