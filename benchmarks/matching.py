r"""Finding tags in captions: the matcher beside one compiled alternation of the same forms.

The peer is what one would write first: a regular expression ``\b(?:longest|…|shortest)\b`` over the
normalised caption. It finds the same words in most captions (it takes marks between words literally), so
both do the same work; the figures say how many captions it answers otherwise. Where flashtext2 is
installed (a matcher of keywords in Rust; not among our dependencies), it is a second peer.

    python -m benchmarks.matching [captions]     # 100,000; prints a line of JSON
    pip install --target FOLDER flashtext2 && PYTHONPATH=FOLDER python -m benchmarks.matching
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

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


def keywords(vocabulary: Vocabulary) -> Match:
    """The peer in Rust."""
    processor = import_module("flashtext2").KeywordProcessor(case_sensitive=False)
    for tag, others in vocabulary.aliases.items():
        for form in (tag, *others):
            processor.add_keyword(form, tag)
    return lambda caption: frozenset(processor.extract_keywords(caption))


def seconds(match: Match, texts: list[str]) -> float:
    """CPU seconds for all of them."""
    began = time.process_time()
    for text in texts:
        match(text)
    return time.process_time() - began


def beside(vocabulary: Vocabulary) -> dict[str, object]:
    """The matcher and its peers."""
    texts = captions(vocabulary, random.Random(1))
    whole = seconds(vocabulary.match, texts)
    # An alternation of thousands of forms takes minutes.
    few = texts if len(vocabulary.tags) <= FEW else texts[: len(texts) // 20]
    found: dict[str, object] = {
        "tags": len(vocabulary.tags),
        "captions_a_second": round(len(texts) / whole),
        "seconds_for_all": round(whole, 2),
        "expression": against(vocabulary, alternation(vocabulary), few),
    }
    if find_spec("flashtext2"):
        found["flashtext2"] = against(vocabulary, keywords(vocabulary), texts)
    return found


def against(vocabulary: Vocabulary, peer: Match, texts: list[str]) -> dict[str, object]:
    """Both in turn, some rounds of them; above 1 the matcher is the faster one."""
    rounds = [(seconds(vocabulary.match, texts), seconds(peer, texts)) for _ in range(ROUNDS)]
    ratios = sorted(theirs / ours for ours, theirs in rounds)
    return {
        "times_as_fast_as_the_peer": round(statistics.median(ratios), 2),
        "spread": [round(ratios[0], 2), round(ratios[-1], 2)],
        "answered_otherwise_by_the_peer": sum(
            vocabulary.match(text) != peer(text) for text in texts
        ),
    }


def main() -> None:
    """71 tags, 71 with aliases, 5,000 tags, 5,000 that begin with the same word."""
    many = Vocabulary("many", {f"tag{number} of{number % 700}": () for number in range(5_000)})
    alike = Vocabulary("alike", {f"the tag{number}": () for number in range(5_000)})
    found = {
        name: beside(vocabulary)
        for name, vocabulary in (
            ("mpst", load("mpst")),
            ("mpst-aliases", load("mpst-aliases")),
            ("5,000 tags", many),
            ("5,000 alike", alike),
        )
    }
    print(json.dumps({"captions": CAPTIONS, **found}))


if __name__ == "__main__":
    main()
