from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.errors import UsageError
from movietag.vocabulary import Vocabulary, field_name, from_lines, load

MPST = load("mpst")


def test_the_71_tags_are_in_order() -> None:
    assert len(MPST.tags) == 71
    assert (MPST.tags[0], MPST.tags[-1]) == ("cult", "non fiction")


@pytest.mark.parametrize(
    ("caption", "tags"),
    [
        ("A scene with HORROR, and comedy.", {"horror", "comedy"}),
        ("historical fiction", {"historical fiction"}),
        ("historical, and fiction", {"historical"}),
        ("an adult comedy", {"adult comedy"}),
        ("sci fi or Sci-Fi or sci\nfi", {"sci-fi"}),
        ("horrors and comedies", set()),
        ("darkness in a western town", {"western"}),
        ('{"tags": ["neo noir", "cult"]}', {"neo noir", "cult"}),
        ("\uff48\uff4f\uff52\uff52\uff4f\uff52", {"horror"}),  # full-width letters
        ("", set()),
    ],
)
def test_whole_words_longest_first(caption: str, tags: set[str]) -> None:
    assert MPST.match(caption) == tags


def test_substrings_as_in_the_paper() -> None:
    paper = load("mpst", "substring")
    assert paper.match("darkness; historical fiction") == {
        "dark",
        "historical",
        "historical fiction",
    }
    assert paper.vocabulary_id != MPST.vocabulary_id


@given(st.text())
def test_matching_never_fails_and_is_the_same_in_any_case(caption: str) -> None:
    assert MPST.match(caption) == MPST.match(caption.casefold())


@given(st.sets(st.sampled_from(MPST.tags)))
def test_every_tag_of_a_list_is_found(tags: set[str]) -> None:
    assert MPST.match("; ".join(sorted(tags))) == tags


def test_aliases_count_for_their_tag() -> None:
    vocabulary = Vocabulary("mine", {"horror": ("scary", "spine chilling")})
    assert vocabulary.match("a SPINE-chilling tale") == {"horror"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "0 tags"),
        (["horror", "Horror"], "is listed twice"),
        (["horror", "horror"], "line 2"),
        (["--"], "has no word"),
        ([f"tag{number}" for number in range(5001)], "5001 tags"),
    ],
)
def test_vocabularies_that_do_not_fit(lines: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        from_lines("mine", lines)


def test_files(tmp_path: Path) -> None:
    toml = tmp_path / "my tags.toml"
    toml.write_text('[tags]\nhorror = ["scary"]\ncomedy = []\n')
    assert load(str(toml)).match("scary comedy") == {"horror", "comedy"}
    toml.write_text("tags = 3")
    with pytest.raises(UsageError, match="Expected TOML"):
        load(str(toml))
    with pytest.raises(UsageError, match="Built in: mpst"):
        load("no-such")


def test_field_names_are_plain_and_distinct() -> None:
    assert field_name("neo noir") == "neo_noir"
    assert field_name("sci-fi") == "sci_fi"
    assert field_name("공포") != field_name("코미디")
    assert field_name("공포").startswith("tag_")
