"""A TCP proxy in a thread of its own: passes on, cuts what is open, or answers HTTP with a refusal."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress

CHUNK = 1 << 16
SIZE, KEY = 4, 2  # bytes with which a request to Kafka begins: its length, and what is asked
PRODUCE = b"\0\0"


class Proxy:
    """Passes connections on from ``port`` to ``target`` until it is told otherwise.

    ``status``: every HTTP request is answered with this status instead (0: passed on). ``closed``: new
    connections are refused at once.

    Raises:
        OSError: the port is in use.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.status = 0
        self.closed = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        started: Future[None] = Future()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.result()

    def _run(self, started: Future[None]) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(
                asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=256)
            )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(None)
        self._loop.run_forever()

    def cut(self) -> None:
        """Break all open connections."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            if self.status:
                await self._refuse(reader, writer)
            else:
                await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, on = await asyncio.open_connection("127.0.0.1", self.target)
        self._open.add(on)
        try:
            ways = [
                asyncio.create_task(self._onwards(reader, on)),
                asyncio.create_task(_copy(there, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        finally:
            self._open.discard(on)
            on.close()

    async def _onwards(self, reader: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        await _copy(reader, on)

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.status:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            body = (
                b'{"error":{"type":"chaos","reason":"ordered to refuse"},"status":%d}' % self.status
            )
            writer.write(
                b"HTTP/1.1 %d Refused\r\nX-Elastic-Product: Elasticsearch\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % (self.status, len(body))
                + body
            )
            await writer.drain()


class KafkaProxy(Proxy):
    """A proxy that knows what is asked of Kafka.

    ``slow``: seconds that whatever is produced is held back; all else passes at once. What is held
    for somebody who is gone by then is dropped: it never reached the broker.
    """

    slow = 0.0

    async def _onwards(self, reader: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readexactly(SIZE + KEY)
            while True:
                size = int.from_bytes(head[:SIZE], "big")
                request = head + await reader.readexactly(size - KEY)
                following = asyncio.ensure_future(reader.readexactly(SIZE + KEY))
                if self.slow and head[SIZE:] == PRODUCE:
                    await asyncio.sleep(self.slow)
                    if following.done() and following.exception():
                        return
                on.write(request)
                await on.drain()
                head = await following


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
