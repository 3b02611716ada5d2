"""A library behind a site that misbehaves: all servers and stages real, every order of things chosen.

Everything lies in partition 0 of its topic, so that one title or video that the site holds back keeps all that
came after it from being committed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from chaos.pictures import HEIGHT, WIDTH
from chaos.site import Site
from chaos.world import Clip
from chaos.world import Movie as Drawn
from contract.watching import Groups

from movietag import topics
from movietag.crawl.ids import url_video_id
from movietag.errors import MovietagError
from movietag.kafka.checkpoints import PARTITION as CHECKPOINTS
from movietag.kafka.checkpoints import Checkpoint, checkpoint_key
from movietag.kafka.clients import make_consumer, make_producer
from movietag.kafka.epochs import count_group
from movietag.kafka.incarnations import read_incarnations
from movietag.local.stack import Stack
from movietag.records import Record, encode
from movietag.recount.current import read_current
from movietag.search.client import connected
from movietag.search.naming import NothingFound
from movietag.search.queries import LetterQuery
from movietag.search.reader import Reader, reader
from movietag.search.results import Movie
from movietag.settings import Settings
from movietag.topics import TopicSpec, stage_group
from support.addresses import search_of
from support.commands import run_movietag, until
from support.drawn_site import at_site
from support.two_taggers import repository

PARTITION = 0
WATCHED_SECONDS = 0.1  # a tenth of the time for which a search shows the same
WANTED, SLOTS = 2, 3  # videos of a movie, frames of a video
IMAGES = WANTED * SLOTS
SITE_PORT = 80  # above the port base
SECONDS = 120.0  # in which anything comes to be that must: much more than on a quiet machine
INDICES = "movies,movie_tags,frames"


def in_partition(keys: Iterable[str], partitions: int) -> Iterable[str]:
    """Those of the keys whose messages come into partition 0."""
    place, numbers = DefaultPartitioner(), list(range(partitions))
    return (key for key in keys if place(key.encode(), numbers, numbers) == PARTITION)


@dataclass(frozen=True, eq=False)
class Title:
    """A movie of the library: its id, and what the site has of it."""

    movie_id: str
    drawn: Drawn

    def sent(self, **more: object) -> bytes:
        """A message on the topic of titles."""
        title = {"title": self.drawn.title, "year": 1990, "movie_id": self.movie_id}
        return json.dumps(title | more).encode()

    @property
    def videos(self) -> list[str]:
        """The site's ids of its videos, in the order in which the search finds them."""
        return [clip.site_id for clip in self.drawn.clips]


def make_titles(names: dict[str, int], settings: Settings, site: str) -> dict[str, Title]:
    """Movies by name, each with so many videos; the first is in partition 0 by its URL, too."""
    made, run, partitions = {}, secrets.token_hex(2), settings.kafka_partitions
    for number, (name, videos) in enumerate(names.items()):
        ids = (f"movietagdemovideo:m{number}v{place}" for place in itertools.count())
        found = (video.partition(":")[2] for video in in_partition(ids, partitions))
        first = next(
            one for one in found if [*in_partition([url_video_id(url(site, one))], partitions)]
        )
        chosen = [first, *(one for one in itertools.islice(found, videos) if one != first)]
        clips = tuple(Clip(number * 8 + at, one) for at, one in enumerate(chosen[:videos]))
        movie_ids = (f"{name}-{run}-{place}".lower() for place in itertools.count())
        movie_id = next(iter(in_partition(movie_ids, partitions)))
        made[name] = Title(movie_id, Drawn(number, f"The {name} {run}", clips))
    return made


def url(site: str, video: str) -> str:
    """Where the site has a video."""
    return f"http://{site}/video/{video}.mp4"


async def worse_than(library: Reader, movie_id: str, images: int) -> list[object]:
    """What of a movie is worse than complete with so many images: the movie, its id if it is gone, or nothing."""
    try:
        movie = await library.by_id(movie_id)
    except NothingFound:
        return [movie_id]
    return [] if movie.status == "complete" and movie.images >= images else [movie]


