"""What stands, stands, and what is forgotten stays so: on the real stack, whatever fails or comes again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from support.library_marks import unmarked_indices
from support.site_library import IMAGES, PARTITION, SLOTS, Library, Title, url

from movietag import topics
from movietag.local.stack import Stack
from movietag.records import MovieId, Recaption, TaggerId

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

TWO = TaggerId("two@1")
VIDEOS = {  # movies by name, with the number of their videos on the site
    "Holder": 1,
    "Slow": 1,
    "Nothing": 2,
    "Busy": 2,
    "More": 2,
    "Url": 1,
    "Pair": 2,
    "Spare": 3,
    "Kept": 2,
    "Torn": 2,
    "Bare": 2,
    "Returning": 2,
    "Vanishing": 2,
    "Unknown": 2,
    "Refreshed": 2,
    "Dropped": 3,
}


@pytest.fixture(scope="module")
def library(
    embedded_search: Stack, tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("what-stands")
    made = Library(embedded_search.settings, folder, next(port_bases), VIDEOS)
    with unmarked_indices(made.settings):
        made.stack.start()
        yield made
        made.stack.down()
    made.stack.reset()
    made.site.server.shutdown()


async def test_a_title_sent_again_keeps_what_is_shown_and_fetches_what_is_missing(
    library: Library,
) -> None:
    site = library.site
    nothing, busy, more = three = [library[name] for name in ("Nothing", "Busy", "More")]
    site.searches.update((title.drawn.title, 1) for title in three)
    await library.send(*(title.sent() for title in three))
    await library.complete(*three, images=SLOTS)
    frames = {title.movie_id: await _frames(library, title) for title in three}
    asked = dict(site.asked)

    site.searches |= {nothing.drawn.title: "nothing", busy.drawn.title: "busy"}
    del site.searches[more.drawn.title]
    async with library.never_worse(*three):
        await library.send(*(title.sent() for title in three))
        await library.complete(more, images=IMAGES)
        for title, why in ((nothing, "found nothing"), (busy, "The search failed")):
            tried = await library.tried(title, "failed")
            assert why in tried.attempt_reason
            shown = library.movietag("show", title.movie_id).stdout
            assert "complete\n" in shown
            assert f"last try failed: {tried.attempt_reason}"[:60] in shown
            assert await _frames(library, title) == frames[title.movie_id]
        assert {video: site.asked[video] for video in asked} == asked
        assert frames[more.movie_id].items() <= (await _frames(library, more)).items()

        before = await library.documents(nothing)
        await library.send(nothing.sent())  # the same again: nothing new is told
        await library.quiet()
        assert await library.documents(nothing) == before
        for title in (nothing, busy):
            del site.searches[title.drawn.title]
        await library.send(nothing.sent(), busy.sent())
        await library.complete(nothing, busy, images=IMAGES)
    assert {video: site.asked[video] for video in asked} == asked


async def _frames(library: Library, title: Title) -> dict[str, object]:
    """The documents of a movie's frames."""
    documents = await library.documents(title)
    return {name: body for name, body in documents.items() if "slot" in body}


async def test_a_fetch_that_is_repeated_in_vain_changes_nothing(library: Library) -> None:
    site, holder = library.site, library["Holder"]
    single, pair, spare = three = [library[name] for name in ("Url", "Pair", "Spare")]
    fetched = [*single.videos, *pair.videos, *spare.videos[:2]]
    site.hold(holder.videos[0])
    await library.send(holder.sent())
    await library.asked({}, holder.videos[0])
    by_url = single.sent(urls=[url(library.address, single.videos[0])])
    await library.send(by_url, pair.sent(), spare.sent())
    await library.complete(single, images=SLOTS)
    await library.complete(pair, spare, images=IMAGES)
    documents = [await library.documents(title) for title in three]

    assert await library.uncommitted("movietag-fetch", topics.VIDEOS) > len(fetched)
    asked = dict(site.asked)
    site.gone.update(fetched)
    library.kill("fetch")
    async with library.never_worse(*three):
        await library.asked(asked, *fetched)
        site.release(holder.videos[0])
        await library.complete(holder, images=SLOTS)
        await library.quiet()
    assert [await library.documents(title) for title in three] == documents
    assert site.asked[spare.videos[2]] == 0
    assert library.kept(pair)


