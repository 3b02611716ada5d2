"""The current vocabulary of a home: a copy of what Kafka stores (``movietag.recount.current``).

For commands that query no server. A retag saves the current vocabulary and match rule, and those that they
replaced, in the file ``vocabulary.json`` of the home. Settings that name a replaced one mean the current one;
settings that name any other mean that. Counting relies on Kafka instead, searching on the index.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.vocabulary import MatchRule, built_in_vocabularies


class Tagging(msgspec.Struct, frozen=True):
    """A vocabulary, by built-in name or absolute path, and the rule by which its tags match."""

    vocabulary: str
    match: MatchRule

    @classmethod
    def of(cls, vocabulary: str, match: MatchRule) -> Tagging:
        """What settings name, with the path of a file made absolute."""
        named = vocabulary in built_in_vocabularies()
        return cls(vocabulary if named else str(Path(vocabulary).expanduser().absolute()), match)


class SavedTagging(msgspec.Struct, frozen=True):
    """The content of the file: the current vocabulary, and those that it replaced."""

    now: Tagging
    before: tuple[Tagging, ...] = ()


def current_tagging(home: Path, configured: Tagging) -> Tagging:
    """The current vocabulary of a home whose settings name ``configured``.

    Raises:
        UsageError: the file is damaged.
    """
    saved = _read(home)
    return saved.now if saved and configured in saved.before else configured


def retagged(saved: SavedTagging | None, now: Tagging, before: Tagging) -> SavedTagging:
    """What to save once ``now`` has replaced ``before``."""
    former = {before, saved.now, *saved.before} if saved else {before}
    order = sorted(former - {now}, key=lambda one: (one.vocabulary, one.match))
    return SavedTagging(now, tuple(order))


def save_current(home: Path, now: Tagging, before: Tagging) -> None:
    """Save that ``now`` has replaced ``before``.

    Raises:
        UsageError: the file is damaged, or cannot be written.
    """
    path = tagging_file(home)
    saved = retagged(_read(home), now, before)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.encode(saved))


def save_vocabulary(home: Path, file: Path, vocabulary_id: str) -> Path:
    """Copy a vocabulary file into the home, so that later changes of the file have no effect.

    The copy has the file's name, which is part of the vocabulary's id.

    Raises:
        UsageError: the copy cannot be written.
    """
    copy = home.expanduser().absolute() / "vocabularies" / vocabulary_id / file.name
    if copy != file.expanduser().absolute():
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_whole(copy, file.read_bytes())
    return copy


def clear_current(home: Path) -> None:
    """Delete what was saved: the vocabulary of the settings is current again."""
    tagging_file(home).unlink(missing_ok=True)
    shutil.rmtree(tagging_file(home).with_name("vocabularies"), ignore_errors=True)


def tagging_file(home: Path) -> Path:
    """The file that stores a home's current vocabulary."""
    return home.expanduser().absolute() / "vocabulary.json"


def _read(home: Path) -> SavedTagging | None:
    path = tagging_file(home)
    try:
        return msgspec.json.decode(path.read_bytes(), type=SavedTagging)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"{path} is not what `movietag retag` writes there ({error}). Delete it: then"
            " MOVIETAG_VOCABULARY applies, and `movietag retag` changes it again."
        ) from None
