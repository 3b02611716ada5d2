"""One endpoint: which model it serves, whether it may be asked at present, and its answers."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from movietag.captioning.endpoint_settings import EndpointAddress, EndpointSettings
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.endpoint.faults import EndpointFault, FaultKind
from movietag.captioning.engines.endpoint.identity import (
    ServedIdentity,
    identity_of,
    select_model,
)
from movietag.captioning.engines.endpoint.reply import read_completion, read_digest, read_models
from movietag.captioning.engines.endpoint.transport import EndpointTransport

IDENTIFIED_SECONDS: Final = 10.0
"""For so long it is believed that an endpoint serves the model that it served."""
_LISTING_SECONDS: Final = 10.0
_SHORTEST, _LONGEST = 1.0, 30.0  # pauses after failures, which double
_NO_LIST: Final = (404, 405, 501)


@dataclass(slots=True)
class ModelEndpoint:
    """One endpoint.

    Attributes:
        in_flight: requests at present.
        fault: what it failed of last; None: it works, or was not asked yet.
    """

    address: EndpointAddress
    settings: EndpointSettings
    transport: EndpointTransport
    in_flight: int = 0
    fault: EndpointFault | None = None
    _paused_at: float = -math.inf
    _until: float = 0.0
    _failures: int = 0
    _identified: float = -IDENTIFIED_SECONDS
    _identity: ServedIdentity | None = None
    _control: tuple[float, bool] = (-IDENTIFIED_SECONDS, False)
    _identifying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _controlling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def paused(self) -> float:
        """Seconds for which it is not asked; 0: it may be."""
        return max(self._until - time.monotonic(), 0.0)

    @property
    def load(self) -> float:
        """Requests in flight with one more, by its weight: the least loaded endpoint is asked next."""
        return (self.in_flight + 1) / self.address.weight

    def pause(self, fault: EndpointFault, begun: float = math.inf) -> None:
        """Leave it alone for as long as it asks for, or for longer with each failure; then identify it anew.

        Once, however many requests in flight fail: one that had ``begun`` (monotonic) before says nothing new.
        """
        if begun <= self._paused_at:
            return
        self.fault = fault
        self._paused_at = time.monotonic()
        self._failures += 1
        doubled = min(_SHORTEST * 2 ** min(self._failures - 1, 10), _LONGEST)
        self._until = self._paused_at + (fault.pause or doubled)
        self._identified = -IDENTIFIED_SECONDS

    async def identity(self) -> ServedIdentity:
        """Which model it serves; asked again where that is not known of late.

        Raises:
            EndpointFault: it does not tell, or serves no model of the name.
        """
        async with self._identifying:
            if self._identity is None or time.monotonic() - self._identified > IDENTIFIED_SECONDS:
                self._identity = await self._identify()
                self._identified = time.monotonic()
            return self._identity

    async def _identify(self) -> ServedIdentity:
        where, base, wanted = self.transport.where, self.address.base, self.settings.model
        try:
            listed = await self.transport.fetch(
                f"{base}/models",
                lambda body: select_model(wanted, read_models(body, where), where),
                within=_LISTING_SECONDS,
            )
        except EndpointFault as fault:
            if wanted and fault.status in _NO_LIST:
                return ServedIdentity(wanted)  # some gateways list nothing
            raise
        digest = await self._digest(listed.id) if ":" in listed.id else ""
        return identity_of(listed, digest)

    async def _digest(self, model: str) -> str:
        """What Ollama, whose names have a colon, tells of the weights; empty elsewhere.

        Raises:
            EndpointFault: it cannot be reached.
        """
        parts = urlsplit(self.address.base)
        url = f"{parts.scheme}://{parts.netloc}/api/tags"
        try:
            read = partial(read_digest, model=model)
            return await self.transport.fetch(url, read, within=_LISTING_SECONDS)
        except EndpointFault as fault:
            if fault.kind in (FaultKind.AWAY, FaultKind.UNCLEAR, FaultKind.BUSY):
                raise
            return ""

    async def ask(self, body: bytes) -> ModelAnswer:
        """The answer to a request.

        Raises:
            EndpointFault: there is none.
        """
        self.in_flight += 1
        try:
            url = f"{self.address.base}/chat/completions"
            read = partial(read_completion, where=self.transport.where)
            answer = await self.transport.fetch(url, read, body)
        finally:
            self.in_flight -= 1
        # One that was in flight when another one had the endpoint paused says nothing new.
        if not self.paused:
            self.fault, self._failures = None, 0
        return answer

    async def answers(self, control: bytes) -> bool:
        """Whether it answers a request that is known to be good; one outcome serves all that failed before it.

        This tells a picture on which an endpoint fails from an endpoint that fails on all of them.
        """
        since = time.monotonic()
        async with self._controlling:
            asked, well = self._control
            if asked < since:
                try:
                    await self.ask(control)
                    well = True
                except EndpointFault:
                    well = False
                self._control = (time.monotonic(), well)
            return well
