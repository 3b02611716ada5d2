"""Films in the form in which Wikidata and TMDB describe them."""

from __future__ import annotations

from typing import Any


def item(qid: str, title: str, year: int, **more: Any) -> dict[str, Any]:
    """An item of Wikidata; ``more``: tmdb, imdb, minutes, labels, aliases, genres, trailers, years."""
    claims: dict[str, Any] = {
        "P31": [_item_value("Q11424")],
        "P577": [_year(one) for one in more.get("years", [year])],
    }
    if "tmdb" in more:
        claims["P4947"] = [statement(str(more["tmdb"]))]
    if "imdb" in more:
        claims["P345"] = [statement(more["imdb"])]
    if "minutes" in more:
        unit = "http://www.wikidata.org/entity/Q7727"
        claims["P2047"] = [statement({"amount": f"+{more['minutes']}", "unit": unit})]
    if "genres" in more:
        claims["P136"] = [_item_value(genre) for genre in more["genres"]]
    if "trailers" in more:
        role = {"P3831": [_item_value("Q622550")["mainsnak"]]}
        claims["P1651"] = [statement(video, qualifiers=role) for video in more["trailers"]]
    labels = {"en": title, **more.get("labels", {})}
    return {
        "type": "item",
        "id": qid,
        "labels": {language: _label(language, text) for language, text in labels.items()},
        "descriptions": {"en": _label("en", f"{year} film")},
        "aliases": {
            language: [_label(language, text) for text in texts]
            for language, texts in more.get("aliases", {}).items()
        }
        or [],  # as PHP writes an empty object
        "claims": claims,
    }


def statement(value: Any, *, rank: str = "normal", qualifiers: Any = None) -> dict[str, Any]:
    snak = {"snaktype": "value", "datavalue": {"value": value, "type": "whatever"}}
    return {"mainsnak": snak, "rank": rank, "qualifiers": qualifiers or {}}


def genre_item(qid: str, name: str) -> dict[str, Any]:
    return {"type": "item", "id": qid, "labels": {"en": _label("en", name)}, "claims": {}}


def movie(tmdb: int, title: str, date: str, **more: Any) -> dict[str, Any]:
    """A movie of TMDB; ``more``: original, imdb, minutes, others, translated, genres, videos."""
    return {
        "id": tmdb,
        "title": title,
        "original_title": more.get("original", title),
        "release_date": date,
        "runtime": more.get("minutes", 0),
        "imdb_id": more.get("imdb"),
        "genres": [{"id": 1, "name": name} for name in more.get("genres", [])],
        "alternative_titles": {
            "titles": [
                {"iso_3166_1": "US", "title": text, "type": kind}
                for text, kind in more.get("others", [])
            ]
        },
        "translations": {
            "translations": [
                {"iso_639_1": "xx", "data": {"title": text}} for text in more.get("translated", [])
            ]
        },
        "videos": {"results": more.get("videos", [])},
        "external_ids": {"imdb_id": more.get("imdb"), "wikidata_id": more.get("wikidata")},
    }


def tmdb_video(
    key: str, kind: str, *, official: bool = True, site: str = "YouTube"
) -> dict[str, Any]:
    return {"key": key, "type": kind, "official": official, "site": site, "name": kind}


def _label(language: str, text: str) -> dict[str, str]:
    return {"language": language, "value": text}


def _item_value(qid: str) -> dict[str, Any]:
    return statement({"entity-type": "item", "id": qid})


def _year(year: int) -> dict[str, Any]:
    return statement({"time": f"+{year}-01-02T00:00:00Z", "precision": 11})