class Library:
    """The stack, its site, and its movies by name. Kafka is its own: what another test has left holds nothing up."""

    def __init__(
        self, servers: Settings, folder: Path, port_base: int, names: dict[str, int]
    ) -> None:
        self.address = f"127.0.0.1:{port_base + SITE_PORT}"
        self.settings = Settings(
            home=folder / "home",
            port_base=port_base,
            **search_of(servers),
            model="one",
            fetch_interval=0,
            videos=WANTED,
            slots=SLOTS,
            **at_site(self.address, width=WIDTH, height=HEIGHT),
            frame_store=str(folder / "kept"),
            count_linger=0.05,
            stop_seconds=3,
        )
        self.titles = make_titles(names, self.settings, self.address)
        (folder / "videos").mkdir()
        drawn = [title.drawn for title in self.titles.values()]
        self.site = Site(drawn, folder / "videos", port_base + SITE_PORT)
        self.models = repository(folder / "models", "one", "two")
        self.stack = Stack(self.settings, model_repository=self.models)

    def __getitem__(self, name: str) -> Title:
        return self.titles[name]

    # -- doing something

    async def send(self, *values: bytes) -> None:
        """Put titles on their topic, in their order."""
        await self._send(topics.TITLES, [(None, value) for value in values])

    async def ask(self, title: Title, *requests: Record) -> None:
        """Put requests about a movie on their topic."""
        key = title.movie_id.encode()
        await self._send(topics.REQUESTS, [(key, encode(request)) for request in requests])

    async def _send(self, topic: TopicSpec, messages: Sequence[tuple[bytes | None, bytes]]) -> None:
        async with make_producer(self.settings) as producer:
            for key, value in messages:
                await producer.send_and_wait(topic.name, value, key, PARTITION)

    def kill(self, name: str) -> None:
        """kill -9 of a stage; the supervisor starts it again."""
        pid = self.stack.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def movietag(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a user would."""
        return run_movietag(self.settings, *arguments)

    async def rewind(self, topic: TopicSpec, offset: int) -> None:
        """Have the plan stage, which is stopped, read a topic again from an offset on."""
        place = TopicPartition(topic.name, PARTITION)
        ids = await read_incarnations(self.settings, [topic.name])
        behind = Checkpoint(offset, ids[topic.name].topic_id)  # or it would continue where it was
        async with make_producer(self.settings) as producer:
            key = checkpoint_key(stage_group("plan"), place)
            await producer.send_and_wait(
                topics.OFFSETS.name, behind.value, key, CHECKPOINTS.partition
            )

        async def once() -> bool | None:
            async with make_consumer(self.settings, group_id="movietag-plan") as consumer:
                consumer.assign([place])
                try:
                    await consumer.commit({place: offset})
                except KafkaError:  # its member that has ended is still known
                    return None
            return True

        await until(once, SECONDS)

    # -- seeing what there is

    async def movie(self, title: Title) -> Movie | None:
        """The movie as people see it; None where there is none."""
        try:
            async with reader(self.settings) as found:
                return await found.movie(title.movie_id)
        except MovietagError:
            return None

    async def complete(self, *titles: Title, images: int, generation: int = 0) -> list[Movie]:
        """The movies, once all are complete with so many images, and nothing is tried any more."""

        async def there() -> list[Movie] | None:
            found = [await self.movie(title) for title in titles]
            movies = [movie for movie in found if movie and movie.status == "complete"]
            done = len(movies) == len(titles) and all(
                movie.images == images and not movie.attempt and movie.generation >= generation
                for movie in movies
            )
            return movies if done else None

        return await until(there, SECONDS)

    async def tried(self, title: Title, attempt: str) -> Movie:
        """The movie, once a newer try of it is running, or has failed."""

        async def there() -> Movie | None:
            movie = await self.movie(title)
            return movie if movie and movie.attempt == attempt else None

        return await until(there, SECONDS)

    async def gone(self, title: Title) -> None:
        """Wait until no document is left of a movie."""

        async def nothing() -> bool | None:
            return None if await self.documents(title) else True

        await until(nothing, SECONDS)

    async def documents(self, title: Title) -> dict[str, Any]:
        """Every document of a movie."""
        async with connected(self.settings) as es:
            await es.indices.refresh(index=INDICES)
            query = {"term": {"movie_id": title.movie_id}}
            hits = (await es.search(index=INDICES, query=query, size=1000))["hits"]["hits"]
        return {hit["_id"]: hit["_source"] for hit in hits}

    def kept(self, title: Title) -> set[tuple[str, int]]:
        """Videos with the generations of which frames are kept."""
        folder = Path(self.settings.frame_store) / title.movie_id
        return {(path.parent.name, int(path.name)) for path in folder.glob("*/*")}

    async def letters(self) -> dict[str, str]:
        """The reasons of all dead letters."""
        async with reader(self.settings) as library:
            letters = (await library.letters(LetterQuery(limit=100))).letters
        return {one.letter_id: f"{one.error}: {one.reason}" for one in letters}

    async def asked(self, before: dict[str, int], *videos: str) -> None:
        """Wait until the site was asked for each of these videos again."""

        async def again() -> bool | None:
            more = (self.site.asked[video] > before.get(video, 0) for video in videos)
            return True if all(more) else None

        await until(again, SECONDS)

    async def searched(self, title: Title, times: int) -> None:
        """Wait until the site was asked for a title so many times."""

        async def often() -> bool | None:
            return True if self.site.searched[title.drawn.title] >= times else None

        await until(often, SECONDS)

    @asynccontextmanager
    async def never_worse(self, *titles: Title) -> AsyncIterator[None]:
        """In the block these movies are complete, each with as many images as at its beginning, or more."""
        async with reader(self.settings) as found:
            least = {one.movie_id: (await found.by_id(one.movie_id)).images for one in titles}
        worse: list[object] = []

        async def watch() -> None:
            async with reader(self.settings) as found:
                while True:
                    for movie_id, images in least.items():
                        worse.extend(await worse_than(found, movie_id, images))
                    await asyncio.sleep(WATCHED_SECONDS)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait({watching})
        assert watching.cancelled(), watching.exception()
        assert not worse, worse[:3]

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition of each topic ends."""
        async with make_consumer(self.settings) as consumer:
            numbers = range(self.settings.kafka_partitions)
            places = [
                TopicPartition(spec.name, number) for spec in topics.ALL for number in numbers
            ]
            return dict(await consumer.end_offsets(places))

    async def uncommitted(self, group: str, *of: TopicSpec) -> int:
        """How many messages of these topics a group has not committed."""
        names = [spec.name for spec in of]
        places = [place for place in await self.ends() if place.topic in names]
        async with Groups.asked(self.settings) as groups, make_consumer(self.settings) as consumer:
            done = await groups.committed(group)
            first = await consumer.beginning_offsets(places)
            last = await consumer.end_offsets(places)
        return sum(
            last[at] - max(first[at], done.get((at.topic, at.partition), 0)) for at in places
        )

    async def quiet(self) -> None:
        """Wait until every stage has done all there is to do."""
        # Another test may have counted again in the same Kafka: then its epoch is the current one.
        current = await read_current(self.settings)
        groups = {
            "movietag-plan": (topics.TITLES, topics.REQUESTS),
            "movietag-fetch": (topics.VIDEOS,),
            "movietag-caption": (topics.FRAMES,),
            count_group(*current.of(self.settings)): (topics.CAPTIONS,),
            "movietag-index": (topics.DOCUMENTS, topics.DEAD_LETTERS),
        }

        work = {spec.name for of in groups.values() for spec in of}

        async def ends() -> dict[TopicPartition, int]:  # what workers report of themselves goes on
            return {at: end for at, end in (await self.ends()).items() if at.topic in work}

        async def nothing_left() -> bool | None:
            before = await ends()
            left = [await self.uncommitted(group, *of) for group, of in groups.items()]
            return True if not any(left) and before == await ends() else None

        await until(nothing_left, SECONDS)
