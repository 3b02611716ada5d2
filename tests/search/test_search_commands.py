"""The commands as a script calls them, on a real Elasticsearch filled with known movies."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from movietag.cli.export import export
from movietag.cli.scenes import scenes
from movietag.cli.search import search
from movietag.cli.show import show
from movietag.cli.similar import similar
from movietag.cli.watch import follow, watch
from movietag.documents import MarkedCaptions
from movietag.exporting.tables import TAG_ROWS, cells, safe
from movietag.search.results import TagRow
from movietag.settings import Settings

app = typer.Typer()
for function in (search, scenes, show, similar, export, watch):
    app.command()(function)


def call(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})


def readable(output: str) -> None:
    """Nothing wider than a terminal, and nothing of the evil title's escapes."""
    assert max(map(len, output.splitlines())) <= 80
    assert not set(output) & set("\x1b\u202e\r")


@pytest.mark.usefixtures("filled")
class TestSearch:
    def test_as_json(self) -> None:
        result = call(
            "search", "--tag", "horror", "--min-ratio", "0.3", "--not", "comedy", "--json"
        )
        assert result.exit_code == 0
        movies = json.loads(result.stdout)["movies"]
        assert [movie["movie_id"] for movie in movies] == ["grin", "harbor", "barn"]
        assert movies[1]["title"] == "Moonlit Harbor"
        assert movies[1]["year"] == 1998
        assert movies[1]["images"] == 82
        assert movies[1]["status"] == "complete"
        assert movies[1]["tags"]["horror"] == {"count": 41, "ratio": 0.5}

    @pytest.mark.parametrize(
        "words",
        [
            ("horror>=30% and not comedy",),
            ("horror", "--min-ratio", "0.9", "--tag", "horror:0.3", "--not", "comedy"),
            ("not comedy", "--tag", "horror", "--min-ratio", "0.3"),
        ],
    )
    def test_by_a_query(self, words: tuple[str, ...]) -> None:
        result = call("search", *words, "--json")
        assert result.exit_code == 0
        movies = json.loads(result.stdout)["movies"]
        assert [movie["movie_id"] for movie in movies] == ["grin", "harbor", "barn"]
        assert {"horror>=30%", "not comedy"} <= {why["condition"] for why in movies[0]["why"]}

    def test_a_query_that_cannot_be_read(self) -> None:
        result = call("search", "horror and (comdy or gothic)")
        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            "movietag: Vocabulary " + result.stderr.split("Vocabulary ")[1].splitlines()[0],
            "  horror and (comdy or gothic)",
            "              ^",
            "Try: horror and (comedy or gothic)",
            "Try: horror and (title:comdy or gothic)",
            "Try: horror and (text:comdy or gothic)",
        ]
        assert "Did you mean comedy" in result.stderr

    def test_as_a_table(self) -> None:
        result = call("search", "--tag", "horror")
        assert result.exit_code == 0
        readable(result.stdout)
        (line,) = [line for line in result.stdout.splitlines() if "Moonlit" in line]
        for part in ("Moonlit Harbor (1998)", "82", "50.0%", "gothic 76.8%"):
            assert part in line

    def test_everything_also_strange_titles(self) -> None:
        result = call("search")
        assert result.exit_code == 0
        readable(result.stdout)
        assert "[red]" in result.stdout
        assert "[failed]" in result.stdout
        assert "Movies 1 to 2 of 11" in call("search", "--limit", "2").stdout

    def test_nothing_found(self) -> None:
        result = call("search", "--tag", "allegory")
        assert result.exit_code == 1
        assert "No movie matches" in result.stdout
        result = call("search", "--tag", "allegory", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {"total": 0, "movies": []}

    def test_near_titles_are_called_so(self) -> None:
        result = call("search", "--title", "moonlit harbr")
        assert result.exit_code == 0
        assert 'No exact match for title:"moonlit harbr"; near titles:' in result.stdout
        assert "Moonlit Harbor" in result.stdout
        near = json.loads(call("search", "title:'moonlit harbr'", "--json").stdout)
        assert near["near"] == ['title:"moonlit harbr"']
        assert [why["near"] for why in near["movies"][0]["why"]] == [True]
        explained = call("search", "title:'moonlit harbr'", "--why", "moonlit hárbor")
        assert "no exact match; this title is near" in explained.stdout
        result = call("show", "moonlit harbr")
        assert result.exit_code == 1
        assert "Near titles: Moonlit Harbor (1998)." in result.stderr

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("--tag", "horor"), "Did you mean horror"),
            (("--tag", "horror", "--min-ratio", "30"), "between 0 and 1"),
            (("--not", "comdy"), "Did you mean comedy"),
            (("--title", " "), "needs a word"),
            (("--by", "text"), "no text:WORDS"),
            (("x" * 5000,), "5000 characters"),
            (("--limit", "0"), "--limit"),
            (("--status", "lost"), "--status"),
        ],
    )
    def test_mistakes(self, words: tuple[str, ...], says: str) -> None:
        result = call("search", *words)
        assert result.exit_code == 2
        assert says in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("filled")
