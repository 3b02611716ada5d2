"""Tests are marked by what they do, and what gives up says for what it waited."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from support.commands import until
from support.marking import Purity, left_out
from support.patience import within


@pytest.mark.parametrize(
    ("written", "by_pure", "by_test", "by_nightly"),
    [
        ("", False, False, True),
        ("pytestmark = pytest.mark.heavy", True, False, True),
        ("pytestmark = [\n    pytest.mark.servers,\n    pytest.mark.slow,\n]", True, True, False),
        ("@pytest.mark.slow\ndef test_a() -> None: ...", False, False, False),
        (
            "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.slow)])",
            False,
            False,
            False,
        ),
        ("pytestmark = pytest.mark.timeout(9)", False, False, True),
    ],
)
def test_a_file_of_which_nothing_is_chosen_is_not_loaded(
    tmp_path: Path, written: str, by_pure: bool, by_test: bool, by_nightly: bool
) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(f"import pytest\n\n{written}\n")
    assert left_out(path, "pure") is by_pure
    assert left_out(path, "not slow") is by_test
    assert left_out(path, "slow") is by_nightly
    assert not left_out(path, "")
    assert not left_out(path.rename(tmp_path / "conftest.py"), "slow")


@pytest.mark.heavy
def test_a_pure_test_that_starts_a_process_is_told() -> None:
    watch = Purity()
    watch.begin()
    assert watch.end() == []
    watch.begin()
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    assert [fault.split(":")[0] for fault in watch.end()] == ["started a process"]


async def test_what_gives_up_says_for_what_it_waited() -> None:
    with pytest.raises(AssertionError, match=r"0\.01 if quiet\): the end"):
        async with within(0.01, "the end"):
            await asyncio.Event().wait()

    async def never() -> int | None:
        return None

    with pytest.raises(AssertionError, match=r"test_marking\.py:\d+: await until\(never, 0\.01"):
        await until(never, 0.01, 0.001)


async def test_a_late_answer_of_another_is_not_taken_for_its_own() -> None:
    with pytest.raises(TimeoutError, match="theirs"):
        async with within(60):
            raise TimeoutError("theirs")
