"""A Triton whose models misbehave by order of the image, for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from movietag.captioning.triton.captioner import TritonCaptioner
from movietag.captioning.triton.connection import connect
from movietag.captioning.triton.served_model import ServedModel
from movietag.settings import Settings
from movietag.settings.credentials import triton_key
from support.misbehaving_model import MODEL, misbehaving
from support.triton_process import triton_running

UNNAMED = "unnamed"
"""A model of it that calls itself by an id that is none."""
TIMELESS = "timeless"
"""A model of it without the output MODEL_MS."""


@dataclass(frozen=True)
class Server:
    """A Triton that is up."""

    address: str
    key: str

    def captioner(self, model: str = MODEL, seconds: float = 20) -> TritonCaptioner:
        return TritonCaptioner(ServedModel(self.address, model, seconds), self.key)

    async def control(self, action: str) -> None:
        """Load or unload the model."""
        client = connect(self.address, self.key)
        await getattr(client, f"{action}_model")(MODEL)
        await client.close()


@contextmanager
def misbehaving_server(home: Path, port_base: int) -> Iterator[Server]:
    """All three models, served."""
    repository = misbehaving(home / "repository")
    misbehaving(repository, UNNAMED, tagger="mis behaving@1")
    misbehaving(repository, TIMELESS, timed=False)
    settings = Settings(home=home, port_base=port_base)
    with triton_running(settings, repository):
        yield Server(settings.triton_address, triton_key(settings))
