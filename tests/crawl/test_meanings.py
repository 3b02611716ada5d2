"""What messages mean: tests/cases has tables of them; here is what yt-dlp's own source raises, and warnings."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from movietag.crawl.meanings import KINDS, Fault, meaning_of, with_warnings
from movietag.crawl.phrases import PATTERNS

pytestmark = pytest.mark.heavy  # yt-dlp has 1,100 files

Said = tuple[str, str]  # what raises it, and its words


@cache
def raised() -> frozenset[Said]:
    """What the extractors and downloaders of the installed yt-dlp raise; X stands for what is filled in."""
    spec = find_spec("yt_dlp")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    files = [*(root / "extractor").rglob("*.py"), *(root / "downloader").rglob("*.py")]
    return frozenset(one for file in files for one in _raised_in(ast.parse(file.read_text())))


def _raised_in(tree: ast.AST) -> Iterator[Said]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            words = _words(node.args[0])
            if len(words.strip("X{} :-,.%s")) > 3:
                yield name, " ".join(words.split())


def _words(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_words(value) or "X" for value in values)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _words(left)
    return ""


def of(*names: str) -> list[str]:
    return sorted(words for name, words in raised() if name in names)


def test_what_yt_dlp_calls_a_region_is_the_videos_fault() -> None:
    said = of("raise_geo_restricted", "GeoRestrictedError")
    assert len(said) > 5
    assert not [one for one in said if meaning_of(one).fault is not Fault.VIDEO]


def test_what_wants_an_account_is_the_videos_fault() -> None:
    said = [one for one in of("raise_login_required") if "CAPTCHA" not in one]
    wrong = [one for one in said if meaning_of(one).fault is not Fault.VIDEO]
    assert len(said) > 40
    assert len(wrong) <= len(said) / 12, wrong


def test_what_it_failed_to_find_means_an_update() -> None:
    said = [
        one
        for one in of("ExtractorError")
        if one.startswith(("Unable to extract", "Failed to extract", "Could not extract"))
    ]
    wrong = [one for one in said if meaning_of(one).fault is not Fault.SITE_BROKEN]
    assert len(said) > 30
    assert len(wrong) <= len(said) / 20, wrong


def test_few_messages_are_blamed_on_this_machine() -> None:
    said = of("ExtractorError", "raise_no_formats", "raise_login_required")
    faults = Counter(meaning_of(one).fault for one in said)
    assert faults[Fault.SETTINGS] <= len(said) / 40
    assert faults[Fault.VIDEO] > faults[Fault.SITE_TRANSIENT]


def test_what_is_not_expected_means_an_update_unless_the_words_are_known() -> None:
    assert meaning_of("Some site says no").fault is Fault.VIDEO
    assert meaning_of("Some site says no", expected=False).fault is Fault.SITE_BROKEN
    assert meaning_of("This video is private", expected=False).fault is Fault.VIDEO


def test_addresses_and_names_are_no_words() -> None:
    assert meaning_of("[drm] premium-private: Unable to extract title").kind == "site-broken"
    assert meaning_of("Unsupported URL: https://a.org/live/drm/429").kind == "not-a-video"


def test_every_kind_has_a_meaning_and_those_of_this_machine_a_remedy() -> None:
    assert {kind for _, kind in PATTERNS} <= set(KINDS)
    assert all(one.remedy for one in KINDS.values() if one.fault is Fault.SETTINGS)
    assert all(one.fault is Fault.SETTINGS for one in KINDS.values() if one.waits)


def test_the_warning_before_an_error_is_kept_with_it() -> None:
    no_format = KINDS["no-format"]
    said, meaning = with_warnings(
        "Requested format is not available",
        no_format,
        ["n challenge solving failed:\n Some formats may be missing", "", "x" * 500, "x" * 500],
    )
    assert meaning is no_format
    assert said.startswith("Requested format is not available (yt-dlp warned before: n challenge")
    assert "\n" not in said
    assert len(said) < 500
    assert with_warnings("Private video", KINDS["private"], []) == (
        "Private video",
        KINDS["private"],
    )


@pytest.mark.parametrize(
    ("error", "kind"), [("no-format", "no-javascript"), ("private", "private")]
)
def test_a_missing_runtime_explains_a_site_that_is_not_understood(error: str, kind: str) -> None:
    warning = "No supported JavaScript runtime could be found."
    assert with_warnings("x", KINDS[error], [warning])[1].kind == kind
