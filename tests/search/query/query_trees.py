"""Queries drawn by hypothesis, as trees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hypothesis import strategies as st

from movietag.search.query.fields import Kind
from movietag.search.query.nodes import (
    And,
    Field,
    ImageCount,
    Leaf,
    Node,
    Tag,
    Text,
    TitleWords,
    Year,
    both,
    either,
    negated,
)
from movietag.vocabulary import words

# Also quotes, slashes, backslashes and words of the language itself.
WORDS = st.one_of(
    st.sampled_from(
        ["dark", "castle", "and", "not", 'the "or"', "c:\\x", "-a", "a*", "달빛", "(b"]
    ),
    st.text(min_size=1, max_size=12).map(lambda text: f"x{text}"),
)


def leaves(
    tags: Sequence[str], kind: Kind, texts: st.SearchStrategy[str] = WORDS
) -> st.SearchStrategy[Leaf]:
    years = st.none() | st.integers(1900, 2030)
    found: list[st.SearchStrategy[Leaf]] = [
        st.builds(Tag, st.sampled_from(tags)),
        st.builds(Text, texts, st.booleans()),
        st.builds(TitleWords, texts),
        st.tuples(years, years).filter(any).map(_year),
        st.builds(partial(Field, "tagger"), texts, st.booleans()),
        st.builds(partial(Field, "movie"), texts),
    ]
    if kind == "movies":
        ratios = st.floats(0, 1) | st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
        comparisons = st.sampled_from([">=", ">", "<", "<="])
        found += [
            st.builds(Tag, st.sampled_from(tags), comparisons, ratios),
            st.sampled_from([ImageCount(0, 0), ImageCount(1, 20), ImageCount(21, None)]),
            st.builds(partial(Field, "status"), st.sampled_from(["running", "complete", "failed"])),
            st.builds(partial(Field, "source"), st.sampled_from(["search", "url"])),
        ]
    return st.one_of(found)


def has_phrase(text: str, phrase: Text) -> bool:
    """Whether the words occur as a phrase in a caption."""
    actual, wanted = words(text), words(phrase.words)
    for at in range(len(actual) - len(wanted) + 1):
        part = actual[at : at + len(wanted)]
        if part == wanted or (
            phrase.begins and part[:-1] == wanted[:-1] and part[-1].startswith(wanted[-1])
        ):
            return True
    return False


def _year(ends: tuple[int | None, int | None]) -> Year:
    first, last = ends
    return Year(last, first) if first and last and first > last else Year(first, last)


def trees(leaf: st.SearchStrategy[Leaf]) -> st.SearchStrategy[Node]:
    """Trees as the parser makes them: no And in an And, no Or in an Or, no Not in a Not."""
    parts = partial(st.lists, min_size=2, max_size=4)
    return st.recursive(
        leaf,
        lambda node: st.one_of(
            parts(node).map(lambda found: both(*found)),
            parts(node).map(lambda found: either(*found)),
            node.map(negated),
        ),
        max_leaves=8,
    ) | st.just(And(()))
