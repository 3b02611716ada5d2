"""An S3 server for the tests of the frame store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.s3_server import S3Server, s3_server


@pytest.fixture(scope="module")
def shared_s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(shared_s3: S3Server) -> S3Server:
    """An S3 server that works, with no request yet."""
    shared_s3.forget()
    return shared_s3
