"""Gates: TCP proxies between a stage and what it depends on, which can be shut."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from support.patience import within

HOST = "127.0.0.1"
PRODUCE = 0  # Kafka's API key
QUEUED = 64  # chunks of a connection that are read ahead while the gate is shut
LONGEST = 200.0  # seconds of a wait, however busy the machine: without a remedy (chaos.proof) it is in vain
SIZE = struct.Struct(">i")


class Gate:
    """A proxy in front of one server. While it is shut, requests are held, and nothing is answered.

    ``waiting`` says how many live connections have a request that is held: the proof that the stage
    has work in flight. A request whose sender dies meanwhile is thrown away, as by a cut cable.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._held: set[asyncio.StreamReader] = set()
        self.address = ""

    @property
    def waiting(self) -> int:
        """Connections with a request that is held."""
        return len(self._held)

    def shut(self) -> None:
        """Hold what comes from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let everything through."""
        self._open.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen, in the block."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.address = f"{HOST}:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, to_upstream = await asyncio.open_connection(HOST, self._port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._requests(reader, to_upstream)),
                    asyncio.ensure_future(self._answers(upstream, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in (writer, to_upstream):
                each.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reading goes on while a request is held: only so is the sender's end seen."""
        read: asyncio.Queue[bytes] = asyncio.Queue(QUEUED)
        sending = asyncio.create_task(self._forward(read, reader, writer))
        try:
            while chunk := await self._read(reader):
                await read.put(chunk)
        finally:
            sending.cancel()

    async def _forward(
        self,
        read: asyncio.Queue[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            chunk = await read.get()
            if not self._open.is_set() and self._holds(chunk):
                self._held.add(reader)
                try:
                    await self._open.wait()
                finally:
                    self._held.discard(reader)
            with suppress(ConnectionError):
                writer.write(chunk)
                await writer.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await self._read(reader):
                writer.write(self._rewritten(chunk))
                await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        with suppress(ConnectionError):
            return await reader.read(1 << 16)
        return b""

    def _holds(self, chunk: bytes) -> bool:
        return True

    def _rewritten(self, chunk: bytes) -> bytes:
        return chunk


class TopicGate(Gate):
    """A gate in front of Kafka that holds what is produced to some topics; all else passes.

    The stage goes on consuming, committing and keeping its place in the group, and so meets a broker
    that is slow for its output only. Kafka tells its clients where it is: the answers are rewritten to
    name the proxy, of the same length.
    """

    def __init__(self, port: int, *names: str) -> None:
        super().__init__(port)
        self._topics = [name.encode() for name in names]

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readexactly(SIZE.size)
            return head + await reader.readexactly(SIZE.unpack(head)[0])
        return b""

    def _holds(self, chunk: bytes) -> bool:
        key = int.from_bytes(chunk[SIZE.size : SIZE.size + 2], "big")
        return key == PRODUCE and any(topic in chunk for topic in self._topics)

    def _rewritten(self, chunk: bytes) -> bytes:
        ours = int(self.address.rpartition(":")[2])
        return chunk.replace(_place(self._port), _place(ours))


def _place(port: int) -> bytes:
    """How Kafka writes an address."""
    return HOST.encode() + SIZE.pack(port)


async def until(
    holds: Callable[[], bool], what: str, seconds: float = 60, every: float = 0.05
) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it did not within ``seconds`` of a quiet machine.
    """
    async with within(seconds, what, LONGEST):
        while not holds():
            await asyncio.sleep(every)
