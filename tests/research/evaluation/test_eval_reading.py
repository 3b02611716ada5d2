from __future__ import annotations

from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.research.evaluation.reading import opened


def read(path: Path) -> list[list[str]]:
    with opened(path, ("b", "A"), get_it="Get it.") as table:
        return [[row[at] for at in table.places] for row in table.rows()]


def test_columns_come_in_any_order_and_case_after_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'\xef\xbb\xbfA,c,B\r\n1,2,"3\n4"\r\n\r\n5,6,7\r\n')
    assert read(path) == [["3\n4", "1"], ["7", "5"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: no column b, A in 'an empty line'"),
        (b"a,c\n1,2\n", "line 1: no column b in 'a,c'"),
        (b"a;b\n1;2\n", "line 1: the cells are separated by ';'"),
        (b"a\tb\n1\t2\n", r"line 1: the cells are separated by '\t'"),
        (b"a,b,a\n", "line 1: a column is listed twice"),
        (b"a,b\n1,2\n3\n", "line 3: 1 cells, but the header has 2"),
        (b"a,b\n1,2,3\n", "line 2: 3 cells"),
        (b'a,b\n1,2\n3,"4', "line 3: not CSV"),
        (b"a,b\n1,2\n3,\xff\n", "line 3: not UTF-8"),
        (b"a,b\n1,2\n3,\xe2\x82", "line 3: not UTF-8"),
        (b"\xff\xfea\0,\0b\0\n\0", "line 1: not UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}, ")
    assert says in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No such file or directory\. Get it\."):
        read(tmp_path / "none.csv")


def test_a_cell_may_be_longer_than_the_csv_module_takes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1," + "x" * 200_000 + "\n")
    assert len(read(path)[0][0]) == 200_000


def test_a_long_read_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * 120_000)
    told: list[tuple[int, int]] = []
    with opened(path, ("a",), lambda *now: told.append(now), get_it="") as table:
        assert sum(1 for _ in table.rows()) == 120_000
    size = path.stat().st_size
    assert len(told) == 3
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (size, size)


@pytest.mark.parametrize("text", ["", "x", "nan", "-0.1", "1.01", "inf"])
def test_a_number_out_of_bounds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"a,b\n1,{text}\n")
    with opened(path, ("b",), get_it="") as table:
        (row,) = table.rows()
        with pytest.raises(UsageError, match=r"line 2: relevance is .* from 0 to 1"):
            table.number(row[1], "relevance", 0.0, 1.0)
