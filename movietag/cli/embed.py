"""``movietag embed``: adds vectors to frames that have none."""

from __future__ import annotations

import sys

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, NOTHING, JsonOption, command, print_json, run
from movietag.embedding.embedder import embedder_of, needed
from movietag.search.index.embedding_frames import Embedded, OnProgress, embed_frames
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings


@command
def embed(json: JsonOption = False) -> None:
    """Add a vector to each frame without one, so `about:` finds it by the meaning of its caption.

    For frames written before MOVIETAG_EMBEDDER was set, with another model, or by a retag. Searches and stages
    continue meanwhile. After an interruption, the same command resumes.

    Example: MOVIETAG_EMBEDDER=minilm movietag embed
    """
    with bar() as progress:
        task = progress.add_task("embedding captions", total=None)
        done = run(
            _embed(
                get_settings(), lambda at, total: progress.update(task, completed=at, total=total)
            )
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
        return f"{done.without:,} of {done.frames:,} have none: they are newer, or have no caption."
    return f"all {done.frames:,} have one."


async def _embed(settings: Settings, on_progress: OnProgress) -> Embedded:
    embedder = needed(embedder_of(settings.embedder))
    async with reader(settings) as library:
        return await embed_frames(library.indices, embedder, on_progress)
