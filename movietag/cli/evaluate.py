"""``movietag evaluate``: scores assigned tags against a reference."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markdown import Markdown
from rich.progress import Progress

from movietag.cli.bars import bar
from movietag.cli.output import FOUND, command, console, plain, print_json, run
from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.research.evaluation.assigned import read_assigned
from movietag.research.evaluation.drawn import read_drawn
from movietag.research.evaluation.evaluating import evaluate as evaluated
from movietag.research.evaluation.genome import read_genome
from movietag.research.evaluation.indexing import index as indexed
from movietag.research.evaluation.markdown import full_report, narrow_report
from movietag.research.evaluation.mpst import read_mpst
from movietag.research.evaluation.own_reference import read_own_reference
from movietag.research.evaluation.results import Choices
from movietag.research.evaluation.tables import Reference
from movietag.settings import get_settings
from movietag.vocabulary import Vocabulary, load


@command
def evaluate(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Files of `movietag export`; the others are compared with the first."),
    ],
    *,
    genome: Annotated[
        Path | None, typer.Option(help="Folder of the MovieLens Tag Genome: ml-25m, ml-20m, 2021.")
    ] = None,
    mpst: Annotated[Path | None, typer.Option(help="mpst_full_data.csv.")] = None,
    truth: Annotated[Path | None, typer.Option(help="truth.json of a drawn library.")] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Your own: title or movie_id, tags, year, as CSV, TSV or JSON lines."),
    ] = None,
    vocabulary: Annotated[
        str, typer.Option(help="Of your own reference; default: MOVIETAG_VOCABULARY.")
    ] = "",
    relevance: Annotated[
        float, typer.Option(help="Least relevance at which a tag is true of a movie.")
    ] = Choices().relevance,
    min_ratio: Annotated[
        float, typer.Option(help="Least ratio at which a tag is assigned; 0: one image.")
    ] = Choices().min_ratio,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of the movies, for confidence intervals.")
    ] = Choices().resamples,
    seed: Annotated[
        int, typer.Option(help="Seed of the resamples and of the random baseline.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the results to this file (JSON; for `movietag figures`)."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the whole report to this file.")
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="Also write the results to Elasticsearch.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Score assigned tags, and baselines, against your own reference, the Tag Genome, MPST or the drawn truth.

    Give one of --reference, --genome, --mpst, --truth. Nothing is downloaded: docs/evaluation.md says where
    to get the data, and what its licences allow.

    Example: movietag evaluate tags.csv --reference truth.csv --vocabulary shop.txt
    Example: movietag evaluate before.csv after.csv --genome ml-25m --out evaluation.json
    """
    choices = Choices(relevance, min_ratio, resamples, seed)
    with bar() as progress:
        words = _vocabulary(vocabulary, reference)
        true = _reference(genome, mpst, truth, (reference, words), progress)
        assigned = [read_assigned(path, vocabulary=words) for path in runs]
        task = progress.add_task("measuring", total=None)
        result = evaluated(
            true,
            assigned,
            choices,
            lambda name: progress.update(task, description=plain(name)),
        )
    if out:
        write_whole(out, msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    if markdown:
        write_whole(markdown, full_report(result).encode())
    if json:
        print_json(result)
    else:
        console().print(Markdown(narrow_report(result)))
    if index:
        count = run(indexed(get_settings(), result, int(time.time() * 1000)))
        print(f"{count} documents are in the index `evaluations`.", file=sys.stderr)
    sys.exit(FOUND)


def _vocabulary(name: str, reference: Path | None) -> Vocabulary | None:
    """The vocabulary of one's own reference; None with the others, which score the tags of MPST."""
    if reference is None:
        if name:
            raise UsageError(
                "--vocabulary is for a reference of your own (--reference FILE); the others score the tags of MPST."
            )
        return None
    settings = get_settings()
    return load(name or settings.vocabulary, settings.match)


def _reference(
    genome: Path | None,
    mpst: Path | None,
    truth: Path | None,
    own: tuple[Path | None, Vocabulary | None],
    progress: Progress,
) -> Reference:
    table, vocabulary = own
    if sum(given is not None for given in (genome, mpst, truth, table)) != 1:
        raise UsageError(
            "Name a reference: give one of --reference FILE, --genome FOLDER, --mpst FILE, --truth FILE."
        )
    if table and vocabulary:
        return read_own_reference(table, vocabulary)
    if truth:
        return read_drawn(truth)
    task = progress.add_task("reading the reference", total=None)

    def on_progress(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    if genome:
        return read_genome(genome, on_progress)
    if mpst:
        return read_mpst(mpst, on_progress)
    raise AssertionError("one of the four is given")
