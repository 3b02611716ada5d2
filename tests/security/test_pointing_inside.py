"""A site that we are allowed to ask points to a server that it only knows we can reach.

Redirects, playlists, manifests, feeds and markup, each downloaded as a video is, in a real child. The other
server counts who comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alone import LIMITS
from crawl.misbehaving import Misbehaving, serving

from movietag.sandbox.access import NETWORK
from movietag.sandbox.parent import run_child

pytestmark = pytest.mark.heavy

PAGES = {
    "segment.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{inside}/seg.ts\n#EXT-X-ENDLIST\n",
    "key.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
    '#EXT-X-KEY:METHOD=AES-128,URI="{inside}/key"\n#EXTINF:9,\n{inside}/seg.ts\n#EXT-X-ENDLIST\n',
    "map.m3u8": "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:9\n"
    '#EXT-X-MAP:URI="{inside}/init.mp4"\n#EXTINF:9,\n{inside}/seg.m4s\n#EXT-X-ENDLIST\n',
    "master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=320x240\n{inside}/v.m3u8\n",
    "sample.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{inside}/key"\n#EXTINF:9,\n{inside}/s.ts\n#EXT-X-ENDLIST\n',
    "base.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT9S"><BaseURL>{inside}/</BaseURL><Period><AdaptationSet'
    ' mimeType="video/mp4"><Representation id="v" bandwidth="100000" width="320" height="240"'
    ' codecs="avc1.4d401e"><BaseURL>v.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "segments.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation'
    ' id="v" bandwidth="100000" width="320" height="240" codecs="avc1.4d401e"><SegmentList'
    ' duration="9"><Initialization sourceURL="{inside}/i.mp4"/><SegmentURL media="{inside}/s.m4s"/>'
    "</SegmentList></Representation></AdaptationSet></Period></MPD>",
    "feed.xml": '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>x</title>'
    '<enclosure url="{inside}/v.mp4" type="video/mp4"/></item></channel></rss>',
    "tag.html": "<html><title>x</title><body><video src='{inside}/v.mp4'></video>",
    "source.html": "<html><title>x</title><video><source src='{inside}/v.mp4' type='video/mp4'></video></html>",
    "og.html": '<html><head><title>x</title><meta property="og:video:type" content="video/mp4">'
    '<meta property="og:video" content="{inside}/v.mp4"></head></html>',
    "ld.html": "<html><title>x</title><script type='application/ld+json'>"
    '{{"@context":"https://schema.org","@type":"VideoObject","name":"x","contentUrl":"{inside}/v.mp4"}}'
    "</script>",
    "refresh.html": '<html><meta http-equiv="refresh" content="0;url={inside}/v.mp4"></html>',
    "embed.html": "<html><title>x</title><iframe src='{inside}/player'></iframe>",
    "jw.html": "<html><title>x</title><script>jwplayer('p').setup({{file: '{inside}/v.mp4'}})</script>",
}

# What is not followed even where it may be: a feed is a list of videos, encryption wants ffmpeg, and no
# player is known that lies at such an address. It may be tomorrow.
FOLLOWED_BY_NOBODY = frozenset({"feed.xml", "sample.m3u8", "embed.html"})


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Misbehaving]:
    (tmp_path / "inside").mkdir()
    with serving(tmp_path / "inside") as server:
        yield server


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Misbehaving]:
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site") as server:
        yield server


@pytest.mark.parametrize("allowed", [False, True], ids=["refused", "the control: allowed"])
async def test_nothing_inside_is_asked(
    allowed: bool, site: Misbehaving, inside: Misbehaving
) -> None:
    for name, page in PAGES.items():
        there = f"http://{inside.host}/{name}"
        (site.folder / name).write_text(page.format(inside=there))
    job = {
        "hosts": [site.host, inside.host] if allowed else [site.host],
        "urls": [site.url(name) for name in PAGES] + [site.url(f"away.mp4?{inside.server_port}")],
    }
    done: list[bytes] = []

    async def keep(message: bytes) -> None:
        done.append(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        order = json.dumps(job).encode()
        await run_child("visiting:download_all", order, LIMITS, keep, access=NETWORK)
    assert len(done) == len(PAGES) + 1
    assert {*PAGES, "away.mp4"} <= {*site.asked}
    followed = {asked.partition("/")[0] for asked in inside.asked}
    assert followed == ({*PAGES, "good.mp4"} - FOLLOWED_BY_NOBODY if allowed else set())
