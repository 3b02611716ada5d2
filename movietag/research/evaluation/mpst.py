"""Reading MPST: tags that people have assigned to movies.

Kar, Maharjan, López-Monroy, Solorio: MPST: A Corpus of Movie Plot Synopses with Tags (LREC 2018). The
file is mpst_full_data.csv: imdb_id, title, plot_synopsis, tags, split, synopsis_source.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from movietag.errors import UsageError
from movietag.research.evaluation.naming import imdb_id
from movietag.research.evaluation.reading import Progress, ignore_progress, opened
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.research.evaluation.tags import scored_tags
from movietag.search.naming import split_year

GET_IT = "Name mpst_full_data.csv as its authors publish it (Kaggle: cryptexcode)."


def read_mpst(path: Path, progress: Progress = ignore_progress) -> Reference:
    """The tags of each movie, 1 or 0; titles are not unique, so movies are identified by IMDb id.

    Raises:
        UsageError: the file is not as published; the text names file, line and remedy.
    """
    tags = tuple(scored.tag for scored in scored_tags())
    columns = {tag: column for column, tag in enumerate(tags)}
    movies: dict[str, NamedMovie] = {}
    rows: list[list[int]] = []
    with opened(path, ("imdb_id", "title", "tags"), progress, get_it=GET_IT) as table:
        at_id, at_title, at_tags = table.places
        for row in table.rows():
            imdb = imdb_id(row[at_id])
            if not imdb:
                table.fail(
                    f"imdb_id is {row[at_id][:40]!r}", f"It must be like tt0114709. {GET_IT}"
                )
            if imdb in movies:
                table.fail(f"{imdb} is listed twice", "Keep one of the two rows.")
            assigned = [tag.strip() for tag in row[at_tags].split(",") if tag.strip()]
            if not assigned:
                table.fail(f"{imdb} has no tags", "Every movie of MPST has one: take the row out.")
            unknown = [tag for tag in assigned if tag not in columns]
            if unknown:
                table.fail(
                    f"{unknown[0][:40]!r} is not one of the {len(tags)} tags of MPST",
                    "Tags are joined by `, `: correct the row.",
                )
            title, year = split_year(row[at_title])
            movies[imdb] = NamedMovie(imdb, title, year, imdb)
            rows.append([columns[tag] for tag in assigned])
    if not movies:
        raise UsageError(f"{path}: no movies after the header. {GET_IT}")
    relevance = np.zeros((len(movies), len(tags)))
    for number, given_places in enumerate(rows):
        relevance[number, given_places] = 1.0
    return Reference("mpst", path.name, tuple(movies.values()), tags, relevance)
