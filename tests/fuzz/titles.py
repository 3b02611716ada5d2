# ruff: noqa: RUF001  # odd letters are the point
"""Titles as nobody should send them, as text and as JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

from fuzz.inputs import Input
from movietag.topics import TITLES

MARKS = "\u202a\u202b\u202e\u2066\u2069\u200f\u200e\u061c"
ALPHABETS = (
    "abcXYZ 019",
    "한국영화제목",
    "हिन्दी फिल्म",
    "ﬁﬂﬃ①Ⅷ㍿",
    "🧛‍♂️🎬👩‍👩‍👧",
    "e\u0301\u0327o\u0308",
    "ＦＵＬＬ　ｗｉｄｔｈ",
)
CONTROLS = "\x00\x01\x07\x08\x0b\x1b\x7f\x85\u2028\u2029"


def texts(rng: random.Random, number: int) -> tuple[bytes, bool | None]:
    """One line of text, or what is none."""
    word = "".join(rng.choices(rng.choice(ALPHABETS), k=rng.randrange(1, 40)))
    makers: tuple[Callable[[], tuple[bytes, bool | None]], ...] = (
        lambda: (f"{word} {number}".encode(), None),
        lambda: (f"{word}{rng.choice(CONTROLS)}{number}".encode(), True),
        lambda: (f"{word}{rng.choice(MARKS)}{number}".encode(), None),
        lambda: (b"x" * rng.choice((301, 10_000, 70_000)), True),
        lambda: (f"{word}\n{number}".encode(), True),
        lambda: (rng.choice((b"", b" ", b"\n\n", b"\xef\xbb\xbf", "\u3000".encode())), True),
        lambda: (word.encode("utf-16"), None),
        lambda: (b"\xff\xfe" + rng.randbytes(20), True),
        lambda: (rng.choice(("../../etc/passwd", "file:///etc/passwd", "http://[::1", "$(id)")).encode() + b" %d" % number, False),
        lambda: (f"Movie {number} ({rng.choice((0, 1869, 2101, 9999, 10**9))})".encode(), False),
        lambda: (b'{"title":' + b"[" * 30_000, True),
        lambda: (b"[" * 60_000, True),
    )  # fmt: skip
    return rng.choice(makers)()


def jsons(rng: random.Random, number: int, root: Path) -> tuple[bytes, bool | None]:
    """JSON with something wrong; none of it can be searched for, so that none costs a search."""
    good = {"title": f"Fuzz {number}", "files": [str(root / "missing.mp4")]}
    field, value, refused = rng.choice(VALUES)
    text = json.dumps(good | {field: value})
    makers: tuple[Callable[[], tuple[bytes, bool | None]], ...] = (
        lambda: (text.encode(), refused),
        lambda: (text.encode(), refused),
        lambda: (text.encode(), refused),
        lambda: (text[:-1].encode(), True),
        lambda: (json.dumps(good | {"title": "x" * 10_000}).encode(), True),
        lambda: (json.dumps(good | {"title": "\ud800"}).encode(), True),
        lambda: (text.replace("}", f',"title":"Twice {number}"}}').encode(), None),
        lambda: (json.dumps(good | {"year": 5}).replace("5", rng.choice(ODD_NUMBERS)).encode(), True),
        lambda: (b'{"title":"Deep","files":' + b'[' * 20_000 + b"]" * 20_000 + b"}", True),
        lambda: (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, True),
        lambda: (text.encode("utf-16"), True),
        lambda: (json.dumps(good).encode(), False),
    )  # fmt: skip
    return rng.choice(makers)()


ODD_NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "1" + "0" * 5_000,
    "0x10",
    "01",
    "1.5",
    "-1",
)
VALUES: tuple[tuple[str, object, bool | None], ...] = (
    ("title", 5, True),
    ("title", ["a"], True),
    ("title", None, True),
    ("title", "", True),
    ("title", "a\x00b", True),
    ("title", "\u202eevil", True),
    ("title", "\u0301" * 50, None),
    ("year", "1995", False),
    ("year", 99_999, True),
    ("year", True, True),
    ("movie_id", "..", True),
    ("movie_id", "a/b", True),
    ("movie_id", "a|b", True),
    ("movie_id", "x" * 201, True),
    ("movie_id", "", True),
    ("movie_id", 7, True),
    ("files", "/etc/passwd", True),
    ("files", ["/etc/passwd"], None),
    ("files", ["relative.mp4"], None),
    ("files", ["/proc/self/environ"], None),
    ("files", ["/x/" + "../" * 100 + "etc/passwd"], None),
    ("files", ["/" + "x" * 3_000], True),
    ("files", ["/tmp/x"] * 51, True),
    ("files", [""], True),
    ("files", [5], True),
    ("urls", ["http://[::1"], None),
    ("urls", ["http://169.254.169.254/latest/meta-data"], None),
    ("urls", ["http://localhost:9200/_all"], None),
    ("urls", ["file:///etc/passwd"], None),
    ("urls", ["http://youtube.com@10.0.0.1/"], None),
    ("urls", ["gopher://youtube.com/"], None),
    ("images", ["/"], None),
    ("images", ["/dev"], None),
    ("refresh", "yes", True),
    ("forget", 1, True),
    ("forget", True, None),
    ("surprise", 1, True),
)


def titles(count: int, rng: random.Random, root: Path) -> list[Input]:
    """``count`` inputs, a quarter of them text (each of those that is taken costs a search)."""
    found = []
    for number in range(count):
        value, refused = texts(rng, number) if number % 4 == 0 else jsons(rng, number, root)
        key = rng.choice((None, b"", b"\xff", b"k" * 1_000))
        found.append(Input("titles", TITLES.name, value, key, refused=refused))
    return found
