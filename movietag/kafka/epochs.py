"""The epoch of a count: it is part of its group's name and of every version that the count writes.

The current epoch is the highest of which Kafka has a ledger or a group (``movietag.recount.current``). The setting
``epoch`` is a lower bound, and so is the file ``epoch`` that movietag 0.1 left in the home of a stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.topics import stage_group

MOST = (1 << 15) - 1  # versions are 63 bits, 48 of them for generation and facts
_OF_COUNT = re.compile(
    re.escape(stage_group("count")) + r"-(?P<vocabulary>.+)-e(?P<epoch>\d+)(?:-facts-changelog)?\Z"
)


def epoch_file(settings: Settings) -> Path:
    """The file in which movietag 0.1 stored the epoch of an embedded stack."""
    return settings.home.expanduser().absolute() / "epoch"


def configured_epoch(settings: Settings) -> int:
    """The lowest epoch that settings and home allow.

    Raises:
        UsageError: the file does not hold an epoch.
    """
    path = epoch_file(settings)
    try:
        text = path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return settings.epoch
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise UsageError(
            f"{path} holds {text[:40]!r}, not the number of an epoch. Delete it: Kafka's topics"
            f" {stage_group('count')}-…-eNUMBER-facts-changelog say which epoch is current."
        )
    return max(settings.epoch, int(text))


def count_group(vocabulary_id: str, epoch: int) -> str:
    """The consumer group of a count."""
    return f"{stage_group('count')}-{vocabulary_id}-e{epoch}"


def count_changelog(vocabulary_id: str, epoch: int) -> str:
    """The changelog topic of a count's ledger, as Faust names it."""
    return f"{count_group(vocabulary_id, epoch)}-facts-changelog"


def count_of(name: str) -> tuple[str, int] | None:
    """The vocabulary id and epoch of a count's group or changelog; None for another name."""
    match = _OF_COUNT.match(name)
    return (match["vocabulary"], int(match["epoch"])) if match else None


def epochs_in(names: Iterable[str], vocabulary_id: str) -> set[int]:
    """The epochs of a vocabulary's counts among the names of groups and changelogs."""
    counts = [count for name in names if (count := count_of(name))]
    return {epoch for vocabulary, epoch in counts if vocabulary == vocabulary_id}
