"""The vocabulary itself: its tags, aliases and groups, its id, and the checks of its content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from movietag.vocabulary.answers import read_answer
from movietag.vocabulary.forms import Misfit, check_forms, forms_of, word_forms
from movietag.vocabulary.matching import Substrings, WordForms
from movietag.vocabulary.negation import AffirmedForms
from movietag.vocabulary.splitting import Splitter, form_words
from movietag.vocabulary.texts import field_name, normalise, word_list, words

MatchRule = Literal["words", "substring", "words-negation", "words-negation-hedges"]

MATCHER_VERSION: Final[dict[MatchRule, int]] = {
    "words": 2,
    "substring": 1,
    "words-negation": 1,
    "words-negation-hedges": 1,
}
"""The version of each rule: it rises when the same tags match another caption, and with it the ids."""

DEFAULT_RULE: Final[MatchRule] = "words-negation"
FORMER_DEFAULTS: Final[tuple[MatchRule, ...]] = ("words",)
MAX_TAGS = 5000
SEEN = "seen"  # the group of the tags that no group names


@dataclass(frozen=True)
class Vocabulary:
    """An ordered list of tags with aliases, and the rule by which they match.

    Attributes:
        name: its name; the id begins with it.
        aliases: tag -> further forms; the order is the vocabulary's.
        rule: how a form matches a caption.
        named_groups: group -> tags, for reports; not part of the id, as they do not affect counts.
        no_tag: phrases that contain a tag's word and mean something else, e.g. `comic book`.
        matcher: the version of the rule; 0 becomes the current one.

    Raises:
        Misfit: no tags, too many, one without a word, two that normalise to the same, an unknown rule or version,
            or a group with an unknown tag or one that is in another group.
    """

    name: str
    aliases: Mapping[str, tuple[str, ...]]
    rule: MatchRule = DEFAULT_RULE
    named_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_tag: tuple[str, ...] = ()
    matcher: int = 0
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
        self._check_rule()
        check_forms(self.name, self.aliases)
        self._check_fields()
        self._check_groups()
        object.__setattr__(self, "_find", self._matcher())

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
        stage_group = {tag: name for name, members in self.named_groups.items() for tag in members}
        found: dict[str, list[str]] = {name: [] for name in (SEEN, *self.named_groups)}
        for tag in self.tags:
            found[stage_group.get(tag, SEEN)].append(tag)
        return {name: tuple(members) for name, members in found.items() if members}

    @cached_property
    def vocabulary_id(self) -> str:
        """The name and 8 hex digits of a hash of everything that decides which tags a caption has."""
        return self._id(self.rule, self.matcher, *([list(self.no_tag)] if self.no_tag else ()))

    @property
    def tags_id(self) -> str:
        """The same for what a model is asked or scores: name, tags and aliases, whatever the rule."""
        return self._id("words", 1)

    def earlier(self, *, by_default: bool) -> tuple[Vocabulary, ...]:
        """The same vocabulary as earlier versions of movietag counted with it, the newest first.

        ``by_default``: nobody selected the rule, so it may have been an earlier default.
        """
        versions = [(self.rule, one) for one in range(1, self.matcher)]
        if by_default:
            others = (rule for rule in FORMER_DEFAULTS if rule != self.rule)
            known = [(rule, one + 1) for rule in others for one in range(MATCHER_VERSION[rule])]
            versions = known + versions
        return tuple(replace(self, rule=rule, matcher=one) for rule, one in reversed(versions))

    def match(self, caption: str, *, cut: bool = False) -> frozenset[str]:
        """The tags that match a caption; ``cut``: it may end in half a word, so its last entry does not count.

        ``words``: whole words in any case, the longest form first, each word used once: in
        `historical fiction` the tag `historical` does not match. ``substring``: any occurrence of the
        tag's own text, as in the paper.

        What is read of an answer: ``movietag.vocabulary.answers``; what a word is:
        ``movietag.vocabulary.splitting``. Version 1 of ``words`` reads the whole caption, and a word is a run of
        letters, digits and ``_`` of the normalised text; so does ``substring``.
        """
        if self.rule == "substring" or self._is_first:
            return self._find(caption)
        return self._find(read_answer(caption, cut=cut).text)

    def _id(self, *content: object) -> str:
        text = json.dumps([list(self.aliases.items()), *content], ensure_ascii=True)
        slug = re.sub(r"[^a-z0-9]+", "-", normalise(self.name)).strip("-") or "tags"
        return f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def _matcher(self) -> Callable[[str], frozenset[str]]:
        if self.rule == "substring":
            return Substrings(((form, tag) for form, tag, _ in forms_of(self.aliases)), self.no_tag)
        forms = word_forms(self.name, self.aliases, self.no_tag, self._split_form)
        if self._is_first:
            return WordForms(forms.items(), word_list)
        split = Splitter(forms)
        found = WordForms(forms.items(), split)
        if self.rule == "words":
            return found
        return AffirmedForms(found, split, hedges=self.rule == "words-negation-hedges")

    @property
    def _is_first(self) -> bool:
        """Whether words are those of version 1 of ``words``."""
        return self.rule == "words" and self.matcher == 1

    def _split_form(self, form: str) -> set[tuple[str, ...]]:
        """A form as words; `PlotTwist` also as one word."""
        if self._is_first:
            return {words(form)}
        return {form_words(form), form_words(form.casefold())}

    def _check_rule(self) -> None:
        newest = MATCHER_VERSION.get(self.rule, 0)
        if not newest:
            what = f"its rule {self.rule!r} is unknown; the rules are {', '.join(MATCHER_VERSION)}."
            raise Misfit(self.name, what)
        if self.matcher not in range(newest + 1):
            what = f"version {self.matcher} of the rule {self.rule} is unknown: 1 to {newest} are known."
            raise Misfit(self.name, what, "", "matcher")
        object.__setattr__(self, "matcher", self.matcher or newest)

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
