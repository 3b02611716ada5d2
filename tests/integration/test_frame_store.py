"""Kept frames on the real stack: as they were sent, captioned again by another model, and forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import pytest
from aiokafka import TopicPartition
from frames.drawn_videos import textured
from support.addresses import search_of
from support.commands import run_movietag, until
from support.two_taggers import repository, said

from movietag import topics
from movietag.adding import send_titles
from movietag.errors import MovietagError
from movietag.frames.store import FrameStore
from movietag.kafka.clients import create_topics, make_consumer
from movietag.local.stack import Stack
from movietag.records import FrameInfo, MovieId, VideoId, decode
from movietag.research.evaluation.assigned import read_assigned
from movietag.search.queries import LetterQuery
from movietag.search.reader import reader
from movietag.search.results import Movie
from movietag.settings import Settings
from movietag.vocabulary import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MOVIES, VIDEOS, PICTURES = 4, 2, 15
MPST = load("mpst")
Place = tuple[str, str, int, int]  # movie, video, generation, slot


@dataclass
class Library:
    """A whole stack that keeps frames, and two models, `one` (the setting's) and `two`."""

    stack: Stack
    run: str
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what frames brought, by movie

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    @property
    def store(self) -> FrameStore:
        return FrameStore.needed(self.settings)

    @property
    def ids(self) -> list[str]:
        return [f"m{number}-{self.run}" for number in range(MOVIES)]

    def titles(self, **more: object) -> list[bytes]:
        """Movies of two folders of pictures each."""
        return [
            json.dumps(
                {
                    "title": f"Movie {movie}",
                    "movie_id": movie,
                    "images": [str(self.settings.roots[0] / movie / str(n)) for n in range(VIDEOS)],
                    **more,
                }
            ).encode()
            for movie in self.ids
        ]

    def draw(self) -> None:
        for at, movie in enumerate(self.ids):
            for number in range(VIDEOS):
                folder = self.settings.roots[0] / movie / str(number)
                folder.mkdir(parents=True)
                for picture in range(PICTURES):
                    seed = (at * VIDEOS + number) * PICTURES + picture
                    cv2.imwrite(str(folder / f"{picture:02}.png"), textured(seed))

    async def movie(self, movie_id: str) -> Movie | None:
        try:
            async with reader(self.settings) as library:
                return await library.movie(movie_id)
        except MovietagError:
            return None

    async def complete(self, generation: int, seconds: float = 150) -> dict[str, Movie]:
        """All movies, once they are complete in this generation."""

        async def there() -> dict[str, Movie] | None:
            found = [await self.movie(movie_id) for movie_id in self.ids]
            movies = {m.movie_id: m for m in found if m and m.generation == generation}
            done = len(movies) == MOVIES and all(m.status != "running" for m in movies.values())
            return movies if done else None

        return await until(there, seconds)

    async def letters(self) -> dict[str, str]:
        """The reasons of all dead letters."""
        async with reader(self.settings) as library:
            letters = (await library.letters(LetterQuery(limit=100))).letters
        return {one.letter_id: one.reason for one in letters}

    def kept(self, movie_id: str) -> dict[Place, bytes]:
        """All frames of a movie in the store, by its records."""
        return {
            (movie_id, kept.manifest.video_id, kept.manifest.generation, slot.slot): (
                self.store.read(
                    MovieId(movie_id),
                    kept.manifest.video_id,
                    slot.slot,
                    kept.manifest.generation,
                )
                or b""
            )
            for kept in self.store.of_movie(MovieId(movie_id))
            for slot in kept.manifest.slots
        }

    def expected(self, movie_id: str, model: str) -> dict[str, int]:
        """Tag -> images, of what the model says about the kept frames."""
        counts: Counter[str] = Counter()
        for jpeg in self.kept(movie_id).values():
            counts.update(MPST.match(said(jpeg, model)))
        return dict(counts)

    def kill(self, name: str) -> None:
        pid = self.stack.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def movietag(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_movietag(self.settings, *arguments)


@pytest.fixture(scope="module")
def library(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("frame-store")
    chosen = Settings(
        home=folder / "home",
        port_base=next(port_bases),
        kafka=stack.settings.kafka_address,
        **search_of(stack.settings),
        model="one",
        roots=(folder / "roots",),
        duplicate_bits=-1,
        drop_cards=False,
        frame_store=str(folder / "kept"),
        stop_seconds=10,
    )
    made = Stack(chosen, model_repository=repository(folder / "models", "one", "two"))
    found = Library(made, secrets.token_hex(3))
    found.draw()
    made.start()
    yield found
    made.down()
    made.reset()


@asynccontextmanager
async def frames_as_sent(library: Library) -> AsyncIterator[dict[Place, bytes]]:
    """The frames on the topic, as they come: the last of each slot."""
    seen: dict[Place, bytes] = {}
    await create_topics(library.settings)

    async def read() -> None:
        async for record in consumer:
            info = decode(FrameInfo, dict(record.headers)[topics.FRAME_HEADER])
            if info.movie_id in library.ids:
                seen[info.movie_id, info.video_id, info.generation, info.slot] = record.value
                library.told[info.movie_id] = info.context.found

    async with make_consumer(library.settings, auto_offset_reset="latest") as consumer:
        partitions = range(library.settings.kafka_partitions)
        consumer.assign([TopicPartition(topics.FRAMES.name, at) for at in partitions])
        await consumer.seek_to_end()
        for place in consumer.assignment():
            await consumer.position(place)
        task = asyncio.create_task(read())
        yield seen
        await asyncio.sleep(1)
        task.cancel()


async def test_frames_are_kept_as_they_were_sent_although_fetch_is_killed(
    library: Library,
) -> None:
    async with frames_as_sent(library) as sent:
        await send_titles(library.settings, library.titles())

        async def some() -> bool | None:
            return True if len(sent) > PICTURES else None

        await until(some, 60)
        library.kill("fetch")
        movies = await library.complete(1)
    kept: dict[Place, bytes] = {}
    for movie_id, movie in movies.items():
        assert movie.images == VIDEOS * PICTURES
        kept |= library.kept(movie_id)
        found = {tag: count.count for tag, count in movie.tags.items()}
        assert found == library.expected(movie_id, "one")
    assert kept == sent
    listed = json.loads(library.movietag("frames", "list", "--json").stdout)["movies"]
    ours = [movie for movie in listed if movie["movie_id"] in library.ids]
    assert {movie["frames"] for movie in ours} == {VIDEOS * PICTURES}


async def test_a_run_beside_the_library_finds_what_the_stages_found(
    library: Library, tmp_path: Path
) -> None:
    before = await library.complete(1)
    for model in ("one", "two"):
        out = tmp_path / f"{model}.json"
        wrote = library.movietag(
            "recaption", *library.ids, "--tagger", model, "--out", str(out), "--json"
        )
        assert wrote.returncode == 0, wrote.stderr
        assert json.loads(wrote.stdout)["images"] == MOVIES * VIDEOS * PICTURES
        run = json.loads(out.read_text())
        assert run["tagger"] == f"{model}@1"
        for movie in run["movies"]:
            found = {tag: count["count"] for tag, count in movie["tags"].items()}
            assert found == library.expected(movie["movie_id"], model)
            if model == "one":
                assert list(found) == list(before[movie["movie_id"]].tags)
        assert len(read_assigned(out).movies) == MOVIES
    assert await library.complete(1) == before
    nobody = library.movietag(
        "recaption", "--all", "--tagger", "three", "--out", str(tmp_path / "x.json")
    )
    assert nobody.returncode == 2
    assert "no model 'three'" in nobody.stderr


async def test_another_tagger_counts_the_same_images_once_although_all_is_killed(
    library: Library,
) -> None:
    first_pass = await library.complete(1)
    before = {movie_id: library.kept(movie_id) for movie_id in library.ids}
    letters = await library.letters()
    async with frames_as_sent(library) as sent:
        asked = library.movietag("recaption", *library.ids, "--tagger", "two@1", "--yes", "--json")
        assert asked.returncode == 0, asked.stderr
        library.kill("plan")

        async def some(count: int) -> bool | None:
            return True if len(sent) > count else None

        await until(lambda: some(PICTURES), 90)
        for name in ("fetch", "caption", "count"):
            library.kill(name)
        movies = await library.complete(2)
    for movie_id, movie in movies.items():
        assert (movie.images, movie.tagger) == (VIDEOS * PICTURES, "two@1")
        assert library.told[movie_id] == tuple(first_pass[movie_id].tags)
        assert {tag: count.count for tag, count in movie.tags.items()} == library.expected(
            movie_id, "two"
        )
    assert {movie_id: library.kept(movie_id) for movie_id in library.ids} == before
    resent = {(movie, video, 1, slot): jpeg for (movie, video, _, slot), jpeg in sent.items()}
    assert resent == {place: jpeg for kept in before.values() for place, jpeg in kept.items()}
    assert await library.letters() == letters
    again = library.movietag("recaption", *library.ids, "--tagger", "two", "--yes")
    assert again.returncode == 1
    assert "is already captioned by two@1" in again.stderr


async def test_a_movie_whose_frames_are_gone_is_left_as_it_is(library: Library) -> None:
    movies = await library.complete(2)
    victim = MovieId(library.ids[0])
    video = VideoId(movies[victim].videos[0].video_id)
    folder = next(
        Path(library.settings.frame_store).glob(f"{victim}/{video.replace(':', '%3A')}/00001")
    )
    frame = folder / "00003.jpg"
    jpeg = frame.read_bytes()
    frame.unlink()
    left = library.movietag("recaption", *library.ids, "--yes", "--json")
    frame.write_bytes(jpeg)
    assert left.returncode == 1
    answer = json.loads(left.stdout)
    assert answer["sent"] == library.ids[1:]
    assert [
        (one["movie_id"], "not (or no longer) stored" in one["reason"]) for one in answer["left"]
    ] == [(victim, True)]

    async def there() -> bool | None:
        found = [await library.movie(movie_id) for movie_id in library.ids[1:]]
        done = all(m and m.generation == 3 and m.status == "complete" for m in found)
        return True if done else None

    await until(there, 120)
    standing = await library.movie(victim)
    assert standing
    assert (standing.generation, standing.tagger) == (2, "two@1")


async def test_a_refresh_replaces_kept_frames_and_forget_removes_them(library: Library) -> None:
    victim, other = library.ids[1], library.ids[2]
    await send_titles(library.settings, [library.titles(refresh=True)[1]])

    async def refreshed() -> bool | None:
        movie = await library.movie(victim)
        return True if movie and (movie.generation, movie.status) == (4, "complete") else None

    await until(refreshed, 120)

    async def replaced() -> bool | None:
        folder = Path(library.settings.frame_store) / victim
        generations = {path.name for path in folder.glob("*/*")}
        return True if generations == {"00004"} else None

    await until(replaced, 30)
    assert library.movietag("forget", "--yes", victim).returncode == 0

    async def gone() -> bool | None:
        there = (Path(library.settings.frame_store) / victim).exists()
        return None if there or await library.movie(victim) else True

    await until(gone, 60)
    assert len(library.kept(other)) == VIDEOS * PICTURES