async def test_a_recaption_without_its_frames_leaves_the_former_result(library: Library) -> None:
    whole, torn, bare = three = [library[name] for name in ("Kept", "Torn", "Bare")]
    await library.send(*(title.sent() for title in three))
    before = await library.complete(*three, images=IMAGES)
    letters = await library.letters()
    again = {
        title: Recaption(MovieId(title.movie_id), movie.generation, TWO, "two")
        for title, movie in zip(three, before, strict=True)
    }
    library.stack.stop("fetch")
    for title, request in again.items():
        await library.ask(title, request, request)
    folder = Path(library.settings.frame_store)
    shutil.copytree(folder, folder.with_name("copy"))
    shutil.rmtree(folder / bare.movie_id)
    next((folder / torn.movie_id).glob("*/*/00001.jpg")).unlink()
    async with library.never_worse(torn, bare):
        library.stack.start(only=("fetch",))
        [new] = await library.complete(whole, images=IMAGES, generation=2)
        assert new.tagger == TWO
        for title, movie in zip((torn, bare), before[1:], strict=True):
            left = await library.tried(title, "failed")
            assert "Send the movie's title with refresh" in left.attempt_reason
            assert (left.generation, left.tagger, left.tags) == (1, movie.tagger, movie.tags)
        await library.quiet()
        for title, request in again.items():
            await library.ask(title, request)
        await library.quiet()
        assert await library.letters() == letters
        assert {(await library.movie(title)).tagger for title in (torn, bare)} == {"one@1"}  # type: ignore[union-attr]
        shutil.copytree(folder.with_name("copy"), folder, dirs_exist_ok=True)
        for title in (torn, bare):
            await library.ask(title, again[title])
        done = await library.complete(torn, bare, images=IMAGES, generation=2)
    assert {movie.tagger for movie in done} == {TWO}
    assert await library.letters() == letters


async def test_a_request_that_is_read_again_is_answered_as_before(library: Library) -> None:
    slow, site = library["Slow"], library.site
    returning, vanishing = library["Returning"], library["Vanishing"]
    unknown = library["Unknown"]
    by_url = vanishing.sent(urls=[url(library.address, vanishing.videos[0])])
    await library.send(returning.sent(), vanishing.sent())
    await library.complete(returning, vanishing, images=IMAGES)
    site.hold(slow.drawn.title)
    start = (await library.ends())[TopicPartition(topics.TITLES.name, PARTITION)]
    await library.send(slow.sent())
    await library.searched(slow, 1)
    await library.send(returning.sent(), returning.sent(forget=True))
    await library.send(vanishing.sent(forget=True), vanishing.sent(forget=True), by_url)
    await library.send(unknown.sent(forget=True), unknown.sent())
    await library.gone(returning)
    await library.complete(vanishing, images=SLOTS)
    await library.complete(unknown, images=IMAGES)
    documents = [await library.documents(title) for title in (vanishing, unknown)]

    library.stack.stop("plan")
    assert await library.uncommitted("movietag-plan", topics.REQUESTS) >= 8
    await library.rewind(topics.TITLES, start)  # the titles are named again, too
    library.stack.start(only=("plan",))
    await library.searched(slow, 2)
    site.release(slow.drawn.title)
    async with library.never_worse(vanishing, unknown):
        await library.complete(slow, images=SLOTS)
        await library.quiet()
    assert await library.documents(returning) == {}
    assert library.kept(returning) == set()
    assert [await library.documents(title) for title in (vanishing, unknown)] == documents
    assert len(library.kept(vanishing)) == 1


async def test_kept_frames_go_with_their_movie_and_not_before(library: Library) -> None:
    site = library.site
    refreshed, dropped = two = library["Refreshed"], library["Dropped"]
    await library.send(*(title.sent() for title in two))
    await library.complete(*two, images=IMAGES)
    first = library.kept(refreshed)
    assert {generation for _, generation in first} == {1}
    asked = dict(site.asked)
    videos = [*refreshed.videos, *dropped.videos[:2]]
    for video in videos:
        site.hold(video)
    async with library.never_worse(refreshed):
        await library.send(*(title.sent(refresh=True) for title in two))
        await library.asked(asked, *videos)
        await library.tried(refreshed, "running")
        await library.send(dropped.sent(forget=True))
        await library.gone(dropped)
        site.gone.update(videos)
        for video in videos:
            site.release(video)
        failed = await library.tried(refreshed, "failed")
        assert "No video could be fetched" in failed.attempt_reason
        await library.quiet()
        assert library.kept(refreshed) == first
        assert library.kept(dropped) == set()
        assert await library.documents(dropped) == {}
        assert site.asked[dropped.videos[2]] == 0

        site.gone.difference_update(videos)
        await library.send(refreshed.sent(refresh=True))
        await library.complete(refreshed, images=IMAGES, generation=3)
    await library.quiet()
    assert library.kept(refreshed) == {(video, 3) for video, _ in first}
