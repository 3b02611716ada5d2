"""``movietag webhook``: posts events of movies to another program's address."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from prometheus_client import start_http_server

from movietag.cli.output import command, run
from movietag.errors import UsageError
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import Settings, get_settings
from movietag.streams.watch.logs import write_lines
from movietag.webhook.delivering import Delivery
from movietag.webhook.posting import receiver_of
from movietag.webhook.running import deliver_events
from movietag.webhook.signing import signing_key


@command
def webhook() -> None:
    """Post an event to MOVIETAG_WEBHOOK_URL whenever a movie is complete, changed, failed or forgotten.

    Runs until it is stopped, and continues there. Messages are signed with MOVIETAG_WEBHOOK_SECRET (Standard Webhooks)
    and tried again until they are taken, for MOVIETAG_WEBHOOK_HOURS at most; see docs/api.md.

    Example: movietag webhook
    """
    settings = get_settings()
    receiver = receiver_of(settings)
    key = signing_key(settings.webhook_secret.get_secret_value())
    delivery = Delivery(receiver.post, key, settings.webhook_hours * 3600)
    keep_memory_private()  # it holds the secret
    write_lines(settings.log_level, settings.log_format, "webhook")
    host, port = settings.webhook_address
    try:
        start_http_server(port, host, delivery.metrics.registry)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host} port {port} ({error.strerror or error}): set MOVIETAG_WEBHOOK_PORT."
        ) from None
    print(
        f"Events are posted to {receiver.place}; metrics: http://{host}:{port}/metrics", flush=True
    )
    run(_until_stopped(settings, delivery))


async def _until_stopped(settings: Settings, delivery: Delivery) -> None:
    working = asyncio.ensure_future(deliver_events(settings, delivery))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes
    with suppress(asyncio.CancelledError):  # what was being delivered is delivered again
        await working
