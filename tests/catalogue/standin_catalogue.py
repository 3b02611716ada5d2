"""A catalogue on loopback that speaks as Wikidata and TMDB do, and misbehaves as they may.

Each request takes the next of ``faults``; without one it is answered from ``items`` (of Wikidata) and ``movies``
(of TMDB). What was asked is in ``asked``.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.loopback_server import LoopbackServer, SilentHandler, answering

PAGE = b"<!DOCTYPE html><html><head><title>Wikimedia Error</title></head><body>Our servers</body></html>"
KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJlLXg"

Fault = Callable[["CatalogueHandler"], None]


class StandInCatalogue(LoopbackServer):
    def __init__(self) -> None:
        super().__init__(CatalogueHandler)
        self.items: dict[str, Any] = {}
        self.movies: dict[int, Any] = {}
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def searches(self) -> list[str]:
        return [query["srsearch"] for _, query in self.asked if "srsearch" in query]


class CatalogueHandler(SilentHandler):
    server: StandInCatalogue

    def do_GET(self) -> None:  # noqa: N802
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((parts.path, query))
        self.server.headers.append(dict(self.headers.items()))
        if self.server.faults:
            self.server.faults.pop(0)(self)
        elif self.server.always:
            self.server.always(self)
        elif parts.path == "/w/api.php":
            self.json(wikidata_answer(self.server.items, query))
        else:
            self.tmdb(parts.path, query)

    def tmdb(self, path: str, query: dict[str, str]) -> None:
        authorized = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not authorized and query.get("api_key") != KEY:
            failure = {"status_code": 7, "status_message": "Invalid API key", "success": False}
            self.json(failure, status=401)
            return
        answer = tmdb_answer(self.server.movies, path, query)
        if answer is None:
            self.json({"success": False, "status_code": 34}, status=404)
        else:
            self.json(answer)

    def json(self, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        packed = gzip.compress(json.dumps(body).encode())
        self.send(packed, status=status, headers={"Content-Encoding": "gzip", **(headers or {})})

    def send(
        self,
        body: bytes,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def wikidata_answer(items: dict[str, Any], query: dict[str, str]) -> Any:
    if query["action"] == "wbgetentities":
        named = query["ids"].split("|")
        return {
            "entities": {qid: items.get(qid, {"id": qid, "missing": ""}) for qid in named},
            "success": 1,
        }
    search = query["srsearch"]
    hits = [{"ns": 0, "title": qid} for qid, item in items.items() if _found(item, search)]
    return {"batchcomplete": True, "query": {"search": hits[: int(query["srlimit"])]}}


def _found(item: Any, search: str) -> bool:
    text = json.dumps(item, ensure_ascii=False).casefold()
    claims = item["claims"] or {}
    for prop, value in re.findall(r"haswbstatement:(P\d+)(?:=(\S+))?", search):
        values = [claim["mainsnak"]["datavalue"]["value"] for claim in claims.get(prop, [])]
        if not values or (value and value not in values):
            return False
    if phrase := re.search(r'"([^"]*)"', search):
        if phrase[1].casefold() not in text:
            return False
        year = re.search(r'" (\d{4}) ', search)
        return not year or f"{year[1]} film" in text
    return True


def tmdb_answer(movies: dict[int, Any], path: str, query: dict[str, str]) -> Any:
    if found := re.fullmatch(r"/movie/(\d+)", path):
        return movies.get(int(found[1]))
    if found := re.fullmatch(r"/find/(tt\d+)", path):
        hits = [movie for movie in movies.values() if movie.get("imdb_id") == found[1]]
        return {"movie_results": hits, "tv_results": [], "person_results": []}
    if path != "/search/movie":
        return None
    hits = [
        movie
        for movie in movies.values()
        if query["query"].casefold() in json.dumps(movie, ensure_ascii=False).casefold()
        and query.get("year", "") in movie["release_date"]
    ]
    return {"page": 1, "results": hits[:20], "total_pages": 1, "total_results": len(hits)}


def standing_in() -> AbstractContextManager[StandInCatalogue]:
    return answering(StandInCatalogue())
