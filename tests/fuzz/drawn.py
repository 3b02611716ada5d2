"""Inputs that nobody thought of: drawn by hypothesis, from all text, all bytes and all of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.inputs import Input
from fuzz.messages import Messages
from fuzz.mutations import places
from movietag.topics import TITLES

T = TypeVar("T")

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
FIELDS = ("title", "year", "movie_id", "urls", "files", "images", "refresh", "forget")


def drawn(strategy: st.SearchStrategy[T], count: int, number: int) -> list[T]:
    """``count`` examples, the same for every run of a seed."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    assert len(found) >= count, f"hypothesis drew {len(found)} of {count}"
    return found[:count]


def titles(count: int, number: int) -> list[Input]:
    """Lines, bytes and objects for the topic of titles."""
    objects = st.dictionaries(st.sampled_from(FIELDS), JSON).map(_written)
    values = drawn(st.text().map(_utf8) | st.binary() | objects, count, number)
    keys: Sequence[bytes | None] = drawn(st.none() | st.binary(), count, number + 1)
    return [
        Input("drawn titles", TITLES.name, value, key)
        for value, key in zip(values, keys, strict=True)
    ]


def records(messages: Messages, count: int, number: int) -> list[Input]:
    """Valid records in which one value, anywhere, is any JSON."""
    found = []
    for value, at in drawn(st.tuples(JSON, st.integers(0, 100_000)), count, number):
        topic, record = messages.valid(at)
        tree = json.loads(record)
        every = list(places(tree))
        place = every[at // 7 % len(every)]
        parent = tree
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = value
        note = ".".join(map(str, place))
        found.append(Input("drawn records", topic, _written(tree), b"", note=note))
    return found


def _written(value: Any) -> bytes:
    return _utf8(json.dumps(value, ensure_ascii=False))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
