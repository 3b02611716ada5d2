"""A data set of one's own pictures: no movie, no genome; the tags of each picture are what its line says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from movietag.errors import UsageError
from movietag.files import new_folder
from movietag.research.evaluation.reading import Progress, ignore_progress
from movietag.research.evaluation.tag_mistakes import counted, some
from movietag.research.training.choosing import DatasetChoices, SplitBy, checked, split_of
from movietag.research.training.dataset import Card, write_card
from movietag.research.training.frame_form import FrameForm
from movietag.research.training.own import TABLE, OwnPicture, OwnPictures
from movietag.research.training.stored import Line, read_dataset, statistics, tags_in
from movietag.research.training.writing import ExampleWriter
from movietag.vocabulary import Vocabulary
from movietag.vocabulary.sentence import sentence

FEWEST_FOLDERS: Final = 3  # with a tag, so that it can be in every split
FEWEST_PICTURES: Final = 10  # with a tag, to learn it from
LARGEST: Final = 64 << 20  # bytes of a picture


def build_own_dataset(
    own: OwnPictures,
    vocabulary: Vocabulary,
    choices: DatasetChoices,
    form: FrameForm,
    out: Path,
    progress: Progress = ignore_progress,
) -> Card:
    """Build a data set in the new folder ``out``; it appears whole or not at all.

    Args:
        own: the pictures with their tags.
        vocabulary: that these tags are of.
        choices: of which ``per`` must be ``shot``.
        form: in which the tagger will be shown frames.
        out: the folder, which must not exist.
        progress: receives the pictures done, and their total.

    Raises:
        UsageError: a choice is invalid, or no picture is left.
    """
    checked(choices)
    by = split_by(own.pictures, choices.split_by)
    groups = _groups(own.pictures, by)
    splits = split_of(len(groups), choices, noun="folders" if by == "folder" else "pictures")
    order = np.random.default_rng((choices.seed, 1))
    unreadable: list[str] = []
    tagless: list[str] = []
    done = 0
    with new_folder(out) as folder:
        writer = ExampleWriter(folder)
        for number, ((group, pictures), split) in enumerate(
            zip(groups.items(), splits, strict=True)
        ):
            for picture in pictures:
                tags = _named(picture.tags, choices, order)
                frame = _frame(picture.path, form) if tags else b""
                if not tags:
                    tagless.append(picture.name)
                elif isinstance(frame, str):
                    unreadable.append(f"{picture.name} ({frame})")
                else:
                    line = Line("", choices.question, sentence(tags), group, picture.name)
                    writer.add(split, number, frame, line)
                done += 1
                progress(done, len(own.pictures))
        notes = [*own.notes, *_left_out(writer.twice, tagless, unreadable), _split_note(by)]
        if not (folder / "train").is_dir():
            raise UsageError(f"No picture to train on is left of {own.name}. {' '.join(notes)}")
        stored = read_dataset(folder)
        taught = Counter(
            tag for one in stored.splits["train"] for tag in tags_in(one.line.completion)
        )
        card = Card(
            source=own.name,
            reference=TABLE,
            choices=choices,
            digest=stored.digest,
            splits=statistics(stored),
            movies={split: tuple(sorted(stored.movies(split))) for split in stored.splits},
            notes=(*notes, *_rare(vocabulary.tags, taught)),
            vocabulary=vocabulary.vocabulary_id,
            frames=form,
        )
        write_card(folder, card)
    return card


def split_by(pictures: Sequence[OwnPicture], wanted: SplitBy) -> SplitBy:
    """Whether pictures or whole folders go into a split.

    ``auto``: folders, where pictures lie in folders and every tag is in ``FEWEST_FOLDERS`` of them (a folder a
    product); else pictures (one folder, or a folder a tag).
    """
    if wanted != "auto":
        return wanted
    folders: defaultdict[str, set[str]] = defaultdict(set)
    for picture in pictures:
        for tag in picture.tags:
            folders[tag].add(picture.folder or picture.name)
    inside = any(picture.folder for picture in pictures)
    spread = min((len(names) for names in folders.values()), default=0) >= FEWEST_FOLDERS
    return "folder" if inside and spread else "picture"


def _groups(pictures: Sequence[OwnPicture], by: SplitBy) -> dict[str, list[OwnPicture]]:
    """The pictures that may not part, by the name of their folder or file."""
    groups: defaultdict[str, list[OwnPicture]] = defaultdict(list)
    for picture in pictures:
        groups[(picture.folder if by == "folder" else "") or picture.name].append(picture)
    return groups


def _named(
    tags: tuple[str, ...], choices: DatasetChoices, order: np.random.Generator
) -> tuple[str, ...]:
    if choices.order == "random":
        tags = tuple(tags[at] for at in order.permutation(len(tags)))
    return tags[: choices.most]


def _frame(path: Path, form: FrameForm) -> bytes | str:
    try:
        return "too-large" if path.stat().st_size > LARGEST else form.apply(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None


def _left_out(twice: int, tagless: Sequence[str], unreadable: Sequence[str]) -> Iterator[str]:
    if twice:
        yield f"{counted(range(twice), 'picture')} left out: the same picture occurred before."
    if tagless:
        yield f"{counted(tagless, 'picture')} left out: no tag in the line: {some(tagless)}."
    if unreadable:
        yield f"{counted(unreadable, 'picture')} left out, not readable: {some(unreadable)}."


def _split_note(by: SplitBy) -> str:
    if by == "folder":
        return (
            "Split by folder: pictures of one folder are in one split (--split-by picture: else)."
        )
    return "Split by picture: pictures of one folder may be in two splits (--split-by folder: not)."


def _rare(tags: Sequence[str], taught: Counter[str]) -> Iterator[str]:
    never = [tag for tag in tags if not taught[tag]]
    rare = [f"{tag} ({taught[tag]})" for tag in tags if 0 < taught[tag] < FEWEST_PICTURES]
    if never:
        yield f"{counted(never, 'tag')} of the vocabulary in no picture to train on: {some(never)}."
    if rare:
        yield f"{counted(rare, 'tag')} in few pictures to train on: {some(rare)}."
