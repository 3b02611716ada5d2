"""Version 1 of the rule `words` against the plain matcher it replaced, on texts that are made to be awkward."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.vocabulary import Vocabulary, load, words
from movietag.vocabulary.texts import word_list

WORD = re.compile(r"\w+")


def plain_words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def plain_match(vocabulary: Vocabulary, caption: str) -> frozenset[str]:
    """The first matcher, as ledgers and indices were made with it."""
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for tag, others in vocabulary.aliases.items():
        for form in (tag, *others):
            key = plain_words(form)
            by_first.setdefault(key[0], []).append((key, tag))
    for forms in by_first.values():
        forms.sort(key=lambda item: -len(item[0]))
    found = set()
    tokens = plain_words(caption)
    at = 0
    while at < len(tokens):
        for key, tag in by_first.get(tokens[at], ()):
            if tokens[at : at + len(key)] == key:
                found.add(tag)
                at += len(key)
                break
        else:
            at += 1
    return frozenset(found)


NESTED = Vocabulary(
    "nested",
    {
        "a": (),
        "a b": (),
        "a b c": ("d d",),
        "b c": (),
        "c a": ("a c", "c c c"),
        "d": (),
        "é": ("ﬁn", "straße"),
    },
    "words",
    matcher=1,
)
MPST, ALIASES = (replace(load(name, "words"), matcher=1) for name in ("mpst", "mpst-aliases"))
VOCABULARIES = st.sampled_from([MPST, ALIASES, NESTED])
FORMS = [form for v in (ALIASES, NESTED) for t in v.tags for form in (t, *v.aliases[t])]
PIECES = st.one_of(
    st.sampled_from([*FORMS, *"abcd", "A", "FIN", "STRASSE", "good", "film", "home", "ﬁlm"]),
    st.text(max_size=6),
)
GLUE = st.sampled_from([" ", "-", ", ", "\n", "", "\x1c", "_", "\u00ad", "\u200d", "’", "\x00"])  # noqa: RUF001


@st.composite
def captions(draw: st.DrawFn) -> str:
    return "".join(part for piece in draw(st.lists(PIECES)) for part in (piece, draw(GLUE)))


@given(VOCABULARIES, captions())
def test_the_same_tags_as_by_the_plain_matcher(vocabulary: Vocabulary, caption: str) -> None:
    assert vocabulary.match(caption) == plain_match(vocabulary, caption)


@given(st.one_of(st.text(), st.text(st.characters(max_codepoint=127)), captions()))
def test_the_same_words_as_by_the_plain_expression(text: str) -> None:
    assert tuple(word_list(text)) == words(text) == plain_words(text)


def test_every_character_of_ascii_is_a_word_or_ends_one_as_before() -> None:
    for code in range(128):
        text = f"a{chr(code)}B"
        assert words(text) == plain_words(text)


@given(captions())
def test_aliases_only_add_tags(caption: str) -> None:
    assert load("mpst").match(caption) <= load("mpst-aliases").match(caption)


@pytest.mark.parametrize(
    ("caption", "tags"),
    [
        ("a b c", {"a b c"}),
        ("a a b", {"a", "a b"}),
        ("a b a c", {"a b", "c a"}),
        ("b c a", {"b c", "a"}),  # from the left, not the most
        ("d d d", {"a b c", "d"}),
        ("Fin, STRASSE", {"é"}),
    ],
)
def test_nested_forms(caption: str, tags: set[str]) -> None:
    assert NESTED.match(caption) == tags
