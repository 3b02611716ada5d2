"""Batches damaged below the broker: in the segment file, which Kafka reads anew for each fetch."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from aiokafka.record.util import calc_crc32c
from confluent_kafka import Producer

from movietag.kafka.batches import HEADER, header_of
from movietag.settings import Settings

CRC, COVERED, CODEC = (
    17,
    21,
    22,
)  # positions in a batch: checksum, what it covers, lowest byte of attributes

Damage = Callable[[bytearray], None]


def batches_of(
    settings: Settings, topic: str, partition: int, batches: list[list[bytes]], codec: str = "none"
) -> None:
    """Produce messages in exactly these batches, with a client that is not ours."""
    producer = Producer(
        {
            "bootstrap.servers": settings.kafka_address,
            "compression.type": codec,
            "linger.ms": 1000,  # a batch ends when it is flushed
        }
    )
    refused = []
    for batch in batches:
        for value in batch:
            producer.produce(
                topic,
                value,
                key=value[:20],
                partition=partition,
                on_delivery=lambda error, _: refused.append(error) if error else None,
            )
        assert producer.flush(30) == 0
    assert not refused


def damage(settings: Settings, topic: str, partition: int, offset: int, how: Damage) -> bytes:
    """Damage the batch that begins at an offset; its bytes afterwards."""
    folder = settings.home / "kafka" / "data" / f"{topic}-{partition}"
    segment, at, size = _found(folder, offset)
    with segment.open("r+b") as file:
        file.seek(at)
        batch = bytearray(file.read(size))
        how(batch)
        assert len(batch) == size
        file.seek(at)
        file.write(batch)
    return bytes(batch)


def batch_at(settings: Settings, topic: str, partition: int, offset: int) -> bytes:
    """The bytes of the batch that begins at an offset, as they lie in the file."""
    folder = settings.home / "kafka" / "data" / f"{topic}-{partition}"
    segment, at, size = _found(folder, offset)
    return segment.read_bytes()[at : at + size]


def _found(folder: Path, offset: int) -> tuple[Path, int, int]:
    seen = []
    for segment in sorted(folder.glob("*.log")):
        data, at = segment.read_bytes(), 0
        while header := header_of(data, at):
            if header.base_offset == offset:
                return segment, at, header.size
            seen.append(header)
            at += header.size
    raise AssertionError(f"no batch begins at {offset} in {folder}: {seen}")


def wrong_checksum(batch: bytearray) -> None:
    """A bit of a record has changed."""
    batch[-3] ^= 0x10


def unknown_codec(batch: bytearray) -> None:
    """Codec 7, of nobody; the checksum is right."""
    batch[CODEC] |= 7
    _sealed(batch)


def damaged_codec(batch: bytearray) -> None:
    """What no codec can unpack; the checksum is right."""
    batch[HEADER.size :] = b"\xff" * (len(batch) - HEADER.size)
    _sealed(batch)


def zeroed_records(batch: bytearray) -> None:
    """All records are zero; the checksum is right."""
    batch[HEADER.size :] = bytes(len(batch) - HEADER.size)
    _sealed(batch)


def zeroed(batch: bytearray) -> None:
    """All of it is zero, as after a lost write: Kafka itself cannot read it."""
    batch[:] = bytes(len(batch))


def endless(batch: bytearray) -> None:
    """Its size is that of a gigabyte: Kafka gives nothing, and no error."""
    struct.pack_into(">i", batch, 8, 1 << 30)


def _sealed(batch: bytearray) -> None:
    struct.pack_into(">I", batch, CRC, calc_crc32c(bytes(batch[COVERED:])))


def codecs_of(settings: Settings, topic: str) -> set[int]:
    """The numbers of the codecs of all batches of a topic, as they lie in its files."""
    found = set()
    for segment in (settings.home / "kafka" / "data").glob(f"{topic}-[0-9]*/*.log"):
        data, at = segment.read_bytes(), 0
        while (header := header_of(data, at)) and header.magic:
            found.add(data[at + CODEC] & 7)
            at += header.size
    return found