class TestScenes:
    def test_as_text(self) -> None:
        result = call("scenes", "--tag", "murder", "--movie", "laugh or die")
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "Laugh or Die (2010)",
            "     0:00.0 to 0:06.2  comedy, horror, murder",
            "             A scene from a movie containing tag data 'horror', 'comedy', 'murder'",
            "             http://127.0.0.1:9/video/a.mp4#t=0.0",
            "     0:06.2 to 0:12.5  comedy, horror, murder",
            "             A scene from a movie containing tag data 'horror', 'comedy', 'murder'",
            "             http://127.0.0.1:9/video/a.mp4#t=6.25",
        ]

    def test_as_json(self) -> None:
        result = call("scenes", "--tag", "murder", "--tag", "gothic", "--limit", "1", "--json")
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        assert answer["frames"] == 20
        assert [scene["title"] for scene in answer["scenes"]] == ["Moonlit Harbor"]
        assert answer["scenes"][0]["tags"] == {"gothic": 10, "horror": 10, "murder": 10}
        shown = call("scenes", "murder and gothic", "--limit", "1").stdout
        assert "1 scenes with 10 of 20 frames" in shown

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("--tag", "allegory"), 1),
            (("--tag", "murder", "--movie", "no such movie"), 1),
            (("--tag", "murder", "--movie", "Dune"), 2),
            (("--tag", "murder:0.5"), 2),
            (("--tag", "murdr"), 2),
            (("murder>=50%",), 2),
            (("murder and not gothic",), 0),
            (("text:'tag data'", "--limit", "1"), 0),
            ((), 2),
        ],
    )
    def test_codes(self, words: tuple[str, ...], code: int) -> None:
        assert call("scenes", *words).exit_code == code


@pytest.mark.usefixtures("filled")
class TestWhy:
    def test_why_it_fits(self) -> None:
        result = call("search", "horror>=30% and not comedy", "--why", "one grin")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "One Grin (2011) matches:"
        assert lines[1].startswith("  horror>=30%: horror has 80.0%, ")
        assert lines[2].startswith("  not comedy: comedy has 8.0%, ")

    def test_why_it_does_not(self) -> None:
        result = call("search", "horror and not comedy", "--why", "laugh", "--json")
        assert result.exit_code == 1
        judged = json.loads(result.stdout)
        assert judged["fits"] is False
        assert [reason["condition"] for reason in judged["why"]] == ["not comedy"]


@pytest.mark.usefixtures("filled")
class TestSimilar:
    def test_as_a_table(self) -> None:
        result = call("similar", "laugh or die")
        assert result.exit_code == 0
        readable(result.stdout)
        assert "One Grin (2011)" in result.stdout.splitlines()[1]
        assert "horror, comedy" in result.stdout or "comedy, horror" in result.stdout

    def test_as_json(self) -> None:
        found = json.loads(call("similar", "dune-84", "--json").stdout)
        assert found["alike"][0]["movie"]["movie_id"] == "dune-21"
        assert found["alike"][0]["shared"] == ["sci-fi"]

    @pytest.mark.parametrize(("text", "code"), [("Dune", 2), ("no such movie", 1), ("none", 1)])
    def test_codes(self, text: str, code: int) -> None:
        assert call("similar", text).exit_code == code


