"""Notes about events that outlive a process, in the small topic of tries.

The topic is read when something fails, on from where it was read to last: another process may have noted
something just before.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

import faust
from aiokafka.errors import KafkaError

from movietag import topics
from movietag.errors import TransientError
from movietag.records import Manifest, VideoJob, decode, encode
from movietag.settings import Settings
from movietag.streams.ledger.changelog import ChangelogReader, Row
from movietag.streams.runtime.coalescing import Coalescer
from movietag.streams.runtime.topics import channel

LINGER = 0.05  # seconds: frames that fail together are looked up together


class Notes:
    """Notes by key, in the topic of tries.

    Args:
        begin: of the keys of these notes; no other notes' keys begin so.
        chosen: which of two notes of one key is kept, the former or the later.
    """

    def __init__(
        self,
        app: faust.App,
        begin: str,
        settings: Settings,
        chosen: Callable[[bytes, bytes], bytes],
    ) -> None:
        self._topic = channel(app, topics.TRIES)
        self._begin = f"{begin}|".encode()
        self._chosen = chosen
        self._partitions = range(settings.kafka_partitions)
        self._notes: dict[bytes, bytes] = {}
        self._reader = ChangelogReader(settings, topics.TRIES.name, self._put)
        self._reading: Coalescer[None] = Coalescer(LINGER, self._read)

    async def recall(self, key: str) -> bytes | None:
        """The latest note of a key.

        Raises:
            TransientError: Kafka is away.
        """
        try:
            await self._reading.submit("", None)
        except (KafkaError, OSError) as error:
            raise TransientError(f"The topic of tries cannot be read: {error!r}.") from error
        return self._notes.get(self._begin + key.encode())

    async def every(self) -> Mapping[str, bytes]:
        """The latest note of each key; raises like ``recall``."""
        await self.recall("")
        skip = len(self._begin)
        return {key[skip:].decode("utf-8", "replace"): value for key, value in self._notes.items()}

    async def note(self, key: str, value: bytes) -> None:
        """Store a note; returns when the broker has acknowledged it.

        Raises:
            KafkaError, ProducerSendError: it does not take it.
        """
        await (await self._topic.send(key=self._begin + key.encode(), value=value))

    async def _read(self, key: str, values: list[None]) -> None:
        await self._reader.read(self._partitions)

    def _put(self, partition: int, rows: Sequence[Row]) -> None:
        for key, value in rows:
            if key.startswith(self._begin) and value:
                former = self._notes.get(key)
                self._notes[key] = value if former is None else self._chosen(former, value)


class Remembered:
    """The ``Memory`` of a stage: the number of failures by position."""

    def __init__(self, app: faust.App, stage: str, settings: Settings) -> None:
        self._notes = Notes(app, stage, settings, lambda *both: max(both, key=_number))

    async def recall(self, position: str) -> int:
        """See ``Memory``; raises TransientError while Kafka is unreachable."""
        return _number(await self._notes.recall(position) or b"0")

    async def note(self, position: str, count: int) -> None:
        """See ``Memory``; raises KafkaError or ProducerSendError if the broker refuses the note."""
        await self._notes.note(position, str(count).encode())


class Promised:
    """The manifests of fetched videos: a repeated fetch that fails does not undo the first one.

    A manifest is noted when all frames of its video are with the broker, before it is sent.
    """

    def __init__(self, app: faust.App, settings: Settings) -> None:
        self._notes = Notes(app, "manifest", settings, lambda first, later: first)

    async def recall(self, job: VideoJob) -> Manifest | None:
        """The manifest of a job that was completed before."""
        noted = await self._notes.recall(_key(job))
        return decode(Manifest, zlib.decompress(noted)) if noted else None

    async def note(self, job: VideoJob, manifest: Manifest) -> None:
        """Record that a job is completed."""
        await self._notes.note(_key(job), zlib.compress(encode(manifest), level=1))


def _key(job: VideoJob) -> str:
    return f"{job.movie_id}/{job.generation}/{job.video.video_id}"


def _number(note: bytes) -> int:
    return int(note[:9]) if note.isdigit() else 0
