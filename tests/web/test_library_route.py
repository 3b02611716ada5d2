"""A request during which a retag deletes the indices that it searches is answered from the new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import APIRouter, FastAPI, Request
from httpx import ASGITransport, AsyncClient

from movietag.errors import TransientError
from movietag.vocabulary import Vocabulary
from movietag.web.caching import Cached
from movietag.web.library import Library, LibraryRoute

OLD, NEW = (Vocabulary("tags", {tag: ()}, "words") for tag in ("horror", "comedy"))


@dataclass
class Service:
    """An app whose search fails as long as it reads what is no longer current."""

    current: Vocabulary = OLD
    error: Exception | None = None
    then: Vocabulary = NEW
    asked: list[Vocabulary] = field(default_factory=list)

    async def of_now(self) -> Vocabulary:
        return self.current

    def library(self, vocabulary: Vocabulary) -> Library:
        reader = SimpleNamespace(vocabulary=vocabulary)
        current = Cached(self.of_now, 3600, stale=False)
        return cast("Library", SimpleNamespace(reader=reader, current=current))

    async def search(self, library: Library) -> str:
        known = library.reader.vocabulary
        self.asked.append(known)
        await library.current.get()  # it is cached, as in the server
        if len(self.asked) == 1 and self.error is not None:
            self.current = self.then
            raise self.error
        if known is not self.current:
            raise TransientError("all shards failed")
        return known.vocabulary_id

    def client(self) -> AsyncClient:
        def library_of(request: Request) -> Library:
            request.state.library = self.library(self.current)
            return cast("Library", request.state.library)

        router = APIRouter(route_class=LibraryRoute)

        async def root(request: Request) -> str:
            return await self.search(library_of(request))

        router.add_api_route("/", root, methods=["GET", "POST"])

        app = FastAPI()
        app.include_router(router)
        return AsyncClient(transport=ASGITransport(app), base_url="http://here")


async def test_it_is_asked_of_the_new_ones() -> None:
    service = Service(error=TransientError("all shards failed"))
    async with service.client() as client:
        answer = await client.get("/")
    assert answer.json() == NEW.vocabulary_id
    assert service.asked == [OLD, NEW]


async def test_what_fails_without_a_retag_fails() -> None:
    service = Service(error=TransientError("busy"), then=OLD)
    async with service.client() as client:
        with pytest.raises(TransientError, match="busy"):
            await client.get("/")
    assert service.asked == [OLD]


async def test_a_change_is_not_repeated() -> None:
    service = Service(error=TransientError("all shards failed"))
    async with service.client() as client:
        with pytest.raises(TransientError):
            await client.post("/")
    assert service.asked == [OLD]
