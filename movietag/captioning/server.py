"""Triton in a container, as it is started here: ``python3 -m movietag.captioning.server``.

Becomes tritonserver: gRPC with the key in the file, metrics, no HTTP. Explicit control of the models lets
the caption stage have one loaded again whose process has died.
"""

from __future__ import annotations

import argparse
import os
import sys

from movietag.captioning.triton.access import read_key, restriction
from movietag.errors import MovietagError


def arguments(repository: str, key: str) -> list[str]:
    """The command line of tritonserver."""
    return [
        "tritonserver",
        f"--model-repository={repository}",
        "--allow-http=false",
        restriction(key),
        "--model-control-mode=explicit",
        "--load-model=*",
    ]


def main() -> None:
    """Replace this process; ends with 1 where the key cannot be read."""
    parser = argparse.ArgumentParser(description="Start Triton with a key and without HTTP.")
    parser.add_argument("--model-repository", default="/models")
    parser.add_argument("--key-file", required=True)
    options = parser.parse_args()
    try:
        command = arguments(options.model_repository, read_key(options.key_file))
    except MovietagError as error:
        sys.exit(str(error))
    os.execvp(command[0], command)  # noqa: S606  # what it is for


if __name__ == "__main__":
    main()
