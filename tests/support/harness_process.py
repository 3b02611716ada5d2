"""What a harness does as a process of its own: it leaves no servers behind, and says where it stands."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal

from movietag.local.owner import OWNER


def say_where_it_stands() -> None:
    """Print every stack when SIGUSR1 comes, and of the log errors only; that Kafka is away is no news."""
    faulthandler.register(signal.SIGUSR1)
    logging.basicConfig(level=logging.ERROR)
    for name in ("aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def leave_nothing_behind() -> None:
    """Have the servers that this process starts end with it, and SIGTERM cancel the current task."""
    os.environ[OWNER] = str(os.getpid())  # also where it is killed
    me = asyncio.current_task()
    assert me is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
