"""A library that an earlier version of movietag counted keeps its rule at an upgrade, until a retag."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from integration.test_retag import (
    PARTS,
    answer_of,
    command,
    indices_of_others,
    send,
    standing_alias,
    until_true,
)

from movietag.local.stack import Stack
from movietag.recount.current import earlier_rule, read_current
from movietag.settings import Settings
from movietag.vocabulary import Vocabulary, load, to_toml

pytestmark = [pytest.mark.timeout(400), pytest.mark.slow]

TAGS = ("horror", "comedy", "noir")
FIRST = Vocabulary("tags", dict.fromkeys(TAGS, ()), "words", matcher=1)


@pytest.fixture
def earlier(tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Stack]:
    """A stack that counts as version 0.1 did, with the same ids and the same row in Kafka."""
    (tmp_path / "pinned").mkdir()
    pinned = tmp_path / "pinned" / "tags.toml"
    pinned.write_text(to_toml(FIRST, pinned=True))
    (tmp_path / "tags.txt").write_text("\n".join(TAGS))
    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        vocabulary=str(pinned),
        match="words",
        count_linger=0.05,
    )
    stack = Stack(settings)
    stack.start(only=PARTS)
    yield stack
    stack.down()
    stack.reset()


async def test_it_keeps_its_rule_until_a_retag(earlier: Stack) -> None:
    settings, folder = earlier.settings, earlier.where.home.parent
    await send(settings, *range(5))
    await until_true(settings, FIRST)
    earlier.down()

    given = {"vocabulary": str(folder / "tags.txt")}
    unset = {name: getattr(settings, name) for name in ("home", "port_base", "count_linger")}
    upgraded = Settings.model_validate({**unset, **given})
    stack = Stack(upgraded)
    stack.start(only=PARTS)
    current = await read_current(upgraded)
    assert "matcher" not in (current.row.text if current.row else "matcher")
    assert "movietag retag --vocabulary" in earlier_rule(upgraded, current)
    await send(upgraded, 5, 6)
    await until_true(upgraded, FIRST)
    assert await standing_alias(upgraded) == FIRST.vocabulary_id
    assert await indices_of_others(upgraded, FIRST) == set()

    now = load(str(folder / "tags.txt"), "words")
    answer = json.loads(await answer_of(command(stack, folder / "tags.txt")))
    assert (answer["before"], answer["vocabulary"]) == (FIRST.vocabulary_id, now.vocabulary_id)
    await until_true(upgraded, now)
    assert await standing_alias(upgraded) == now.vocabulary_id
    assert await indices_of_others(upgraded, now) == set()
    assert replace(now, matcher=1).vocabulary_id == FIRST.vocabulary_id
