from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from misbehaving import Misbehaving

from movietag.crawl.errors import SiteError
from movietag.crawl.ids import images_video_id, site_video_id
from movietag.crawl.known_film import KnownFilm, OfficialVideo, VideoSite
from movietag.crawl.search_job import query_of
from movietag.crawl.sources import find_videos
from movietag.errors import PermanentError, UsageError
from movietag.records import MovieId, Sources, Title
from movietag.settings import Settings


def title(name: str = "Moonlit Harbor", **sources: tuple[str, ...]) -> Title:
    given = msgspec.convert(sources, Sources)
    return Title(title=name, year=1998, movie_id=MovieId("m"), sources=given)


@pytest.mark.heavy
async def test_a_search_gives_ranked_videos_and_rejected_ones(crawl_settings: Settings) -> None:
    found = await find_videos(title(), settings=crawl_settings)
    ids = [video.video_id for video in found.videos]
    assert ids[0] == "standin:good3"  # the verified channel
    assert ids[1:] == [f"standin:good{number}" for number in (1, 7, 9, 11, 13)]
    best = found.videos[0]
    assert (best.source, best.seconds, best.channel) == ("search", 103.0, "Channel")
    assert best.score > 2
    rejected = {video.video_id: video.reasons[0] for video in found.rejected}
    assert len(rejected) == 15 - len(ids)
    assert "live" in rejected[site_video_id("standin", "good5")]
    assert "title is not in it" in rejected[site_video_id("standin", "good0")]


@pytest.mark.heavy
async def test_nothing_found_is_no_error(crawl_settings: Settings) -> None:
    found = await find_videos(title("nobody finds this"), settings=crawl_settings)
    assert (found.videos, found.rejected) == ((), ())


@pytest.mark.heavy
async def test_an_unknown_search_is_a_mistake_in_a_setting(crawl_settings: Settings) -> None:
    settings = crawl_settings.model_copy(update={"search": "nosuchsearch"})
    with pytest.raises(UsageError, match=r"MOVIETAG_SEARCH.*standinsearch.*ytsearch"):
        await find_videos(title(), settings=settings)


@pytest.mark.heavy
async def test_a_search_that_fails_is_not_the_titles_fault(
    crawl_settings: Settings, site: Misbehaving
) -> None:
    with pytest.raises(UsageError, match="MOVIETAG_PRIVATE_HOSTS"):
        await find_videos(title("refused"), settings=crawl_settings)
    settings = crawl_settings.model_copy(
        update={"private_hosts": (site.host, "127.0.0.1:9")}  # where nobody listens
    )
    with pytest.raises(SiteError) as caught:
        await find_videos(title("refused"), settings=settings)
    assert caught.value.kind == "network"


async def test_what_a_title_names_is_not_searched_for(
    crawl_settings: Settings, site: Misbehaving, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "a.mp4").write_bytes(b"x")
    (root / "link.mp4").symlink_to(root / "a.mp4")
    (root / "shoes").mkdir()
    (root / "shoes" / "1.jpg").write_bytes(b"x")
    named = title(
        urls=("https://youtu.be/abc", site.url("good.mp4")),
        files=(f"{root}/a.mp4", f"{root}/link.mp4"),
        images=(f"{root}/shoes",),
    )
    found = await find_videos(named, settings=crawl_settings)
    assert [video.source for video in found.videos] == ["url", "url", "file", "images"]
    assert [video.url for video in found.videos[2:]] == [f"{root}/a.mp4", f"{root}/shoes"]
    kinds = [video.video_id.partition(":") for video in found.videos]
    assert [kind for kind, _, _ in kinds] == ["url", "url", "file", "images"]
    assert all(len(digits) == 16 for _, _, digits in kinds)
    assert await find_videos(named, settings=crawl_settings) == found
    assert not site.asked


async def test_ids_follow_the_content(crawl_settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a.mp4").write_bytes(b"x")
    (root / "shoes").mkdir()
    named = title(files=(f"{root}/a.mp4",), images=(f"{root}/shoes",))
    before = await find_videos(named, settings=crawl_settings)
    (root / "a.mp4").write_bytes(b"xy")
    (root / "shoes" / "1.jpg").write_bytes(b"x")
    after = await find_videos(named, settings=crawl_settings)
    assert {video.video_id for video in before.videos}.isdisjoint(
        video.video_id for video in after.videos
    )


@pytest.mark.parametrize(
    ("sources", "kind"),
    [
        ({"urls": ("http://127.0.0.1/a.mp4",)}, "forbidden-url"),
        ({"urls": ("file:///etc/passwd",)}, "forbidden-url"),
        ({"urls": ("https://youtu.be/abc", "https://example.com/a")}, "forbidden-url"),
        ({"files": ("/etc/passwd",)}, "forbidden-path"),
        ({"images": ("/etc",)}, "forbidden-path"),
    ],
)
async def test_one_forbidden_source_refuses_the_title(
    sources: dict[str, tuple[str, ...]], kind: str, crawl_settings: Settings
) -> None:
    with pytest.raises(PermanentError) as caught:
        await find_videos(title("Heat", **sources), settings=crawl_settings)
    assert caught.value.kind == kind


async def test_a_file_that_is_not_there_refuses_the_title(
    crawl_settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError) as caught:
        await find_videos(title(files=(f"{tmp_path}/root/no.mp4",)), settings=crawl_settings)
    assert caught.value.kind == "missing-path"


@pytest.mark.parametrize(
    ("year", "query"),
    [(1995, "Heat {0} 1995 official trailer"), (None, "Heat {0} official trailer")],
)
def test_queries(year: int | None, query: str) -> None:
    assert query_of("{title} {year} official trailer", "Heat {0}", year) == query


@pytest.mark.heavy
async def test_official_videos_of_a_film_come_first_in_the_search_or_not(
    crawl_settings: Settings,
) -> None:
    film = KnownFilm(
        titles=("Moonlit Harbor", "Der Hafen"),
        official=(OfficialVideo(VideoSite.YOUTUBE, "aaaaaaaaaaa"),),
    )
    without = await find_videos(title(), settings=crawl_settings)
    found = await find_videos(title(), film, settings=crawl_settings)
    assert found.videos[0].url == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert found.videos[1:] == without.videos
    closed = crawl_settings.model_copy(update={"sites": ("vimeo.com",)})
    assert await find_videos(title(), film, settings=closed) == without


def test_a_change_in_a_sub_folder_changes_the_id_only_where_it_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "a.png").write_bytes(b"a")
    alone, whole = images_video_id(tmp_path), images_video_id(tmp_path, True)
    (tmp_path / "more" / "b.png").write_bytes(b"b")
    assert images_video_id(tmp_path) == alone
    assert images_video_id(tmp_path, True) != whole
