"""Which count stands: each has an epoch, which is in its group's name and in every version it writes.

The epoch is the setting ``epoch``, or what the last `movietag recount` of this home has written into
the file ``epoch``, whichever is higher: containers have the setting, the embedded stack has the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from movietag.errors import UsageError
from movietag.settings import Settings

MOST = (1 << 15) - 1  # versions are 63 bits, 48 of them for generation and facts
_OF_COUNT = re.compile(r"movietag-count-(?P<vocabulary>.+)-e(?P<epoch>\d+)(?:-facts-changelog)?\Z")


def epoch_file(settings: Settings) -> Path:
    """Where the embedded stack keeps its epoch."""
    return settings.home.expanduser().absolute() / "epoch"


def standing_epoch(settings: Settings) -> int:
    """The epoch that the count stage works with.

    Raises:
        UsageError: the file holds something else.
    """
    path = epoch_file(settings)
    try:
        text = path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return settings.epoch  # a container has no home of a stack
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise UsageError(
            f"{path} holds {text[:40]!r}, not the number of an epoch. `movietag recount` writes it;"
            " the names of Kafka's topics movietag-count-…-eNUMBER-facts-changelog have it too."
        )
    return max(settings.epoch, int(text))


def keep_epoch(settings: Settings, epoch: int) -> None:
    """Write down the epoch, whole or not at all.

    Raises:
        UsageError: there are no more epochs.
    """
    if epoch > MOST:
        raise UsageError(
            f"Epoch {MOST} is the last one. Count into an empty Elasticsearch instead."
        )
    path = epoch_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name("epoch.new")
    with new.open("w") as file:
        file.write(f"{epoch}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def count_group(vocabulary_id: str, epoch: int) -> str:
    """The consumer group of a count."""
    return f"movietag-count-{vocabulary_id}-e{epoch}"


def count_changelog(vocabulary_id: str, epoch: int) -> str:
    """The changelog topic of a count's ledger, as Faust names it."""
    return f"{count_group(vocabulary_id, epoch)}-facts-changelog"


def count_of(name: str) -> tuple[str, int] | None:
    """The vocabulary id and epoch of a count's group or changelog; None for another name."""
    found = _OF_COUNT.match(name)
    return (found["vocabulary"], int(found["epoch"])) if found else None


def epochs_in(names: Iterable[str], vocabulary_id: str) -> set[int]:
    """The epochs of a vocabulary's counts that have left a group or changelog of these names."""
    counts = [found for name in names if (found := count_of(name))]
    return {epoch for vocabulary, epoch in counts if vocabulary == vocabulary_id}
