"""``movietag prompts``: what taggers may be asked, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from movietag.captioning.prompt_files import built_in_names, load_prompt
from movietag.cli.output import command, console, plain, print_json
from movietag.records import Context
from movietag.rules.titles import parse_title
from movietag.settings import get_settings
from movietag.vocabulary import load

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class PromptRow(msgspec.Struct, frozen=True):
    """A built-in prompt."""

    name: str
    strategy: str
    text: str


class Rendered(msgspec.Struct, frozen=True):
    """A prompt as it is asked of a frame; ``tokens`` without the picture's, null without a model."""

    name: str
    strategy: str
    tags: tuple[str, ...]
    text: str
    tokens: int | None


@app.command("list")
@command
def list_prompts(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the prompts that come with movietag.

    Example: movietag prompts list
    """
    prompts = [load_prompt(name) for name in built_in_names()]
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
    title: Annotated[str, typer.Option(help="A title, such as `Alien (1979)`.")] = "",
    genre: Annotated[list[str] | None, typer.Option(help="A genre of the movie.")] = None,
    video: Annotated[str, typer.Option(help="The title of the frame's video.")] = "",
    found: Annotated[
        list[str] | None, typer.Option(help="A tag that an earlier pass found in the movie.")
    ] = None,
    vocabulary: Annotated[str, typer.Option(help="Default: MOVIETAG_VOCABULARY.")] = "",
    model: Annotated[
        Path | None, typer.Option(help="Folder of a model, whose tokens are counted.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a prompt asks of a frame, which tags it names, and how many tokens it costs.

    Example: movietag prompts show known --title "Alien (1979)" --genre horror
    """
    asked, tags = load_prompt(prompt), load(vocabulary or get_settings().vocabulary)
    named = parse_title(title.encode()) if title else None
    context = Context(
        title=named.title if named else "",
        year=named.year if named else None,
        genres=tuple(genre or ()),
        video=video,
        found=tuple(found or ()),
    )
    text = asked.render(tags, context)
    rendered = Rendered(
        asked.name,
        asked.strategy,
        asked.tags(tags, context),
        text,
        tokens_of(text, model) if model else None,
    )
    if json:
        print_json(rendered)
        return
    print(plain(rendered.text))
    cost = "" if rendered.tokens is None else f", {rendered.tokens} tokens a frame"
    print(f"\n{len(rendered.text)} characters, {len(rendered.tags)} tags named{cost}")


def tokens_of(text: str, model: Path) -> int:
    """How many tokens the text is for a model, without its chat template and picture."""
    from movietag.captioning.serving_settings import existing_folder  # noqa: PLC0415

    folder = existing_folder("model_path", str(model))
    from transformers import AutoTokenizer  # noqa: PLC0415  # seconds to load

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return len(tokenizer(text, add_special_tokens=False).input_ids)
