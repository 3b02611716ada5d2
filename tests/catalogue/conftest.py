from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from standin_catalogue import KEY, StandInCatalogue, standing_in

from movietag.settings import Settings


@pytest.fixture
def standin() -> Iterator[StandInCatalogue]:
    with standing_in() as server:
        yield server


@pytest.fixture
def settings_for(standin: StandInCatalogue, tmp_path: Path) -> Callable[..., Settings]:
    """Settings whose catalogue is the stand-in."""

    def made(catalogue: str, **changed: Any) -> Settings:
        given: dict[str, Any] = {
            "home": tmp_path / "home",
            "catalogue": catalogue,
            "catalogue_url": standin.url,
            "private_hosts": (standin.host,),
            "tmdb_key": SecretStr(KEY),
        }
        return Settings(**given | changed)

    return made
