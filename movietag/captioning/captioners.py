"""The one place that makes captioners: of the model that the settings name, or of one that a plan names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from movietag.captioning import Captioner
from movietag.captioning.balancing import BalancedCaptioner
from movietag.captioning.triton.addresses import is_one_server, look_up
from movietag.captioning.triton.captioner import TritonCaptioner
from movietag.captioning.triton.served_model import ServedModel
from movietag.captioning.triton.tls import tls_credentials
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

MOST: Final = 8
"""Captioners of models that are held at a time."""


def make_captioner(settings: Settings, model: str = "") -> Captioner:
    """The captioner of a model by its name; nothing is asked yet. Whoever makes it closes it.

    Args:
        settings: where models are served, and which one is the setting's.
        model: another one's name; empty: the setting's, which is waited for while it is not served.
            Another one that is not served fails for good: what names it would hold everything up.

    Raises:
        UsageError: a file for TLS cannot be used.
    """
    name, key, tls = model or settings.model, triton_key(settings), tls_credentials(settings)
    hosts: dict[str, str] = {}

    def at(address: str) -> TritonCaptioner:
        awaited, host = name == settings.model, hosts.get(address, "")
        served = ServedModel(address, name, settings.caption_seconds, awaited, tls, host)
        return TritonCaptioner(served, key)

    async def now() -> list[str]:
        found = await look_up(addresses)
        hosts.update(found)
        return list(found)

    addresses = settings.triton_addresses
    if is_one_server(addresses):
        return at(addresses[0])
    return BalancedCaptioner(now, at)


async def require_tagger(settings: Settings) -> None:
    """Return if the setting's model answers.

    Raises:
        TransientError: it does not.
        UsageError: as for ``make_captioner``.
    """
    captioner = make_captioner(settings)
    try:
        await captioner.tagger()
    finally:
        await captioner.close()


class Captioners:
    """A captioner for each model that is asked for; the empty name means the setting's.

    Args:
        settings: as for ``make_captioner``.
        make: what makes one; tests give fakes.
    """

    def __init__(
        self, settings: Settings, make: Callable[[Settings, str], Captioner] = make_captioner
    ) -> None:
        self._settings = settings
        self._make = make
        self._captioners: dict[str, Captioner] = {}

    def named(self, model: str) -> Captioner:
        """The captioner of a model; nothing is asked yet."""
        wanted = model or self._settings.model
        if wanted not in self._captioners:
            if len(self._captioners) >= MOST:
                self._captioners.clear()  # calls in flight keep theirs to their end
            self._captioners[wanted] = self._make(self._settings, wanted)
        return self._captioners[wanted]

    @property
    def servers(self) -> int:
        """The servers that the captioners have now: those of one name in DNS come and go."""
        made = self._captioners.values()
        return max((one.servers for one in made if isinstance(one, BalancedCaptioner)), default=1)

    async def close(self) -> None:
        """Close all connections."""
        for captioner in self._captioners.values():
            await captioner.close()
        self._captioners.clear()
