"""supervisord without its meaning of SIGHUP: it would stop all programs and start none of them.

Run as a script, which loads nothing of movietag.
"""

from __future__ import annotations

import signal

from supervisor import supervisord
from supervisor.options import ServerOptions

install = ServerOptions.setsignals


def set_signals(options: ServerOptions) -> None:
    """Install the handlers of all other signals."""
    install(options)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    ServerOptions.setsignals = set_signals
    supervisord.main()
