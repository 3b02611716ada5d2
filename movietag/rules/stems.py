"""Captions as `text:` compares them: each word without its ending, by Snowball's stemmer of a language. Pure.

`castle` then finds castles, and `running` runs. Words in another script, and all words where no language is
configured, stay as they are.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Protocol

from movietag.vocabulary import words


def caption_stems(text: str, language: str) -> str:
    """The stems of a text's words in their order, separated by blanks; empty without a language.

    Args:
        text: a caption, or the words of a query.
        language: one that Snowball has (``MOVIETAG_CAPTION_LANGUAGE``), or empty.
    """
    return " ".join(_stem(word, language) for word in words(text)) if language else ""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  # as Snowball names it


@lru_cache(maxsize=50_000)  # about 10 MB; captions have few different words
def _stem(word: str, language: str) -> str:
    return _stemmer(language).stemWord(word)


@cache
def _stemmer(language: str) -> _Stemmer:
    import snowballstemmer  # noqa: PLC0415  # 30 languages, which no command but a search needs

    stemmer: _Stemmer = snowballstemmer.stemmer(language)
    return stemmer
