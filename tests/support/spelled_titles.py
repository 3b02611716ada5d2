"""Titles and queries in eight scripts and more, drawn by hypothesis."""

from __future__ import annotations

from typing import Final

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
