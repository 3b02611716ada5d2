"""What a list or object of an answer says of its tags: the texts that count, without those that it denies.

Left out are: what has a verdict of no (`false`, `"no"`, `null`, an empty list, a score below half of its scale), what
is under a heading like `absent`, and reasons. Everything else counts as words of the answer, headings too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from movietag.vocabulary.answers.structures import KeyedValue, Node, Scalar, Structure

LEAST_SHARE: Final = 0.5  # of its scale: from this score on a tag counts

_YES: Final = re.compile(r"(?:yes|true|present|high|strong|medium|moderate|✅|✓|✔️?|☑️?)\Z", re.I)
_NO: Final = re.compile(
    r"(?:no|false|none|null|nil|nan|n/?a|absent|never|low|weak|unknown|undefined|not (?:present|applicable|shown"
    r"|visible|detected|found|seen|evident|relevant|sure)|❌|✗|✘|✖️?|☐|-|)\Z",
    re.I,
)
_NO_FIRST: Final = re.compile(r"(?:no|not|none|false|absent|without)\b", re.I)
_NUMBER: Final = re.compile(r"[-+]?(\d{1,9}(?:\.\d*)?|\.\d+)\s*(%|/\s*(\d{1,3}))?\Z")
_SCALES: Final = (1.0, 10.0, 100.0)

_OF_VERDICTS: Final = re.compile(
    r"(?:is_?)?(?:present|applicable|relevant|detected|shown|visible|applies|match|matches)"
    r"|score|confidence|probability|prob|likelihood|relevance|certainty|value|weight|rating|verdict",
    re.I,
)
_OF_REASONS: Final = re.compile(
    r"reasons?|reasoning|rationale|thoughts?|thinking|explanations?|justification|analysis|evidence"
    r"|chain[ _-]of[ _-]thought",
    re.I,
)
_OF_DENIED: Final = re.compile(
    r"(?:(?:no|none|not)|(?:.*[ _-])?(?:not|absent|excluded?|rejected|irrelevant|missing|negatives?|denied"
    r"|inapplicable|unlikely))(?:[ _-].*)?",
    re.I,
)


class Scale:
    """The scale of an answer's scores: 1, 10 or 100, the smallest that holds them all.

    A score between 0 and 1 makes it 1: `{"people": 3, "horror": 0.9}` is on no scale of 10.
    """

    def __init__(self, scores: Iterable[str]) -> None:
        values = [value for text in scores if (value := _plain_number(text)) is not None]
        most = max((value for value in values if value <= _SCALES[-1]), default=0.0)
        fraction = any(0 < value < 1 for value in values)
        self.top = 1.0 if fraction else next(scale for scale in _SCALES if most <= scale)

    def verdict(self, text: str) -> bool | None:
        """Whether a value affirms or denies; None if it does neither."""
        text = text.strip().strip(".*_")
        if _YES.match(text):
            return True
        if _NO.match(text):
            return False
        number = _NUMBER.match(text)
        if number is None:
            return None
        of = 100.0 if number[2] == "%" else float(number[3] or self.top)
        return text[0] != "-" and float(number[1]) >= LEAST_SHARE * of


def _plain_number(text: str) -> float | None:
    """A number that does not name its scale."""
    found = _NUMBER.match(text.strip())
    return float(found[1]) if found and not found[2] else None


def counted_texts(group: Structure) -> Iterator[str]:
    """The texts of a list or object in which tags are looked for."""
    scale = Scale(one.text for one in _scalars(group))
    yield from _texts(group, scale)


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case KeyedValue(_, value):
            yield from _scalars(value)
        case Structure(items):
            for item in items:
                yield from _scalars(item)


def _texts(node: Node, scale: Scale) -> Iterator[str]:
    match node:
        case Scalar(text):
            yield text
        case KeyedValue(key, value):
            yield from _of_keyed(key, value, scale)
        case Structure(items) if not _is_denied(node, scale):
            for item in items:
                if not (isinstance(item, KeyedValue) and _is_verdict(item, scale)):
                    yield from _texts(item, scale)


def _of_keyed(key: str, value: Scalar | Structure, scale: Scale) -> Iterator[str]:
    """The texts of a key and its value."""
    if isinstance(value, Scalar):
        verdict = scale.verdict(value.text)
        if verdict is not None:
            yield from [key] if verdict else []
            return
        if not _NO_FIRST.match(value.text) and not _OF_REASONS.fullmatch(key):
            yield key
    elif not value.items or _is_denied(value, scale):
        return
    else:
        yield key
    if not _OF_REASONS.fullmatch(key) and not _OF_DENIED.fullmatch(key):
        yield from _texts(value, scale)


def _is_verdict(item: KeyedValue, scale: Scale) -> bool:
    """Whether an item of an object is its verdict: `"present": true`, `"score": 0.8`."""
    return (
        _OF_VERDICTS.fullmatch(item.key) is not None
        and isinstance(item.value, Scalar)
        and scale.verdict(item.value.text) is not None
    )


def _is_denied(group: Structure, scale: Scale) -> bool:
    """Whether an object's own verdict, or the second half of a pair like `["horror", 0.1]`, is no."""
    verdicts = [
        scale.verdict(item.value.text)
        for item in group.items
        if isinstance(item, KeyedValue)
        and isinstance(item.value, Scalar)
        and _is_verdict(item, scale)
    ]
    if len(group.items) == 2:
        first, second = group.items
        if isinstance(first, Scalar) and first.quoted and isinstance(second, Scalar):
            verdicts += [] if second.quoted else [scale.verdict(second.text)]
    return False in verdicts
