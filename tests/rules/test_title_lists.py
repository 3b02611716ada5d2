"""Lists of titles: lines, and tables as MovieLens, IMDb, TMDB and Letterboxd write them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.rules.title_lists import column_names, read_list
from movietag.rules.titles import title_of

MOVIELENS = 'movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,"American President, The (1995)",(no genres listed)\n'
IMDB = (
    "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n"
    'tt0113277\tmovie\t"Heat\tHeat\t0\t1995\t\\N\t170\tAction,Crime\n'
    "tt9\tmovie\tNine\tNine\t0\t\\N\t\\N\t\\N\t\\N\n"
)
TMDB = "id,title,vote_average,release_date,imdb_id\n949,Heat,7.9,1995-12-15,tt0113277\n"
LETTERBOXD = "Date,Name,Year,Letterboxd URI\n2024-01-02,Heat,1995,https://boxd.it/2aQO\n"
IMDB_LIST = "Position;Const;Title;Year\n1;tt0113277;Heat;1995\n"
PANDAS = "title,year,tmdbId\nHeat,1995.0,949.0\nNine,,\n"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (MOVIELENS, [(2, "Toy Story", 1995, None, None), (3, "The American President", 1995, None, None)]),
        (IMDB, [(2, '"Heat', 1995, "tt0113277", None), (3, "Nine", None, "tt0000009", None)]),
        (TMDB, [(2, "Heat", 1995, "tt0113277", None)]),
        (LETTERBOXD, [(2, "Heat", 1995, None, None)]),
        (IMDB_LIST, [(2, "Heat", 1995, "tt0113277", None)]),
        (PANDAS, [(2, "Heat", 1995, None, 949), (3, "Nine", None, None, None)]),
        ("\ufeff" + MOVIELENS.replace("\n", "\r\n"), [(2, "Toy Story", 1995, None, None), (3, "The American President", 1995, None, None)]),
        ('title,year\n"Good, the Bad\nand the Ugly",1966\nHeat,1995\n', [(2, None, None, None, None), (4, "Heat", 1995, None, None)]),
        ("\n\nHeat (1995)\n\n{\"title\": \"Nine\"}\n", [(3, "Heat", 1995, None, None), (5, "Nine", None, None, None)]),
        ("Crazy, Stupid, Love (2011)\n", [(1, "Crazy, Stupid, Love", 2011, None, None)]),
        ("Title\nHeat (1995)\n", [(1, "Title", None, None, None), (2, "Heat", 1995, None, None)]),
        ("", []),
        ("title,year\n,\n", []),
    ],
)  # fmt: skip
def test_what_a_list_names(
    text: str, read: list[tuple[int, str | None, int | None, str | None, int | None]]
) -> None:
    listed = read_list(text)
    assert [one.number for one in listed] == [row[0] for row in read]
    for one, (_, title, year, imdb, tmdb) in zip(listed, read, strict=True):
        if title is None:
            with pytest.raises(UsageError, match="U\\+000A"):
                title_of(one.text)
            continue
        found = title_of(one.text)
        assert (found.title, found.year, found.imdb, found.tmdb) == (title, year, imdb, tmdb)


def test_columns_may_be_named() -> None:
    (one,) = read_list(
        "Film;Jahr;id\nHeat;1995;949\n", column_names(["Film=title", "Jahr=year", "id=tmdb"])
    )
    assert json.loads(one.text) == {"title": "Heat", "year": "1995", "tmdb": "949"}


@pytest.mark.parametrize("given", ["Film", "Film=", "=title", "Film=name", ""])
def test_a_column_that_names_no_field_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="NAME=FIELD"):
        column_names([given])


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="no column 'Film'; its first line names 'title', 'year'"):
        read_list("title,year\nHeat,1995\n", {"Film": "title"})


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
            st.integers(1870, 2100),
        ),
        max_size=5,
    )
)
def test_what_a_program_writes_is_read(rows: list[tuple[str, int]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("title", "year"), *rows])
    read = [json.loads(one.text) for one in read_list(out.getvalue())]
    assert read == [{"title": title, "year": str(year)} for title, year in rows]
