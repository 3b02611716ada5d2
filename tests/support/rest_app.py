"""The REST API without servers: what its calls send is collected in place of Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from movietag.settings import Settings
from movietag.web import sending
from movietag.web.app import make_web_app
from movietag.web.library import library_of

KEYS = {
    "read": "read-key-0123456789",
    "add": "add-key-0123456789a",
    "operate": "operate-key-0123456",
}


def key_file(folder: Path) -> Path:
    """A file with a key of each role, each named after its role."""
    path = folder / "keys"
    path.write_text("".join(f"{role} of-{role} {key}\n" for role, key in KEYS.items()))
    return path


@asynccontextmanager
async def rest(
    settings: Settings, role: str = "", **library: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API; ``role``: whose key it sends; ``library``: attributes of the library that calls see."""
    app = make_web_app(settings)
    app.dependency_overrides[library_of] = lambda: SimpleNamespace(settings=settings, **library)
    headers = {"X-API-Key": KEYS[role]} if role else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        yield client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The messages that would reach Kafka."""
    reached: list[bytes] = []

    async def note(settings: Settings, values: Sequence[bytes], *, bulk: bool = False) -> None:
        reached.extend(values)

    monkeypatch.setattr(sending, "send_titles", note)
    return reached
