"""A stand-in for what may answer at the address of Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def server(answer: Callable[[web.Request], web.StreamResponse]) -> AsyncIterator[str]:
    """A stand-in for what may answer at the address; gives its URL."""

    async def handle(request: web.Request) -> web.StreamResponse:
        found = answer(request)
        if request.query.get("filter_path") == "slow":
            await asyncio.Event().wait()
        return found

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
