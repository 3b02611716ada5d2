"""WordPiece against the implementation of the `tokenizers` package."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers.implementations import BertWordPieceTokenizer

from movietag import embedding
from movietag.embedding.wordpiece import WordPiece

VOCABULARY = Path(embedding.__file__).with_name("bert-uncased.txt")
PIECES = VOCABULARY.read_text("utf-8").splitlines()
THEIRS = {
    lower: BertWordPieceTokenizer(str(VOCABULARY), lowercase=lower) for lower in (True, False)
}
OURS = {lower: WordPiece(PIECES, uncased=lower) for lower in (True, False)}
# Their tables are of an older Unicode: some 500 characters that came later are signs or marks to us alone.
OLD = [(0, 0x52F), (0x2000, 0x2BFF), (0x3000, 0xA000), (0xAC00, 0xD7A3), (0x1F300, 0x1F640)]
LETTERS = st.one_of(
    st.characters(min_codepoint=first, max_codepoint=last, exclude_categories=["Cn", "Co"])
    for first, last in OLD
)
TEXTS = st.text(LETTERS) | st.lists(
    st.sampled_from(
        [*PIECES[1000::977], "naïve", "$3.50", "달빛", "東京タワー", "İstanbul", "x" * 101]
    )
).map(" ".join)


@settings(max_examples=300)
@given(TEXTS, st.booleans())
@example("A man drives a car at night.", True)
@example("Sci-fi; it's 9 o'clock\tnow\u200b\u00ad!", True)
@example("\u0130 \u00df \ufb01 e\u0301", True)
def test_as_the_package_reads_texts(text: str, lower: bool) -> None:
    assert OURS[lower].numbers(text, 10_000) == THEIRS[lower].encode(text).ids


def test_a_long_text_is_cut_with_its_marks() -> None:
    found = OURS[True].numbers("night " * 1000, 8)
    assert found == [101, *[2305] * 6, 102]


def test_a_vocabulary_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no \[CLS\], \[SEP\] among its 2 pieces"):
        WordPiece(["[UNK]", "a"])
