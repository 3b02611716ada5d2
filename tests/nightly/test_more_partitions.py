"""A library that is counted gets more partitions: old and new titles, a refresh, a forget and a recount are exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.library_marks import unmarked_indices
from support.site_library import IMAGES, Library, Title

from movietag.local.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

OLD = ("Still", "Fresh", "Again", "Gone", "Other")
NEW = ("First", "Second", "Third")
MORE = 32


@pytest.fixture
def library(embedded_search: Stack, tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Library]:
    names = dict.fromkeys((*OLD, *NEW), 2)
    made = Library(embedded_search.settings, tmp_path, next(port_bases), names)
    with unmarked_indices(made.settings):
        made.stack.start()
        yield made
        made.stack.down()
    made.stack.reset()
    made.site.server.shutdown()


async def counted(library: Library, *titles: Title) -> dict[str, dict[str, object]]:
    await library.quiet()
    return {title.movie_id: await library.documents(title) for title in titles}


async def test_a_library_with_more_partitions_is_the_same(library: Library) -> None:
    old, new = [library[name] for name in OLD], [library[name] for name in NEW]
    still, fresh, again, gone, _ = old
    await library.send(*(title.sent() for title in old))
    await library.complete(*old, images=IMAGES)
    before = await counted(library, *old)

    done = library.movietag("topics", "repartition", str(MORE))
    assert done.returncode == 0, done.stderr
    assert "rows of ledgers were moved" in done.stdout
    library.stack.down()
    library.settings = library.settings.model_copy(update={"kafka_partitions": MORE})
    library.stack = Stack(library.settings, model_repository=library.models)
    library.stack.start()

    await library.send(*(title.sent() for title in new), again.sent())
    await library.send(fresh.sent(refresh=True), gone.sent(forget=True))
    await library.complete(*new, still, again, images=IMAGES)
    await library.complete(fresh, images=IMAGES, generation=2)
    await library.gone(gone)
    after = await counted(library, *old, *new)
    assert {
        name: after[name] for name in before if name not in (fresh.movie_id, gone.movie_id)
    } == {
        name: found for name, found in before.items() if name not in (fresh.movie_id, gone.movie_id)
    }
    assert len(after[fresh.movie_id]) == len(before[fresh.movie_id])
    assert await library.letters() == {}

    recount = library.movietag("recount", "--yes")
    assert recount.returncode == 0, recount.stderr
    assert "documents without facts" not in recount.stdout
    assert await counted(library, *old, *new) == after
    assert await library.letters() == {}
