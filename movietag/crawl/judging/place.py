"""A place where a name stands in a video's name, and the words around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from movietag.crawl.judging.folding import Gap, Word
from movietag.crawl.judging.lexicon import Label, Labelled, lexicon
from movietag.crawl.judging.matching import Span, spans_of
from movietag.crawl.judging.names import Name
from movietag.crawl.judging.segments import YEAR, part_after
from movietag.crawl.judging.surroundings import Strange, after, before, ends_with_article


@dataclass(frozen=True)
class Place:
    """A name, and what precedes and follows it; ``first`` is its own first word there."""

    name: Name
    first: Word
    left: Sequence[Labelled]
    right: Sequence[Labelled]

    @property
    def rest(self) -> Sequence[Labelled]:
        """All words but the name's."""
        return [*self.left, *self.right]

    @cached_property
    def labels(self) -> Sequence[Label]:
        """The meanings of these words, as far as they have one."""
        return [label for _, label in self.rest if label]

    @cached_property
    def years(self) -> Sequence[int]:
        """The years among these words."""
        return [int(word.text) for word, _ in self.rest if YEAR.fullmatch(word.text)]

    @cached_property
    def part(self) -> str:
        """The number of another part that follows ("Rocky IV"), or nothing."""
        number, _ = part_after(self.right)
        return "" if number == "1" else number

    def strange(self, *, moments: bool = True) -> list[Strange]:
        """What is unexplained after and before the name, if anything (``surroundings.after``)."""
        _, taken = part_after(self.right)
        behind = None if self.part else after(self.right[taken:], self.first, moments=moments)
        ahead = before(self.left, self.name, self.first) or self._the_movie()
        return [one for one in (behind, ahead) if one]

    def _the_movie(self) -> Strange | None:
        """The sign of another film in "The [Super Mario Bros.] Movie"."""
        if not self.right or self.name.has_article or not ends_with_article(self.left):
            return None
        word, _ = self.right[0]
        movie = word.text == "movie" and word.gap == self.first.gap == Gap.GLUE
        return Strange(("the", "…", "movie"), Gap.GLUE, before=True) if movie else None


def places_of(name: Name, words: Sequence[Word]) -> Iterator[Place]:
    """Where a name stands; in passing only if it stands nowhere else: Iron Man | "I am Iron Man"."""
    spans = spans_of(name, words)
    for begin, end in [one for one in spans if not _in_passing(words, one, spans[0])] or spans:
        yield Place(name, words[begin], _labelled(words[:begin]), _labelled(words[end:]))


def _in_passing(words: Sequence[Word], span: Span, earliest: Span) -> bool:
    """Whether other words precede a name in one quotation, or it is written small after a capital one."""
    start = next((at for at in range(span[0], -1, -1) if words[at].gap > Gap.GLUE), 0)
    small = words[span[0]].lower and not words[earliest[0]].lower
    return small or (start < span[0] and words[start].quoted)


def _labelled(words: Sequence[Word]) -> list[Labelled]:
    return list(zip(words, lexicon().labels(words), strict=True))
