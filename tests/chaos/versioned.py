"""Become a stage, in the version of movietag that a file names: ``python versioned.py FOLDER STAGE COMMAND…``.

Between the shim and the stage. ``FOLDER/STAGE-NUMBER`` has the folder of the code, or is empty: the code that is
installed. Each start is a line of ``FOLDER/started``. Standard library only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Replace this process by the stage."""
    folder, stage, *command = sys.argv[1:]
    process = f"{stage}-{os.environ['MOVIETAG_PROCESS']}"
    tree = Path(folder, process).read_text()
    with Path(folder, "started").open("a") as log:
        log.write(f"{process} {tree}\n")
    environment = {**os.environ, "PYTHONPATH": tree} if tree else dict(os.environ)
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
