"""Documents of the indices into results, and what lifts add to them. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from movietag.documents import MarkedCaptions, MovieBody, MovieTagBody, TagCount
from movietag.search.lift import Lifts
from movietag.search.query.nodes import Node, Not, Tag, TitleWords, render
from movietag.search.query.unknown import negative
from movietag.search.results import Movie, Movies, Reason, TagRow
from movietag.vocabulary import field_name

Order = Literal["ratio", "lift"]


class MovieSummary(NamedTuple):
    """What the rows of a movie say of it, as in ``Movie``."""

    status: str
    promised: int
    added_ms: int
    not_whole: tuple[MarkedCaptions, ...]


def movie_from(body: MovieBody) -> Movie:
    """The movie of a document."""
    tags = {tag: body.tags[field_name(tag)] for tag in body.tag_names}
    return Movie(
        movie_id=body.movie_id,
        title=body.title,
        year=body.year,
        status=body.status,
        reason=body.reason,
        images=body.images,
        promised=body.promised,
        failed_images=body.failed_images,
        tags=dict(sorted(tags.items(), key=lambda item: -item[1].ratio)),
        tagger=body.tagger,
        vocabulary=body.vocabulary,
        generation=body.generation,
        videos=body.videos,
        added_ms=body.added_ms,
        updated_ms=body.updated_ms,
        attempt=body.attempt,
        attempt_reason=body.attempt_reason,
        slots=body.slots,
        dropped=body.dropped,
        dropped_by=body.dropped_by,
        short=body.short,
        not_whole=body.not_whole,
        sampling=body.sampling,
    )


def with_near(movies: Movies, near: tuple[str, ...]) -> Movies:
    """The result with the conditions for which near titles stand, if any."""
    return msgspec.structs.replace(movies, near=near) if near else movies


def lifted(movie: Movie, lifts: Lifts) -> Movie:
    """The movie with the lifts of its tags; unchanged while there is no complete movie to compare with."""
    if not lifts.movies:
        return movie
    rounded = lifts.rounded((tag, count.ratio) for tag, count in movie.tags.items())
    return msgspec.structs.replace(movie, lifts=rounded)


def match_reason(condition: Node, movie: Movie, lifts: Lifts | None) -> Reason:
    """A decisive condition, with the movie's ratio and lift of its tag."""
    leaf = condition.part if isinstance(condition, Not) else condition
    unknown = movie.images == 0 and (isinstance(leaf, Tag) or negative(condition))
    if not isinstance(leaf, Tag):
        near = isinstance(leaf, TitleWords) and leaf.near
        return Reason(
            render(condition), near=near or msgspec.UNSET, unknown=unknown or msgspec.UNSET
        )
    if unknown:
        return Reason(render(condition), leaf.tag, unknown=True)
    ratio = movie.ratio(leaf.tag)
    lift = round(lifts.lift(leaf.tag, ratio), 4) if lifts and lifts.movies else None
    return Reason(render(condition), leaf.tag, ratio, lift)


def ordered(movie: Movie, by: Order) -> dict[str, TagCount]:
    """The movie's tags by falling ratio or lift; by ratio if the movie has no lifts."""
    known = movie.lifts
    if by == "ratio" or isinstance(known, msgspec.UnsetType):
        return movie.tags
    return dict(sorted(movie.tags.items(), key=lambda item: -known[item[0]]))


def tag_row(body: MovieTagBody, lifts: Lifts, movie: MovieSummary | None = None) -> TagRow:
    """The row of a document; ``movie``: what it says of its movie."""
    return TagRow(
        movie_id=body.movie_id,
        title=body.title,
        year=body.year,
        images=body.images,
        tag=body.tag,
        count=body.count,
        ratio=body.ratio,
        lift=lifts.lift(body.tag, body.ratio),
        not_whole=movie.not_whole if movie else (),
        status=movie.status if movie else "",
        promised=movie.promised if movie else 0,
        added_ms=movie.added_ms if movie else None,
        updated_ms=body.updated_ms,
    )
