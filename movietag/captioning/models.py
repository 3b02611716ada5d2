"""The models of one Triton by name: the setting's, and those that plans name."""

from __future__ import annotations

from movietag.captioning.triton.captioner import TritonCaptioner
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

MOST = 8  # connections kept


class Models:
    """A captioner for each model; the empty name means the setting ``model``.

    The setting's is waited for while Triton does not have it. Another one that Triton does not know
    fails for good: what names it would hold everything up.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._captioners: dict[str, TritonCaptioner] = {}

    def named(self, name: str) -> TritonCaptioner:
        """The captioner of a model; nothing is asked yet."""
        wanted = name or self._settings.model
        if wanted not in self._captioners:
            if len(self._captioners) >= MOST:
                self._captioners.clear()  # calls in flight keep theirs to their end
            self._captioners[wanted] = TritonCaptioner(
                self._settings.triton_address,
                wanted,
                self._settings.caption_seconds,
                awaited=wanted == self._settings.model,
                key=triton_key(self._settings),
            )
        return self._captioners[wanted]

    async def close(self) -> None:
        """Close all connections."""
        for captioner in self._captioners.values():
            await captioner.close()
        self._captioners.clear()
