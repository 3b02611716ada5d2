"""A new tagger takes over in a real Triton while frames of the former are on their way."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr
from support.addresses import search_of
from support.sample_movies import SAMPLES, movie_body
from support.triton_process import triton_running
from support.versioned_model import versioned

from movietag.captioning.captioners import make_captioner
from movietag.captioning.triton import versions
from movietag.documents import MOVIES, Status, index_name
from movietag.errors import TransientError, UsageError
from movietag.local import triton
from movietag.local.deploying import Version, deploy, model_folder, retire, served
from movietag.local.install import installed
from movietag.local.stack import Stack
from movietag.records import TaggerId
from movietag.research.training.loading import MODEL
from movietag.search.client import connected
from movietag.search.index.ensuring import ensure_schema
from movietag.settings import Settings
from movietag.settings.home import home_layout
from movietag.vocabulary import load


@pytest.fixture
def served_by(tmp_path: Path, stack: Stack, port_bases: Iterator[int]) -> Iterator[Settings]:
    """A Triton of its own, whose versions say who they are; and the session's Elasticsearch."""
    repository = versioned(tmp_path / "repository")
    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        model="versioned",
        model_path=model(tmp_path / "first"),
        **search_of(stack.settings),
        triton_key=SecretStr("the key of a test"),  # it is laid out again while it runs
    )
    with triton_running(settings, repository):
        yield settings


def model(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(MODEL / "model.safetensors", folder)
    return folder


FIRST, SECOND = TaggerId("versioned@first"), TaggerId("versioned@second")


@pytest.mark.slow
async def test_a_new_tagger_takes_over_and_no_frame_is_dropped(
    served_by: Settings, tmp_path: Path
) -> None:
    captioner = make_captioner(served_by)
    answers: list[tuple[TaggerId, TaggerId]] = []
    stopped = False

    async def movie() -> None:
        """Plan as the plan stage does, then have frames captioned, for longer than a deploy takes."""
        planned = await captioner.tagger()
        while not stopped:
            answer = await captioner.caption(b"frame", tagger=planned)  # not even one fails
            answers.append((planned, answer.tagger))

    under_way = [asyncio.create_task(movie()) for _ in range(4)]
    await asyncio.sleep(0.5)
    changes = {"max_new_tokens": "99"}
    assert await deploy(served_by, model(tmp_path / "second"), changes=changes) == Version(
        2, SECOND
    )
    under_way += [asyncio.create_task(movie()) for _ in range(4)]
    await asyncio.sleep(1)
    assert await captioner.tagger() == SECOND
    assert await captioner.tagger(like=FIRST) == FIRST
    assert (await captioner.caption(b"x")).prompt == "99"
    assert (await captioner.caption(b"x", tagger=FIRST)).prompt == "48"
    stopped = True
    await asyncio.gather(*under_way)
    assert {planned for planned, _ in answers} == {FIRST, SECOND}
    assert all(planned == answered for planned, answered in answers)
    # Asked for a tagger that nobody is, the newest answers, and says who it is.
    assert (await captioner.caption(b"x", tagger=TaggerId("versioned@none"))).tagger == SECOND

    await what_cannot_be_deployed_leaves_all_as_it_was(served_by, tmp_path)
    laid_out_again(served_by, tmp_path, [1, 2])
    await a_former_tagger_stays_until_its_movies_are_finished(served_by)
    with pytest.raises(TransientError, match="version 1 is not"):  # and asks again
        await captioner.caption(b"x", tagger=FIRST)
    assert (await captioner.caption(b"x", tagger=FIRST)).tagger == SECOND  # the stage's dead letter
    await captioner.close()
    laid_out_again(served_by, tmp_path, [2])
    other = served_by.model_copy(update={"model_path": tmp_path / "other"})
    laid_out_again(other, tmp_path, [1])  # the settings name another model: it begins anew


async def what_cannot_be_deployed_leaves_all_as_it_was(settings: Settings, folder: Path) -> None:
    (folder / "other").mkdir()
    for name, said in (("broken", "this model is broken"), ("other/second", "is served already")):
        with pytest.raises(UsageError, match=said):
            await deploy(settings, model(folder / name))
        assert await served(settings) == (Version(1, FIRST), Version(2, SECOND))


def laid_out_again(settings: Settings, folder: Path, numbers: list[int]) -> None:
    """As `movietag up` does it."""
    where = home_layout(settings)
    triton.prepare(installed(where.cache), where, settings, folder / "repository")
    assert versions.version_numbers(model_folder(settings, None)) == numbers


async def a_former_tagger_stays_until_its_movies_are_finished(settings: Settings) -> None:
    vocabulary = load(settings.vocabulary)
    statuses: tuple[Status, ...] = ("running", "complete")
    async with connected(settings) as es:
        await ensure_schema(es, vocabulary)
        index = index_name(MOVIES, vocabulary.vocabulary_id)
        for status in statuses:
            body = movie_body(SAMPLES[0], vocabulary)
            document = msgspec.to_builtins(
                msgspec.structs.replace(body, tagger=FIRST, status=status)
            )
            await es.index(index=index, id="deploying", document=document, refresh=True)
            done = await retire(settings)
            assert done.needed == ({FIRST: 1} if status == "running" else {})
            assert done.gone == (() if status == "running" else (Version(1, FIRST),))
        await es.delete(index=index, id="deploying", refresh=True)
    assert await served(settings) == (Version(2, SECOND),)
