"""Write the dashboards' saved objects: `python -m movietag.dashboards [file]`."""

from __future__ import annotations

import sys
from pathlib import Path

from movietag.dashboards.objects import ndjson
from movietag.files import write_whole

FILE = Path("dashboards") / "movietag.ndjson"


if __name__ == "__main__":
    write_whole(Path(sys.argv[1]) if sys.argv[1:] else FILE, ndjson())
