"""Titles and queries in eight scripts and more, drawn by hypothesis."""

from __future__ import annotations

from random import Random
from typing import Final
from unicodedata import normalize

from hypothesis import strategies as st

WORDS: Final = {
    "Latin": [
        "Winter",
        "Clock",
        "Ångström",
        "Łódź",
        "Straße",
        "Cœur",
        "İstanbul",
        "Ice-Breaker",
        "Ocean's",
        "II",
    ],
    "Greek": ["Ὀδύσσεια", "Φως", "Νύχτα"],
    "Cyrillic": ["Ёлки", "Война", "Мир", "Зелёный"],
    "Arabic": ["أحلام", "مدينة", "كِتَاب"],
    "Hebrew": ["שָׁלוֹם", "לילה", "בית"],
    "Devanagari": ["चाँदनी", "रात", "दिल"],
    "Han and kana": ["東京物語", "スター", "夜の海", "七人"],
    "Hangul": ["헤어질", "결심", "봄"],
    "Thai": ["ทะเล", "สีเงิน"],
    "signs and numbers": ["8½", "M*A*S*H", "WALL·E", "AT&T", "2049", "Metre²", "&", "Se7en"],
}
"""Words of titles by script."""

_WORD: Final = st.one_of(*(st.sampled_from(words) for words in WORDS.values()))
TITLES: Final = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
"""Titles of one to four words, of any scripts."""


def made_titles(number: int) -> list[str]:
    """A library of titles, some with a year in brackets; the same in every run."""
    drawn = Random(number)
    words = [word for some in WORDS.values() for word in some]
    titles = {" ".join(drawn.choices(words, k=drawn.randint(1, 4))) for _ in range(number)}
    return [
        f"{title} ({drawn.randint(1960, 2020)})" if drawn.random() < 0.3 else title
        for title in sorted(titles)
    ]


@st.composite
def _slipped(draw: st.DrawFn) -> str:
    """A title with a letter left out, doubled, swapped or another."""
    title = draw(TITLES)
    at = draw(st.integers(0, len(title) - 1))
    before, letter, after = title[:at], title[at], title[at + 1 :]
    return draw(
        st.sampled_from(
            [
                before + after,
                before + 2 * letter + after,
                before + after[:1] + letter + after[1:],
                before + "x" + after,
            ]
        )
    )


@st.composite
def _beginnings(draw: st.DrawFn) -> str:
    words = draw(TITLES).split()
    return " ".join(
        word[: draw(st.integers(1, len(word)))] for word in draw(st.permutations(words))
    )


QUERIES: Final = st.one_of(
    TITLES,
    TITLES.map(str.upper),
    TITLES.map(lambda text: normalize("NFD", text)),
    st.tuples(TITLES, st.integers(1960, 2020)).map(lambda both: f"{both[0]} ({both[1]})"),
    st.tuples(TITLES, st.integers(1960, 2020)).map(lambda both: f"{both[0]} {both[1]}"),
    TITLES.map(lambda text: text.replace(" ", "")),
    TITLES.map(lambda text: text.replace("-", " ").replace("'", "")),
    _beginnings(),
    _slipped(),
    st.text(min_size=1, max_size=8),
)
"""What people type for such titles, and any text."""
