"""The embedded Elasticsearch, as those beside it need it: its ports, whether it serves, and shards that it gave up."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from contextlib import suppress

from movietag.settings import Settings
from movietag.settings.credentials import ADMINISTRATOR, STAGES_USER, embedded_login

RED = 408  # the status when a wanted health is not reached in time


def node_ports(base: int) -> tuple[int, int]:
    """The HTTP and the transport port."""
    return base + 200, base + 300


def node_ready(settings: Settings) -> bool:
    """Whether the embedded node serves the stages' requests; blocks for some seconds at most.

    A shard that could not be opened five times, as while the disk was full, is tried again: Elasticsearch
    itself gives it up until somebody says so or the node is restarted.
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
    """Send a request of a user, a POST where it is the administrator's; raises OSError unless it is answered with 200."""
    asked = f"http://127.0.0.1:{node_ports(settings.port_base)[0]}{path}"
    method = "POST" if user == ADMINISTRATOR else "GET"
    request = urllib.request.Request(asked, method=method)  # http, loopback
    login = embedded_login(settings.home, user)
    token = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    request.add_unredirected_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310  # http, loopback
        answer.read()
