"""What this home knows of the vocabulary that stands: a copy of what Kafka says (``movietag.recount.current``).

For commands that ask no server. A retag writes into the file ``vocabulary.json`` of the home which vocabulary and
match rule stand now, and which stood before. Settings that still say one of those before mean what stands now;
settings that say anything else mean what they say. What counts asks Kafka, and what searches asks the index.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Literal

import msgspec

from movietag.errors import UsageError
from movietag.vocabulary import built_in_names

Rule = Literal["words", "substring"]


class Tagging(msgspec.Struct, frozen=True):
    """A vocabulary, by built-in name or absolute path, and the rule by which its tags are found."""

    vocabulary: str
    match: Rule

    @classmethod
    def of(cls, vocabulary: str, match: Rule) -> Tagging:
        """What settings say, the path of a file made absolute."""
        named = vocabulary in built_in_names()
        return cls(vocabulary if named else str(Path(vocabulary).expanduser().absolute()), match)


class Standing(msgspec.Struct, frozen=True):
    """What the file holds."""

    now: Tagging
    before: tuple[Tagging, ...] = ()


def current_tagging(home: Path, given: Tagging) -> Tagging:
    """What stands in a home whose settings say ``given``.

    Raises:
        UsageError: the file holds something else.
    """
    kept = _read(home)
    return kept.now if kept and given in kept.before else given


def retagged(kept: Standing | None, now: Tagging, before: Tagging) -> Standing:
    """What is kept once ``now`` stands wherever ``before`` did."""
    former = {before, kept.now, *kept.before} if kept else {before}
    order = sorted(former - {now}, key=lambda one: (one.vocabulary, one.match))
    return Standing(now, tuple(order))


def save_current(home: Path, now: Tagging, before: Tagging) -> None:
    """Write down, whole or not at all, that ``now`` stands wherever ``before`` did."""
    path = standing_file(home)
    kept = retagged(_read(home), now, before)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(msgspec.json.encode(kept))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def save_vocabulary(home: Path, file: Path, vocabulary_id: str) -> Path:
    """A copy of a vocabulary file in the home, so that what is written into the file later changes nothing.

    The name stays: it is part of the vocabulary's id.
    """
    kept = home.expanduser().absolute() / "vocabularies" / vocabulary_id / file.name
    if kept != file.expanduser().absolute():
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_name(f"{kept.name}.new")
        new.write_bytes(file.read_bytes())
        new.replace(kept)
    return kept


def clear_current(home: Path) -> None:
    """From now on the settings stand."""
    standing_file(home).unlink(missing_ok=True)
    shutil.rmtree(standing_file(home).with_name("vocabularies"), ignore_errors=True)


def standing_file(home: Path) -> Path:
    """Where a home keeps it."""
    return home.expanduser().absolute() / "vocabulary.json"


def _read(home: Path) -> Standing | None:
    path = standing_file(home)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Standing)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"{path} is not what `movietag retag` writes there ({error}). Delete it: then"
            " MOVIETAG_VOCABULARY stands, and `movietag retag` changes it again."
        ) from None
