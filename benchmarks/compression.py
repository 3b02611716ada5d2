"""What compression of Kafka's batches saves of each kind of message, and what CPU time it costs.

    python -m benchmarks.compression      # no server; half a minute

Batches are built and read by aiokafka's own code, as producers and consumers do: of all messages of one movie of 50
slots as they come out of a stage, and of as many movies as fill a batch (512 KiB), which a stage that has fallen behind
sends. A line of JSON for each: bytes of the batch as a share of those without compression, and milliseconds of CPU time
for each MB of messages to build and to read it.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from benchmarks.movies import facts_of, movie_id
from movietag.frames.jpeg import encode_jpeg
from movietag.records import encode
from movietag.rules.facts import Facts
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.settings import get_settings
from movietag.streams.ledger.pages import packed
from movietag.vocabulary import load

CODECS = {"none": 0, "gzip": 1, "lz4": 3, "zstd": 4}
BATCH_BYTES = 512 << 10
MIB = 1 << 20
VIDEOS, SLOTS, WORDS = 5, 10, 20
REPEATS = 20

Messages = list[tuple[bytes, bytes]]


def facts(number: int) -> Messages:
    """What fetch and caption send of a movie: a manifest a video, a caption a slot."""
    key = movie_id(number).encode()
    return [(key, encode(placed.fact)) for placed in facts_of(number, VIDEOS, SLOTS, WORDS)]


def documents(number: int) -> Messages:
    """What count sends of a movie: its document, and one of each frame."""
    settings = get_settings()
    vocabulary = load(settings.vocabulary, settings.match)
    known = Facts(facts_of(number, VIDEOS, SLOTS, WORDS))
    result = tally(known, Matcher(vocabulary))
    assert result is not None
    made = Publisher(vocabulary, 0, settings.caption_language).documents(known, result)
    return [(document.key, encode(document)) for document in made]


def pages(number: int) -> Messages:
    """What count writes into its changelog, six facts a page; pages are compressed themselves."""
    known = list(facts_of(number, VIDEOS, SLOTS, WORDS))
    every = (packed(known[at : at + 6]) for at in range(0, len(known), 6))
    return [(movie_id(number).encode(), page) for page in itertools.chain.from_iterable(every)]


def frames(number: int) -> Messages:
    """What fetch sends of a movie's first video: JPEG."""
    draw = np.random.default_rng(number)
    made = []
    for slot in range(SLOTS):
        coarse = draw.integers(0, 255, (23, 40, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
        noise = draw.integers(0, 24, coarse.shape, dtype=np.uint8)
        made.append((b"video|%d" % slot, encode_jpeg((coarse // 2 + noise).astype(np.uint8), 85)))
    return made


KINDS: dict[str, Callable[[int], Messages]] = {
    "facts": facts,
    "documents": documents,
    "pages": pages,
    "frames": frames,
}


def built(messages: Messages, codec: int) -> bytes:
    """A batch of messages."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 64 << 20)
    for at, (key, value) in enumerate(messages):
        builder.append(at, 1_790_000_000_000, key, value, [])
    return bytes(builder.build())


def read(batch: bytes) -> None:
    """Read all messages of a batch."""
    for _ in DefaultRecordBatch(batch):
        pass


def cpu_ms(work: Callable[[], object]) -> float:
    """Milliseconds of CPU time, the mean of some."""
    since = time.process_time()
    for _ in range(REPEATS):
        work()
    return (time.process_time() - since) * 1000 / REPEATS


def full(kind: Callable[[int], Messages]) -> Messages:
    """The messages of as many movies as fill a batch."""

    def added() -> Iterator[tuple[bytes, bytes]]:
        size = 0
        for number in itertools.count(1):
            for key, value in kind(number):
                size += len(key) + len(value)
                if size > BATCH_BYTES:
                    return
                yield key, value

    return list(added())


def main() -> None:
    """Measure all kinds with all codecs."""
    for name, kind in KINDS.items():
        for much, messages in (("a movie", kind(1)), ("512 KiB", full(kind))):
            plain = len(built(messages, 0))
            for codec, number in CODECS.items():
                batch = built(messages, number)
                result = {
                    "of": name,
                    "batch": much,
                    "codec": codec,
                    "kb": round(plain / 1024),
                    "share": round(len(batch) / plain, 3),
                    "build_ms_mb": round(cpu_ms(partial(built, messages, number)) / plain * MIB, 1),
                    "read_ms_mb": round(cpu_ms(partial(read, batch)) / plain * MIB, 1),
                }
                print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
