"""Topics that were deleted and made again: what lies at an offset that was used before is something new."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.plan_bench import FIRST, GONE, Planning, request, title
from support.records import MOVIE, title_request

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.incarnations import STEP, Incarnation
from movietag.records import Title, encode
from movietag.streams.failures.dead_letters import letter_for
from movietag.streams.runtime.topics import INCARNATIONS

MadeAgain = Callable[..., None]


@pytest.fixture
def made_again(monkeypatch: pytest.MonkeyPatch) -> MadeAgain:
    """Makes topics again, so many times."""

    def again(spec: topics.TopicSpec, times: int = 1) -> None:
        monkeypatch.setitem(INCARNATIONS, spec.name, Incarnation(f"{times:032x}", times))

    return again


@pytest.mark.parametrize("offset", [0, 7])  # lower than the newest answer, and the same
@pytest.mark.parametrize("what", ["refresh", "forget"])
async def test_a_request_at_a_reused_offset_is_judged(
    made_again: MadeAgain, what: str, offset: int
) -> None:
    bench = Planning()
    assert await bench.plan(request(title_request(), 7)) == [*FIRST, "acked 7"]
    made_again(topics.REQUESTS)
    asked = title_request(100, title=Title("Heat", MOVIE, 1995, **{what: True}))
    assert "ledger <- plan 2.0" in await bench.plan(request(asked, offset))


async def test_a_failed_video_at_a_reused_offset_is_replaced(made_again: MadeAgain) -> None:
    bench = Planning()
    await bench.plan(request(title_request(), 7))
    made_again(topics.REQUESTS)
    assert "videos <- fetch c" in await bench.plan(request(GONE, 7))


async def test_what_comes_again_after_all_is_still_known(made_again: MadeAgain) -> None:
    bench = Planning()
    made_again(topics.REQUESTS)
    await bench.plan(request(title_request(), 7))
    effects = await bench.plan(request(title_request(), 7), planner=bench.process("other"))
    assert effects == [*FIRST[1:], "acked 7"]
    assert bench.outside.searched == 1


async def test_a_title_at_a_reused_offset_is_another_request(made_again: MadeAgain) -> None:
    bench = Planning()
    await bench.name(title(b"Heat (1995)", 7))
    made_again(topics.TITLES)
    await bench.name(title(b"Heat (1995)", 7))
    made_again(topics.TITLES, 2)
    await bench.name(title(b"Heat (1995)", 7))
    ids = [named.request_id for _, named, _ in bench.requests.sent]
    assert ids[0] == "movietag.titles/0/7"
    assert ids[1:] == [f"movietag.titles/0/{times * STEP + 7}" for times in (1, 2)]


def test_a_letter_of_a_reused_offset_is_another_letter(made_again: MadeAgain) -> None:
    error = PermanentError("bad-title", "No.")
    first = letter_for(title(b"\xff", 7), "plan", error)
    made_again(topics.TITLES)
    second = letter_for(title(b"\xfe", 7), "plan", error)
    assert (first.letter_id, first.offset) == ("movietag.titles/0/7/plan", 7)
    assert second.letter_id == f"movietag.titles/0/{STEP + 7}/plan"
    assert second.offset == 7  # where it lies
    assert encode(second)
