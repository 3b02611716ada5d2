"""What a stage reports of its machine: its version, its clock against the broker's, and the room on its disks."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from faust.types.tuples import RecordMetadata

from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.streams.watch.metrics import BUILD_INFO, CLOCK_SKEW, FREE_DISK, Metrics

BROKER_TIME: Final = 1  # of a message: the broker set its time, not who sent it
MOST_SECONDS: Final = 5.0  # that a send may take, or it says nothing about a clock


class MachineWatch:
    """Sets the metrics of a process's machine.

    Args:
        stage: its stage.
        version: of movietag.
        settings: name the home.
        metrics: get the values.
        clock: seconds since 1970, as this machine has them.
    """

    def __init__(
        self,
        stage: str,
        version: str,
        settings: Settings,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._folders = {"home": home_layout(settings).home, "work": Path(tempfile.gettempdir())}
        metrics[BUILD_INFO].labels(stage, version).set(1)
        metrics.refresh_by(self._refresh)

    async def sent(self, sending: Awaitable[RecordMetadata]) -> None:
        """Await a send, and compare this machine's clock in the middle of it with the broker's time of the message.

        Raises:
            Whatever the send raises.
        """
        before = self._clock()
        stored = await sending
        after = self._clock()
        if stored.timestamp_type != BROKER_TIME or stored.timestamp is None:
            return
        if 0 <= after - before <= MOST_SECONDS:
            skew = (before + after) / 2 - stored.timestamp / 1000
            self._metrics[CLOCK_SKEW].labels("kafka").set(round(skew, 3))

    def _refresh(self) -> None:
        for name, folder in self._folders.items():
            try:
                free = shutil.disk_usage(folder).free
            except OSError:  # there is no such folder
                continue
            self._metrics[FREE_DISK].labels(name).set(free)
