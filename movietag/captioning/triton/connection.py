"""The one place that makes clients of Triton: the limits of a connection, TLS, and the key in every call."""

from __future__ import annotations

from typing import Any, Final

import grpc
from tritonclient.grpc import InferenceServerClientPlugin
from tritonclient.grpc.aio import InferenceServerClient

from movietag.captioning.triton.access import key_headers

LARGEST_MESSAGE: Final = 8 << 20  # bytes, either way

CHANNEL: Final = (
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    # A server bears a ping each five minutes and hangs up on more. What finds a dead peer sooner is
    # the timeout: the kernel gives up a connection whose bytes nobody acknowledged for so long.
    ("grpc.keepalive_time_ms", 300_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Come back within seconds of the server; the default pause grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    ("grpc.enable_retries", 0),  # the stage tries again, and says so
)


class Keyed(InferenceServerClientPlugin):  # type: ignore[misc]  # tritonclient is not typed
    """Has a client send the key with every call."""

    def __init__(self, key: str) -> None:
        self._headers = key_headers(key)

    def __call__(self, request: Any) -> None:
        """Add the key to a call."""
        request.headers = {**request.headers, **self._headers}


def connect(
    address: str, key: str, tls: grpc.ChannelCredentials | None = None, host: str = ""
) -> InferenceServerClient:
    """A client of the Triton at ``host:port``; whoever asks for it closes it. Connects at the first call.

    Args:
        address: of Triton's gRPC service.
        key: what it asks of every call; empty: nothing.
        tls: from ``tls_credentials``; None: without TLS.
        host: the name that its certificate must have; empty: that of the address.
    """
    options = [*CHANNEL, *([("grpc.ssl_target_name_override", host)] if tls and host else [])]
    client = InferenceServerClient(address, creds=tls, channel_args=options)
    client.register_plugin(Keyed(key))
    return client
