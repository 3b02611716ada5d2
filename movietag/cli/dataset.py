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
from movietag.research.training.choosing import (
    PAPER,
    DatasetChoices,
    Order,
    Part,
    Per,
    Split,
    SplitBy,
)
from movietag.research.training.dataset import Card, build_dataset
from movietag.research.training.drawn import DrawnSource
from movietag.research.training.frame_form import FrameForm
from movietag.research.training.kept import KeptSource
from movietag.research.training.own import NEEDED, OwnPictures, has_table
from movietag.research.training.own_dataset import build_own_dataset
from movietag.research.training.sources import FolderSource, FrameSource
from movietag.research.training.stored import SplitStatistics, read_dataset, statistics
from movietag.settings import get_settings
from movietag.vocabulary import load
from movietag.vocabulary.spelling import Speller

app = typer.Typer(
    help="Training data: build it from movies, and check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DEFAULT = DatasetChoices()


@app.command("build")
@command
def build(
    out: Annotated[Path, typer.Argument(help="The data set: a new folder.")],
    *,
    frames: Annotated[
        Path | None,
        typer.Option(
            help="A folder of pictures with a tags.csv; with --genome or --mpst a subfolder per movie."
        ),
    ] = None,
    vocabulary: Annotated[
        str,
        typer.Option(help="Of your tags.csv: a name or file; default: MOVIETAG_VOCABULARY."),
    ] = "",
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
    split_by: Annotated[
        SplitBy, typer.Option(help="Of your pictures: what a split has, whole folders or pictures.")
    ] = DEFAULT.split_by,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    question: Annotated[str, typer.Option(help="The prompt of each frame.")] = DEFAULT.question,
    order: Annotated[
        Order, typer.Option(help="Order of a shot's tags; random: for a model that scores tags.")
    ] = DEFAULT.order,
    json: JsonOption = False,
) -> None:
    """Build a data set from pictures with a tags.csv, or from frames and reference tags of their movies.

    Examples: movietag dataset build data --frames pictures --vocabulary shop.txt --validation 0.2; movietag dataset
    build data --frames stills --genome ml-25m --cut 0.5 --validation 0.1
    """
    if preset not in ("", "paper"):
        raise UsageError(f"Unknown preset {preset!r}; the only one is `paper`.")
    base = PAPER if preset else DEFAULT
    own = frames is not None and not (genome or mpst or preset or ranks or part or per == "movie")
    choices = DatasetChoices(
        per=per or ("shot" if own else base.per),
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
        split_by=split_by,
    )
    if sum((frames is not None, drawn is not None, kept)) != 1:
        raise UsageError("Name the frames: give one of --frames FOLDER, --kept, --drawn FOLDER.")
    with bar() as progress:
        task = progress.add_task("reading", total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        source: FrameSource
        if frames and own:
            card = _own(frames, vocabulary, choices, out, on_progress)
        elif drawn:
            truth = drawn / "truth.json"
            reference, ranking = read_drawn(truth), read_mpst(mpst, on_progress) if mpst else None
            source = DrawnSource(read_truth(truth), drawn / "videos", drawn.name)
            card = build_dataset(
                source, reference, choices, out, ranking=ranking, progress=on_progress
            )
        else:
            reference, ranking = _reference(genome, mpst, on_progress)
            source = (
                KeptSource(FrameStore.needed(get_settings()))
                if kept
                else FolderSource(frames or Path())
            )
            progress.reset(task, description="building", total=None)
            card = build_dataset(
                source, reference, choices, out, ranking=ranking, progress=on_progress
            )
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


def _own(
    frames: Path, vocabulary: str, choices: DatasetChoices, out: Path, progress: Progress
) -> Card:
    """A data set of one's own pictures."""
    if choices.cut is not None or choices.movies is not None:
        raise UsageError(
            "--cut and --movies are for movies with a reference: name it (--genome FOLDER, --mpst FILE), or"
            " leave them out."
        )
    if frames.is_dir() and not has_table(frames):
        raise UsageError(
            f"What do the pictures of {frames} show? {NEEDED} Or name a reference of movies: --genome FOLDER,"
            " --mpst FILE or both."
        )
    settings = get_settings()
    known = load(vocabulary or settings.vocabulary, settings.match)
    own = OwnPictures(frames, Speller(known))
    return build_own_dataset(own, known, choices, FrameForm.of(settings), out, progress)


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
