from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from movietag.vocabulary import BUILT_IN, Vocabulary, built_in_vocabularies, from_lines, load

# Of captions of frames in which no tag is meant: what an alias must not fire on.
EVERYDAY = """
A man in a dull grey suit sits at a cramped office desk, looking tense, bored and sad.
Two happy children play in the snow; their mother kisses the baby, who smiles at a funny-shaped hat.
A crazy amount of food stands on the entertainment center, beside a history book and a comics stand.
The historic church has a vintage clock. The camera flash lights a cowboy hat and a toy gun.
People talk in a restaurant about the war; a detective drinks pinot grigio, the mad dog barks.
A ghost town in the desert under a dimly lit sky. The fight for the ball goes on, the team spirit is high.
A creative atmosphere, inspired by art. A smart dress, a fantastic view, a sweet smile, a real surprise.
""".replace("funny-shaped", "odd").strip()


SCARY = {"horror": ("scary", "spine chilling")}


def first(vocabulary: Vocabulary) -> Vocabulary:
    """As movietag 0.1 counted with it."""
    return replace(vocabulary, matcher=1)


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        (load("mpst"), "mpst-a1b8f3df"),
        (load("mpst", "words"), "mpst-95ba44ba"),
        (first(load("mpst", "words")), "mpst-4d668d06"),
        (load("mpst", "substring"), "mpst-664a96d8"),
        (Vocabulary("mine", SCARY, "words"), "mine-655211b2"),
        (first(Vocabulary("mine", SCARY, "words")), "mine-5e3f7025"),
        (first(from_lines("My Tags", ["horror", "# no", "Sci-Fi"], "words")), "my-tags-b8322f70"),
    ],
)
def test_ids_stay_as_ledgers_and_indices_are_named(vocabulary: Vocabulary, expected: str) -> None:
    assert vocabulary.vocabulary_id == expected


def test_what_a_model_is_asked_depends_on_no_rule() -> None:
    told = Vocabulary("mpst", load("mpst").aliases, "substring", no_tag=("comic book",))
    assert {load("mpst").tags_id, first(load("mpst", "words")).tags_id, told.tags_id} == {
        "mpst-4d668d06"
    }


def test_groups_are_not_part_of_the_id() -> None:
    plain = Vocabulary("mine", {"horror": (), "plot twist": ()}, "words")
    grouped = Vocabulary("mine", plain.aliases, "words", {"unseen": ("plot twist",)})
    assert grouped.vocabulary_id == plain.vocabulary_id
    assert grouped.match("a horror plot twist") == plain.match("a horror plot twist")


def test_all_built_in_vocabularies_load() -> None:
    assert built_in_vocabularies() == ("mpst", "mpst-aliases")
    for name in built_in_vocabularies():
        assert load(name).name == name


def test_the_aliases_are_for_the_same_tags_in_the_same_groups() -> None:
    assert load("mpst-aliases").tags == load("mpst").tags
    assert load("mpst-aliases").groups == load("mpst").groups


def test_what_a_frame_cannot_show() -> None:
    groups = load("mpst").groups
    assert list(groups) == ["seen", "unseen"]
    assert {"storytelling", "non fiction", "cult", "plot twist"} <= set(groups["unseen"])
    assert {"horror", "western", "cute", "dark"} <= set(groups["seen"])
    assert len(groups["seen"]) + len(groups["unseen"]) == 71


def test_each_alias_is_argued() -> None:
    lines = (BUILT_IN / "mpst-aliases.toml").read_text("utf-8").splitlines()
    for before, line in pairwise(lines):
        if " = [" in line and not line.startswith(("#", "unseen")):
            assert before.startswith("# "), line


@pytest.mark.parametrize(
    ("caption", "tags"),
    [
        ("A scary clown in an eerie, haunted house.", {"horror", "haunting"}),
        ("A futuristic city; science fiction.", {"sci-fi"}),
        ("a psychological thriller", {"psychological", "suspenseful"}),
        ("Murderers plan vengeance in the Wild West", {"murder", "revenge", "western"}),
        ("the conspiracy of a séance", {"intrigue", "paranormal"}),
        ("a period drama", {"historical fiction"}),
    ],
)
def test_aliases_find_what_captions_say(caption: str, tags: set[str]) -> None:
    assert load("mpst-aliases").match(caption) == tags
    assert load("mpst").match(caption) < tags


@pytest.mark.parametrize("caption", EVERYDAY.splitlines())
def test_aliases_do_not_fire_on_everyday_words(caption: str) -> None:
    assert load("mpst-aliases").match(caption) == set()
