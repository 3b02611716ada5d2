"""Several endpoints as one: shares by weight, failover, and whose fault a failure is."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence

from movietag.captioning import CaptionFailed
from movietag.captioning.endpoint_settings import EndpointSettings
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.endpoint.endpoint import ModelEndpoint
from movietag.captioning.engines.endpoint.faults import EndpointFault, FaultKind
from movietag.captioning.engines.endpoint.identity import ServedIdentity
from movietag.captioning.engines.endpoint.transport import EndpointTransport
from movietag.errors import MovietagError, PermanentError, TransientError, UsageError

_OF_PICTURE = (FaultKind.PICTURE, FaultKind.UNCLEAR)
_SLACK = 5.0  # seconds, beyond those of a request and another one or the control
_SUSPECTS = 4096  # requests that are remembered
_NO_BETTER = (
    " A plain grey picture fares no better there: the endpoint is at fault, or a setting, e.g. a model without"
    " vision in MOVIETAG_ENDPOINT_MODEL."
)
_NOT_SURVIVED = " It answered for a plain grey picture right before, and no longer does: it does not seem to survive this one."


class EndpointPool:
    """All endpoints of an engine; they must serve the same model.

    Attributes:
        endpoints: all of them.
        served: the model that all serve; None: no endpoint was reached yet.
    """

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self.endpoints = tuple(
            ModelEndpoint(one, settings, EndpointTransport(one.base, settings))
            for one in settings.addresses
        )
        self.served: ServedIdentity | None = None
        self._within = 2 * settings.seconds + _SLACK
        # Digests of requests, each with an endpoint that did not survive it.
        self._suspects: dict[bytes, None] = {}

    async def usable(self) -> list[ModelEndpoint]:
        """The endpoints that may be asked now, each of which was seen to serve the model of late.

        Raises:
            TransientError: there is none; the text says what each has failed of.
            UsageError: they serve different models.
        """
        free = [one for one in self.endpoints if not one.paused]
        found = await asyncio.gather(*(self._identified(one) for one in free))
        known = [(one, here) for one, here in zip(free, found, strict=True) if here is not None]
        if self.served is None and known:
            _refuse_different(known)
            self.served = known[0][1]
        for endpoint, here in known:
            if here != self.served:
                endpoint.pause(_exchanged(endpoint, here, self.served))
        usable = [one for one, here in known if here == self.served]
        if not usable:
            raise TransientError(self.state())
        return usable

    async def ask(
        self, usable: list[ModelEndpoint], body: bytes, control: bytes
    ) -> ModelAnswer | MovietagError:
        """The answer to one request, or whose fault it is that there is none.

        Args:
            usable: of ``usable``.
            body: the request.
            control: one that is known to be good.
        """
        blamed: list[MovietagError] = []
        try:
            async with asyncio.timeout(self._within):
                return await self._ask(usable, body, control, blamed)
        except TimeoutError:
            text = f"No endpoint gave an answer within {self._within:g} s."
            return blamed[0] if blamed else TransientError(text)

    async def _ask(
        self,
        usable: list[ModelEndpoint],
        body: bytes,
        control: bytes,
        blamed: list[MovietagError],
    ) -> ModelAnswer | MovietagError:
        tried: list[ModelEndpoint] = []
        while left := [one for one in usable if one not in tried and not one.paused]:
            endpoint, begun = min(left, key=lambda one: one.load), time.monotonic()
            tried.append(endpoint)
            digest = hashlib.sha256(endpoint.address.base.encode() + body).digest()
            suspect = digest in self._suspects
            if suspect and not await endpoint.answers(control):
                endpoint.pause(_no_better(endpoint), begun)
                continue
            try:
                return await endpoint.ask(body)
            except EndpointFault as fault:
                if fault.kind not in _OF_PICTURE:
                    endpoint.pause(fault, begun)
                elif not await endpoint.answers(control):
                    text = fault.text + _NO_BETTER
                    endpoint.pause(EndpointFault(fault.kind, text, fault.pause), begun)
                    if suspect:
                        blamed.append(CaptionFailed(fault.text + _NOT_SURVIVED))
                    self._suspect(digest)
                elif fault.kind is FaultKind.PICTURE:
                    return PermanentError("bad-image", fault.text)
                else:
                    blamed.append(CaptionFailed(fault.text))
        return blamed[0] if blamed else TransientError(self.state())

    def _suspect(self, digest: bytes) -> None:
        """Remember a request after which an endpoint answered no plain picture either.

        The next time it is asked behind a plain picture that is answered. If the endpoint fails again, and on a plain
        picture afterwards, too, the request is what it does not survive: else that frame would be tried for ever.
        """
        self._suspects[digest] = None
        if len(self._suspects) > _SUSPECTS:
            del self._suspects[next(iter(self._suspects))]

    def state(self) -> str:
        """What each endpoint has failed of, and when it is tried again."""
        lines = [
            f"{one.fault.text.rstrip('.')} (tried again in {one.paused:.0f} s)"
            for one in self.endpoints
            if one.fault
        ]
        return "No endpoint can be asked: " + "; ".join(lines) + "."

    def misconfigured(self) -> bool:
        """Whether a person has to correct something before any endpoint can answer."""
        kinds = {one.fault.kind if one.fault else None for one in self.endpoints}
        return kinds <= {FaultKind.SETTINGS, FaultKind.PICTURE}

    async def close(self) -> None:
        """Close all connections."""
        for one in self.endpoints:
            await one.transport.close()

    async def _identified(self, endpoint: ModelEndpoint) -> ServedIdentity | None:
        try:
            return await endpoint.identity()
        except EndpointFault as fault:
            endpoint.pause(fault)
            return None


def _no_better(endpoint: ModelEndpoint) -> EndpointFault:
    where = endpoint.transport.where
    return EndpointFault(FaultKind.UNCLEAR, f"{where} does not answer for a plain grey picture.")


def _refuse_different(known: Sequence[tuple[ModelEndpoint, ServedIdentity]]) -> None:
    first = known[0][1]
    if any(here != first for _, here in known):
        said = "; ".join(f"{one.transport.where} serves {_told(here)}" for one, here in known)
        raise UsageError(
            f"The endpoints serve different models: {said}. One tagger has one model: serve the same at all, or"
            " name only those in MOVIETAG_ENDPOINTS that do."
        )


def _exchanged(
    endpoint: ModelEndpoint, here: ServedIdentity, served: ServedIdentity | None
) -> EndpointFault:
    was = _told(served) if served else "another model"
    return EndpointFault(
        FaultKind.SETTINGS,
        f"{endpoint.transport.where} serves {_told(here)}, but the tagger is {was}. Serve that again, or restart"
        " Triton (`movietag down`, `movietag up`) to plan with the new one.",
    )


def _told(identity: ServedIdentity) -> str:
    facts = ", ".join(f"{key} {value}" for key, value in identity.facts.items())
    return f"{identity.model} ({facts})" if facts else identity.model
