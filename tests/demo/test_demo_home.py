"""The stack of the demo's home, as `movietag up` starts it there: links that the demo has printed open."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import msgspec
import pytest
from support.commands import until

from movietag.demo.stage_set import demo_settings, home_stack, library_folder
from movietag.drawn import TRUTH_FILE
from movietag.drawn.catalogue import FILMS, NOBODY_FINDS
from movietag.drawn.library import truth_of
from movietag.drawn.movies import plan_movie
from movietag.drawn.truth import DemoTruth
from movietag.settings import Settings
from movietag.stages import STAGES

CONTENT = bytes(range(256)) * 40

pytestmark = pytest.mark.heavy


async def test_the_site_serves_its_videos_again(tmp_path: Path, port_bases: Iterator[int]) -> None:
    away: dict[str, str] = {
        "kafka": "127.0.0.1:9",
        "elasticsearch": "http://127.0.0.1:9",
        "triton": "127.0.0.1:9",
    }
    demo = demo_settings(Settings(home=tmp_path, port_base=next(port_bases)))
    settings = Settings(home=demo.home, port_base=demo.port_base, **away)
    assert home_stack(settings).names == tuple(STAGES)
    library = library_folder(settings)
    (library / "videos").mkdir(parents=True)
    truth = DemoTruth("x", tuple(truth_of(plan_movie(film), ()) for film in FILMS), NOBODY_FINDS)
    (library / TRUTH_FILE).write_bytes(msgspec.json.encode(truth))
    (library / "videos" / "m101v0.mp4").write_bytes(CONTENT)
    stack = home_stack(settings)
    assert stack.start(only=("site",)) == ("site",)
    (site,) = demo.private_hosts
    asked = urllib.request.Request(
        f"http://{site}/video/m101v0.mp4", headers={"Range": "bytes=100-"}
    )

    async def opened() -> tuple[int, bytes] | None:
        with suppress(URLError), urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read()
        return None

    try:
        assert await until(opened, 20) == (206, CONTENT[100:])
        assert [part.name for part in stack.status().parts if part.pid] == ["site"]
    finally:
        stack.down()
        stack.reset()
