"""What is wrong in a file is told with its line and what to do."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.vocabulary import from_text, load, to_toml
from movietag.vocabulary.lines import line_of

GOOD = """\
# mine
[tags]
horror = ["scary"]     # 'argued'
"plot twist" = [
  'twist "ending"',  # it's [fine]
  "surprise \\"end\\"",
]

[groups]
unseen = ["plot twist"]
"""


def told(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as error:
        load(str(path))
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for content in (
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
    ):
        path.write_bytes(content)
        mine = load(str(path))
        assert mine.aliases == {
            "horror": ("scary",),
            "plot twist": ('twist "ending"', 'surprise "end"'),
        }
        assert mine.groups == {"seen": ("horror",), "unseen": ("plot twist",)}
        assert replace(mine, rule="words", matcher=1).vocabulary_id == "mine-6ae37ffa"


def test_plain_lines_with_a_bom(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(b"\xef\xbb\xbfhorror\r\n\r\n# none\r\ncomedy # both\r\n")
    assert load(str(path)).tags == ("horror", "comedy")
    assert load(str(path)).groups == {"seen": ("horror", "comedy")}


def test_five_thousand_tags_fit(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("\n".join(f"tag {n}" for n in range(5000)))
    assert len(load(str(path)).tags) == 5000


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("horror\n\nhorror\n", 3, "'horror' is listed twice (line 1); keep one"),
        ("sci-fi\nSci Fi\n", 2, "'Sci Fi' is listed twice (line 1); keep one"),
        ("horror\n---\n", 2, "'---' (tag '---') has no word"),
        ("a_b\na b\n", 2, "'a_b' and 'a b' are one field in an index; rename one"),
        ("\n".join(f"tag {n}" for n in range(10_000)), 5001, "10000 tags; it needs 1 to 5000"),
        ("horror\nco\0medy\n", 2, "a NUL byte"),
        (b"horror\ncom\xe9die\n", 2, "byte 0xe9 is not UTF-8. Save it as UTF-8"),
        ("horror\ncomedy\n".encode("utf-16"), 1, "a NUL byte; this is not text, or UTF-16"),
    ],
)
def test_plain_lines_that_do_not_fit(
    tmp_path: Path, content: str | bytes, line: int, says: str
) -> None:
    assert f", line {line}: {says}" in told(tmp_path / "mine.txt", content)


def test_a_file_without_tags(tmp_path: Path) -> None:
    assert "0 tags" in told(tmp_path / "mine.txt", "# nothing\n")
    assert "0 tags" in told(tmp_path / "mine.toml", "[tags]\n")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"scary"', '"scary", "SCARY"', 3, "'SCARY' is listed twice"),
        ("'twist \"ending\"'", '"Horror"', 5, "'Horror' is listed twice"),
        ('"surprise \\"end\\""', '"..."', 6, "'...' (tag 'plot twist') has no word"),
        ('["scary"]', '"scary"', 3, "'horror' needs a list of strings"),
        ('["scary"]', '[["scary"]]', 3, "'horror' needs a list of strings"),
        ('["scary"]', "[]\nHORROR = []", 4, "'HORROR' is listed twice"),
        ('["scary"]', "[]\nhorror = []", 4, "Cannot overwrite a value (at line 4"),
        ('["plot twist"]', '["plot twist", "drama"]', 10, "'drama' in group 'unseen' is not a tag"),
        ('["plot twist"]', '["horror"]\nb = [\n"horror"]', 12, "in groups 'unseen' and 'b'"),
        ('["plot twist"]', "3", 10, "'unseen' needs a list of strings"),
        ("[groups]", "[group]", 9, "'group' is neither [tags] nor [groups]"),
        ("[tags]", "tags = 3\n[groups]", 2, "[tags] is not a table"),
        ('"scary"', '"scary', 3, "at line 3"),
    ],
)
def test_toml_that_does_not_fit(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    content = GOOD.replace(old, new, 1)
    if old == "[tags]":
        content = "# mine\ntags = 3\n"
    message = told(tmp_path / "mine.toml", content)
    assert says in message
    assert f"line {line}" in message


NOT = 'not = ["comic book"]\n[tags]\ncomic = []\n'


def test_what_a_tag_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[tags]\ncomic = []\n")
    plain = load(str(path))
    path.write_text(NOT)
    mine = load(str(path))
    assert mine.match("a Comic-Book") == set()
    assert mine.match("a comic book about a comic") == {"comic"}
    assert mine.vocabulary_id != plain.vocabulary_id
    assert load(str(path), "substring").match("a comic book") == set()
    again = from_text("mine", to_toml(mine), mine.rule)
    assert (again, again.vocabulary_id) == (mine, mine.vocabulary_id)


def test_a_file_may_name_the_version_of_its_rule(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('matcher = 1\n[tags]\n"long_hair" = []\n')
    pinned = load(str(path), "words")
    assert pinned.match("long hair") == set()
    path.write_text(to_toml(pinned, pinned=True))
    assert load(str(path), "words") == pinned
    path.write_text('[tags]\n"long_hair" = []\n')
    assert load(str(path), "words").match("long hair") == {"long_hair"}


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (
            NOT.replace('["comic book"]', '["book", "Comic"]'),
            1,
            "'Comic' under `not` is the tag 'comic'",
        ),
        (NOT.replace("comic book", "--"), 1, "'--' under `not` has no word"),
        (NOT.replace('["comic book"]', '"comic book"'), 1, "`not` needs a list of strings"),
        ("# mine\nmatcher = 9\n[tags]\na = []\n", 2, "version 9 of the rule words is unknown"),
        ("matcher = true\n[tags]\na = []\n", 1, "`matcher` needs the version of a rule"),
        ('[tags]\na = ["SciFi"]\nb = ["sci-fi"]\n', 3, "'sci-fi' of 'b' has the same words as 'a'"),
    ],
)
def test_further_toml_that_does_not_fit(tmp_path: Path, content: str, line: int, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as error:
        load(str(path), "words")
    assert f"{path}, line {line}: {says}" in str(error.value).replace("Vocabulary file ", "")


def test_toml_without_tags_or_nested_without_end(tmp_path: Path) -> None:
    assert "[tags] is missing" in told(tmp_path / "mine.toml", "")
    assert "Expected TOML" in told(tmp_path / "mine.toml", "a = " + "[" * 100_000)


def test_what_is_no_file_of_tags(tmp_path: Path) -> None:
    for path, says in (
        (tmp_path, "is a folder; name a file"),
        (Path("/dev/zero"), "not a regular file"),
    ):
        with pytest.raises(UsageError, match=says):
            load(str(path))
    with pytest.raises(UsageError, match=r"No vocabulary 'a\\x00b'"):
        load("a\0b")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2**30)  # a hole: no byte is written, and none is to be read
    with pytest.raises(UsageError, match="1,073,741,824 bytes, more than 4,194,304"):
        load(str(path))


@pytest.mark.parametrize(
    ("table", "key", "number", "line"),
    [
        ("tags", "horror", 0, 3),
        ("tags", "plot twist", 0, 4),
        ("tags", "plot twist", 1, 5),
        ("tags", "plot twist", 2, 6),
        ("tags", "plot twist", 3, 4),  # none such: the key's own line
        ("tags", "unseen", 0, None),
        ("groups", "unseen", 1, 10),
        ("", "groups", 0, 9),
        ("tags", "drama", 0, None),
    ],
)
def test_lines_of_toml(table: str, key: str, number: int, line: int | None) -> None:
    assert line_of(GOOD, table, key, number) == line


def test_a_strange_but_right_file_gets_no_line() -> None:
    assert line_of('tags = {horror = ["a"]}', "tags", "horror", 0) is None
