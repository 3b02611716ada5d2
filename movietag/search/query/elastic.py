"""Queries as Elasticsearch clauses, for movies or frames. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from movietag.documents import Json
from movietag.rules.stems import caption_stems
from movietag.search.query.evaluator import Joined
from movietag.search.query.fields import Kind
from movietag.search.query.nodes import (
    About,
    And,
    Comparison,
    Field,
    ImageCount,
    Leaf,
    Node,
    Not,
    Or,
    Tag,
    Text,
    TitleWords,
    Year,
)
from movietag.search.query.titles import (
    MOST_EXPANSIONS,
    NONE,
    either_clause,
    title_clause,
    title_phrase_clause,
)
from movietag.search.query.unknown import negative
from movietag.vocabulary import field_name, words

EVERY: Final[Json] = {"match_all": {}}
UNCOUNTED: Final[Json] = {"term": {"images": 0}}
"""The movies of which no image is counted."""
_OPERATORS: Final[dict[Comparison, str]] = {">=": "gte", ">": "gt", "<": "gte", "<=": "gt"}
_FIELDS: Final = {
    "source": "videos.source",
    "status": "status",
    "tagger": "tagger",
    "movie": "movie_id",
    "quality": "quality",
}


@dataclass(frozen=True, slots=True)
class Target:
    """The documents to search.

    Attributes:
        kind: documents of movies, or of frames.
        flat: movies have no field per tag, only the sparse vector of a large vocabulary. It truncates ratios:
            the response then has a few movies more than match, never fewer.
        cut: a negated tag has a ratio below it.
        joined: the results of conditions that other indices answer.
        language: of captions (``movietag.rules.stems``); empty: their words are compared as they are.

    """

    kind: Kind
    flat: bool
    cut: float
    joined: Joined
    language: str = ""

    def clause(self, node: Node) -> Json:
        """The clause of a node in negation normal form."""
        match node:
            case And(parts) if parts:
                return {"bool": {"filter": [self.clause(part) for part in parts]}}
            case Or(parts) if parts:
                return either_clause([self.clause(part) for part in parts])
            case And():
                return EVERY
            case Or():
                return NONE
        known = self._condition(node)
        return _counted(known) if self.kind == "movies" and negative(node) else known

    def _condition(self, node: Node) -> Json:
        match node:
            case Not(Tag() as tag):
                return self._tag(tag, wanted=False)
            case Not(part):
                return _without(self.clause(part))
            case Tag():
                return self._tag(node, wanted=True)
            case And() | Or():
                raise TypeError(node)
            case _:
                return self._leaf(node)

    def _leaf(self, leaf: Leaf) -> Json:
        match leaf:
            case Text():
                of_titles = self.kind == "movies"
                own = title_phrase_clause(leaf) if of_titles else self.caption_clause(leaf)
                ids = {"terms": {"movie_id": list(self.joined.get(leaf, ()))}}
                return either_clause([own, ids])
            case About():
                known = list(self.joined.get(leaf, ()))
                frames, movies = {"ids": {"values": known}}, {"terms": {"movie_id": known}}
                return movies if self.kind == "movies" else frames
            case TitleWords():
                if self.kind == "movies":
                    return title_clause(leaf)
                return {"terms": {"movie_id": list(self.joined.get(leaf, ()))}}
            case Year(first, last) | ImageCount(first, last):
                name = "year" if isinstance(leaf, Year) else "images"
                bounds = {"gte": first, "lte": last}
                return {"range": {name: {k: v for k, v in bounds.items() if v is not None}}}
            case Field(name, value, begins):
                return {"prefix" if begins else "term": {_FIELDS[name]: value}}
        raise TypeError(leaf)

    def _tag(self, tag: Tag, *, wanted: bool) -> Json:
        if self.kind == "frames":
            occurs: Json = {"term": {"tags": tag.tag}}
            return occurs if wanted else _without(occurs)
        if tag.comparison is None:
            tag = Tag(tag.tag, ">=", 0.0 if wanted else self.cut)
            if tag.ratio == 0:
                return _occurs(tag) if wanted else _without(_occurs(tag))
        if tag.comparison in {"<", "<="}:
            wanted = not wanted
        operator = _OPERATORS[tag.comparison or ">="]
        clause = self._sparse(tag, operator, wanted) if self.flat else _range(tag, operator)
        return clause if wanted else _without(clause)

    def _sparse(self, tag: Tag, operator: str, wanted: bool) -> Json:
        """Movies with a ratio at least (or above) the tag's: may include a few more if wanted, a few less if not."""
        if tag.ratio == 0:
            return EVERY if operator == "gte" else _occurs(tag)
        least = floor(tag.ratio)
        if not wanted:
            least = above(tag.ratio) if operator == "gt" else ceiling(tag.ratio)
        return {"function_score": {"query": sparse_clause({tag.tag: 1.0}), "min_score": least}}

    def other_index_clause(self, leaf: Leaf) -> Json:
        """The clause, in the other index, of a condition that it answers."""
        if isinstance(leaf, Text):
            return self.caption_clause(leaf) if self.kind == "movies" else title_phrase_clause(leaf)
        return title_clause(leaf) if isinstance(leaf, TitleWords) else NONE

    def caption_clause(self, text: Text) -> Json:
        """The frames whose caption has the words side by side, in any form that the language gives them.

        Frames of an earlier version have no stems; they have the words as they are written.
        """
        written = written_clause(text)
        if text.begins or not (stems := caption_stems(text.words, self.language)):
            return written
        return {"dis_max": {"queries": [{"match_phrase": {"stems": stems}}, written]}}


