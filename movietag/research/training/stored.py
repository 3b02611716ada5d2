"""A data set on disk: an imagefolder with a folder per split, read and validated line by line.

``<split>/metadata.jsonl`` has a line per frame: file_name, prompt, completion, movie, origin. This is the format of
``datasets.load_dataset("imagefolder", data_dir=…)``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from movietag.captioning.pictures import decode_picture
from movietag.errors import PermanentError, UsageError
from movietag.research.evaluation.reading import Progress, ignore_progress
from movietag.research.training.choosing import SPLITS, Split

METADATA: Final = "metadata.jsonl"
AGAIN: Final = "Build it again: `movietag dataset build`."


class Line(msgspec.Struct, frozen=True):
    """A frame: its file (relative to the split's folder), the prompt, the sentence, the movie, the source."""

    file_name: str
    prompt: str
    completion: str
    movie: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A frame of a split, to train on."""

    path: Path
    line: Line


@dataclass(frozen=True)
class Stored:
    """A validated data set; ``digest`` is SHA-256 of its lines and pictures, independent of its path."""

    folder: Path
    splits: Mapping[Split, tuple[Example, ...]]
    digest: str

    @property
    def questions(self) -> tuple[str, ...]:
        """The prompts, the most frequent first."""
        every = Counter(one.line.prompt for part in self.splits.values() for one in part)
        return tuple(prompt for prompt, _ in every.most_common())

    def movies(self, split: Split) -> frozenset[str]:
        """The movies of a split."""
        return frozenset(example.line.movie for example in self.splits[split])


def read_dataset(folder: Path, progress: Progress = ignore_progress) -> Stored:
    """Read a data set and validate all of it, including every picture.

    Args:
        folder: the data set.
        progress: receives the frames read, and their total.

    Raises:
        UsageError: a line is invalid, a picture is missing, duplicated, or cannot be read, or a movie or a
            picture is in two splits; the text names the file and the line.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no data set {folder}. Build one: `movietag dataset build`.")
    there = {split: folder / split for split in SPLITS if (folder / split).is_dir()}
    if "train" not in there:
        raise UsageError(f"{folder} has no folder train with a {METADATA}. {AGAIN}")
    splits = {split: tuple(_examples(path)) for split, path in there.items()}
    if not splits["train"]:
        raise UsageError(f"{folder / 'train' / METADATA} has no line: nothing to train on. {AGAIN}")
    _refuse_shared_movies(folder, splits)
    return Stored(folder, splits, _digest(splits, progress))


def _examples(folder: Path) -> Iterator[Example]:
    path = folder / METADATA
    named: dict[str, int] = {}
    for number, line in _lines(path):

        def fail(what: str, number: int = number) -> NoReturn:
            raise UsageError(f"{path}, line {number}: {what}. {AGAIN}")

        if line.file_name in named:
            fail(f"{line.file_name!r} is also in line {named[line.file_name]}")
        named[line.file_name] = number
        picture = folder / line.file_name
        if not picture.resolve().is_relative_to(folder.resolve()):
            fail(f"{line.file_name!r} is outside the data set")
        if not picture.is_file():
            fail(f"there is no picture {line.file_name!r}")
        for name in ("prompt", "completion", "movie"):
            if not getattr(line, name).strip():
                fail(f"{name} is blank")
        yield Example(picture, line)


def _lines(path: Path) -> Iterator[tuple[int, Line]]:
    try:
        with path.open("rb") as lines:
            for number, text in enumerate(lines, 1):
                try:
                    yield number, msgspec.json.decode(text, type=Line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise UsageError(
                        f"{path}, line {number}: {error}. Was it cut off? {AGAIN}"
                    ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}. {AGAIN}") from None


def _refuse_shared_movies(folder: Path, splits: Mapping[Split, tuple[Example, ...]]) -> None:
    seen: dict[str, Split] = {}
    for split, examples in splits.items():
        for example in examples:
            other = seen.setdefault(example.line.movie, split)
            if other != split:
                raise UsageError(
                    f"{folder}: the movie {example.line.movie!r} is in {other} and in {split}. Scores"
                    f" on it would be memorized. {AGAIN}"
                )


def _digest(splits: Mapping[Split, tuple[Example, ...]], progress: Progress) -> str:
    total = hashlib.sha256()
    seen: dict[str, tuple[Split, Path]] = {}
    count = sum(map(len, splits.values()))
    done = 0
    for split, examples in splits.items():
        for example in examples:
            data = example.path.read_bytes()
            try:
                decode_picture(data)
            except PermanentError as error:
                raise UsageError(f"{example.path}: {error} {AGAIN}") from None
            picture = hashlib.sha256(data).hexdigest()
            before, path = seen.setdefault(picture, (split, example.path))
            if before != split:
                raise UsageError(
                    f"{example.path} is the same picture as {path}, of another split. {AGAIN}"
                )
            total.update(f"{split}\0{picture}\0".encode() + msgspec.json.encode(example.line))
            done += 1
            progress(done, count)
    return total.hexdigest()


class SplitStatistics(msgspec.Struct, frozen=True):
    """Statistics of a split; ``tags`` is tag -> number of frames whose sentence names it."""

    movies: int
    frames: int
    frames_per_movie: tuple[int, int]  # fewest, most
    sentences: int  # distinct ones
    tags_per_frame: float
    tags: dict[str, int]


def statistics(stored: Stored) -> dict[Split, SplitStatistics]:
    """The number of movies, frames, sentences and tags of each split."""
    return {split: _count(examples) for split, examples in stored.splits.items() if examples}


def _count(examples: tuple[Example, ...]) -> SplitStatistics:
    movies = Counter(example.line.movie for example in examples)
    tags: Counter[str] = Counter()
    for example in examples:
        tags.update(tags_in(example.line.completion))
    return SplitStatistics(
        movies=len(movies),
        frames=len(examples),
        frames_per_movie=(min(movies.values()), max(movies.values())),
        sentences=len({example.line.completion for example in examples}),
        tags_per_frame=sum(tags.values()) / len(examples),
        tags=dict(tags.most_common()),
    )


def tags_in(completion: str) -> list[str]:
    """The tags that a sentence names: the texts in single quotes."""
    return completion.split("'")[1::2]
