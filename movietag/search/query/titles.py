"""Conditions on titles as clauses for Elasticsearch: of the forms that ``movietag.rules.spelling`` stores. Pure."""

from __future__ import annotations

from typing import Final

from movietag.documents import Json
from movietag.rules.spelling import WantedTitle, wanted_phrase
from movietag.rules.spelling.forms import FREE_SLIP
from movietag.rules.spelling.wanted import Alternatives, TitleTest
from movietag.search.query.nodes import Text, TitleWords

FORMS: Final = "title_forms"
MOST_EXPANSIONS: Final = 1000  # completions of the prefix at the end of a phrase
NONE: Final[Json] = {"match_none": {}}


def title_clause(leaf: TitleWords) -> Json:
    """The titles that fit a `title:`; in an index of an earlier version, those with the words as they are written."""
    clause = wanted_clause(leaf.wanted)
    return clause if leaf.near else either_clause([clause, _former(leaf.words)])


def wanted_clause(wanted: WantedTitle) -> Json:
    """The titles that a query wants."""
    ways = [{"bool": {"filter": [_of_word(one) for one in way]}} for way in wanted.ways]
    return either_clause(ways)


def title_phrase_clause(text: Text) -> Json:
    """The titles that have the words side by side."""
    phrases = [_phrase(pieces, begins=text.begins) for pieces in wanted_phrase(text.words)]
    former: Json = {"match_phrase_prefix" if text.begins else "match_phrase": {"title": text.words}}
    return either_clause([*phrases, _of_before(former)])


def either_clause(clauses: list[Json]) -> Json:
    """At least one of the clauses."""
    if len(clauses) == 1:
        return clauses[0]
    return {"bool": {"should": clauses, "minimum_should_match": 1}} if clauses else NONE


def _of_word(alternatives: Alternatives) -> Json:
    return either_clause([_clause(test) for test in alternatives])


def _clause(test: TitleTest) -> Json:
    match test.way:
        case "token":
            return {"term": {FORMS: test.pieces[0]}}
        case "begins":
            return {"prefix": {FORMS: test.pieces[0]}}
        case "phrase":
            return _phrase(test.pieces)
        case "near":
            return _slip(test.pieces[0])
        case "year":
            return {"term": {"year": int(test.pieces[0])}}
        case "no year":
            return {"bool": {"must_not": [{"exists": {"field": "year"}}]}}


def _phrase(pieces: tuple[str, ...], *, begins: bool = False) -> Json:
    if len(pieces) == 1:
        return {"prefix" if begins else "term": {FORMS: pieces[0]}}
    if not begins:
        return {"match_phrase": {FORMS: " ".join(pieces)}}
    expanded = {"query": " ".join(pieces), "max_expansions": MOST_EXPANSIONS}
    return {"match_phrase_prefix": {FORMS: expanded}}


def _slip(word: str) -> Json:
    """The tokens of which ``movietag.rules.spelling.forms.is_slip`` holds."""
    if len(word) >= FREE_SLIP:
        fuzzy = {"value": word, "fuzziness": 1, "transpositions": True, "rewrite": "constant_score"}
        return {"fuzzy": {FORMS: fuzzy}}
    swapped = [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]
    spots = range(1, len(word) + 1) if len(word) + 1 == FREE_SLIP else ()
    longer = [f"{word[:at]}?{word[at:]}" for at in spots]
    return either_clause(
        [{"terms": {FORMS: [word, *swapped]}}, *({"wildcard": {FORMS: one}} for one in longer)]
    )


def _former(text: str) -> Json:
    words = [
        {"match_bool_prefix": {"title": {"query": word, "operator": "and"}}}
        for word in text.split()
    ]
    return _of_before(*words)


def _of_before(*clauses: Json) -> Json:
    """Clauses for documents without forms: in an index of an earlier version, until it is filled again."""
    return {"bool": {"filter": [*clauses], "must_not": [{"exists": {"field": FORMS}}]}}
