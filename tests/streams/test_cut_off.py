"""A fetch worker that reaches no site gives its partitions back only where another one reaches some."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from support.fetch_bench import Fetching, job
from support.lookup_fleet import LookupFleet

from movietag.crawl.errors import SiteError, UncountedError
from movietag.crawl.reaching import MOST_SITES, reached
from movietag.errors import PermanentError, TransientError
from movietag.settings import Settings
from movietag.streams.failures.site_reach import SiteReach
from movietag.streams.runtime.cut_off import SITES, CutOff, require_site

BOUND = 60.0
CUT = SiteError("network", "No route to host.")
SITE = "a.example"


class Worker:
    """A worker on alpha; ``reaching`` says which hosts reach the site."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *hosts: str, seconds: float = 30.0) -> None:
        monkeypatch.setenv(SITES, "")
        self.now = 1000.0
        self.left = 0
        self.asked_here = 0
        self.reaching: set[str] = set()
        self.fleet = LookupFleet({host: {} for host in ("alpha", *hosts)}, seconds)
        self.fleet.reaching = self.reaching
        self.reach = SiteReach(lambda: self.now)
        self.cut_off = CutOff(self.reach, self.reached, self.fleet.of("alpha"), self._leave, BOUND)

    async def reached(self, sites: Sequence[str]) -> Sequence[str]:
        self.asked_here += 1
        return sites if "alpha" in self.reaching else ()

    def _leave(self) -> None:
        self.left += 1

    async def after(self, seconds: float) -> int:
        self.now += seconds
        await self.cut_off.look()
        return self.left


async def test_it_leaves_after_the_bound_where_another_one_reaches_the_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(monkeypatch, "beta", "gamma")
    worker.reaching.add("gamma")
    worker.reach.failed(SITE, CUT)
    assert await worker.after(BOUND) == 0
    assert await worker.after(1) == 1
    with pytest.raises(TransientError, match=r"a\.example\. Check this machine's network"):
        await require_site(worker.reached)
    worker.reaching.add("alpha")
    await require_site(worker.reached)
    worker.reaching.clear()
    await require_site(worker.reached)  # it is said once


async def test_a_site_that_is_down_for_everybody_moves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(monkeypatch, "beta")
    worker.reach.failed(SITE, CUT)
    for _ in range(20):
        assert await worker.after(BOUND / 2) == 0
        worker.reach.failed(SITE, CUT)
    assert worker.fleet.sent == 2 * 6  # a question and its answer, every 90 s of 600 s


@pytest.mark.parametrize("hosts", [(), ("beta",)], ids=["alone", "nobody answers"])
async def test_it_stays_where_nobody_says_that_he_can(
    monkeypatch: pytest.MonkeyPatch, hosts: tuple[str, ...]
) -> None:
    worker = Worker(monkeypatch, *hosts, seconds=0)
    worker.fleet.silent |= {*hosts}
    worker.reach.failed(SITE, CUT)
    assert await worker.after(BOUND + 1) == 0


async def test_a_site_that_can_be_connected_to_again_is_no_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(monkeypatch, "beta")
    worker.reaching |= {"alpha", "beta"}
    worker.reach.failed(SITE, CUT)
    assert await worker.after(BOUND + 1) == 0
    assert worker.reach.unreached_s == 0
    assert not worker.fleet.sent


async def test_any_site_that_answers_shows_that_the_network_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(monkeypatch, "beta")
    worker.reaching.add("beta")
    worker.reach.failed(SITE, CUT)
    worker.now += BOUND
    worker.reach.failed("b.example", SiteError("site-busy", "503"))
    worker.reach.failed(SITE, CUT)
    assert await worker.after(2) == 0
    assert not worker.asked_here


def test_the_sites_that_failed_are_few_and_the_newest() -> None:
    reach = SiteReach(lambda: 0.0)
    for at in range(MOST_SITES + 2):
        reach.failed(f"{at}.example", UncountedError("network", "No route."))
    assert reach.sites[-1] == f"{MOST_SITES + 1}.example"
    assert len(reach.sites) == MOST_SITES


async def test_what_becomes_of_videos_says_whether_sites_are_reached() -> None:
    bench = Fetching(CUT, CUT, 2)
    seen: list[float] = []
    wait = bench.sleep

    async def sleep(seconds: float) -> None:
        bench.clock += 1
        seen.append(bench.reach.unreached_s)
        await wait(seconds)

    bench.persist._sleep = sleep
    await bench.fetch(job())
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert bench.reach.unreached_s == 0
    bench = Fetching(PermanentError("private", "It is private."))
    bench.reach.failed("youtube.com", CUT)
    await bench.fetch(job())
    assert not bench.reach.sites


async def test_connections_are_opened_to_public_and_to_allowed_addresses_only() -> None:
    asked: list[str] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("connected")
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        site = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await reached([site], Settings()) == ()
        assert not asked
        settings = Settings(private_hosts=(site,))
        odd = ["", "[", "127.0.0.1:99999999", "x" * 300]
        assert await reached([site, *odd], settings) == (site,)
        server.close()
        assert await reached([site], settings) == ()
