"""``movietag embed``: vectors for frames that have none."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, NOTHING, command, print_json, run
from movietag.embedding.embedder import embedder_of, needed
from movietag.search.index.embedding_frames import Embedded, OnProgress, embed_frames
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


@command
def embed(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Give a vector to each frame without, so that `about:` finds it by the meaning of its caption.

    For frames that were written before MOVIETAG_EMBEDDER was set, with another model, or by a retag. Searches
    and the stages go on meanwhile. Cut short, the command is repeated and goes on where it stood.

    Example: MOVIETAG_EMBEDDER=minilm movietag embed
    """
    with bar() as shown:
        task = shown.add_task("embedding captions", total=None)
        done = run(
            _embed(get_settings(), lambda at, total: shown.update(task, completed=at, total=total))
        )
    if json:
        print_json(done)
    else:
        print(f"{done.embedded:,} frames got a vector ({done.field}); {_left(done)}")
    sys.exit(NOTHING if done.refused else FOUND)


def _left(done: Embedded) -> str:
    if done.refused:
        return f"Elasticsearch refused {done.refused:,}."
    if done.without:
        return f"{done.without:,} of {done.frames:,} have none: they came meanwhile, or have no caption."
    return f"all {done.frames:,} have one."


async def _embed(settings: Settings, say: OnProgress) -> Embedded:
    embedder = needed(embedder_of(settings.embedder))
    async with reader(settings) as library:
        return await embed_frames(library.indices, embedder, say)