def in_other_index(leaf: Leaf, kind: Kind) -> bool:
    """Whether a condition also needs another index: captions belong to frames, titles to movies."""
    return isinstance(leaf, Text) or (kind == "frames" and isinstance(leaf, TitleWords))


def sparse_clause(weights: dict[str, float]) -> Json:
    """Scores a movie of a large vocabulary by the weighted sum of the tags' stored ratios."""
    vector = {field_name(tag): weight for tag, weight in weights.items()}
    return {"sparse_vector": {"field": "tag_vector", "query_vector": vector, "prune": False}}


def written_clause(text: Text) -> Json:
    """The frames whose caption has the words side by side, as they are written."""
    if not text.begins:
        return {"match_phrase": {"caption": text.words}}
    if len(words(text.words)) == 1:
        return {"match_bool_prefix": {"caption": text.words}}
    expanded = {"query": text.words, "max_expansions": MOST_EXPANSIONS}
    return {"match_phrase_prefix": {"caption": expanded}}


def floor(ratio: float) -> float:
    """The value that a sparse vector stores for a ratio: truncated to 9 significant bits (Lucene)."""
    return _from_bits(_bits(ratio) >> 15 << 15)


def above(ratio: float) -> float:
    """The least storable value above that of a ratio."""
    return _from_bits((_bits(ratio) >> 15) + 1 << 15)


def ceiling(ratio: float) -> float:
    """The least storable value that no ratio below ``ratio`` has."""
    return above(ratio) if _bits(ratio) & 0x7FFF else ratio


def _bits(ratio: float) -> int:
    return int(struct.unpack(">I", struct.pack(">f", ratio))[0])


def _from_bits(bits: int) -> float:
    return float(struct.unpack(">f", struct.pack(">I", bits))[0])


def _range(tag: Tag, operator: str) -> Json:
    return {"range": {f"tags.{field_name(tag.tag)}.ratio": {operator: tag.ratio}}}


def _occurs(tag: Tag) -> Json:
    return {"term": {"tag_names": tag.tag}}


def _without(clause: Json) -> Json:
    return {"bool": {"must_not": [clause]}}


def _counted(clause: Json) -> Json:
    """The clause, of movies with images only."""
    inner = clause.get("bool", {})
    if inner.keys() == {"must_not"}:
        return {"bool": {"must_not": [*inner["must_not"], UNCOUNTED]}}
    return {"bool": {"filter": [clause], "must_not": [UNCOUNTED]}}
