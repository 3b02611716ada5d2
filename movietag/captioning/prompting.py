"""Prompts: what a tagger is asked about a frame. A template with a name and a strategy.

A prompt's ``text`` is a Jinja template, its ``strategy`` says which tags it may name:
``fixed`` none, ``vocabulary`` all, ``known`` those that the tables under ``[known]`` choose by the
movie's genres, its year and the words of its video's title, ``found`` those that an earlier pass found in
the movie. All that decides what is asked is part of the tagger's id. Pure: no model here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.foreign_text import as_foreign, without_foreign_tokens
from movietag.captioning.list_form import ListForm
from movietag.errors import UsageError
from movietag.records import Context
from movietag.vocabulary import Vocabulary, normalise, words

Strategy = Literal["fixed", "vocabulary", "known", "found"]
_JINJA: Final = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    finalize=as_foreign,
    trim_blocks=True,
    keep_trailing_newline=False,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Which tags to ask of what is known: of every movie, by genre, by span of years, by video."""

    always: tuple[str, ...] = ()
    genres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    years: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    videos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def tags(self, context: Context) -> Iterator[str]:
        """The tags for what is known, perhaps some of them twice."""
        yield from self.always
        genres = {normalise(genre) for genre in context.genres}
        for genre, tags in self.genres.items():
            if normalise(genre) in genres:
                yield from tags
        for (first, last), tags in self.years.items():
            if context.year is not None and first <= context.year <= last:
                yield from tags
        said = set(words(context.video))
        for word, tags in self.videos.items():
            if said.issuperset(words(word)):
                yield from tags


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template and the strategy that chooses the tags it may name.

    Args:
        name: for people; not part of what is asked.
        content: all that decides what is asked, for the tagger's id.
        lists: the form of answers that are lists of tags; None: any text is one.
        literal: the text is no template: it is asked with its own blanks and braces, as a tagger was taught it.
    """

    name: str
    text: str
    strategy: Strategy
    known: Known = Known()
    content: Mapping[str, Any] = field(default_factory=dict)
    lists: ListForm | None = None
    literal: bool = False

    def tags(self, vocabulary: Vocabulary, context: Context = NOTHING_KNOWN) -> tuple[str, ...]:
        """The tags that the prompt names for a frame, in the vocabulary's order; found ones in theirs."""
        match self.strategy:
            case "fixed":
                return ()
            case "vocabulary":
                return vocabulary.tags
            case "known":
                chosen = set(self.known.tags(context))
                return tuple(tag for tag in vocabulary.tags if tag in chosen)
            case "found":
                there = set(vocabulary.tags)
                return tuple(tag for tag in context.found if tag in there)

    def render(
        self,
        vocabulary: Vocabulary,
        context: Context = NOTHING_KNOWN,
        *,
        tokens: Collection[str] = (),
    ) -> str:
        """What is asked about a frame of which ``context`` is known, blanks as single ones.

        Args:
            vocabulary: whose tags the prompt may name.
            context: text of strangers, of which nothing can become one of the model's tokens.
            tokens: those of the model that is asked; tokens of common models are always broken.

        Raises:
            UsageError: the template names what there is not, or does not end well.
        """
        if self.literal:
            return self.text
        given = {
            "title": context.title,
            "year": context.year,
            "genres": context.genres,
            "video": context.video,
            "tags": self.tags(vocabulary, context),
        }
        try:
            return without_foreign_tokens(_JINJA.from_string(self.text).render(given), tokens)
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise UsageError(
                f"Prompt {self.name}: {error}. A text may name {', '.join(given)}."
            ) from None
