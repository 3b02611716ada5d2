"""The client of a frame store: fsspec's, for S3 with few requests and bounded retries."""

from __future__ import annotations

from typing import Any, Final

from fsspec import AbstractFileSystem
from fsspec.config import conf
from fsspec.core import url_to_fs

S3: Final = ("s3", "s3a")
# A request that fails is sent ATTEMPTS times by botocore, and that READS times by s3fs where it is asked to slow
# down or hears nothing for 15 s: a server that hangs is given up after 90 s, with the defaults of both after 375 s.
ATTEMPTS: Final = 3
READS: Final = 2


def store_client(url: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a path or URL, and the path in it. What is set for fsspec (`FSSPEC_S3_…`) goes before ours.

    Raises:
        ImportError: the package for the URL's protocol is not installed.
        ValueError, OSError, TypeError: the URL or the options are invalid.
    """
    if url.split("://", 1)[0] not in S3:
        fs, root = url_to_fs(url, use_listings_cache=False)
        return fs, root
    fs, root = url_to_fs(url, use_listings_cache=False, **_s3_options())
    fs.retries = READS
    return fs, root


def _s3_options() -> dict[str, Any]:
    theirs: dict[str, Any] = next((conf[name] for name in S3 if name in conf), {})
    retries = {"retries": {"mode": "standard", "total_max_attempts": ATTEMPTS}}
    one_request = {"max_concurrency": 1}  # a frame is small: else each read first asks for its size
    return one_request | theirs | {"config_kwargs": retries | theirs.get("config_kwargs", {})}
