"""Faust's recovery of tables, which resumes the streams after a rebalance, and does not give up.

Each of its steps has a time limit (``broker_request_timeout``). mode answers a wait whose time is up as it answers one of
a service that was stopped, and Faust ends the task that would have resumed the streams: a broker that was slow once, at
that moment, and the stage never takes up any partition again, alive, while its share of the group waits. Here the steps
begin anew.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped

log = logging.getLogger("movietag")


class StageRecovery(Recovery):
    """Recovers until it has succeeded, or is told to stop."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109  # as it is in Faust
        """Wait for a step.

        Raises:
            RebalanceAgain: another rebalance began, or the step did not end in time: recovery begins anew.
            ServiceStopped: the stage stops.
        """
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped:
            if self.should_stop or self.crashed:
                raise
        except asyncio.CancelledError:  # the client gave a request up
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
        else:
            return
        log.warning("the partitions are not taken up yet: Kafka does not answer; tried again")
        self.signal_recovery_start.set()
        raise RebalanceAgain


class StageTables(TableManager):
    """Tables with this recovery."""

    @property
    def recovery(self) -> Recovery:
        """The recovery, made when it is first asked for."""
        if self._recovery is None:
            self._recovery = StageRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
