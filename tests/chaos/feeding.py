"""What comes into the stack: titles, titles again, repeated messages, switched taggers, replays."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chaos.field import Field
from chaos.watching import Watch
from chaos.world import FIRST, SECOND, Kind, Movie
from movietag import topics
from movietag.errors import MovietagError
from movietag.kafka.clients import make_consumer, make_producer
from movietag.records import FrameInfo, Letter, decode, encode
from movietag.settings import Settings

REPEATED = (topics.REQUESTS, topics.VIDEOS, topics.FRAMES, topics.CAPTIONS, topics.DOCUMENTS)


class Feeder:
    """Feeds the stack; survives that Kafka is away.

    Of the messages of the topics ``repeated`` the part ``share`` comes once more, up to 20 s later.
    With ``direct`` no fault of the proxy befalls what is fed.
    """

    def __init__(
        self,
        field: Field,
        movies: Sequence[Movie],
        seed: int,
        share: float,
        repeated: Collection[str],
        *,
        direct: bool,
    ) -> None:
        self.field, self.movies = field, movies
        self.settings = field.direct if direct else field.settings
        self.share, self.topics = share, [spec for spec in REPEATED if spec.name in repeated]
        self.rng = random.Random(seed + 1)
        self.repeated = self.replayed = 0
        self.crossed: set[str] = set()
        self.refreshed: set[str] = set()

    async def titles(self, start: float, seconds: float) -> None:
        """Send every title when it is due; the other tagger answers from 30 % to 34 % and 60 % to 64 %."""
        due: list[tuple[float, tuple[Movie, Kind] | Movie | str]] = [
            (at * seconds, tagger)
            for at, tagger in ((0.3, SECOND), (0.34, FIRST), (0.6, SECOND), (0.64, FIRST))
        ]
        for movie in self.movies:
            due += [(action.at, (movie, action.kind)) for action in movie.actions]
            if movie.search and movie.search.until is not None:
                due.append((movie.search.until, movie))
        for at, what in sorted(due, key=lambda item: item[0]):
            await asyncio.sleep(max(0.0, start + at - time.monotonic()))
            match what:
                case str():
                    self.field.order(tagger=what)
                case Movie():
                    self.field.site.searches.pop(what.title, None)
                case (movie, kind):
                    await self._send_title(movie, kind)

    async def fade(self, watch: Watch, until: float) -> None:
        """Have the searches fail that fail once their movie is complete, and send these titles again."""
        waiting = [movie for movie in self.movies if movie.search and movie.search.complete]
        while waiting and time.monotonic() < until:
            for movie in [movie for movie in waiting if watch.whole(movie)]:
                assert movie.search
                waiting.remove(movie)
                self.field.site.searches[movie.title] = movie.search.mood
                await self._send_title(movie, "add")
            await asyncio.sleep(1)

    async def add_again(self, tagger: Mapping[str, str]) -> None:
        """Send the titles once more whose search failed for a while; with refresh if another tagger answers."""
        for movie in self.movies:
            if movie.search and movie.search.until is not None:
                served = tagger.get(movie.movie_id, FIRST) == self.field.orders["tagger"]
                await self._send_title(movie, "add" if served else "refresh")

    async def _send_title(self, movie: Movie, kind: Kind) -> None:
        # Of one key titles keep their order; most clients give none.
        key = movie.movie_id.encode() if movie.ordered else None
        await send(self.settings, [(topics.TITLES.name, key, message(movie, kind), [])])

    async def repeat(self, until: float) -> None:
        """Send some of all messages once more, later: duplicates out of order."""
        waiting: set[asyncio.Task[None]] = set()
        while time.monotonic() < until:
            try:
                async with make_consumer(self.field.direct, auto_offset_reset="latest") as consumer:
                    consumer.assign(_places(self.topics, self.field.settings))
                    while time.monotonic() < until:
                        batches = await consumer.getmany(timeout_ms=500)
                        for record in (r for batch in batches.values() for r in batch):
                            if self.rng.random() < self.share:
                                task = asyncio.create_task(self._later(record))
                                waiting.add(task)
                                task.add_done_callback(waiting.discard)
            except (KafkaError, OSError):
                await asyncio.sleep(1)
        await asyncio.gather(*waiting)

    async def _later(self, record: Any) -> None:
        await asyncio.sleep(self.rng.uniform(0, 20))
        message = (record.topic, record.key, record.value, list(record.headers))
        await send(self.settings, [message])
        self.repeated += 1

    async def mend(self) -> None:
        """Have the tagger take what it refused where that is to be mended, and replay those letters.

        Letters of frames planned for the tagger that answers now are replayed too; of those for the
        other one, every second movie is refreshed, the rest stays in the dead letters.
        """
        mended = [frame for movie in self.movies if movie.mended for frame in movie.refused]
        left = [frame for frame in self.field.orders["refused"] if tuple(frame) not in mended]  # type: ignore[attr-defined]
        self.field.order(refused=left)
        messages = []
        for letter, value in await letters(self.field.direct):
            info = frame_of(letter)
            if info is None:
                continue
            if letter.error == "other-tagger":
                self.crossed.add(info.movie_id)
            if letter.error == "bad-image" or info.tagger == self.field.orders["tagger"]:
                small = msgspec.structs.replace(letter, key=None, headers=())
                headers = [*letter.headers, (topics.LETTER_HEADER, encode(small))]
                messages.append((letter.topic, letter.key, value, headers))
        by_id = {movie.movie_id: movie for movie in self.movies if not movie.forgotten}
        for place, movie_id in enumerate(sorted((self.crossed - self.refreshed) & by_id.keys())):
            if place % 2 == 0:
                self.refreshed.add(movie_id)
                title = message(by_id[movie_id], "refresh")
                messages.append((topics.TITLES.name, None, title, []))
        await send(self.settings, messages)
        self.replayed += len(messages)


def message(movie: Movie, kind: Kind) -> bytes:
    """What is put on the topic of titles."""
    match kind:
        case "add":
            return movie.line.encode()
        case "spelled":
            return f"  {movie.line.upper()}".encode()
        case "refresh" | "forget":
            return msgspec.json.encode({"title": movie.title, "year": 1990, kind: True})


def frame_of(letter: Letter) -> FrameInfo | None:
    """Of which frame a letter is, if of one."""
    for name, value in letter.headers:
        if name == topics.FRAME_HEADER:
            try:
                return decode(FrameInfo, value)
            except MovietagError:
                return None
    return None


async def letters(settings: Settings) -> list[tuple[Letter, bytes]]:
    """All letters, the newest of each id."""
    found: dict[str, tuple[Letter, bytes]] = {}
    for record in await everything(settings, topics.DEAD_LETTERS.name):
        letter = decode(Letter, dict(record.headers).get(topics.LETTER_HEADER))
        found[letter.letter_id] = (letter, record.value)
    return list(found.values())


async def everything(settings: Settings, topic: str) -> list[Any]:
    """All records of a topic, by partition in order."""
    found: list[Any] = []
    async with make_consumer(settings) as consumer:
        places = [TopicPartition(topic, number) for number in range(settings.kafka_partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        for place in places:
            while await consumer.position(place) < ends[place]:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    found += records
    return found


async def send(settings: Settings, messages: list[tuple[str, Any, Any, Any]]) -> None:
    """Send messages however long it takes; perhaps some of them twice."""
    left = list(messages)
    while left:
        try:
            async with make_producer(settings) as producer:
                while left:
                    topic, key, value, headers = left[0]
                    await producer.send_and_wait(topic, value, key=key, headers=headers)
                    left.pop(0)
        except (KafkaError, OSError):
            await asyncio.sleep(0.5)


def _places(specs: Sequence[topics.TopicSpec], settings: Settings) -> list[TopicPartition]:
    numbers = range(settings.kafka_partitions)
    return [TopicPartition(spec.name, number) for spec in specs for number in numbers]
