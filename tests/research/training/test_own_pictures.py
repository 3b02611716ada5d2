"""One's own pictures with a tags.csv, as people's programs and habits write it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from movietag.errors import UsageError
from movietag.research.evaluation.tag_mistakes import MOST_PROBLEMS
from movietag.research.training.own import OwnPictures
from movietag.vocabulary import from_lines
from movietag.vocabulary.spelling import Speller

SHOP = Speller(
    from_lines("shop", ["mug", "shirt", "red", "dark blue", "sci-fi", "comedy", "cute", "horror"])
)


def picture(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), noise)


def shop(root: Path, table: str, *names: str, encoding: str = "utf-8") -> Path:
    for number, name in enumerate(names or ("a.jpg", "b.png", "c.webp")):
        picture(root / name, number)
    (root / "tags.csv").write_text(table, encoding)
    return root


def read(root: Path) -> dict[str, tuple[str, ...]]:
    return {one.name: one.tags for one in OwnPictures(root, SHOP).pictures}


@pytest.mark.parametrize(
    "table",
    [
        'file_name,tags\na.jpg,"mug, red"\nb.png,shirt\nc.webp,dark blue\n',
        'file_name, tags\na.jpg, "red, mug"\nb.png, shirt\nc.webp, dark blue\n',
        "file_name,tags\na.jpg,mug,red\nb.png,shirt\nc.webp,dark blue\n",
        "file_name;tags\r\na.jpg;mug, red\r\nb.png;shirt\r\nc.webp;dark blue\r\n",
        "file_name\ttags\na.jpg\tmug,red\nb.png\tshirt\nc.webp\tdark blue\n",
        "Tags|Image\nmug,red|a.jpg\nshirt|b.png\ndark blue|c.webp\n",
        '\ufefftags,price,FILE_NAME\n"mug,red",9,a.jpg\nshirt,9,b.png\ndark blue,9,c.webp\n',
        'filename,labels\na.jpg,"[""mug"", ""red""]"\nb.png,[\'shirt\']\nc.webp,"""dark blue"""\n',
        'file_name,tags\n./a.jpg,"mug,red,mug"\nB.PNG,Shirt\nC.webp,Dark-Blue\n\n',
        'file_name,tags\na.jpg,"mug,red"\na.jpg,"red,mug"\nb.png,shirt\nc.webp,dark blue',
    ],
)  # fmt: skip
def test_however_the_table_is_written(table: str, tmp_path: Path) -> None:
    root = shop(tmp_path, table)
    assert read(root) == {"a.jpg": ("mug", "red"), "b.png": ("shirt",), "c.webp": ("dark blue",)}


def test_the_encoding_of_a_spreadsheet(tmp_path: Path) -> None:
    table = "file_name\ttags\na.jpg\tmug\nb.png\tred\nc.webp\tcute\n"
    assert len(read(shop(tmp_path / "utf16", table, encoding="utf-16"))) == 3
    root = shop(tmp_path / "latin", "file_name,tags\ncafé.jpg,mug\n", encoding="latin-1")
    with pytest.raises(UsageError, match=r"tags.csv, line 2: byte 0xe9 is not UTF-8"):
        read(root)


@pytest.mark.parametrize(
    "name", [r"red mugs\one 1.JPG", "red mugs/one 1.jpg", "RED MUGS/ONE 1.jpg"]
)
def test_a_table_over_sub_folders(name: str, tmp_path: Path) -> None:
    root = shop(tmp_path, f"file_name,tags\n{name},mug\n", "red mugs/one 1.jpg", "other.jpg")
    assert read(root) == {"red mugs/one 1.jpg": ("mug",)}


def test_a_table_in_each_folder(tmp_path: Path) -> None:
    shop(tmp_path / "one", "file_name,tags\n1.jpg,mug\n", "1.jpg")
    shop(tmp_path / "two" / "deep", "file_name,tags\n1.jpg,shirt\n", "1.jpg")
    assert read(tmp_path) == {"one/1.jpg": ("mug",), "two/deep/1.jpg": ("shirt",)}


def test_accents_that_a_file_system_takes_apart(tmp_path: Path) -> None:
    root = shop(tmp_path, "file_name,tags\ncafé.jpg,mug\n", "cafe\u0301.jpg")
    assert read(root) == {"café.jpg": ("mug",)}


def test_all_mistakes_at_once_by_line_with_the_nearest_tags(tmp_path: Path) -> None:
    table = (
        "file_name,tags\na.jpg,horor\nb.png,Sci-Fi\nc.webp,comedy; cute\nd.jpg,red,horor,xyzzy\n"
    )
    with pytest.raises(UsageError) as caught:
        read(shop(tmp_path, table))
    text = str(caught.value)
    assert "tags.csv, lines 2, 5: 'horor' is not in the vocabulary shop; nearest: horror\n" in text
    assert "('Sci-Fi' is read as 'sci-fi')" in text
    assert "line 4: 'comedy; cute' is 2 tags joined by ';': write 'comedy, cute'\n" in text
    assert "line 5: 'xyzzy' is not in the vocabulary shop\n" in text
    assert "3 mistakes" in text
    assert "--vocabulary" in text


def test_mistakes_are_bounded(tmp_path: Path) -> None:
    lines = [f"a.jpg,nothing{number}" for number in range(500)]
    with pytest.raises(UsageError) as caught:
        read(shop(tmp_path, "\n".join(["file_name,tags", *lines])))
    assert len(str(caught.value).splitlines()) == MOST_PROBLEMS + 3
    assert "… and 480 more" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (
            "file_name,tags\na.jpg,mug\nA.JPG,red\n",
            "line 3: 'A.JPG' has other tags in tags.csv, line 2",
        ),
        ("file_name,tags\n,mug\n", "line 2: the name of the file is blank"),
        ("file_name,price,tags\na.jpg,mug\n", "line 2: 2 cells, but the header has 3"),
        ('file_name,tags\na.jpg,"mug\nb.png,red\n', "line 2: not CSV from here on"),
        ("a.jpg,mug\n", "line 1: no columns file_name and tags in 'a.jpg,mug'"),
        ("", "line 1: no columns file_name and tags in 'an empty line'"),
    ],
)
def test_what_is_refused(table: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(shop(tmp_path, table))
    assert why in str(caught.value)


def test_two_pictures_that_differ_in_case_only(tmp_path: Path) -> None:
    root = shop(tmp_path, "file_name,tags\nONE.jpg,mug\n", "One.jpg", "one.jpg")
    if len(list(root.glob("*.jpg"))) < 2:
        pytest.skip("this file system knows no case")
    with pytest.raises(UsageError, match=r"'ONE.jpg' may be 'One.jpg' or 'one.jpg'"):
        read(root)


def test_what_is_missing_and_what_has_no_line_is_counted(tmp_path: Path) -> None:
    root = shop(tmp_path, "file_name,tags\na.jpg,MUG\ngone.jpg,red\n../a.jpg,red\n")
    own = OwnPictures(root, SHOP)
    assert [one.name for one in own.pictures] == ["a.jpg"]
    assert own.notes == (
        "2 files of tags.csv not found: gone.jpg, ../a.jpg.",
        "2 pictures left out, without a line: b.png, c.webp.",
        "1 tag read as the vocabulary writes it: 'MUG' as 'mug'.",
    )


def test_a_table_of_which_no_picture_is_there(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"none of the files that tags.csv names is below it \(x.jpg\)"
    ):
        read(shop(tmp_path, "file_name,tags\nx.jpg,mug\n"))


def test_no_table_no_folder_no_picture(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        read(tmp_path / "none")
    (tmp_path / "tags.csv").write_text("file_name,tags\n")
    with pytest.raises(UsageError, match="has no picture"):
        read(tmp_path)
    (tmp_path / "tags.csv").unlink()
    picture(tmp_path / "a.jpg")
    with pytest.raises(UsageError, match=r"has no tags.csv. Put a tags.csv into it"):
        read(tmp_path)
