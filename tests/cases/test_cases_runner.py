"""The runner of tables of cases: what it reads, prints and exits with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.cases import KINDS, Outcome, TableError
from benchmarks.cases.__main__ import main
from benchmarks.cases.tables import read_table

HERE = Path(__file__).parent


@pytest.fixture
def doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose rows are right where `double` is twice `number`, and debatable where it is `?`."""

    class Kind:
        COLUMNS = ("number", "double")

        @staticmethod
        def check(row: Mapping[str, str]) -> Outcome:
            came = str(2 * int(row["number"]))
            return Outcome(row["double"] == came, came, counted=row["double"] != "?")

        @staticmethod
        def figures(rows: list[dict[str, str]], outcomes: list[Outcome]) -> dict[str, object]:
            return {"share": sum(outcome.right for outcome in outcomes) / len(rows)}

    monkeypatch.setitem(KINDS, "doubled", "doubled")
    monkeypatch.setattr("benchmarks.cases.__main__.import_module", lambda _: Kind)


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


@pytest.mark.usefixtures("doubled")
def test_wrong_rows_and_a_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("number\tdouble\tnote\n1\t2\n2\t5\t\u00e4\n3\t?\n")
    code, lines, _ = ran(capsys, "doubled", str(table))
    assert code == 1
    assert lines[:-1] == ["wrong: number '2' | double '5'", "  came: 4"]
    assert json.loads(lines[-1]) == {
        "kind": "doubled", "rows": 3, "right": 1, "wrong": 1, "share": 1 / 3,
    }  # fmt: skip


@pytest.mark.usefixtures("doubled")
def test_all_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("double\tnumber\r\n2\t1\r\n")
    code, lines, _ = ran(capsys, "doubled", str(table))
    assert (code, len(lines)) == (0, 1)


def test_cells_are_as_they_stand(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    table.write_text('\ufeffline\tnote\n"a" \\u200Eb\\uD83C\\uDFAC\\x\t\n\u2028 c\n', "utf-8")
    assert read_table(table, ("line",)) == [
        {"line": '"a" \u200eb\U0001f3ac\\x', "note": ""},
        {"line": "\u2028 c", "note": ""},
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (b"line\n\xff\n", "not UTF-8 \\(byte 6\\)"),
        (b"title\nx\n", "no column 'line'"),
        (b"line\n", "no rows"),
        (b"line\na\tb\n", "line 2: 2 cells, the heading has 1"),
    ],
)
def test_bad_tables(tmp_path: Path, content: bytes | None, says: str) -> None:
    table = tmp_path / "t.tsv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(TableError, match=says):
        read_table(table, ("line",))


def test_what_cannot_be_run_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "films", "x.tsv")
    assert code == 2
    assert "no kind 'films'; the kinds are" in err
    assert ran(capsys, "titles")[0] == 2
    assert ran(capsys, "titles", str(HERE / "none.tsv"))[0] == 2


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_a_module_of_its_form(kind: str) -> None:
    module = import_module(KINDS[kind])
    assert module.COLUMNS
    assert callable(getattr(module, "judge", None) or module.check)


ALL_RIGHT = sorted(
    path
    for path in HERE.glob("*.tsv")
    if path.name not in {"ranking_more.tsv", "ranking_examined.tsv"}
    and not path.name.startswith("search_")  # on a server: test_search_titles.py
    and not path.name.startswith("queries")  # searched: tests/search/test_query_cases.py
)


@pytest.mark.parametrize("table", ALL_RIGHT, ids=lambda table: table.name)
def test_every_row_is_right(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kind = table.stem.partition("_")[0]
    code, lines, err = ran(capsys, kind, str(table))
    assert code == 0, "\n".join([*lines, err])
