"""Does Triton answer? A query of its own health, which no frame waits for and the model never sees."""

from __future__ import annotations

import asyncio
from typing import Final

from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from movietag.captioning.triton.addresses import look_up
from movietag.captioning.triton.connection import connect
from movietag.captioning.triton.tls import tls_credentials
from movietag.errors import TransientError
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

SECONDS: Final = 10.0  # for an answer


class TritonHealth:
    """Queries the configured Tritons; connects at the first query, in its event loop.

    Raises:
        UsageError: a file for TLS cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._addresses = settings.triton_addresses
        self._key = triton_key(settings)
        self._tls = tls_credentials(settings)
        self._clients: dict[str, InferenceServerClient] = {}

    async def require_answer(self) -> None:
        """Return if one of the servers answers that it is live.

        Raises:
            TransientError: none does.
        """
        hosts = await look_up(self._addresses)
        for address in self._clients.keys() - hosts.keys():
            await self._clients.pop(address).close()
        for address in hosts.keys() - self._clients.keys():
            self._clients[address] = connect(address, self._key, self._tls, hosts[address])
        live = await asyncio.gather(*map(_is_live, self._clients.values()))
        if not any(live):
            raise TransientError(f"No Triton answers at {', '.join(sorted(hosts))}.")


async def _is_live(client: InferenceServerClient) -> bool:
    try:
        return bool(await client.is_server_live(client_timeout=SECONDS))
    except InferenceServerException:
        return False
