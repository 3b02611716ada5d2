"""What is counted now, by the row in Kafka, the ledgers and groups, and the settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.kafka.epochs import count_changelog, count_group
from movietag.recount.current import Current, CurrentVocabulary, earlier_rule, with_current
from movietag.settings import Settings
from movietag.settings.environment import stack_environment
from movietag.vocabulary import Vocabulary, built_in_vocabularies, from_text, load, to_toml

MINE = Vocabulary(
    "my.tags",
    {'a "b" \\ c': ("x\ty", "é\x7fé"), "horror": (), "2012": ("[tags]",)},
    "substring",
    {"unseen": ("horror",)},
)
MPST = load("mpst").vocabulary_id
NOTHING = Current(None, frozenset())


def standing(vocabulary: Vocabulary, *before: str) -> CurrentVocabulary:
    return CurrentVocabulary(
        vocabulary.vocabulary_id,
        vocabulary.name,
        to_toml(vocabulary),
        vocabulary.rule,
        before,
    )


@pytest.mark.parametrize(
    "vocabulary", [MINE, *map(load, built_in_vocabularies())], ids=lambda one: one.name
)
def test_a_written_vocabulary_is_the_same(vocabulary: Vocabulary) -> None:
    again = from_text(vocabulary.name, to_toml(vocabulary), vocabulary.rule)
    assert again == vocabulary
    assert again.vocabulary_id == vocabulary.vocabulary_id


def test_settings_stand_where_nothing_is_written() -> None:
    assert NOTHING.of(Settings(vocabulary="mpst")) == (MPST, 0)
    assert NOTHING.of(Settings(vocabulary="mpst", epoch=2)) == (MPST, 2)


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ({"vocabulary": "mpst"}, "mine"),  # was replaced
        ({"vocabulary": "mpst", "match": "words-negation", "epoch": 0}, "mine"),
        ({"vocabulary": "mpst", "second_count": True}, "mpst"),
    ],
)
def test_which_vocabulary_is_counted(said: dict[str, object], counted: str) -> None:
    current = Current(standing(MINE, MPST), frozenset())
    wanted = MINE if counted == "mine" else load(counted)
    assert current.of(Settings.model_validate(said)) == (wanted.vocabulary_id, 0)


@pytest.mark.parametrize("said", [{"vocabulary": "mpst-aliases"}, {"match": "words"}])
def test_another_vocabulary_than_the_librarys_is_refused(said: dict[str, object]) -> None:
    current = Current(standing(MINE), frozenset())
    with pytest.raises(
        UsageError, match=f"counted with the vocabulary {MINE.vocabulary_id}.*retag"
    ):
        current.of(Settings.model_validate(said))


def test_a_stack_that_names_no_vocabulary_counts_with_the_one_that_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MOVIETAG_VOCABULARY", raising=False)
    current = Current(standing(MINE), frozenset())
    for name, value in stack_environment(Settings(home=tmp_path), tmp_path, {}).items():
        monkeypatch.setenv(name, value)
    assert current.of(Settings())[0] == MINE.vocabulary_id


def test_a_file_that_was_edited_since_changes_nothing_for_who_has_read_it(tmp_path: Path) -> None:
    (file := tmp_path / "mine.txt").write_text("horror\n")
    settings = Settings(vocabulary=str(file))
    old = load(str(file))
    current = Current(standing(MINE, old.vocabulary_id), frozenset())
    file.write_text("horror\ncomedy\n")
    assert current.of(settings, old)[0] == MINE.vocabulary_id
    file.unlink()
    assert current.of(settings, old)[0] == MINE.vocabulary_id
    found = with_current(settings.model_copy(update={"home": tmp_path}), current, old)
    assert load(found.vocabulary, found.match) == MINE


def test_an_epoch_that_no_recount_has_raised_is_refused() -> None:
    counted = Current(None, frozenset({count_group(MPST, 0), count_changelog(MPST, 1)}))
    for epoch in (0, 1):
        counted.refuse_epoch_of_its_own(Settings(epoch=epoch), MPST)
    with pytest.raises(UsageError, match=r"count in epoch 1.*MOVIETAG_EPOCH=2.*movietag recount"):
        counted.refuse_epoch_of_its_own(Settings(epoch=2), MPST)
    NOTHING.refuse_epoch_of_its_own(Settings(epoch=2), MPST)  # a new Kafka, whose indices are older
    counted.refuse_epoch_of_its_own(Settings(epoch=2, second_count=True), MPST)


FIRST = replace(load("mpst", "words"), matcher=1)
FIRST_ROW = standing(FIRST)


@pytest.mark.parametrize(
    "current",
    [
        Current(FIRST_ROW, frozenset()),
        Current(
            None, frozenset({count_group(FIRST.vocabulary_id, 3)})
        ),  # of 0.1, which wrote no row
    ],
)
@pytest.mark.parametrize(
    "said", [{}, {"vocabulary": "mpst"}, {"vocabulary": "mpst", "match": "words"}]
)
def test_what_an_earlier_version_has_counted_stays_until_a_retag(
    current: Current, said: dict[str, object], tmp_path: Path
) -> None:
    settings = Settings.model_validate({"home": tmp_path, **said})
    assert "matcher" not in FIRST_ROW.text  # as earlier versions wrote it
    assert current.vocabulary(settings) == FIRST
    found = with_current(settings, current)
    assert load(found.vocabulary, found.match) == FIRST
    assert current.vocabulary(found) == FIRST  # started anew with it, it stays
    assert "movietag retag --vocabulary mpst" in earlier_rule(settings, current)
    words = load("mpst", "words")
    retagged = Current(standing(words, FIRST.vocabulary_id), current.names)
    assert [retagged.vocabulary(each) for each in (settings, found)] == [words, words]
    mine = Current(standing(MINE, FIRST.vocabulary_id), current.names)
    assert mine.vocabulary(settings) == MINE  # was replaced by it, under its earlier id
    assert earlier_rule(settings, mine) == ""


def test_a_library_of_the_former_default_keeps_it_unless_a_rule_is_named() -> None:
    words, now = load("mpst", "words"), load("mpst")
    assert words.vocabulary_id != now.vocabulary_id
    current = Current(standing(words), frozenset())
    assert current.vocabulary(Settings(vocabulary="mpst")) == words
    assert "--match words-negation" in earlier_rule(Settings(vocabulary="mpst"), current)
    with pytest.raises(UsageError, match="movietag retag"):
        current.vocabulary(Settings(vocabulary="mpst", match="words-negation"))
    assert NOTHING.vocabulary(Settings(vocabulary="mpst")) == now


def test_another_rule_that_is_named_is_refused() -> None:
    settings = Settings(vocabulary="mpst", match="substring")
    with pytest.raises(UsageError, match="movietag retag"):
        Current(FIRST_ROW, frozenset()).vocabulary(settings)


def test_the_epoch_is_the_highest_with_a_ledger_or_group() -> None:
    others = count_group("other-12345678", 9)
    left = {count_changelog(MPST, 1), count_group(MPST, 2), others, "movietag.titles"}
    said = Settings(vocabulary="mpst", epoch=1)
    assert Current(None, frozenset(left)).of(said) == (MPST, 2)
    assert Current(None, frozenset(left)).of(said.model_copy(update={"epoch": 5})) == (MPST, 5)


def test_settings_with_what_stands(tmp_path: Path) -> None:
    given = Settings(home=tmp_path, vocabulary="mpst")
    current = Current(standing(MINE, MPST), frozenset({count_group(MINE.vocabulary_id, 4)}))
    found = with_current(given, current)
    assert load(found.vocabulary, found.match) == MINE
    assert found.epoch == 4
    assert Path(found.vocabulary).is_relative_to(tmp_path)
    assert current.of(found) == (MINE.vocabulary_id, 4)  # started anew with it, it stays
    assert with_current(given, NOTHING) == given


def test_a_vocabulary_that_is_read_as_another_is_refused(tmp_path: Path) -> None:
    row = CurrentVocabulary("my.tags-00000000", "my.tags", to_toml(MINE), "words", (MPST,))
    with pytest.raises(UsageError, match=r"my\.tags-00000000 is current"):
        with_current(Settings(home=tmp_path, vocabulary="mpst"), Current(row, frozenset()))
