"""Reading a Tag Genome: rows a second and memory, on an invented one of the real size a movie.

Writes genome files of MOVIES movies with 1,128 tags each, the scored ones among them, and reads them as
`movietag evaluate` does. ml-25m has 13,816 movies, 15.6 million rows.

    python -m benchmarks.genome          # 1,774 movies, 2 million rows; prints a line of JSON
    python -m benchmarks.genome 13816    # as large as ml-25m
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from movietag.research.evaluation.genome import read_genome
from movietag.research.evaluation.tags import scored_tags

MOVIES = int(sys.argv[1]) if len(sys.argv) > 1 else 1_774
TAGS = 1_128


def write(folder: Path) -> None:
    """The files of ml-25m, with chance for relevance."""
    scored = [name for tag in scored_tags() for name in tag.genome]
    names = scored + [f"tag {number}" for number in range(TAGS - len(scored))]
    chance = np.random.default_rng(1)
    with (folder / "genome-tags.csv").open("w") as out:
        out.write("tagId,tag\n")
        out.writelines(f"{number},{name}\n" for number, name in enumerate(names, 1))
    with (folder / "movies.csv").open("w") as out:
        out.write("movieId,title,genres\n")
        out.writelines(f"{movie},Movie {movie} (1990),Drama\n" for movie in range(MOVIES))
    with (folder / "genome-scores.csv").open("w") as out:
        out.write("movieId,tagId,relevance\n")
        for movie in range(MOVIES):
            values = chance.random(TAGS).tolist()
            out.writelines(f"{movie},{tag},{value!r}\n" for tag, value in enumerate(values, 1))


def main() -> None:
    """Write, read, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, cpu = time.perf_counter(), time.process_time()
        found = read_genome(Path(name))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rows = MOVIES * TAGS
    print(
        json.dumps(
            {
                "rows": rows,
                "movies": len(found.movies),
                "tags": len(found.tags),
                "cpu_s": round(cpu, 2),
                "wall_s": round(wall, 2),
                "rows_per_cpu_s": round(rows / cpu),
                "more_memory_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
                >> 10,
            }
        )
    )


if __name__ == "__main__":
    main()
