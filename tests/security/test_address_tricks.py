"""Ways to write an address of this machine that looks like something else.

Nobody may name one in a title, and no site may send a child there: a real server on loopback counts who
comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alone import LIMITS
from crawl.misbehaving import Misbehaving, serving

from movietag.crawl.guard import check_url
from movietag.errors import PermanentError
from movietag.sandbox.access import NETWORK
from movietag.sandbox.parent import run_child

SITES = ("youtube.com", "vimeo.com")
TRICKS = (
    "http://127.0.0.1:{port}/x",
    "http://127.0.0.1.:{port}/x",
    "http://127.1:{port}/x",
    "http://127.0.1:{port}/x",
    "http://127.255.255.254:{port}/x",
    "http://2130706433:{port}/x",
    "http://0x7f000001:{port}/x",
    "http://0x7f.1:{port}/x",
    "http://0x7f.0x0.0x0.0x1:{port}/x",
    "http://017700000001:{port}/x",
    "http://0177.0.0.1:{port}/x",
    "http://0177.0.0.0x1:{port}/x",
    "http://0:{port}/x",
    "http://0.0.0.0:{port}/x",
    "http://localhost:{port}/x",
    "http://LOCALHOST:{port}/x",
    "http://localhost.:{port}/x",
    "http://LocalHost.:{port}/x",
    "http://ip6-localhost:{port}/x",
    "http://[::1]:{port}/x",
    "http://[0:0:0:0:0:0:0:1]:{port}/x",
    "http://[::]:{port}/x",
    "http://[::ffff:127.0.0.1]:{port}/x",
    "http://[::ffff:7f00:1]:{port}/x",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/x",
    "http://[::127.0.0.1]:{port}/x",
    "http://[64:ff9b::7f00:1]:{port}/x",
    "http://[2002:7f00:1::]:{port}/x",
    "http://[fe80::1%25lo]:{port}/x",
    "http://１２７.０.０.１:{port}/x",  # noqa: RUF001  # full-width digits
    "http://①②⑦.⓪.⓪.①:{port}/x",
    "http://127。0。0。1:{port}/x",
    "http://user:word@127.0.0.1:{port}/x",
    "http://youtube.com@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}#@youtube.com/x",
    "http://127.0.0.1:{port}\\@youtube.com/x",
    "http://%31%32%37.0.0.1:{port}/x",
    "http:127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "HTTP://127.0.0.1:{port}/x",
)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_title_names_this_machine(trick: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url(trick.format(port=9200), SITES, ())
    assert caught.value.kind == "forbidden-url"


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Misbehaving]:
    """A server on every address of this machine; all that it is asked for is counted."""
    (tmp_path / "x").write_bytes(b"0123456789")
    with serving(tmp_path, "::") as server:  # IPv4 as well
        yield server


async def visited(urls: list[str], *, guarded: bool) -> list[str]:
    got: list[bytes] = []

    async def keep(message: bytes) -> None:
        got.append(message)

    job = json.dumps({"guarded": guarded, "urls": urls}).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        await run_child("visiting:visit", job, LIMITS, keep, access=NETWORK)
    return list(json.loads(got[0]))


@pytest.mark.heavy
async def test_no_site_sends_a_child_to_this_machine(inside: Misbehaving) -> None:
    urls = [trick.format(port=inside.server_port) for trick in TRICKS]
    reached = await visited(urls, guarded=False)
    assert len(reached) >= 20  # the tricks are real: unguarded, most of them arrive
    inside.asked.clear()
    assert await visited(urls, guarded=True) == []
    assert not inside.asked
