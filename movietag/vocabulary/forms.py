"""The forms of a vocabulary's tags, what is wrong with them, and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from movietag.errors import UsageError
from movietag.vocabulary.texts import words

Words = tuple[str, ...]
Aliases = Mapping[str, tuple[str, ...]]


class Misfit(UsageError):  # noqa: N818
    """What is wrong in a vocabulary, and where; readers of files add the line.

    Args:
        name: of the vocabulary.
        problem: what is wrong and what to do.
        table: ``tags`` or ``groups``; empty for the list ``not``.
        key: the tag, the group or ``not``; empty if the problem is about none of them.
        number: which of the key's values: 0 is the key itself, 1 its first alias, member or phrase.
    """

    def __init__(
        self, name: str, problem: str, table: str = "tags", key: str = "", number: int = 0
    ) -> None:
        self.problem, self.table, self.key, self.number = problem, table, key, number
        super().__init__(f"Vocabulary {name}: {problem}")


def forms_of(aliases: Aliases) -> Iterator[tuple[str, str, int]]:
    """Each form, its tag, and which of the tag's forms it is: 0 is the tag itself."""
    for tag, others in aliases.items():
        yield from ((form, tag, number) for number, form in enumerate((tag, *others)))


def check_forms(name: str, aliases: Aliases) -> None:
    """Check that each form has a word, and that no two are the same.

    Raises:
        Misfit: one has none, or two are.
    """
    owner: dict[Words, str] = {}
    for form, tag, number in forms_of(aliases):
        what = ""
        if not (key := words(form)):
            what = f"{form!r} (tag {tag!r}) has no word: it needs a letter or a digit."
        elif key in owner:
            what = f"{form!r} is listed twice, for {owner[key]!r} and for {tag!r}; keep one."
        if what:
            raise Misfit(name, what, key=tag, number=number)
        owner[key] = tag


def word_forms(
    name: str, aliases: Aliases, no_tag: Sequence[str], spellings: Callable[[str], set[Words]]
) -> dict[Words, str | None]:
    """The words of each form, in all its spellings -> its tag; of each phrase that is no tag -> None.

    Raises:
        Misfit: two tags have the same words, or a phrase that is no tag has those of one.
    """
    owner: dict[Words, str | None] = {}
    for form, tag, number in forms_of(aliases):
        for key in spellings(form):
            what = "" if key else f"{form!r} (tag {tag!r}) has no word: it needs a letter."
            if owner.setdefault(key, tag) != tag:
                what = f"{form!r} of {tag!r} has the same words as {owner[key]!r}; keep one."
            if what:
                raise Misfit(name, what, key=tag, number=number)
    for number, phrase in enumerate(no_tag, 1):
        for key in spellings(phrase):
            if not key or owner.setdefault(key, None) is not None:
                why = f"is the tag {owner[key]!r}" if key else "has no word"
                what = f"{phrase!r} under `not` {why}: name a longer phrase, or remove it."
                raise Misfit(name, what, "", "not", number)
    return owner
