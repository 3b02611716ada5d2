"""One Triton for the tests of captioning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.misbehaving_server import Server, misbehaving_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]) -> Iterator[Server]:
    with misbehaving_server(tmp_path_factory.mktemp("triton"), next(port_bases)) as served:
        yield served
