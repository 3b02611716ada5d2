from __future__ import annotations

from pathlib import Path

import pytest
from frames.drawn_videos import write_video
from misbehaving import Misbehaving
from yt_dlp.networking.exceptions import TransportError

from movietag.crawl import ytdlp
from movietag.crawl.download import download_video
from movietag.crawl.errors import BrokenSiteError, SiteError, ThrottledError
from movietag.crawl.options import CrawlOptions
from movietag.crawl.parts import SkippedParts
from movietag.errors import MachineError, PermanentError, UsageError
from movietag.records import Video, VideoId
from movietag.settings import Settings

pytestmark = pytest.mark.heavy

MAX_BYTES = 4 << 20


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ytdlp, "SOCKET_SECONDS", 0.5)
    monkeypatch.setattr(ytdlp, "_pause", lambda n: 0.0)
    monkeypatch.chdir(tmp_path)


def get(
    settings: Settings, url: str, folder: Path, *, seconds: float = 20, source: str = "url"
) -> Path:
    video = Video(VideoId("url:0"), source, url)
    options = CrawlOptions.of(settings)
    return download_video(video, folder, options, seconds=seconds, max_bytes=MAX_BYTES)


@pytest.mark.parametrize("path", ["good.mp4", "page", "watch/good", "watch/busy.mp4"])
def test_what_is_a_video_is_downloaded(
    path: str, crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    got = get(crawl_settings, site.url(path), tmp_path)
    assert got.read_bytes() == (site.folder / "good.mp4").read_bytes()
    assert got.parent == tmp_path


@pytest.mark.parametrize(
    ("path", "expected", "kind"),
    [
        ("404", PermanentError, "video-unavailable"),
        ("410", PermanentError, "video-unavailable"),
        ("403", PermanentError, "video-unavailable"),
        ("451", PermanentError, "geo-blocked"),
        ("429", ThrottledError, "throttled"),
        ("500", SiteError, "site-busy"),
        ("503", SiteError, "site-busy"),
        ("watch/404.mp4", PermanentError, "video-unavailable"),
        ("watch/403.mp4", SiteError, "data-refused"),
        ("watch/payment", PermanentError, "payment"),
        ("watch/password", PermanentError, "password"),
        ("watch/region", PermanentError, "geo-blocked"),
        ("watch/embedding", PermanentError, "video-unavailable"),
        ("watch/full", MachineError, "disk-full"),
        ("watch/certificate", MachineError, "certificate"),
        ("watch/stall.mp4", SiteError, "network"),
        ("watch/truncated.mp4", SiteError, "network"),
        ("watch/empty.mp4", SiteError, "data-refused"),
        ("watch/html.mp4", PermanentError, "not-a-video"),
        ("watch/list.mp4", PermanentError, "not-a-video"),
        ("watch/endless.mp4", PermanentError, "too-large"),
        ("watch/huge.mp4", PermanentError, "too-large"),
        ("watch/live", PermanentError, "live"),
        ("watch/private", PermanentError, "private"),
        ("watch/members", PermanentError, "private"),
        ("watch/bot", ThrottledError, "throttled"),
        ("watch/age", PermanentError, "age-restricted"),
        ("watch/gone", PermanentError, "video-unavailable"),
        ("watch/premiere", PermanentError, "live"),
        ("watch/drm", PermanentError, "protected"),
        ("watch/formats", BrokenSiteError, "no-format"),
        ("watch/geo", PermanentError, "geo-blocked"),
        ("watch/changed", BrokenSiteError, "site-broken"),
        ("watch/broken", BrokenSiteError, "site-broken"),
        ("empty.mp4", SiteError, "data-refused"),
        ("html.mp4", PermanentError, "not-a-video"),
    ],
)
def test_what_is_not_is_refused_with_the_right_kind(
    path: str,
    expected: type[Exception],
    kind: str,
    crawl_settings: Settings,
    site: Misbehaving,
    tmp_path: Path,
) -> None:
    try:
        get(crawl_settings, site.url(path), tmp_path)
    except (PermanentError, SiteError, MachineError) as error:
        assert (type(error), error.kind) == (expected, kind), error.reason  # noqa: PT017
        assert "\n" not in error.reason  # noqa: PT017
        assert "please report" not in error.reason  # noqa: PT017
    else:
        pytest.fail("it was downloaded")


def test_a_server_that_is_not_there_is_the_networks_fault(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    for url in ("http://127.0.0.1:9/a.mp4", "http://no-such-host.invalid/a.mp4"):
        with pytest.raises(SiteError) as caught:
            get(crawl_settings, url, tmp_path)
        assert caught.value.kind == "network"


def test_a_slow_download_ends_at_its_deadline(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError, match="MOVIETAG_FETCH_SECONDS") as caught:
        get(crawl_settings, site.url("watch/endless.mp4"), tmp_path, seconds=0)
    assert caught.value.kind == "too-slow"


def test_a_search_result_needs_a_length(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError) as caught:
        get(crawl_settings, site.url("watch/no-length"), tmp_path, source="search")
    assert caught.value.kind == "no-length"
    assert get(crawl_settings, site.url("watch/no-length"), tmp_path).exists()


@pytest.mark.parametrize("name", ["nowhere:X", "standin:X", "standin", "standin:SAID"])
def test_an_extractor_that_cannot_be_loaded_is_a_mistake_in_a_setting(
    name: str, crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    settings = crawl_settings.model_copy(update={"ytdlp_extractors": (name,)})
    with pytest.raises(UsageError, match="MOVIETAG_YTDLP_EXTRACTORS"):
        get(settings, site.url("good.mp4"), tmp_path)


def test_cookies_are_read_from_a_copy(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    cookies = tmp_path / "jar" / "cookies.txt"
    cookies.parent.mkdir()
    text = "# Netscape HTTP Cookie File\n"
    cookies.write_text(text)
    settings = crawl_settings.model_copy(update={"cookies": cookies})
    get(settings, site.url("good.mp4"), tmp_path)
    assert cookies.read_text() == text
    cookies.unlink()
    with pytest.raises(UsageError, match="MOVIETAG_COOKIES"):
        get(settings, site.url("good.mp4"), tmp_path)


@pytest.mark.parametrize(("missing", "refused"), [((), False), ((3,), False), ((1, 2, 3, 4), True)])
def test_a_playlist_may_lack_a_part_but_not_most(
    missing: tuple[int, ...],
    refused: bool,
    crawl_settings: Settings,
    site: Misbehaving,
    tmp_path: Path,
) -> None:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1"]
    for number in range(5):
        part = write_video(
            site.folder / f"part{number}.ts",
            count=30,
            times=lambda i, number=number: number * 1000 + round(i * 1000 / 30),  # type: ignore[misc]
        )
        lines += ["#EXTINF:1,", part.name]
        if number in missing:
            part.unlink()
    (site.folder / "parts.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    if not refused:
        size = get(crawl_settings, site.url("parts.m3u8"), tmp_path).stat().st_size
        assert size == sum(part.stat().st_size for part in site.folder.glob("part*.ts"))
        return
    with pytest.raises(PermanentError, match="4 of 5 parts") as caught:
        get(crawl_settings, site.url("parts.m3u8"), tmp_path)
    assert caught.value.kind == "incomplete"


@pytest.mark.parametrize(
    ("part", "expected", "kind"),
    [
        ("404.mp4", PermanentError, "incomplete"),
        ("403.mp4", SiteError, "data-refused"),
        ("429.mp4", ThrottledError, "throttled"),
        ("503.mp4", SiteError, "site-busy"),
        ("truncated.mp4", SiteError, "network"),
        ("http://127.0.0.1:1/a.mp4", SiteError, "network"),
    ],
)
def test_parts_that_a_site_only_refuses_are_not_missing(
    part: str,
    expected: type[Exception],
    kind: str,
    crawl_settings: Settings,
    site: Misbehaving,
    tmp_path: Path,
) -> None:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1"]
    for name in ("good.mp4", *(f"{part}?{number}" for number in range(20))):
        lines += ["#EXTINF:1,", name]
    (site.folder / "parts.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    with pytest.raises(expected) as caught:
        get(crawl_settings, site.url("parts.m3u8"), tmp_path)
    assert getattr(caught.value, "kind", "") == kind
    assert site.asked[part] <= 5 * 4 or kind == "incomplete"


def test_parts_at_addresses_that_are_forbidden_are_no_fault_of_the_site() -> None:
    parts = SkippedParts()
    for _ in range(20):
        try:
            raise PermanentError("forbidden-address", "private")
        except PermanentError as forbidden:
            parts.last = TransportError(cause=forbidden)
        parts.skip()
    with pytest.raises(PermanentError, match="lacks 20 of 20 parts"):
        parts.check("u")


def test_the_warning_before_an_error_is_in_its_reason(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    with pytest.raises(BrokenSiteError) as caught:
        get(crawl_settings, site.url("watch/warned"), tmp_path)
    assert caught.value.reason.startswith(
        "[standin] warned: Requested format is not available (yt-dlp warned before: [standin] n challenge solving failed"
    )
    assert "update yt-dlp: " in caught.value.reason


def test_a_missing_runtime_is_this_machines_fault(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    with pytest.raises(MachineError, match="Install Deno") as caught:
        get(crawl_settings, site.url("watch/no-runtime"), tmp_path)
    assert caught.value.kind == "no-javascript"
