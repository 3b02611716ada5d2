"""A valid record with one thing wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
ODD = (
    "\u202egnp.exe",
    "a\u200db",
    "\u0000",
    "\ufeff",
    "e\u0301\u0301\u0301",
    "\ud7ff\uffff",
    "\U0001f9db\u200d\u2642\ufe0f",
    "ﬁﬂ",
    "../../etc/passwd",
    "'; --",
    "%s%n",
    "a|b",
    "a~b",
    "http://[::1",
    "*",
    "_all",
)
HUGE = (2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 1e308, -(2**63))


@dataclass(frozen=True, slots=True)
class Mutant:
    """The bytes, and whether a reader must refuse them (None: it depends on the field)."""

    data: bytes | None
    refused: bool | None
    note: str


def mutate(record: bytes, rng: random.Random, number: int, free: frozenset[str]) -> Mutant:
    """One field wrong, or the whole. Below the fields ``free`` anything may stand."""
    kind = rng.choice(WAYS)
    tree = json.loads(record)
    place = rng.choice(list(places(tree)))
    loose = any(step in free for step in place)
    change = CHANGES.get(kind)
    note = f"{kind} {'.'.join(map(str, place))}"
    if change is None:
        return _whole(kind, record, rng)
    parent = tree
    for step in place[:-1]:
        parent = parent[step]
    refused = change(parent, place[-1], rng, number)
    # Surrogates are escaped, everything else is written as it is.
    text = json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if kind == "bad utf-8":
        text = text.replace(b"BADUTF8", b"\xff\xc0\xaf")
    if kind == "nested":
        text = text.replace(b'"NESTED"', b"[" * 50_000 + b"]" * 50_000)
    if kind == "twice":
        name = json.dumps(str(place[0])).encode()
        text = text[:-1] + b"," + name + b": 5}"
    return Mutant(text, None if loose else refused, note)


def places(tree: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a tree of JSON, below its root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for step, value in items:
        yield (*at, step)
        if isinstance(value, dict | list):
            yield from places(value, (*at, step))


def _whole(kind: str, record: bytes, rng: random.Random) -> Mutant:
    match kind:
        case "cut":
            return Mutant(record[: rng.randrange(1, len(record))], True, kind)
        case "null value":
            return Mutant(None, True, kind)
        case "blank":
            return Mutant(rng.choice((b"", b" ", b"\n", b"null", b"[]", b"{}", b"0")), True, kind)
        case "noise":
            return Mutant(b"\x00" + rng.randbytes(rng.randrange(1, 300)), True, kind)
        case _:
            return Mutant(record, False, "untouched")


def _missing(parent: Any, step: Any, _rng: random.Random, _number: int) -> bool | None:
    del parent[step]
    return None


def _other_type(parent: Any, step: Any, rng: random.Random, _number: int) -> bool | None:
    old = parent[step]
    choices: list[Any] = [{"x": [1]}, True]
    choices += [7] if isinstance(old, str | dict | list) else ["seven"]
    new = rng.choice(choices)
    if isinstance(old, bool) and new is True:
        return None
    parent[step] = new
    return True if isinstance(old, str | int | float) else None


def _null(parent: Any, step: Any, _rng: random.Random, _number: int) -> bool | None:
    parent[step] = None
    return None


def _number(choices: tuple[Any, ...]) -> Callable[[Any, Any, random.Random, int], bool | None]:
    def change(parent: Any, step: Any, rng: random.Random, _number: int) -> bool | None:
        parent[step] = rng.choice(choices)
        return None

    return change


def _text(make: Callable[[random.Random, int], str]) -> Callable[..., bool | None]:
    def change(parent: Any, step: Any, rng: random.Random, number: int) -> bool | None:
        parent[step] = make(rng, number)
        return None

    return change


def _unknown(parent: Any, _step: Any, _rng: random.Random, number: int) -> bool | None:
    if not isinstance(parent, dict):
        parent.append({"surprise": number})
        return None
    parent["surprise" * (100_000 // 8) if number % 50 == 0 else "surprise"] = number
    return None  # a newer version may have added it


def _other_kind(parent: Any, step: Any, rng: random.Random, _number: int) -> bool | None:
    if not isinstance(parent, dict) or "kind" not in parent:
        return _unknown(parent, step, rng, 1)
    parent["kind"] = rng.choice(("nonsense", "PLAN", "plan ", 5, None, ""))
    return None


def _bad_utf8(parent: Any, step: Any, _rng: random.Random, _number: int) -> bool | None:
    parent[step] = "BADUTF8"
    return True


def _nested(parent: Any, step: Any, _rng: random.Random, _number: int) -> bool | None:
    parent[step] = "NESTED"
    return True


def _same(_parent: Any, _step: Any, _rng: random.Random, _number: int) -> bool | None:
    return None


CHANGES: dict[str, Callable[[Any, Any, random.Random, int], bool | None]] = {
    "missing": _missing,
    "other type": _other_type,
    "null": _null,
    "negative": _number((-1, -(2**31), -0.5)),
    "huge": _number(HUGE),
    "zero": _number((0,)),
    "unknown field": _unknown,
    "other kind": _other_kind,
    "empty text": _text(lambda _rng, _number: ""),
    "long text": _text(lambda rng, n: f"{n}" + "x" * rng.choice((300, 5_000, 200_000))),
    "odd text": _text(lambda rng, n: f"{rng.choice(ODD)}{n}"),
    "bad utf-8": _bad_utf8,
    "nested": _nested,
    "twice": _same,
}
WAYS = (*CHANGES, "cut", "null value", "blank", "noise", "untouched")