@pytest.mark.usefixtures("filled")
class TestShow:
    def test_as_text(self) -> None:
        result = call("show", "moonlit harbor (1998)")
        assert result.exit_code == 0
        readable(result.stdout)
        assert "gothic(63, 76.83%), horror(41, 50.00%), murder(20, 24.39%)" in result.stdout
        assert "their share of 82" in result.stdout
        for part in ("Official Trailer A", "fetched", "selected: whole title, kind", "damaged"):
            assert part in result.stdout

    def test_failed_and_evil_ones(self) -> None:
        result = call("show", "nobody finds this")
        assert "failed: The search found no video." in result.stdout
        result = call("show", "evil")
        assert result.exit_code == 0
        readable(result.stdout)
        assert "[red]" in result.stdout

    def test_as_json(self) -> None:
        movie = json.loads(call("show", "harbor", "--json").stdout)
        assert movie["tags"]["gothic"] == {"count": 63, "ratio": 63 / 82}
        assert movie["videos"][1]["reason"] == "The file is damaged."

    @pytest.mark.parametrize(("text", "code"), [("Dune", 2), ("no such movie", 1), ("", 1)])
    def test_codes(self, text: str, code: int) -> None:
        result = call("show", text)
        assert result.exit_code == code
        assert result.stderr.startswith("movietag: ")


@pytest.mark.usefixtures("filled")
class TestExport:
    def test_to_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "movie_tags_results.csv"
        path.write_text("old")
        result = call("export", str(path), "--json")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == {
            "path": str(path),
            "movies": 10,
            "rows": 710,
            "left_out": 1,
        }
        assert "left out: 1. movietag search images:0" in result.stderr
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        assert all(int(row["images"]) for row in rows)  # nothing is known of a failed movie
        columns = ["movie_id", "title", "year", "images", "tag", "count", "ratio", "lift"]
        later = ["not_whole", "status", "partial", "added", "updated"]
        assert list(rows[0]) == [*columns, *later]  # new columns come last
        assert {row["status"] for row in rows if row["movie_id"] == "dune-21"} == {"running"}
        assert rows[0]["updated"].startswith("2026-09-21T")
        marked = {row["movie_id"]: row["not_whole"] for row in rows if row["not_whole"]}
        assert (marked["harbor"], marked["barn"]) == ("8 cut", "1 cut")
        assert "evil" not in marked  # four images, all whole
        (gothic,) = [row for row in rows if (row["movie_id"], row["tag"]) == ("harbor", "gothic")]
        assert (gothic["count"], gothic["images"], gothic["ratio"]) == ("63", "82", "0.768293")
        (evil, *_) = {row["title"] for row in rows if row["movie_id"] == "evil"}
        assert evil == '\'=HYPERLINK("http://x")[red] [31m'
        assert [file.name for file in tmp_path.iterdir()] == [path.name]

    def test_to_standard_output(self) -> None:
        result = call("export", "-")
        assert result.exit_code == 0
        assert len(list(csv.reader(io.StringIO(result.stdout)))) == 711

    @pytest.mark.parametrize("table", ["tags", "movies"])
    def test_only_what_has_changed_since_a_time(self, tmp_path: Path, table: str) -> None:
        every, path = tmp_path / "every.jsonl", tmp_path / "new.jsonl"
        assert call("export", str(every), "--table", table).exit_code == 0
        at = json.loads(every.read_text().splitlines()[0])["updated"]
        call("export", str(path), "--table", table, "--since", at)
        assert path.read_text() == every.read_text()
        assert call("export", str(path), "--table", table, "--since", "2200-01-01").exit_code == 1
        assert path.read_text() == ""
        assert call("export", str(path), "--table", "scenes", "--since", "1d").exit_code == 2

    def test_a_failed_movie_is_marked_in_the_table_of_movies(self, tmp_path: Path) -> None:
        path = tmp_path / "movies.csv"
        assert call("export", str(path), "--table", "movies").exit_code == 0
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["movie_id"]: row for row in csv.DictReader(file, strict=True)}
        failed, whole = rows["none"], rows["harbor"]
        assert (failed["status"], failed["error"]) == ("failed", "other")
        assert failed["reason"] == "The search found no video."
        assert (whole["error"], whole["reason"], whole["partial"]) == ("", "", "")

    def test_what_cannot_be_written(self, tmp_path: Path) -> None:
        for path in (str(tmp_path), str(tmp_path / "no folder" / "x.csv")):
            result = call("export", path)
            assert result.exit_code == 2
            assert path in result.stderr
        assert call("export", "-", "--json").exit_code == 2


