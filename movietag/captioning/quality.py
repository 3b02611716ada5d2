"""The quality mark of a caption: whether the model answered, and how its answer went wrong. Pure.

A mark is about the whole answer, so a caption has one. Of several the first of these applies:

* `looping`: it ends in the same passage three times or more, 60 characters at least;
* `empty`: it has no letter or digit, thinking text left out;
* `refused`: its first sentence says that the model cannot or will not answer (English and Chinese);
* `cut`: it ended at the limit of tokens, or in the middle of thinking or of JSON;
* `all-tags`: it names more than half of the vocabulary, ten tags at least, or every one of five or more;
* `other-language`: more than half of its letters are of a script in which no form of the vocabulary is written;
* `whole`: the model ended it, and nothing above applies.

Where nothing says how an answer ended, `whole` cannot be known: such a caption has no mark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from movietag.records import CaptionQuality
from movietag.vocabulary import Vocabulary
from movietag.vocabulary.answers import read_answer

LIMIT: Final = "length"  # why an answer ended: at the limit of tokens

LOOP: Final = 60  # characters; less may be emphasis
REPEATS: Final = 3
LONGEST_PASSAGE: Final = 400  # characters; models repeat some sentences at most
MANY_TAGS: Final = 10
ALL_OF: Final = 5  # tags: a frame may well show all of fewer

_LEAD: Final = r"\W*(?:(?:unfortunately|sorry|oh|well|but|however|thank you|thanks|hello|hi)\b\W*)*"
_CANNOT: Final = (
    r"(?:can ?not|can't|could not|couldn't|won't|will not|(?:am|'m) (?:not able|unable))"
)
_VERBS: Final = (
    r"(?:assist|help|identify|determine|provide|describe|view|analy[sz]e|tell|say|comply|fulfil|process|answer"
    r"|recogni[sz]e|generate|discuss|comment|engage|access)"
)
_PICTURE: Final = r"(?:image|picture|photo|frame|attachment)s?"
_REFUSAL: Final = re.compile(
    rf"{_LEAD}(?:"
    rf"i\s?(?:am|'m)? ?(?:sorry|apologi[sz]e)\b"
    rf"|as an? (?:ai|a\.i|artificial intelligence|(?:large |vision )?language model|assistant)\b"
    rf"|i ?(?:just |really )?{_CANNOT} (?:to |directly )?(?:{_VERBS}|(?:see|open|load) .{{0,20}}\b{_PICTURE})\b"
    rf"|i (?:do not|don't) (?:see|have) .{{0,40}}\b(?:{_PICTURE}|ability)\b"
    rf"|it(?: is|'s) (?:not possible|impossible) to {_VERBS}\b"
    rf"|it (?:cannot|can not|can't) be (?:told|said|determined|identified|described)\b"
    rf"|please (?:upload|provide|share|attach|send)\b.{{0,20}}\b{_PICTURE}\b"
    rf"|(?:no|the) {_PICTURE} (?:was|is|were|has been|could)(?: not)?(?: be)? (?:attached|provided|uploaded|loaded)"
    r"|(?:很?抱歉|对不起|不好意思|我(?:无法|不能|看不到))"
    r")",
    re.IGNORECASE,
)
_APOLOGY: Final = re.compile(r"\W*(?:sorry|unfortunately)\W+(?:but\W+)?i\b", re.IGNORECASE)
_SENTENCES: Final = re.compile(r"[.!?\n\u3002\uff01\uff1f]+")
_LAST_MARKS: Final = " .,;:!\"')]}\u2026\u3002\u3001\uff0c\u201d\u2019"
_ONE_WRITING: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK"}


class QualityMarker:
    """Marks captions.

    Args:
        vocabulary: whose tags are looked for in them.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        forms = (form for tag, more in vocabulary.aliases.items() for form in (tag, *more))
        self._scripts = frozenset(script for form in forms for script in _scripts(form))

    def mark(self, caption: str, finish: str) -> CaptionQuality | None:
        """The mark of a caption; None if nothing is wrong with it and nothing says how it ended.

        Args:
            caption: as the model wrote it.
            finish: why it ended: `stop`, `length` (at the limit of tokens), or empty if the model does not say.
        """
        faults = (fault for fault, holds in self._faults(caption, finish) if holds)
        return next(faults, CaptionQuality.WHOLE if finish else None)

    def _faults(self, caption: str, finish: str) -> Iterator[tuple[CaptionQuality, bool]]:
        """What may be wrong with a caption, and whether it is, in the order in which it applies."""
        answer = read_answer(caption)
        text = answer.text
        yield CaptionQuality.LOOPING, is_looping(text or caption)
        yield CaptionQuality.EMPTY, not answer.answered and not answer.unfinished
        yield CaptionQuality.REFUSED, is_refusal(text)
        yield CaptionQuality.CUT, finish == LIMIT or answer.unfinished
        yield CaptionQuality.ALL_TAGS, self._names_all(text)
        yield CaptionQuality.OTHER_LANGUAGE, self._is_foreign(text)

    def _names_all(self, text: str) -> bool:
        named, of = len(self.vocabulary.match(text)), len(self.vocabulary.tags)
        return (named >= MANY_TAGS and 2 * named > of) or named == of >= ALL_OF

    def _is_foreign(self, text: str) -> bool:
        if text.isascii() and "LATIN" in self._scripts:
            return False
        scripts = _scripts(text)
        return 2 * sum(script not in self._scripts for script in scripts) > len(scripts)


def is_looping(text: str) -> bool:
    """Whether a text ends in one passage ``REPEATS`` times or more, the last time perhaps not whole."""
    plain = " ".join(text.casefold().split())
    return any(_ends_in_loop(one) for one in {plain, plain.rstrip(_LAST_MARKS)})


def _ends_in_loop(text: str) -> bool:
    for length in range(1, min(LONGEST_PASSAGE, len(text) // REPEATS) + 1):
        run = max(LOOP, REPEATS * length)
        if len(text) < run:
            return False
        if text[-1 - length] == text[-1] and text[-run:-length] == text[length - run :]:
            return True
    return False


def is_refusal(text: str) -> bool:
    """Whether the first sentence of a text says that its writer cannot or will not answer."""
    sentences = _SENTENCES.split(text.replace("\u2019", "'"))
    first = next((one for one in sentences if one.strip()), "")
    return bool(_REFUSAL.match(first) or _APOLOGY.match(first))


def _scripts(text: str) -> list[str]:
    """The script of each letter of a text, by the first word of its name in Unicode."""
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", text))
    return [_script(letter) for letter in letters]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "UNNAMED").split()[0]
    return _ONE_WRITING.get(name, name)
