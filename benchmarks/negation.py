"""Wrong tags by negation, on generated captions whose truth is known.

Templates name what a caption says (`{a}`, `{b}`) and what it denies (`{x}`, `{y}`, `{z}`); tags of the vocabulary are
put in at random. A third of the captions are plain, as most captions of frames are. None of the templates was used
to develop the rule (`tests/cases/captions_negation.tsv` was).

    python -m benchmarks.negation [captions]     # 20,000; prints a line of JSON for each rule
"""

from __future__ import annotations

import json
import random
import string
import sys
from collections.abc import Iterator

from movietag.vocabulary import MatchRule, Vocabulary, load

RULES: tuple[MatchRule, ...] = ("substring", "words", "words-negation")

PLAIN = """\
A scene from a movie containing tag data '{a}', '{b}'
The image shows a man in a hallway; the mood is {a} and {b}.
{a}, {b}
A {a} scene with a touch of {b}.
The lighting suggests {a}, and the composition adds to the {b} atmosphere.
Two people talk in a kitchen. The still is {a}.
"""
DENYING = """\
A man sits alone at a table. There is no hint of {x} or {y} in his face, and the tone is {a}.
The still comes from a {a} film; I see no {x}.
It has a {a} look without any trace of {x}, {y} or {z}.
While the frame is {a}, it doesn't convey {x}.
This looks {a}, though not {x}.
The scene is {a} and {b}, but it isn't {x} or {y}.
I would describe it as {a}. It is definitely not {x}.
There's nothing {x} here. The mood is {a}.
Tags: {a}, {b}. Not {x}, {y} or {z}.
Applicable tags: {a}, {b}. Not applicable: {x}, {y}, {z}.
The frame does not appear to be {x}; it is {a} instead.
No elements of {x}, {y}, or {z} are visible in the picture.
{x} and {y} are not present in the image, while {a} is.
The picture lacks the typical features of {x}, but {a} is there.
I'm unable to see any {x}. What I can see is {a}.
Based on the image alone, it's impossible to determine whether the movie is {x} or {y}.
I can't tell from one frame whether it is {x}, {y} or {z}.
None of the tags {x}, {y} and {z} fits this picture.
The movie is more {a} than {b}, and not {x} at all.
A {a} shot, neither {x} nor {y}, of a quiet street.
The woman doesn't look happy, and there are no signs of {x}.
Rather than {x}, the image conveys {a}.
The image conveys {a} rather than {x}.
The absence of {x} gives it a {a} feeling.
It is free of {x} and {y}, {a} and {b} in tone.
Is it {x}? No. Is it {a}? Yes.
A {a} picture that never becomes {x}.
This isn't a {x} movie; it's {a}.
This is not a {x} movie, it is {a}.
The atmosphere cannot be called {x}, only {a}.
"""
SEEMING = """\
Nobody else is in the {a} room.
The man isn't smiling. The scene is {a}.
There are no cars on the street, which gives it a {a} feeling.
There is no one in the {a} hall, and the light is {b}.
The woman does not look at the camera, and the {a} tone is strong.
It is not only {a} but {b} as well.
Without a doubt this is {a} and {b}.
The character, who isn't named, stands in a {a} setting.
No text is visible. {a}, {b}.
There's no denying that the picture is {a}.
The sky is not visible in this {a} shot.
The film can't be anything but {a}? It is {a}.
Without looking at the viewer, a woman walks through a {a} landscape.
You can't miss the {a} mood.
The man has no hat, a {a} face and {b} clothes.
"""
GROUPS = {"plain": PLAIN, "denying": DENYING, "seeming to deny": SEEMING}


def captions(
    vocabulary: Vocabulary, chance: random.Random, number: int
) -> Iterator[tuple[str, str, set[str]]]:
    """The group of each caption, its text, and the tags that it affirms."""
    groups = {name: text.splitlines() for name, text in GROUPS.items()}
    for _ in range(number):
        group = chance.choice(list(groups))
        template = chance.choice(groups[group])
        slots = sorted({name for _, name, _, _ in string.Formatter().parse(template) if name})
        tags = dict(zip(slots, chance.sample(vocabulary.tags, len(slots)), strict=True))
        said = {tag for slot, tag in tags.items() if slot in "ab"}
        yield group, template.format(**tags), said


def figures(rule: MatchRule, number: int) -> dict[str, object]:
    """Of 1,000 captions of each group: tags that are wrong, tags that are missed, captions that are right."""
    vocabulary = load("mpst", rule)
    found = {group: [0, 0, 0, 0] for group in GROUPS}
    for group, caption, said in captions(vocabulary, random.Random(1), number):
        tags = vocabulary.match(caption)
        for at, more in enumerate((1, len(tags - said), len(said - tags), tags == said)):
            found[group][at] += more
    return {
        "rule": rule,
        **{
            group: {
                "wrong_tags": round(1000 * wrong / count),
                "missed_tags": round(1000 * missed / count),
                "right": round(right / count, 4),
            }
            for group, (count, wrong, missed, right) in found.items()
        },
    }


def main() -> None:
    """A line for each rule."""
    for rule in RULES:
        print(json.dumps(figures(rule, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))


if __name__ == "__main__":
    main()