@pytest.mark.usefixtures("away")
class TestServerAway:
    @pytest.mark.parametrize(
        "words",
        [
            ("search", "--tag", "horror"),
            ("scenes", "--tag", "horror"),
            ("show", "x"),
            ("similar", "x"),
            ("search", "--why", "x"),
            ("export", "-"),
        ],
    )
    def test_is_said_in_one_line(self, words: tuple[str, ...]) -> None:
        result = call(*words)
        assert result.exit_code == 3
        assert result.stderr.count("\n") == 1
        assert "http://127.0.0.1:9 is unreachable" in result.stderr
        assert "movietag up" in result.stderr

    def test_a_failed_export_leaves_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "out.csv"
        path.write_text("old")
        assert call("export", str(path)).exit_code == 3
        assert path.read_text() == "old"
        assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["search", "scenes", "show", "similar", "export"])
def test_help_shows_an_example(name: str) -> None:
    assert f"Example: movietag {name} " in " ".join(call(name, "--help").stdout.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Up", "Up"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\uff1d1", "'\uff1d1"),
        ("a\nb", "a b"),
    ],
)
def test_no_cell_is_a_formula(text: str, expected: str) -> None:
    assert safe(text) == expected


def test_a_row_without_a_year() -> None:
    marks = (MarkedCaptions("cut", 2), MarkedCaptions("refused", 1))
    row = TagRow("id", 'The "Best", they say', None, 3, "horror", 1, 1 / 3, 2.5, marks)
    out = io.StringIO()
    csv.writer(out).writerow(cells(row, TAG_ROWS))
    cell = '"The ""Best"", they say"'
    assert out.getvalue() == f'id,{cell},,3,horror,1,0.333333,2.5000,"2 cut, 1 refused",,,,\r\n'


@pytest.mark.usefixtures("filled")
class TestWatch:
    @pytest.mark.parametrize(
        "text",
        [
            "Moonlit  Harbor(1998)",
            "ｍｏｏｎｌｉｔ harbor",  # noqa: RUF001  # full-width letters are the point
            '{"title": "Moonlit Harbor", "year": 1998, "refresh": true}',
            '{"title": "Moonlit Harbor (1998)"}',
            "HARBOR",
        ],
    )
    def test_what_add_takes(self, text: str) -> None:
        result = call("watch", text, "달빛 항구(2003)", "The Barn")
        assert result.exit_code == 0
        shown = result.stdout.splitlines()[1:]
        assert [line.split("(")[0].strip() for line in shown] == [
            "Moonlit Harbor",
            "달빛 항구",
            "The Barn",
        ]
        assert "waiting" not in result.stdout
        readable(result.stdout)

    def test_json_that_does_not_fit(self) -> None:
        result = call("watch", '{"title": "Heat", "director": "Mann"}')
        assert (result.exit_code, "director" in result.stderr) == (2, True)


async def test_what_is_not_there_yet_waits(
    library: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not await follow(library, ["Up", "Moonlit", "no-such-id"], wait=True, seconds=0)
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in words if line[-1:] == ["waiting"]] == ["Moonlit", "no-such-id"]
