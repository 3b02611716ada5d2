"""Lists of tags: which token may come next."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.captioning.list_form import ListForm
from movietag.captioning.tag_lists import TagListGrammar
from movietag.errors import UsageError

END = 0
TAGS = ("comedy", "comedy drama", "adult comedy", "horror", "neo noir", "drama", "a", "ab")
QUOTED = "Tags: '{tag}', '{tag}'."


def letters(text: str) -> list[int]:
    """A token a character."""
    return [ord(one) for one in text]


def pairs(text: str) -> list[int]:
    """Tokens of two characters, which go over the borders of words; the last may be one."""
    parts = [text[at : at + 2] for at in range(0, len(text), 2)]
    return [int.from_bytes(part.encode("utf-16-be")) for part in parts]


def read(tokens: Sequence[int]) -> str:
    def text(token: int) -> str:
        return token.to_bytes(4, "big").decode("utf-16-be").replace("\0", "")

    return "".join(text(token) for token in tokens)


def written(grammar: TagListGrammar, choose: Callable[[list[int]], int]) -> list[int]:
    """The tokens of an answer whose next one is always chosen among those allowed, without its end."""
    tokens: list[int] = []
    while (token := choose(grammar.allowed(tokens))) != END:
        tokens.append(token)
    return tokens


def is_list(text: str, form: ListForm) -> bool:
    """Whether a text is a list of different tags, whichever tags it is read as."""
    if text == form.none:
        return True
    if not text.startswith(form.before) or not text.endswith(form.after):
        return False
    tags = text[len(form.before) : len(text) - len(form.after)].split(form.between)
    return set(tags) <= set(TAGS) and len(tags) == len(set(tags))


@pytest.mark.parametrize("pattern", ["{tag}, {tag}", QUOTED, "[{tag}][{tag}]"])
@pytest.mark.parametrize("tokenize", [letters, pairs])
@given(seed=st.integers(), most=st.integers(14, 90))
def test_whatever_is_chosen_is_a_list_of_different_tags_that_ends_in_time(
    tokenize: Callable[[str], list[int]], pattern: str, seed: int, most: int
) -> None:
    form = ListForm.read(pattern, "none")
    grammar = TagListGrammar(form, TAGS, tokenize, [END], most)
    tokens = written(grammar, random.Random(seed).choice)
    assert len(tokens) + 1 <= most
    assert is_list(read(tokens), form)


@given(st.lists(st.sampled_from(TAGS), unique=True))
def test_every_list_may_be_written(tags: list[str]) -> None:
    form = ListForm.read(QUOTED, "none")
    grammar = TagListGrammar(form, TAGS, letters, [END], 200)
    tokens = [*letters(form.text(tags)), END]
    for at, token in enumerate(tokens):
        assert token in grammar.allowed(tokens[:at])
    assert grammar.allowed(tokens) == [END]


def test_all_tags_and_then_the_end() -> None:
    form = ListForm.read("{tag}, {tag}", none="-")
    tokens = written(
        TagListGrammar(form, TAGS, letters, [END], 200), max
    )  # the end is the least of all tokens
    assert sorted(read(tokens).split(", ")) == sorted(TAGS)


def test_tokens_that_go_over_the_border_of_a_tag_are_not_used() -> None:
    """Behind a tag a text is tokenized as it would be there, where the tag's own tokens stay what they are."""

    def words(text: str) -> list[int]:
        return [hash(one) for one in text.replace(",", " ,").split()]

    form = ListForm.read("{tag}, {tag}")
    grammar = TagListGrammar(form, ["one", "two"], words, [END], 9)
    assert grammar.allowed([]) == sorted(hash(one) for one in ("one", "two", "none"))
    assert grammar.allowed([hash("one")]) == sorted([END, hash(",")])
    assert grammar.allowed([hash("one"), hash(",")]) == [hash("two")]


def test_too_few_tokens_for_any_list_are_refused() -> None:
    with pytest.raises(UsageError, match=r"max_new_tokens: 3 are too few .* takes 5"):
        TagListGrammar(ListForm.read("[{tag}][{tag}]", "none"), ["horror"], letters, [END], 3)


def test_a_model_without_an_end_is_refused() -> None:
    with pytest.raises(UsageError, match="no token that ends"):
        TagListGrammar(ListForm.read("{tag}, {tag}"), TAGS, letters, [], 30)
