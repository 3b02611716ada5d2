"""A media server's folder of 20 drawn films, by the lines of docs/exporting.md: tagged, and read back as Kodi does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from exporting.kodi import kodi_movie, kodi_tags
from support.terminal import Terminal, lines_of

from movietag.drawn.film import draw_movie
from movietag.drawn.heldout import film_about
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import plan_movie

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(1500)]

PAGE = Path(__file__).parents[2] / "docs" / "exporting.md"
TITLES = (
    "The Salt Road (1961)",
    "L'Été d'Ann (1987)",
    "Ash & Ember (1979)",
    "달빛 우물 (2011)",
    "Wolf-Moon (1994)",
    "1912 (2003)",
    "Paper Kites - Part 2 (2016)",
    "Mr. Quill (1938)",
    "(Almost) Nothing (1999)",
    "Ночной паром (1972)",
    "Harbor Lights (1955)",
    "Harbor Lights (1998)",
    "S.A.L.T. (2001)",
    "Two Over Three (2009)",
    "The Glass Orchard (1947)",
    "Æon Street (1983)",
    "No. 9 (2020)",
    "Ten Thousand Lamps (1966)",
    "What Remains! (2014)",
    "Zinc (1990)",
)
OURS = re.compile(rb'\s*<tag source="movietag">[^<]*</tag>')
OF_OTHERS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- of a player -->
<movie>
  <title>A title of my own &amp; more</title>
  <plot>Kept as it is: ü.</plot>
  <tag>seen with Ann</tag>
  <unknown made-by="other">1</unknown>
</movie>
https://www.themoviedb.org/movie/949
"""
WITH_NFO = {TITLES[0]: "movie.nfo", TITLES[3]: f"{TITLES[3]}.nfo", TITLES[8]: "movie.nfo"}


def main_tags(number: int) -> tuple[str, ...]:
    """The tags that fill much of a film."""
    return tuple(DRAWN_TAGS[(3 * number + at) % len(DRAWN_TAGS)] for at in range(3))


def lay_out(root: Path) -> None:
    """The folder of a media server: `Title (Year)/Title (Year).mp4`, and three NFO files of others."""
    for number, title in enumerate(TITLES):
        folder = root / title
        folder.mkdir(parents=True)
        draw_movie(plan_movie(film_about(title, 700 + number, main_tags(number), 10, 1)), folder)
        (drawn,) = folder.iterdir()
        drawn.rename(folder / f"{title}.mp4")
    for title, name in WITH_NFO.items():
        (root / title / name).write_text(OF_OTHERS, "utf-8")


def nfo_files(root: Path) -> dict[str, bytes]:
    """The NFO files, each by its film."""
    return {path.parent.name: path.read_bytes() for path in root.glob("*/*.nfo")}


def counts(said: str) -> set[str]:
    """What happens to how many of the 20 files, according to `movietag nfo`."""
    (summary,) = re.findall(r"^20 files: (.*)\.$", said, re.MULTILINE)
    return set(summary.split(", "))


def test_a_folder_of_films_gets_its_tags(tmp_path: Path, port_bases: Iterator[int]) -> None:
    root = tmp_path / "films"
    lay_out(root)
    before = nfo_files(root)
    terminal = Terminal(tmp_path, tmp_path / "home", next(port_bases))
    written: dict[str, bytes] = {}
    try:
        for line in lines_of(PAGE, "### From a folder of films"):
            assert written == {}, f"a line after the one that writes: {line}"
            said = terminal.type(line.replace("/srv/films", str(root)))
            if line == "movietag nfo --create":
                assert {"17 create", "3 write"} == counts(said)
                assert "Nothing was written." in said
                assert nfo_files(root) == before
            if line.endswith("--write"):
                written = nfo_files(root)
        check_tags(terminal, written)
        for title in WITH_NFO:
            assert OURS.sub(b"", written[title]) == before[title]

        again = terminal.type("movietag nfo --create --write")
        assert counts(again) == {"20 unchanged"}
        assert nfo_files(root) == written

        removed = terminal.type("movietag nfo --remove --write")
        assert counts(removed) == {"17 delete", "3 write"}
        assert nfo_files(root) == before
    finally:
        terminal.type("movietag down; movietag reset --yes")


def check_tags(terminal: Terminal, written: dict[str, bytes]) -> None:
    """Kodi reads title, year and tags of every film: those that were drawn, and that a search has."""
    assert sorted(written) == sorted(TITLES)
    found = json.loads(terminal.type("movietag search --limit 100 --json"))["movies"]
    movies = {f"{one['title']} ({one['year']})": one for one in found}
    assert sorted(movies) == sorted(TITLES)
    for number, title in enumerate(TITLES):
        assert movies[title]["status"] == "complete"
        tags = movies[title]["tags"]
        strong = [tag for tag, one in tags.items() if one["ratio"] >= 0.1]
        own = ["seen with Ann"] if title in WITH_NFO else []
        assert kodi_tags(written[title]) == [*own, *strong]
        assert set(main_tags(number)) <= set(strong), title
        if not own:
            movie = kodi_movie(written[title])
            assert f"{movie.findtext('title')} ({movie.findtext('year')})" == title
