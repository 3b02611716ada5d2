"""The vocabulary itself: its tags, aliases and groups, its id, and the checks of its content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from movietag.errors import UsageError
from movietag.vocabulary.matching import Substrings, WordForms
from movietag.vocabulary.texts import field_name, normalise, words

MATCHER_VERSION = 1
MAX_TAGS = 5000
SEEN = "seen"  # the group of the tags that no group names

MatchRule = Literal["words", "substring"]


class Misfit(UsageError):  # noqa: N818
    """What is wrong in a vocabulary, and where; readers of files add the line.

    Args:
        name: of the vocabulary.
        problem: what is wrong and what to do.
        table: ``tags`` or ``groups``.
        key: the tag or the group; empty if the problem is about neither.
        number: which of the key's values: 0 is the key itself, 1 its first alias or member.
    """

    def __init__(
        self, name: str, problem: str, table: str = "tags", key: str = "", number: int = 0
    ) -> None:
        self.problem, self.table, self.key, self.number = problem, table, key, number
        super().__init__(f"Vocabulary {name}: {problem}")


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of tags with aliases, and the rule by which they match.

    Attributes:
        name: its name; the id begins with it.
        aliases: tag -> further forms; the order is the vocabulary's.
        rule: how a form matches a caption.
        named_groups: group -> tags, for reports; not part of the id, as they do not affect counts.

    Raises:
        Misfit: no tags, too many, one without a word, two that normalise to the same, or a group with an
            unknown tag or one that is in another group.
    """

    name: str
    aliases: Mapping[str, tuple[str, ...]]
    rule: MatchRule = "words"
    named_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _find: Callable[[str], frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.aliases) <= MAX_TAGS:
            beyond = self.tags[MAX_TAGS] if self.aliases else ""
            remedy = f"leave some out, from {beyond!r} on" if beyond else "give one a line"
            raise Misfit(
                self.name,
                f"{len(self.aliases)} tags; it needs 1 to {MAX_TAGS}: {remedy}.",
                key=beyond,
            )
        keys = self._checked_forms()
        self._check_fields()
        self._check_groups()
        find = WordForms(keys.items()) if self.rule == "words" else Substrings(self._forms())
        object.__setattr__(self, "_find", find)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in order."""
        return tuple(self.aliases)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Each tag in exactly one group, in the vocabulary's order; `seen` has the tags of no named group.

        `unseen` is the group of what a frame cannot show, e.g. `storytelling`. Groups affect neither the tags
        of a caption nor the id.
        """
        group_of = {tag: name for name, members in self.named_groups.items() for tag in members}
        found: dict[str, list[str]] = {name: [] for name in (SEEN, *self.named_groups)}
        for tag in self.tags:
            found[group_of.get(tag, SEEN)].append(tag)
        return {name: tuple(members) for name, members in found.items() if members}

    @property
    def vocabulary_id(self) -> str:
        """The name and 8 hex digits of a hash of everything that decides which tags a caption has."""
        content = json.dumps(
            [list(self.aliases.items()), self.rule, MATCHER_VERSION], ensure_ascii=True
        )
        slug = re.sub(r"[^a-z0-9]+", "-", normalise(self.name)).strip("-") or "tags"
        return f"{slug}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def match(self, caption: str) -> frozenset[str]:
        """The tags that match a caption.

        ``words``: whole words in any case, the longest form first, each word used once: in
        `historical fiction` the tag `historical` does not match. ``substring``: any occurrence of the
        tag's own text, as in the paper.

        A word is a run of letters, digits and ``_`` of the normalised text: characters without width (joiners,
        soft hyphens), direction marks and control characters end it.
        """
        return self._find(caption)

    def _forms(self) -> Iterator[tuple[str, str]]:
        for tag, others in self.aliases.items():
            yield from ((form, tag) for form in (tag, *others))

    def _checked_forms(self) -> dict[tuple[str, ...], str]:
        """The words of each form -> its tag."""
        owner: dict[tuple[str, ...], str] = {}
        for tag, others in self.aliases.items():
            for number, form in enumerate((tag, *others)):
                key = words(form)
                if not key:
                    what = f"{form!r} (tag {tag!r}) has no word: it needs a letter or a digit."
                    raise Misfit(self.name, what, key=tag, number=number)
                if key in owner:
                    what = (
                        f"{form!r} is listed twice, for {owner[key]!r} and for {tag!r}; keep one."
                    )
                    raise Misfit(self.name, what, key=tag, number=number)
                owner[key] = tag
        return owner

    def _check_fields(self) -> None:
        fields: dict[str, str] = {}
        for tag in self.aliases:
            other = fields.setdefault(field_name(tag), tag)
            if other != tag:
                what = f"{other!r} and {tag!r} are one field in an index; rename one."
                raise Misfit(self.name, what, key=tag)

    def _check_groups(self) -> None:
        owner: dict[str, str] = {}
        for group, members in self.named_groups.items():
            for number, tag in enumerate(members, 1):
                what = ""
                if tag not in self.aliases:
                    what = f"{tag!r} in group {group!r} is not a tag: write it as under [tags]."
                elif tag in owner:
                    what = f"{tag!r} is in groups {owner[tag]!r} and {group!r}; keep one."
                if what:
                    raise Misfit(self.name, what, "groups", group, number)
                owner[tag] = group
