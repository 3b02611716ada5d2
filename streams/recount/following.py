"""Restarts a stage when the current vocabulary (after a retag) or epoch (after a recount) changes.

Its group, ledger and indices have both in their names, so it cannot change while it runs. Before it consumes it
asks what stands, and if that is something else it starts itself anew with that; while it runs it asks now and
then, and if something else stands it ends, and whoever keeps it running (supervisor, Docker, Kubernetes)
starts it again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import Final, NoReturn

from movietag.errors import UsageError
from movietag.recount.current import Current, read_current, with_current
from movietag.settings import Settings
from movietag.settings.environment import PREFIX
from movietag.vocabulary import Vocabulary

ASK_SECONDS: Final = 5.0
TOLD: Final = ("vocabulary", "match", "epoch")  # settings that change with what stands

log = logging.getLogger("movietag")


class Otherwise(Exception):  # noqa: N818  # nothing is wrong
    """Another vocabulary or epoch is current; ``settings`` name it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("something else is counted now")
        self.settings = settings


class Following:
    """The vocabulary and epoch of this process, compared with the current ones.

    Args:
        settings: of the process.
        vocabulary: that it was made with; its file may have changed since.
        epoch: in which it counts; None: it writes what is counted in any.
    """

    def __init__(self, settings: Settings, vocabulary: Vocabulary, epoch: int | None) -> None:
        self._settings, self._vocabulary, self._epoch = settings, vocabulary, epoch

    async def check(self) -> None:
        """Return if they are current.

        Raises:
            Otherwise: something else is.
            TransientError: Kafka is away.
            UsageError: the settings name another vocabulary than the library's, or a higher epoch than all others, or this version of movietag cannot
                read that.
            UnreadableBatchError: the topic that says it is damaged.
        """
        current = await read_current(self._settings)
        if self._epoch is not None:
            current.refuse_epoch_of_its_own(self._settings, self._vocabulary.vocabulary_id)
        if not self._fits(current):
            raise Otherwise(with_current(self._settings, current, self._vocabulary))

    def _fits(self, current: Current) -> bool:
        vocabulary_id, epoch = current.of(self._settings, self._vocabulary)
        return vocabulary_id == self._vocabulary.vocabulary_id and self._epoch in (None, epoch)

    async def watch(self) -> None:
        """Stop the process with SIGTERM once another vocabulary or epoch is current."""
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                fits = self._fits(await read_current(self._settings))
            except UsageError as error:  # said once more, and for good, when it is started again
                log.error("%s", error)
                fits = False
            except Exception as error:  # noqa: BLE001  # Kafka is away, or its answer unreadable: asked again soon
                log.info("what is counted now cannot be asked: %s", error)
                continue
            if not fits:
                log.warning(
                    "something else is counted now: this process ends, to be started with it"
                )
                os.kill(os.getpid(), signal.SIGTERM)
                return


def start_anew(settings: Settings) -> NoReturn:
    """Replace this process by the same program with these settings; files and sockets are closed."""
    log.warning("what is counted now is something else than was given: started anew with it")
    variables = {PREFIX + name.upper(): str(getattr(settings, name)) for name in TOLD}
    logging.shutdown()
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, os.environ | variables)  # noqa: S606  # without a shell, as wanted
