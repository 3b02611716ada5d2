"""The embedded Elasticsearch as other processes see it: its ports, its health, and retries of failed shards."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from contextlib import suppress

from movietag.settings import Settings
from movietag.settings.credentials import ADMINISTRATOR, STAGES_USER, embedded_login

RED = 408  # the status when the cluster does not reach the requested health in time


def node_ports(base: int) -> tuple[int, int]:
    """The HTTP port and the transport port."""
    return base + 200, base + 300


def node_ready(settings: Settings) -> bool:
    """Whether the embedded node serves the stages' requests; blocks for up to 3 s per request.

    Also retries shards whose allocation has failed five times, e.g. while the disk was full: Elasticsearch
    itself gives up on them until a reroute is requested or the node restarts.

    """
    try:
        _call(settings, STAGES_USER, "/_cluster/health?wait_for_status=yellow&timeout=1s")
    except urllib.error.HTTPError as error:
        if error.code == RED:
            with suppress(OSError):
                _call(settings, ADMINISTRATOR, "/_cluster/reroute?retry_failed=true&metric=none")
        return False
    except OSError:
        return False
    return True


def _call(settings: Settings, user: str, path: str) -> None:
    """Send a request as a user (the administrator's as POST); raises OSError unless the status is 200."""
    url = f"http://127.0.0.1:{node_ports(settings.port_base)[0]}{path}"
    method = "POST" if user == ADMINISTRATOR else "GET"
    request = urllib.request.Request(url, method=method)  # http, loopback
    login = embedded_login(settings.home, user)
    token = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    request.add_unredirected_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310  # http, loopback
        answer.read()
