"""Points for and against a place where a film's name stands, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Final

from movietag.crawl.judging.folding import Gap
from movietag.crawl.judging.lexicon import REFUSED, SHOWS, Label, Labelled, lexicon
from movietag.crawl.judging.place import Place
from movietag.crawl.judging.segments import segments
from movietag.crawl.judging.surroundings import Strange

Part = tuple[float, str]  # points, and why
_EPISODE: Final = re.compile(r"s\d{1,2}e\d{1,3}")


def title_points(place: Place, year: int | None) -> list[Part]:
    """The title itself; part of it needs the film's very year."""
    if not place.name.short:
        return [(2.0, "title")]
    named = (0.0, f"short name: {place.name.text}")
    if year is not None and year in place.years:
        return [named]
    return [named, (-2.0, "a short name without the film's year")]


def strange_points(place: Place, strange: Strange, year: int | None) -> Part:
    """Unexplained words: another film, unless its own year says that it is this one.

    A word glued to a short title is one in spite of the year: "Up in the Air (2009)", "Saving Her (2013)".
    """
    side = "before" if strange.before else "after"
    name = place.name
    firm = not name.common and (not strange.before or len(name.bare) > 1)
    if year in place.years and not name.short and (strange.gap > Gap.GLUE or firm):
        return (-1.0, f"{side} the title: {strange.text}")
    return (-5.0, f"another film, {side} the title: {strange.text}")


def part_points(place: Place) -> list[Part]:
    """Another part of a series."""
    return [(-4.0, f"another part: {place.part}")] if place.part else []


def astray_points(place: Place) -> list[Part]:
    """A number, a letter or a word like "Us" is a film's name only where nothing else is named before it."""
    if not place.name.vague or not place.left:
        return []
    word, _ = place.left[-1]
    if place.first.gap == Gap.GLUE:
        return [] if word.possessive else [(-5.0, f"more likely part of {word.text!r} than a name")]
    others = [one.text for one, label in place.left if label is None and not one.possessive]
    return [(-5.0, f"more likely a word beside {others[0]!r}")] if others else []


def year_points(place: Place, year: int | None) -> list[Part]:
    """Years; one that is off by one is a premiere elsewhere, that of a new edition says nothing."""
    if year is None or not place.years:
        return []
    if any(abs(one - year) <= 1 for one in place.years):
        return [(2.0, "year")]
    if any(label.group == "edition" for label in place.labels):
        return [(0.0, f"year of another edition: {place.years[0]}")]
    return [(-5.0, f"another year: {place.years[0]}")]


def kind_points(place: Place, *, settled: bool) -> list[Part]:
    """Kinds of videos that show the film; a short title needs one, unless a year has ``settled`` it."""
    if kinds := sorted({one.phrase for one in place.labels if one.group in {*SHOWS, "film"}}):
        return [(1.0, f"kind: {kinds[0]}")]
    if settled or _tells_of_film(place):
        return []
    if place.name.common:
        return [(-2.0, "a short title with neither year nor kind")]
    opener = next((one for one in reversed(place.left) if one[0].gap == Gap.HARD), None)
    behind = place.first if place.first.gap == Gap.HARD else opener and opener[0]
    beside = [
        *(place.left if behind and behind.bracketed else ()),
        *(place.right[:1] if place.right and place.right[0][0].bracketed else ()),
    ]
    if any(label is None for _, label in beside):
        return [(-1.0, "brackets, with neither year nor kind")]
    return []


def refused_points(place: Place, own: Collection[str]) -> list[Part]:
    """Kinds that carry a film's name and show something else; words of the title itself (``own``) are none."""
    found = sorted(
        (REFUSED.index(label.group), label.phrase)
        for at, (_, label) in enumerate(place.rest)
        if label
        and label.group in REFUSED
        and not set(label.words) <= set(own)
        and not _in_moment(place.rest, at, label)
    )
    if found:
        return [(-4.0, f"{REFUSED[found[0][0]]}: {found[0][1]}")]
    episodes = [word.text for word, _ in place.rest if _EPISODE.fullmatch(word.text)]
    return [(-4.0, f"episode: {episodes[0]}")] if episodes else []


def _tells_of_film(place: Place) -> bool:
    """Whether a studio, a maker, an edition or a quotation beside a name tells of a film."""
    owned = bool(place.left) and place.left[-1][0].possessive and place.first.gap == Gap.GLUE
    return owned or any(
        word.quoted or (label and label.group in {"studio", "edition"})
        for word, label in place.rest
    )


def _in_moment(rest: Sequence[Labelled], at: int, label: Label) -> bool:
    """Whether a word is what a moment is about: "poker game scene", "Movie CLIP - The Cat Game"."""
    if label.words not in lexicon().moments:
        return False
    parts = list(segments(rest))
    ends = list(accumulate(map(len, parts)))
    here = next(number for number, end in enumerate(ends) if at < end)
    before = parts[here - 1][-1:] if here else []
    return any(one and one.group == "moment" for _, one in [*before, *parts[here]])
