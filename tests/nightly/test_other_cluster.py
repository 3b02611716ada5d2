"""A library that is mirrored to another Kafka, where all offsets and topic ids are new, and records come twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.library_marks import unmarked_indices
from support.mirror import mirror
from support.site_library import IMAGES, Library

from movietag import topics
from movietag.local.stack import Stack
from movietag.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

OLD, NEW = ("Still", "Again", "Gone"), ("New",)
DOUBLED = 2
DONE = {topics.TITLES.name, topics.BULK_TITLES.name}  # as docs/kafka.md says


@pytest.fixture
def library(embedded_search: Stack, tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Library]:
    (tmp_path / "library").mkdir()
    names = dict.fromkeys((*OLD, *NEW), 2)
    made = Library(embedded_search.settings, tmp_path / "library", next(port_bases), names)
    with unmarked_indices(made.settings):
        made.stack.start()
        yield made
        made.stack.down()
    made.stack.reset()
    made.site.server.shutdown()


async def test_a_library_on_a_mirrored_kafka_is_the_same(
    library: Library, own_kafka: Settings
) -> None:
    still, again, gone, new = [library[name] for name in (*OLD, *NEW)]
    await library.send(still.sent(), again.sent(), gone.sent())
    await library.complete(still, again, gone, images=IMAGES)
    await library.send(gone.sent(forget=True), again.sent(refresh=True))
    await library.complete(again, images=IMAGES, generation=2)
    await library.gone(gone)
    await library.quiet()
    before = {title.movie_id: await library.documents(title) for title in (still, again)}
    library.stack.down()

    library.stack.start(only=("kafka",))
    await mirror(library.settings, own_kafka, again=DOUBLED, without=DONE)
    library.stack.down()
    there = {"kafka": own_kafka.kafka_address}
    library.settings = library.settings.model_copy(update=there)
    library.stack = Stack(library.settings, model_repository=library.models)
    applied = library.movietag("topics", "apply")
    assert applied.returncode == 0, applied.stderr
    asked = dict(library.site.asked)
    library.stack.start()

    await library.send(new.sent(), still.sent())
    await library.complete(new, still, again, images=IMAGES)
    await library.quiet()
    fetched = {video for video, n in library.site.asked.items() if n != asked.get(video, 0)}
    twice = {*still.videos, *again.videos}  # messages that come twice are worked off twice
    assert set(new.videos) <= fetched <= {*new.videos, *twice}
    assert {title.movie_id: await library.documents(title) for title in (still, again)} == before
    assert await library.documents(gone) == {}
    assert await library.letters() == {}

    recount = library.movietag("recount", "--yes")
    assert recount.returncode == 0, recount.stderr
    await library.quiet()
    assert {title.movie_id: await library.documents(title) for title in (still, again)} == before
