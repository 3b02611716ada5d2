"""Tags to count, and how they are found in a caption.

A vocabulary is a fixed, ordered list of tags, each with aliases. Its id names the tags, the aliases,
the match rule and the version of the matcher, so counts of different vocabularies never mix.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from movietag.errors import UsageError

MATCHER_VERSION = 1
MAX_TAGS = 5000
BUILT_IN = Path(__file__).resolve().parent / "vocabularies"

MatchRule = Literal["words", "substring"]
_WORD = re.compile(r"\w+")


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(text: str) -> tuple[str, ...]:
    """The words of a text, normalised: `Sci-Fi` gives `("sci", "fi")`."""
    return tuple(_WORD.findall(normalise(text)))


def field_name(tag: str) -> str:
    """The tag as a field name of an index: `[a-z0-9_]+`, unique for tags that differ."""
    ascii_only = re.sub(r"[^a-z0-9]+", "_", normalise(tag)).strip("_")
    if ascii_only and re.fullmatch(r"[\w\s\-]+", tag, re.ASCII):
        return ascii_only
    digest = hashlib.sha256(normalise(tag).encode()).hexdigest()[:8]
    return f"{ascii_only}_{digest}" if ascii_only else f"tag_{digest}"


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of tags with aliases, and the rule that finds them.

    Raises:
        UsageError: no tags, too many, an empty one, or two that are the same once normalised.
    """

    name: str
    aliases: Mapping[str, tuple[str, ...]]  # tag -> further forms; the order is the vocabulary's
    rule: MatchRule = "words"
    _by_first: dict[str, list[tuple[tuple[str, ...], str]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if not 0 < len(self.aliases) <= MAX_TAGS:
            raise UsageError(
                f"Vocabulary {self.name}: {len(self.aliases)} tags; it needs 1 to {MAX_TAGS}."
            )
        owner: dict[tuple[str, ...], str] = {}
        for tag, others in self.aliases.items():
            for form in (tag, *others):
                key = words(form)
                if not key:
                    raise UsageError(f"Vocabulary {self.name}: {form!r} (tag {tag!r}) has no word.")
                if key in owner:
                    raise UsageError(
                        f"Vocabulary {self.name}: {form!r} stands twice,"
                        f" for {owner[key]!r} and for {tag!r}; keep one."
                    )
                owner[key] = tag
                self._by_first.setdefault(key[0], []).append((key, tag))
        for forms in self._by_first.values():
            forms.sort(key=lambda item: -len(item[0]))
        fields: dict[str, str] = {}
        for tag in self.aliases:
            other = fields.setdefault(field_name(tag), tag)
            if other != tag:
                raise UsageError(
                    f"Vocabulary {self.name}: {other!r} and {tag!r} are one field in an index;"
                    " rename one."
                )

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in order."""
        return tuple(self.aliases)

    @property
    def vocabulary_id(self) -> str:
        """Name and 8 hex of everything that decides which tags a caption has."""
        content = json.dumps(
            [list(self.aliases.items()), self.rule, MATCHER_VERSION], ensure_ascii=True
        )
        slug = re.sub(r"[^a-z0-9]+", "-", normalise(self.name)).strip("-") or "tags"
        return f"{slug}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def match(self, caption: str) -> frozenset[str]:
        """The tags that a caption holds.

        ``words``: whole words in any case, the longest form first, each word used once: in
        `historical fiction` the tag `historical` is not found. ``substring``: any occurrence of the
        tag's own text, as in the paper.

        A word is a run of letters, digits and ``_`` of the normalised text: what has no width (joiners,
        soft hyphens), marks of direction and control characters end it.
        """
        if self.rule == "substring":
            text = normalise(caption)
            return frozenset(
                tag
                for tag, others in self.aliases.items()
                if any(normalise(form) in text for form in (tag, *others))
            )
        found = set()
        tokens = words(caption)
        at = 0
        while at < len(tokens):
            for key, tag in self._by_first.get(tokens[at], ()):
                if tokens[at : at + len(key)] == key:
                    found.add(tag)
                    at += len(key)
                    break
            else:
                at += 1
        return frozenset(found)


def from_lines(name: str, lines: Iterable[str], rule: MatchRule = "words") -> Vocabulary:
    """A vocabulary of plain lines, one tag each; blank lines and `#` comments are skipped."""
    tags: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        tag = line.split("#", 1)[0].strip()
        if tag in tags:
            raise UsageError(f"Vocabulary {name}, line {number}: {tag!r} stands twice; keep one.")
        if tag:
            tags[tag] = ()
    return Vocabulary(name, tags, rule)


def load(name_or_path: str, rule: MatchRule = "words") -> Vocabulary:
    """A built-in vocabulary by name, or a file: plain lines, or TOML with `[tags]` (tag = aliases).

    Raises:
        UsageError: no such vocabulary, or one that does not fit; the text says where.
    """
    built_in = BUILT_IN / f"{name_or_path}.txt"
    path = built_in if built_in.is_file() else Path(name_or_path)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.txt")))
        raise UsageError(
            f"No vocabulary {name_or_path!r} ({error}). Built in: {known}; or give a file of UTF-8"
            " text with one tag a line."
        ) from None
    if path.suffix != ".toml":
        return from_lines(path.stem, text.splitlines(), rule)
    try:
        table = tomllib.loads(text)["tags"]
        aliases = {str(tag): tuple(str(form) for form in forms) for tag, forms in table.items()}
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise UsageError(
            f'Vocabulary file {path}: {error}. Expected TOML such as:\n[tags]\nhorror = ["scary"]'
        ) from None
    return Vocabulary(path.stem, aliases, rule)
