"""The calls of ``made_calls`` as queries written by hand and sent straight to Elasticsearch: what a search costs at least.

They return the same movies and frames, whole, in the same order, with the number of matches, and nothing more: no reasons,
no snapshot, no ends of scenes, no count of movies left out, no titles or captions as earlier versions stored them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import AsyncElasticsearch

from benchmarks.made_calls import Arguments, Call
from benchmarks.made_library import TAGGER
from movietag.documents import FRAME_ORDER, FRAMES, MOVIES, Json, read_name
from movietag.search.lift import Lifts
from movietag.search.queries import BY_TITLE
from movietag.vocabulary import field_name

SHOWN: Final = 20
EDGES: Final = (0.01, 0.1, 0.2, 0.3, 0.5, 0.75)
BY_SCORE: Final = [{"_score": "desc"}, *BY_TITLE]


@dataclass(frozen=True)
class BareQueries:
    """The queries, of the indices of a vocabulary; ``lifts`` weigh the tags of a search by lift."""

    es: AsyncElasticsearch
    vocabulary_id: str
    lifts: Lifts

    async def send(self, call: Call) -> str:
        """Send the queries of a call; a failure raises."""
        of = call.arguments
        match call.kind:
            case "text":
                await self._text(of)
            case "similar":
                await self._similar(of)
            case "scenes" | "scenes by text":
                await self._search(FRAMES, _scenes(call.kind, of))
            case _:
                await self._search(MOVIES, _movies(call.kind, of, self.lifts))
        return ""

    async def _search(self, alias: str, body: Json) -> Any:
        return await self.es.search(index=read_name(alias, self.vocabulary_id), body=body)

    async def _text(self, of: Arguments) -> None:
        """Movies with a word in a caption or their title, those with the best caption first."""
        ids = {"terms": {"field": "movie_id", "size": 50_000}}
        best = await self._search(
            FRAMES,
            {
                "query": {"match_phrase": {"caption": of.common}},
                "size": 200,
                "_source": False,
                "docvalue_fields": ["movie_id"],
                "track_total_hits": False,
                "aggs": {"ids": ids},
            },
        )
        scores = {one["fields"]["movie_id"][0]: one["_score"] for one in best["hits"]["hits"]}
        known = [one["key"] for one in best["aggregations"]["ids"]["buckets"]]
        said = [{"terms": {"movie_id": known}}, {"match_phrase": {"title": of.common}}]
        filters = [{"bool": {"should": said}}, _ratio(of.one, of.low)]
        should = [
            {"constant_score": {"filter": {"term": {"movie_id": one}}, "boost": score}}
            for one, score in scores.items()
        ]
        await self._search(
            MOVIES, _page({"bool": {"filter": filters, "should": should}}, sort=BY_SCORE)
        )

    async def _similar(self, of: Arguments) -> None:
        """The nearest ten by the movie's own vector."""
        name = read_name(MOVIES, self.vocabulary_id)
        movie = await self.es.get(index=name, id=f"{of.movie_id}~{TAGGER}")
        others = {
            "filter": [{"term": {"tagger": TAGGER}}],
            "must_not": [{"term": {"movie_id": of.movie_id}}],
        }
        vector = movie["_source"]["tag_vector"]
        near = {"field": "tag_vector", "query_vector": vector, "k": 10, "num_candidates": 100}
        await self._search(MOVIES, {"knn": {**near, "filter": {"bool": others}}, "size": 10})


def _movies(kind: str, of: Arguments, lifts: Lifts) -> Json:
    at_least, low = _ratio(of.one, of.percent), _ratio(of.two, of.low)
    without = {"range": {f"tags.{field_name(of.three)}.ratio": {"gte": 0.1}}}
    any_of = [_occurs(of.one), _ratio(of.two, of.percent), _occurs(of.three)]
    years = {"range": {"year": {"gte": of.years[0], "lte": of.years[1]}}}
    by_ratio = [{f"tags.{field_name(of.one)}.ratio": "desc"}, *BY_TITLE]
    begins = _page({"prefix": {"title_forms": of.typed}}, sort=BY_TITLE, size=of.limit)
    ones: dict[str, float] = dict.fromkeys((of.one, of.two, of.three), 1.0)
    pairs = {of.one: 1.0, of.two: 1.0}
    weights = {tag: lifts.weight(tag) for tag in pairs}
    bodies = {
        "one tag": _page({"bool": {"filter": [at_least]}}, sort=by_ratio),
        "tags and not": _page(
            _by_ratios({"filter": [at_least, low], "must_not": [without]}, pairs)
        ),
        "tags or": _page(_by_ratios({"filter": [{"bool": {"should": any_of}}]}, ones)),
        "by lift": _page(_by_ratios({"filter": [_occurs(of.one), low]}, weights)),
        "tags and years": _page(
            {"bool": {"filter": [_ratio(of.one, of.low), years]}}, sort=by_ratio
        ),
        "title": _page({"prefix": {"title_forms": of.rare[:4]}}, sort=BY_TITLE, size=of.limit),
        "facets": _facets(of),
        "suggestions": {
            **begins,
            "_source": ["movie_id", "title", "year"],
            "track_total_hits": False,
        },
    }
    return bodies[kind]


def _scenes(kind: str, of: Arguments) -> Json:
    """Frames as they follow each other, as many as 20 scenes may have."""
    has = {"term": {"tags": of.one}}
    wanted: Json = {
        "filter": [has, {"term": {"tags": of.two}}],
        "must_not": [{"term": {"tags": of.three}}],
    }
    if kind == "scenes by text":
        wanted = {"filter": [{"match_phrase": {"caption": of.common}}, has]}
    return _page({"bool": wanted}, sort=[{name: "asc"} for name in FRAME_ORDER], size=80)


def _facets(of: Arguments) -> Json:
    ranges = [{"from": low, "to": high} for low, high in zip(EDGES, (*EDGES[1:], 1.1), strict=True)]
    ratios = {
        f"ratio {n}": {"range": {"field": f"tags.{field_name(tag)}.ratio", "ranges": ranges}}
        for n, tag in enumerate((of.one, of.two))
    }
    values = {
        "tags": ("tag_names", 50),
        "sources": ("videos.source", 20),
        "statuses": ("status", 20),
        "taggers": ("tagger", 20),
    }
    terms = {name: {"terms": {"field": one, "size": size}} for name, (one, size) in values.items()}
    decades = {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}}
    return {
        "query": {"bool": {"filter": [_ratio(of.one, of.percent), _occurs(of.two)]}},
        "size": 0,
        "track_total_hits": True,
        "aggs": {**terms, "decades": decades, **ratios},
    }


def _page(query: Json, *, sort: Any = None, size: int = SHOWN) -> Json:
    return {"query": query, "sort": sort or BY_SCORE, "size": size, "track_total_hits": True}


def _ratio(tag: str, percent: int) -> Json:
    return {"range": {f"tags.{field_name(tag)}.ratio": {"gte": percent / 100}}}


def _occurs(tag: str) -> Json:
    return {"term": {"tag_names": tag}}


def _by_ratios(wanted: Json, weights: Mapping[str, float]) -> Json:
    """The wanted movies, scored by the sum of their weighted ratios."""
    factors = [
        {
            "field_value_factor": {
                "field": f"tags.{field_name(tag)}.ratio",
                "factor": weight,
                "missing": 0,
            }
        }
        for tag, weight in weights.items()
    ]
    scored = {"functions": factors, "score_mode": "sum", "boost_mode": "replace"}
    return {"function_score": {"query": {"bool": wanted}, **scored}}
