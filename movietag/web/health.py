"""What watches the server itself: /healthz, /readyz and /metrics, for probes and Prometheus, without a key.

They are answered before any check of names, keys and rates, and tell nothing of the library.
"""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Final

from elasticsearch import ApiError, AsyncElasticsearch, TransportError
from fastapi import Response
from fastapi.responses import PlainTextResponse
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from movietag.search.client import require_answer
from movietag.web.caching import Cached

SECONDS: Final = 2.0  # for Elasticsearch's answer
AGE_SECONDS: Final = 1.0  # of an answer that is given again
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
FAILURES: Final = (
    "500",
    "503",
    "504",
)  # of which each route has a series from its first request on
GONE: Final = 499  # the client went away before an answer, as nginx calls it
REQUESTS: Final = "movietag_web_requests_total"
REQUEST_SECONDS: Final = "movietag_web_request_seconds"
WEB_METRICS: Final = {
    REQUESTS: ("method", "route", "status"),
    REQUEST_SECONDS: ("route",),
}  # and their labels
NO_ROUTE: Final = "none"  # refused before one was found, or there is none


class Watching:
    """Middleware that answers the three paths, and counts and times all other requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._registry = CollectorRegistry()
        self._requests = Counter(
            REQUESTS,
            "Requests answered, by the template of their path and the status.",
            WEB_METRICS[REQUESTS],
            registry=self._registry,
        )
        self._seconds = Histogram(
            REQUEST_SECONDS,
            "Time from a request to the end of its answer.",
            WEB_METRICS[REQUEST_SECONDS],
            buckets=BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._ready: Cached[str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif answer := await self._own(scope):
            await answer(scope, receive, send)
        else:
            await self._measured(scope, receive, send)

    async def _own(self, scope: Scope) -> Response | None:
        """The answer to one of the three paths."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        match scope["path"]:
            case "/healthz":
                return PlainTextResponse("ok\n")
            case "/readyz":
                self._ready = self._ready or Cached(
                    lambda: _why_not(scope), AGE_SECONDS, stale=False
                )
                why = await self._ready.get()
                status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
                return PlainTextResponse(f"{why or 'ready'}\n", status)
            case "/metrics":
                return Response(
                    generate_latest(self._registry), media_type=CONTENT_TYPE_PLAIN_0_0_4
                )
        return None

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), GONE

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR  # which an outer middleware answers
            raise
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            method = scope["method"] if scope["method"] in METHODS else "other"
            for failure in FAILURES:  # else the first failure of a route is no increase
                self._requests.labels(method, route, failure)
            self._requests.labels(method, route, str(int(status))).inc()
            self._seconds.labels(route).observe(time.perf_counter() - began)


async def _why_not(scope: Scope) -> str:
    """Why the server cannot answer searches now; empty if it can."""
    library = getattr(scope["app"].state, "library", None)
    return "starting" if library is None else await search_fault(library.reader.es)


async def search_fault(es: AsyncElasticsearch) -> str:
    """Why Elasticsearch does not answer within ``SECONDS``; empty if it does."""
    try:
        async with asyncio.timeout(SECONDS):
            await require_answer(es)
    except (TimeoutError, TransportError, ApiError) as error:
        return f"Elasticsearch does not answer: {type(error).__name__}"
    return ""
