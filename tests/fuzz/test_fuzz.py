"""The short form of the fuzzer: some hundred inputs through the real stages, each found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.addresses import search_of

from fuzz import runner, world
from movietag.local.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

INPUTS, SEED = 340, 7


@pytest.fixture
def stages(
    stack: Stack,
    tmp_path_factory: pytest.TempPathFactory,
    port_bases: Iterator[int],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Stack, Path]]:
    """The stages and a Triton with the fuzzer's model, on the Kafka and Elasticsearch of the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "root").mkdir()
    (folder / "outside").mkdir()
    settings = world.fuzz_settings(
        folder / "home",
        next(port_bases),
        folder / "root",
        kafka=stack.settings.kafka_address,
        **search_of(stack.settings),
    )
    fuzzed = Stack(settings, model_repository=world.write_repository(folder / "models"))
    with world.started(fuzzed):
        yield fuzzed, folder


async def test_every_hostile_input_is_found_again(stages: tuple[Stack, Path]) -> None:
    stack, folder = stages
    case = runner.make_case(INPUTS, SEED, folder / "root", folder / "outside", with_media=False)
    report = await runner.run(case, SEED, stack, 90)
    assert report.faults == [], "\n".join(report.lines())
    assert sum(row.inputs for row in report.table.values()) == INPUTS
    assert len(report.table) == runner.CLASSES
