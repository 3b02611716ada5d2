"""``movietag prompts``: lists prompts, and shows what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from movietag.captioning.prompt_files import built_in_prompts, load_prompt
from movietag.cli.output import JsonOption, command, console, plain, print_json
from movietag.records import Context
from movietag.rules.titles import parse_title
from movietag.settings import get_settings
from movietag.vocabulary import load

app = typer.Typer(
    help="Prompts: list, show, and what each costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class PromptRow(msgspec.Struct, frozen=True):
    """A built-in prompt."""

    name: str
    strategy: str
    text: str


class Rendered(msgspec.Struct, frozen=True):
    """A rendered prompt; ``tokens`` without those of the picture, null without a model."""

    name: str
    strategy: str
    tags: tuple[str, ...]
    text: str
    tokens: int | None


@app.command("list")
@command
def list_prompts(json: JsonOption = False) -> None:
    """List the built-in prompts.

    Example: movietag prompts list
    """
    prompts = [load_prompt(name) for name in built_in_prompts()]
    listed = [PromptRow(one.name, one.strategy, one.text) for one in prompts]
    if json:
        print_json(listed)
        return
    table = Table("prompt", "strategy", "text", box=None)
    for one in listed:
        table.add_row(one.name, one.strategy, plain(one.text), style="")
    console().print(table, markup=False)


@app.command("show")
@command
def show_prompt(
    prompt: Annotated[str, typer.Argument(help="A built-in prompt, a text, or a TOML file.")],
    title: Annotated[str, typer.Option(help="A title, e.g. `Alien (1979)`.")] = "",
    genre: Annotated[list[str] | None, typer.Option(help="A genre of the movie.")] = None,
    video: Annotated[str, typer.Option(help="The title of the frame's video.")] = "",
    found: Annotated[
        list[str] | None, typer.Option(help="A tag from an earlier pass over the movie.")
    ] = None,
    vocabulary: Annotated[str, typer.Option(help="Default: MOVIETAG_VOCABULARY.")] = "",
    model: Annotated[
        Path | None, typer.Option(help="Folder of a model, to count its tokens.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show a rendered prompt, the tags that it names, and its cost in tokens.

    Example: movietag prompts show known --title "Alien (1979)" --genre horror
    """
    template, tags = load_prompt(prompt), load(vocabulary or get_settings().vocabulary)
    named = parse_title(title.encode()) if title else None
    context = Context(
        title=named.title if named else "",
        year=named.year if named else None,
        genres=tuple(genre or ()),
        video=video,
        found=tuple(found or ()),
    )
    text = template.render(tags, context)
    rendered = Rendered(
        template.name,
        template.strategy,
        template.tags(tags, context),
        text,
        tokens_of(text, model) if model else None,
    )
    if json:
        print_json(rendered)
        return
    print(plain(rendered.text))
    cost = "" if rendered.tokens is None else f", {rendered.tokens} tokens per frame"
    print(f"\n{len(rendered.text)} characters, {len(rendered.tags)} tags named{cost}")


def tokens_of(text: str, model: Path) -> int:
    """The number of tokens of a text for a model, without chat template and picture."""
    from movietag.captioning.serving_settings import existing_folder  # noqa: PLC0415

    folder = existing_folder("model_path", str(model))
    from transformers import AutoTokenizer  # noqa: PLC0415  # seconds to load

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return len(tokenizer(text, add_special_tokens=False).input_ids)  # pyrefly: ignore[not-callable]
