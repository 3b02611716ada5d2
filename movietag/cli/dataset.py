"""``movietag dataset``: frames with sentences, to train a tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from movietag.cli.bars import bar
from movietag.cli.output import JsonOption, command, console, plain, print_json
from movietag.drawn.truth import read_truth
from movietag.errors import UsageError
from movietag.frames.store import FrameStore
from movietag.research.evaluation.drawn import read_drawn
from movietag.research.evaluation.genome import read_genome
from movietag.research.evaluation.mpst import read_mpst
from movietag.research.evaluation.reading import Progress
from movietag.research.evaluation.tables import Reference
from movietag.research.training.choosing import PAPER, DatasetChoices, Order, Part, Per, Split
from movietag.research.training.dataset import build_dataset
from movietag.research.training.drawn import DrawnSource
from movietag.research.training.kept import KeptSource
from movietag.research.training.sources import FolderSource, FrameSource
from movietag.research.training.stored import SplitStatistics, read_dataset, statistics
from movietag.settings import get_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

DEFAULT = DatasetChoices()


@app.command("build")
@command
def build(
    out: Annotated[Path, typer.Argument(help="The data set: a new folder.")],
    *,
    frames: Annotated[
        Path | None,
        typer.Option(help="A folder with a subfolder per movie, named like `Heat (1995)`."),
    ] = None,
    kept: Annotated[
        bool, typer.Option("--kept", help="The frames in the frame store (MOVIETAG_FRAME_STORE).")
    ] = False,
    drawn: Annotated[
        Path | None, typer.Option(help="Folder of a drawn library: truth.json and videos.")
    ] = None,
    genome: Annotated[
        Path | None, typer.Option(help="Folder of the MovieLens Tag Genome: ml-25m, ml-20m, 2021.")
    ] = None,
    mpst: Annotated[
        Path | None,
        typer.Option(help="mpst_full_data.csv, for its ranks and, without --genome, its tags."),
    ] = None,
    preset: Annotated[
        str, typer.Option(help="`paper`: 20 movies from MPST ranks 101-200, each with all 49 tags.")
    ] = "",
    per: Annotated[
        Per | None,
        typer.Option(help="One sentence per movie, or one per shot."),
    ] = None,
    cut: Annotated[
        float | None,
        typer.Option(help="Least relevance of a tag in a sentence; default: every tag."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(help="Maximum number of tags in a sentence; default: all.")
    ] = None,
    part: Annotated[
        Part | None,
        typer.Option(help="The 49 exact tags of the genome, the 51 strict ones, or all 71."),
    ] = None,
    movies: Annotated[int | None, typer.Option(help="Maximum number of movies.")] = None,
    ranks: Annotated[str, typer.Option(help="Ranks in MPST, e.g. 101-200.")] = "",
    validation: Annotated[float, typer.Option(help="Share of the movies for validation.")] = 0.0,
    test: Annotated[float, typer.Option(help="Share of the movies for testing.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    question: Annotated[str, typer.Option(help="The prompt of each frame.")] = DEFAULT.question,
    order: Annotated[
        Order, typer.Option(help="Order of a shot's tags; random: for a model that scores tags.")
    ] = DEFAULT.order,
    json: JsonOption = False,
) -> None:
    """Build a data set from frames and reference tags of their movies.

    Example: movietag dataset build data --frames stills --genome ml-25m --cut 0.5 --validation 0.1
    """
    if preset not in ("", "paper"):
        raise UsageError(f"Unknown preset {preset!r}; the only one is `paper`.")
    base = PAPER if preset else DEFAULT
    choices = DatasetChoices(
        per=per or base.per,
        cut=cut,
        most=most,
        part=part or base.part,
        movies=movies or base.movies,
        ranks=_ranks(ranks) if ranks else base.ranks,
        validation=validation,
        test=test,
        seed=seed,
        question=question,
        order=order,
    )
    if sum((frames is not None, drawn is not None, kept)) != 1:
        raise UsageError("Name the frames: give one of --frames FOLDER, --kept, --drawn FOLDER.")
    with bar() as progress:
        task = progress.add_task("reading", total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        source: FrameSource
        if drawn:
            truth = drawn / "truth.json"
            reference, ranking = read_drawn(truth), read_mpst(mpst, on_progress) if mpst else None
            source = DrawnSource(read_truth(truth), drawn / "videos", drawn.name)
        else:
            reference, ranking = _reference(genome, mpst, on_progress)
            source = (
                KeptSource(FrameStore.needed(get_settings()))
                if kept
                else FolderSource(frames or Path())
            )
        progress.reset(task, description="building", total=None)
        card = build_dataset(source, reference, choices, out, ranking=ranking, progress=on_progress)
    if json:
        print_json(card)
        return
    _show(card.splits)
    for note in card.notes:
        print(plain(note))
    print(f"The data set is in {out}. Next: movietag finetune {out} --out RUN")


@app.command("check")
@command
def check(
    folder: Annotated[Path, typer.Argument(help="A data set.")], json: JsonOption = False
) -> None:
    """Check a data set, including every picture, and print its statistics.

    Example: movietag dataset check data
    """
    with bar() as progress:
        task = progress.add_task("checking", total=None)
        stored = read_dataset(
            folder, lambda done, total: progress.update(task, completed=done, total=total)
        )
    counted = statistics(stored)
    if json:
        print_json({"digest": stored.digest, "splits": counted})
        return
    _show(counted)


def _reference(
    genome: Path | None, mpst: Path | None, progress: Progress
) -> tuple[Reference, Reference | None]:
    """The reference, and MPST for ranking if it is given."""
    ranking = read_mpst(mpst, progress) if mpst else None
    if genome:
        return read_genome(genome, progress), ranking
    if ranking:
        return ranking, ranking
    raise UsageError("Name a reference: give --genome FOLDER, --mpst FILE or both.")


def _ranks(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal()):
        raise UsageError(f"--ranks is {text!r}; write it like 101-200.")
    return int(first), int(last)


def _show(splits: dict[Split, SplitStatistics]) -> None:
    table = Table(
        "split", "movies", "frames", "frames a movie", "sentences", "tags a frame", box=None
    )
    for split, one in splits.items():
        fewest, most = one.frames_per_movie
        each = f"{fewest}" if fewest == most else f"{fewest}-{most}"
        table.add_row(
            split,
            f"{one.movies}",
            f"{one.frames}",
            each,
            f"{one.sentences}",
            f"{one.tags_per_frame:.1f}",
        )
    console().print(table)
