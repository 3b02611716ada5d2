"""The whole way, all servers and stages real: titles in, exact documents out, whatever dies."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from support.addresses import search_of, triton_of
from support.commands import run_movietag, until
from support.corrupt_batches import codecs_of

from movietag import topics
from movietag.adding import send_titles
from movietag.demo.checking import check_against_truth
from movietag.demo.stage_set import demo_settings, demo_stack, library_folder
from movietag.drawn.library import DemoLibrary, build
from movietag.errors import TransientError
from movietag.local.stack import Stack
from movietag.rules.titles import parse_title
from movietag.search.client import connected
from movietag.search.queries import LetterQuery
from movietag.search.ranking import MovieSearch
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.settings import Settings
from movietag.stages import STAGES

pytestmark = pytest.mark.timeout(400)


INDICES = "movies,movie_tags,frames"


class Pipeline:
    """A full stack with the demo's library behind its search."""

    def __init__(self, stack: Stack, library: DemoLibrary, roots: Path) -> None:
        self.stack = stack
        self.settings = stack.settings
        self.library = library
        self.roots = roots

    async def movies(self) -> dict[str, Movie]:
        """All movies, by id."""
        try:
            async with reader(self.settings) as found:
                answer = await found.movies(MovieSearch(limit=500))
        except TransientError:
            return {}
        return {movie.movie_id: movie for movie in answer.movies}

    async def finished(self, lines: Sequence[str], seconds: float = 150) -> list[Movie]:
        """The movies of these titles, once all are finished."""
        wanted = [parse_title(line.encode()).movie_id for line in lines]

        async def all_there() -> list[Movie] | None:
            there = await self.movies()
            chosen = [there[name] for name in wanted if name in there]
            done = len(chosen) == len(wanted) and all(m.status != "running" for m in chosen)
            return chosen if done else None

        return await until(all_there, seconds)

    async def letters(self) -> dict[str, str]:
        """The reasons of all dead letters, by kind and letter id."""
        async with reader(self.settings) as found:
            answer = await found.letters(LetterQuery(limit=1000))
        return {f"{letter.error} {letter.letter_id}": letter.reason for letter in answer.letters}

    async def documents(self) -> dict[str, Any]:
        """Every document with its version, as Elasticsearch has it."""
        async with connected(self.settings) as es:
            await es.indices.refresh(index=INDICES)
            answer = await es.search(index=INDICES, size=10_000, version=True)
        hits = answer["hits"]["hits"]
        assert len(hits) < 10_000
        return {f"{hit['_index']}/{hit['_id']}": (hit["_version"], hit["_source"]) for hit in hits}

    async def quiet(self) -> dict[str, Any]:
        """The documents, once they have not changed for some seconds."""
        before: dict[str, Any] = {}
        while (now := await self.documents()) != before:
            before = now
            await asyncio.sleep(4)
        return now

    def movietag(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a user would."""
        return run_movietag(self.settings, *arguments)


@pytest.fixture(scope="module")
def pipeline(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[Pipeline]:
    """The stages and the demo's site as a stack of their own, on the servers of another one.

    That is how the stages meet any Kafka, Elasticsearch and Triton: by settings alone.
    """
    home, roots = tmp_path_factory.mktemp("stages"), tmp_path_factory.mktemp("roots")
    chosen = Settings(
        home=home,
        port_base=next(port_bases),
        kafka=stack.settings.kafka_address,
        **search_of(stack.settings),
        **triton_of(stack.settings),
        roots=(roots,),
        stop_seconds=10,
    )
    settings = demo_settings(chosen)
    library = build(library_folder(settings), lambda done, total: None)
    stages = demo_stack(settings)
    assert stages.start() == (*STAGES, "site")
    yield Pipeline(stages, library, roots)
    stages.down()
    stages.reset()


async def test_counts_are_as_drawn(pipeline: Pipeline) -> None:
    lines = pipeline.library.truth.lines
    values = [line.encode() for line in lines]
    await send_titles(pipeline.settings, values[4:], bulk=True)
    await send_titles(pipeline.settings, values[:4])
    await pipeline.finished(lines)
    await pipeline.quiet()
    verdict = await check_against_truth(pipeline.settings, pipeline.library.truth)
    assert verdict.faults == ()
    assert verdict.comparison.share >= 0.95, verdict.comparison.wrong


async def test_the_same_titles_again_change_no_document(pipeline: Pipeline) -> None:
    before = await pipeline.quiet()
    assert before
    lines = pipeline.library.truth.lines
    again = [*lines, "  MOONLIT  harbor (1998) ", lines[4].strip() + "\n"]
    await send_titles(pipeline.settings, [line.encode() for line in again])
    await asyncio.sleep(5)
    assert await pipeline.quiet() == before


async def test_rubbish_becomes_letters_or_failed_movies_and_the_stream_goes_on(
    pipeline: Pipeline,
) -> None:
    run, roots = secrets.token_hex(3), pipeline.roots
    (roots / "zero.mp4").write_bytes(b"")
    (roots / "page.mp4").write_bytes(b"<!DOCTYPE html><html><body>Not found</body></html>" * 50)
    bombs = roots / "bombs"
    bombs.mkdir()
    header = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    size = (20_000).to_bytes(4, "big")
    (bombs / "bomb.png").write_bytes(header[:16] + size + size + header[24:])
    shop = roots / "shop"
    shop.mkdir()
    rng = np.random.default_rng(1)
    for number in range(3):
        picture = cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (640, 360))
        cv2.imwrite(str(shop / f"{number}.jpg"), picture)
    (shop / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    good = next(pipeline.library.videos.glob("*.mp4"))
    (roots / "good.mp4").write_bytes(good.read_bytes())

    def by_file(name: str, *files: str, **more: object) -> bytes:
        return json.dumps({"title": f"{name} {run}", "files": files, **more}).encode()

    letters = {
        "long": b"x" * 10_240,
        "blank": b"   ",
        "wrong shape": b'{"title": ["' + run.encode() + b'"]}',
        "no text": b"\xff\xfe\x00" + run.encode(),
        "outside": by_file("Outside", "/etc/passwd"),
        "loopback": json.dumps({"title": f"L {run}", "urls": ["http://127.0.0.1/x.mp4"]}).encode(),
        "scheme": json.dumps({"title": f"S {run}", "urls": ["file:///etc/passwd"]}).encode(),
    }
    failing = {
        f"Zero {run}": by_file("Zero", str(roots / "zero.mp4")),
        f"Page {run}": by_file("Page", str(roots / "page.mp4")),
        f"Bombs {run}": json.dumps({"title": f"Bombs {run}", "images": [str(bombs)]}).encode(),
    }
    working = {
        f"Good {run}": by_file("Good", str(roots / "good.mp4")),
        f"Shop {run}": json.dumps({"title": f"Shop {run}", "images": [str(shop)]}).encode(),
    }
    before = await pipeline.letters()
    await send_titles(pipeline.settings, [*letters.values(), *failing.values(), *working.values()])
    failed = await pipeline.finished(list(failing))
    for movie in failed:
        assert movie.status == "failed"
        assert movie.videos[0].reason, movie
    complete = await pipeline.finished(list(working))
    assert [movie.status for movie in complete] == ["complete", "complete"]
    assert complete[1].images == 3

    async def all_letters() -> dict[str, str] | None:
        new = {key: why for key, why in (await pipeline.letters()).items() if key not in before}
        return new if len(new) >= len(letters) else None

    new = await until(all_letters, 60)
    kinds = sorted(key.split()[0] for key in new)
    refused = ["bad-encoding", *["bad-title"] * 3, "forbidden-path", *["forbidden-url"] * 2]
    assert kinds == refused, new
    assert all(len(reason) > 20 for reason in new.values())
    listed = pipeline.movietag("dead", "list", "--json")
    shown = next(
        letter
        for letter in json.loads(listed.stdout)["letters"]
        if letter["error"] == "bad-title" and letter["size"] == 10_240
    )
    payload = pipeline.movietag("dead", "show", "--payload", shown["letter_id"])
    assert payload.stdout == "x" * 10_240

    replayed = pipeline.movietag("dead", "replay", shown["letter_id"])
    assert replayed.returncode == 0, replayed.stderr

    async def failed_again() -> bool | None:
        async with reader(pipeline.settings) as found:
            answer = await found.letters(LetterQuery(letter_id=shown["letter_id"]))
        return True if [letter.attempts for letter in answer.letters] == [2] else None

    await until(failed_again, 30)
    assert len(await pipeline.letters()) == len(before) + len(new)


async def test_without_triton_and_elasticsearch_the_stages_wait_and_go_on(
    stack: Stack, pipeline: Pipeline
) -> None:
    line = pipeline.library.truth.lines[0]
    movie_id = parse_title(line.encode()).movie_id
    before = (await pipeline.movies())[movie_id]
    stack.stop("triton", "elasticsearch")
    refresh = {"title": before.title, "year": before.year, "refresh": True}
    await send_titles(pipeline.settings, [json.dumps(refresh).encode()])
    log = pipeline.stack.where.log("plan")

    async def waits() -> bool | None:
        return True if "plan waits: Triton" in log.read_text() else None

    await until(waits, 60)
    stack.start(only=("triton", "elasticsearch"))

    async def again() -> Movie | None:
        movie = (await pipeline.movies()).get(movie_id)
        there = movie and movie.generation > before.generation and movie.status == "complete"
        return movie if there else None

    after = await until(again, 120)
    assert (after.images, after.tags) == (before.images, before.tags)


def test_the_commands_answer_people_and_scripts(pipeline: Pipeline, tmp_path: Path) -> None:
    found = pipeline.movietag("search", "--tag", "horror", "--min-ratio", "0.3", "--json")
    assert found.returncode == 0
    movies = json.loads(found.stdout)["movies"]
    assert "Crimson Cellar" in [movie["title"] for movie in movies]
    assert pipeline.movietag("search", "--tag", "autobiographical").returncode == 1
    unknown = pipeline.movietag("search", "--tag", "horor")
    assert (unknown.returncode, "horror" in unknown.stderr) == (2, True)
    scenes = pipeline.movietag("scenes", "--tag", "murder")
    assert (scenes.returncode, "#t=" in scenes.stdout) == (0, True)
    shown = pipeline.movietag("show", "Crimson Cellar")
    assert "horror(" in shown.stdout
    table = tmp_path / "movie_tags_results.csv"
    assert pipeline.movietag("export", str(table)).returncode == 0
    assert table.read_text().startswith("movie_id,title,year,images,tag,count,ratio,lift")


async def test_a_forgotten_movie_leaves_no_document(pipeline: Pipeline) -> None:
    asked = parse_title(pipeline.library.truth.lines[1].encode())
    assert pipeline.movietag("forget", "--yes", asked.movie_id).returncode == 0

    async def gone() -> bool | None:
        there = await pipeline.documents()
        left = [source for _, source in there.values() if source["movie_id"] == asked.movie_id]
        return None if left else True

    await until(gone, 60)


async def test_a_title_of_every_codec_becomes_a_movie_while_the_broker_packs_all_with_zstd(
    stack: Stack, pipeline: Pipeline
) -> None:
    """Titles of a client that is not ours; what the stages send each other is zstd, too."""
    run = secrets.token_hex(3)
    good = next(pipeline.library.videos.glob("*.mp4"))
    (pipeline.roots / "packed.mp4").write_bytes(good.read_bytes())
    titles = {
        codec: json.dumps(
            {"title": f"Packed {codec} {run}", "files": [str(pipeline.roots / "packed.mp4")]}
        )
        for codec in ("none", "gzip", "snappy", "lz4", "zstd")
    }
    with packed_by_broker(pipeline.settings, "zstd"):
        for codec, title in titles.items():
            sender = Producer(
                {
                    "bootstrap.servers": pipeline.settings.kafka_address,
                    "compression.type": codec,
                }
            )
            sender.produce(topics.TITLES.name, title)
            assert sender.flush(30) == 0
        movies = await pipeline.finished(list(titles.values()))
    assert [(movie.status, movie.images > 0) for movie in movies] == [("complete", True)] * 5
    for topic in (topics.REQUESTS, topics.FRAMES, topics.CAPTIONS, topics.DOCUMENTS):
        assert ZSTD in codecs_of(stack.settings, topic.name), topic.name


ZSTD = 4


@contextmanager
def packed_by_broker(settings: Settings, codec: str) -> Iterator[None]:
    """Every topic that says nothing else is packed with a codec, in the block."""
    admin = AdminClient({"bootstrap.servers": settings.kafka_address})

    def alter(operation: AlterConfigOpType) -> None:
        entry = ConfigEntry("compression.type", codec, incremental_operation=operation)
        broker = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])
        for done in admin.incremental_alter_configs([broker]).values():
            done.result(30)

    alter(AlterConfigOpType.SET)
    try:
        yield
    finally:
        alter(AlterConfigOpType.DELETE)
