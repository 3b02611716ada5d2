"""Frames among several servers: the least busy one is asked, one that is away is left out and tried again."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from pydantic import ValidationError

from movietag.captioning import BadAnswerError, CaptionFailed
from movietag.captioning.balancing import BalancedCaptioner
from movietag.captioning.captioners import Captioners, make_captioner
from movietag.captioning.fake import FakeCaptioner, Outcome
from movietag.captioning.triton.addresses import is_one_server, look_up
from movietag.captioning.triton.captioner import TritonCaptioner
from movietag.errors import MovietagError, PermanentError, TransientError
from movietag.records import TaggerId
from movietag.settings import Settings

AWAY = TransientError("It is away.")
OLD, NEW = TaggerId("old@1"), TaggerId("new@1")


class Fleet:
    """Servers by name; the clock is moved."""

    def __init__(self, *names: str, otherwise: Outcome = "A scene.") -> None:
        self.now = 0.0
        self.servers = {name: FakeCaptioner(otherwise=otherwise) for name in names}
        self.listed = list(names)
        self.made: list[str] = []
        self.captioner = BalancedCaptioner(self._addresses, self._make, lambda: self.now)

    async def _addresses(self) -> list[str]:
        if not self.listed:
            raise TransientError("No address is known.")
        return self.listed

    def _make(self, name: str) -> FakeCaptioner:
        self.made.append(name)
        return self.servers[name]

    async def caption(self, frames: int = 1) -> dict[str, int]:
        """How many of so many frames, one after another, each server was asked about."""
        before = Counter({name: len(server.calls) for name, server in self.servers.items()})
        for number in range(frames):
            await self.captioner.caption(b"%d" % number)
        after = Counter({name: len(server.calls) for name, server in self.servers.items()})
        return dict(after - before)


async def test_a_server_that_came_counts_for_the_frames_in_flight() -> None:
    fleet = Fleet("a", "b")
    captioners = Captioners(Settings(), lambda *_: fleet.captioner)
    fleet.listed = ["a"]
    await captioners.named("").caption(b"a frame")
    assert captioners.servers == 1
    fleet.listed, fleet.now = ["a", "b"], 20.0
    await captioners.named("").caption(b"a frame")
    assert captioners.servers == 2
    assert Captioners(Settings(), lambda *_: FakeCaptioner()).servers == 1


async def test_the_server_with_the_least_in_flight_is_asked() -> None:
    gate, inside = asyncio.Event(), Counter[str]()

    class Slow(FakeCaptioner):
        async def caption(self, *args: object, **more: object):  # type: ignore[no-untyped-def, override]
            inside[self.name] += 1
            await gate.wait()
            return await super().caption(*args, **more)  # type: ignore[arg-type]

        name = ""

    fleet = Fleet("a", "b", "c")
    for name in fleet.servers:
        fleet.servers[name] = Slow()
        fleet.servers[name].name = name  # type: ignore[attr-defined]
    work = [asyncio.create_task(fleet.captioner.caption(b"x")) for _ in range(30)]
    while inside.total() < 30:
        await asyncio.sleep(0)
    assert inside == {"a": 10, "b": 10, "c": 10}
    gate.set()
    await asyncio.gather(*work)


async def test_a_server_that_is_away_is_left_out_and_tried_again_after_growing_pauses() -> None:
    fleet = Fleet("a", "b")
    fleet.servers["a"].away = AWAY
    assert await fleet.caption(5) == {"a": 1, "b": 5}
    tried = []
    for _ in range(100):
        fleet.now += 1
        if "a" in await fleet.caption():
            tried.append(fleet.now)
    assert tried == [1, 3, 7, 15, 31, 61, 91]
    fleet.servers["a"].away = None
    fleet.now += 30
    assert set(await fleet.caption(2)) == {"a"}


async def test_where_all_are_away_the_frame_waits_and_any_that_is_back_is_asked() -> None:
    fleet = Fleet("a", "b")
    for server in fleet.servers.values():
        server.away = AWAY
    with pytest.raises(TransientError, match="away"):
        await fleet.caption()
    fleet.servers["b"].away = None
    assert (await fleet.caption())["b"] == 1


@pytest.mark.parametrize(
    "error",
    [CaptionFailed("It died."), BadAnswerError("Without."), PermanentError("bad-image", "No.")],
)
async def test_what_a_server_says_of_a_frame_is_not_asked_of_another_one(
    error: MovietagError,
) -> None:
    fleet = Fleet("a", "b", otherwise=error)
    with pytest.raises(type(error)):
        await fleet.caption()
    assert len(fleet.servers["a"].calls) + len(fleet.servers["b"].calls) == 1


async def test_a_server_with_another_tagger_is_passed_over() -> None:
    fleet = Fleet("a", "b")
    fleet.servers["a"].taggers, fleet.servers["b"].taggers = [NEW], [OLD]
    assert (await fleet.captioner.caption(b"x", tagger=OLD)).tagger == OLD
    unknown = await fleet.captioner.caption(b"x", tagger=TaggerId("nobody@1"))
    assert unknown.tagger in {OLD, NEW}


async def test_servers_come_and_go() -> None:
    fleet = Fleet("a", "b")
    fleet.listed = ["a"]
    await fleet.caption(3)
    assert fleet.made == ["a"]
    fleet.listed, fleet.now = ["b"], 20
    assert await fleet.caption(3) == {"b": 3}
    fleet.listed, fleet.now = [], 40  # DNS is away: those that were known stay
    assert await fleet.caption(3) == {"b": 3}


async def test_without_any_address_the_frame_waits() -> None:
    fleet = Fleet()
    with pytest.raises(TransientError, match="No address"):
        await fleet.captioner.caption(b"x")


async def test_who_answers_is_asked_of_a_server_that_is_there() -> None:
    fleet = Fleet("a", "b")
    fleet.servers["a"].away = AWAY
    assert await fleet.captioner.tagger() == "fake@1"
    assert dict(await fleet.captioner.versions()) == {"fake@1": "1"}


@pytest.mark.parametrize(
    ("triton", "kind"),
    [
        ("127.0.0.1:8001", TritonCaptioner),
        ("[::1]:8001", TritonCaptioner),
        ("localhost:8001", TritonCaptioner),
        ("triton:8001", BalancedCaptioner),
        ("10.0.0.1:8001, 10.0.0.2:8001", BalancedCaptioner),
    ],
)
def test_one_number_is_one_server_and_names_and_lists_may_be_several(
    triton: str, kind: type
) -> None:
    settings = Settings(triton=triton)
    assert isinstance(make_captioner(settings), kind)
    assert is_one_server(settings.triton_addresses) == (kind is TritonCaptioner)


async def test_a_list_is_looked_up_and_a_name_that_is_unknown_waits() -> None:
    assert await look_up(("10.0.0.1:8001", "[::1]:8001", "10.0.0.1:8001")) == {
        "10.0.0.1:8001": "10.0.0.1",
        "[::1]:8001": "::1",
    }
    assert [*await look_up(("10.0.0.1:8001", "nowhere.invalid:8001"))] == ["10.0.0.1:8001"]
    with pytest.raises(TransientError, match=r"nowhere\.invalid"):
        await look_up(("nowhere.invalid:8001",))


async def test_a_name_with_several_addresses_is_as_many_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (host, 8001)) for host in ("10.0.0.2", "fd00::1", "10.0.0.2")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    assert await look_up(("triton:8001",)) == {
        "10.0.0.2:8001": "triton",
        "[fd00::1]:8001": "triton",
    }


def test_each_server_of_the_list_has_its_frames_in_flight() -> None:
    settings = Settings(triton="a:1,b:2,c:3", caption_in_flight=10)
    assert settings.captions_in_flight == 30


@pytest.mark.parametrize("triton", ["gpu", "gpu:", ":8001", "a:1,b", "http://gpu:8001/"])
def test_an_address_without_a_port_is_refused(triton: str) -> None:
    with pytest.raises(ValidationError, match="is not HOST:PORT"):
        Settings(triton=triton)
