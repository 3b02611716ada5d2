r"""Finding tags in captions: the matcher beside one compiled alternation of the same forms.

The peer is what one would write first: a regular expression ``\b(?:longest|…|shortest)\b`` over the
normalised caption. It finds the same words in most captions (it takes marks between words literally), so
both do the same work; the figures say how many captions it answers otherwise.

    python -m benchmarks.matching [captions]     # 100,000; prints a line of JSON
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable

from movietag.vocabulary import Vocabulary, load, normalise

CAPTIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS = 5
FEW = 200

Match = Callable[[str], frozenset[str]]


def captions(vocabulary: Vocabulary, chance: random.Random) -> list[str]:
    """Captions of 5 to 60 words, one word in eight a form of a tag."""
    forms = [form for tag, others in vocabulary.aliases.items() for form in (tag, *others)]
    everyday = [f"word{number}" for number in range(FEW)]
    return [
        " ".join(
            chance.choice(forms) if chance.random() < 1 / 8 else chance.choice(everyday)
            for _ in range(chance.randint(5, 60))
        )
        for _ in range(CAPTIONS)
    ]


def alternation(vocabulary: Vocabulary) -> Match:
    """The peer."""
    owner = {
        normalise(form): tag
        for tag, others in vocabulary.aliases.items()
        for form in (tag, *others)
    }
    forms = "|".join(re.escape(form) for form in sorted(owner, key=len, reverse=True))
    find = re.compile(rf"\b(?:{forms})\b").findall
    return lambda caption: frozenset(owner[form] for form in find(normalise(caption)))


def seconds(match: Match, texts: list[str]) -> float:
    """CPU seconds for all of them."""
    began = time.process_time()
    for text in texts:
        match(text)
    return time.process_time() - began


def beside(vocabulary: Vocabulary) -> dict[str, object]:
    """Both in turn, some rounds of them."""
    texts = captions(vocabulary, random.Random(1))
    peer = alternation(vocabulary)
    few = texts if len(vocabulary.tags) <= FEW else texts[: len(texts) // 20]  # it takes minutes
    rounds = [(seconds(vocabulary.match, few), seconds(peer, few)) for _ in range(ROUNDS)]
    ratios = sorted(theirs / ours for ours, theirs in rounds)
    whole = seconds(vocabulary.match, texts)
    return {
        "tags": len(vocabulary.tags),
        "captions_a_second": round(len(texts) / whole),
        "seconds_for_all": round(whole, 2),
        "times_as_fast_as_the_peer": round(statistics.median(ratios), 2),
        "spread": [round(ratios[0], 2), round(ratios[-1], 2)],
        "answered_otherwise_by_the_peer": sum(vocabulary.match(text) != peer(text) for text in few),
    }


def main() -> None:
    """71 tags, 71 with aliases, 5,000 tags."""
    many = Vocabulary("many", {f"tag{number} of{number % 700}": () for number in range(5_000)})
    found = {
        name: beside(vocabulary)
        for name, vocabulary in (
            ("mpst", load("mpst")),
            ("mpst-aliases", load("mpst-aliases")),
            ("5,000 tags", many),
        )
    }
    print(json.dumps({"captions": CAPTIONS, **found}))


if __name__ == "__main__":
    main()
