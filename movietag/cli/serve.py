"""``movietag serve``: serves the pages and the REST API."""

from __future__ import annotations

import logging
import signal
import socket

from movietag.cli.output import command
from movietag.errors import UsageError
from movietag.sandbox.privacy import keep_memory_private
from movietag.settings import Settings, get_settings
from movietag.streams.watch.logs import write_lines

MOST_HEAD = 256 << 10  # bytes of a request's head


@command
def serve() -> None:
    """Serve the pages and the REST API, on loopback unless MOVIETAG_WEB_HOST is set.

    Runs until it is stopped. The OpenAPI description is at /api/openapi.json. Keys, limits and deadlines: MOVIETAG_WEB_… in docs/settings.md.

    Example: movietag serve
    """
    _serve(get_settings())


def _serve(settings: Settings) -> None:
    keep_memory_private()
    try:
        import uvicorn  # noqa: PLC0415  # in the extra `web`

        from movietag.web.app import make_web_app  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(f"{error.name} is missing: pip install 'movietag[web]'.") from None
    host, port = settings.web_address
    app = make_web_app(settings)
    signal.signal(
        signal.SIGHUP, signal.SIG_IGN
    )  # a terminal that closes; there is nothing to load anew
    write_lines(settings.log_level, settings.log_format, "serve")
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # we log the error ourselves
    config = uvicorn.Config(
        app,
        http="h11",
        h11_max_incomplete_event_size=MOST_HEAD,
        ws="none",
        log_config=None,  # it would write lines of its own, without a time
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    with listening(host, port) as listener:
        address = f"[{host}]" if ":" in host else host
        print(f"http://{address}:{port}/", flush=True)
        server = uvicorn.Server(config)
        app.state.stopping = lambda: server.should_exit
        server.run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UsageError: the port is in use, or the address does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host} port {port} ({error.strerror or error}): set MOVIETAG_WEB_HOST"
            " or MOVIETAG_WEB_PORT."
        ) from None
