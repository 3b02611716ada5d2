"""An Elasticsearch that is started for tables ends with the process that started it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

PROGRAM = dedent("""
    import tempfile
    from contextlib import contextmanager
    from pathlib import Path

    from benchmarks.cases import films

    @contextmanager
    def stand_in():
        with tempfile.TemporaryDirectory() as folder:
            yield folder
            print("stopped while its folder existed:", Path(folder).exists())

    films.own_elasticsearch = stand_in
    films.started_elasticsearch()
""")


@pytest.mark.heavy
def test_it_is_stopped_before_its_folder_is_removed() -> None:
    """Its socket lies in that folder: once it was gone, nothing could stop the server."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "stopped while its folder existed: True"
