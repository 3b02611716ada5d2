"""Which search results are really of a movie: pure, deterministic, with reasons.

movietag.crawl.judging judges a video's title, and what the titles of one search say together; this module
checks its length and whether it is live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from movietag.crawl.from_catalogue import length_points, official_points, other_titles
from movietag.crawl.ids import site_video_id, url_video_id
from movietag.crawl.judging.crowd import longer_names
from movietag.crawl.judging.judge import NOT_IN_IT, Judge
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.search_job import SearchHit
from movietag.errors import PermanentError
from movietag.records import SourceKind, Video, encode

THRESHOLD: Final = 2.0
LIVE: Final = ("is_live", "is_upcoming", "post_live")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The judged videos: ``accepted`` best first, ``rejected`` in the search's order."""

    accepted: tuple[Video, ...]
    rejected: tuple[Video, ...]


def rank(
    title: str,
    year: int | None,
    candidates: Sequence[SearchHit],
    *,
    min_seconds: float,
    max_seconds: float,
    by_title: bool = True,
    film: KnownFilm | None = None,
) -> Ranking:
    """Judge the results of a search for a movie.

    Each video has its score and its reasons; ties keep the search's order; a video that occurs twice counts
    once. Without ``by_title``, every video that can be fetched is accepted in the search's order, whatever its
    title; the scores are informative only. ``film`` is what a catalogue knows of the movie.
    """
    accepted: list[Video] = []
    rejected: list[Video] = []
    judge = Judge(title, film.year or year if film else year, other_titles(title, film))
    official = official_points(film)
    unique = {(found.extractor, found.id): found for found in reversed(candidates)}
    witnesses = [judge.witness(found.title) for found in unique.values()]
    crowd = longer_names(one for one in witnesses if one)
    for found in sorted(unique.values(), key=lambda one: one.position):
        video_id = site_video_id(found.extractor, found.id)
        unfit = _unfit(found, min_seconds, max_seconds, shorts=not by_title)
        score: float = 0.0
        reasons: tuple[str, ...] = (unfit,)
        if not unfit:
            score, reasons = judge.score(found.title, verified=found.verified, crowd=crowd)
            known = length_points(found.seconds or 0.0, film) if reasons != NOT_IN_IT else []
            known += [official[video_id]] if video_id in official else []
            score = round(score + sum(points for points, _ in known), 2)
            reasons += tuple(f"{points:+g} {why}" for points, why in known)
        video = Video(
            video_id=video_id,
            source=SourceKind.SEARCH,
            url=found.url,
            title=found.title,
            seconds=found.seconds,
            channel=found.channel,
            score=score,
            reasons=reasons,
        )
        if senseless := _senseless(video):
            unfit = senseless
            video = Video(url_video_id(found.url), SourceKind.SEARCH, "-", reasons=(senseless,))
        wrong = by_title and score < THRESHOLD
        (rejected if unfit or wrong else accepted).append(video)
    if by_title:
        accepted.sort(key=lambda video: -video.score)
    return Ranking(tuple(accepted), tuple(rejected))


def _senseless(video: Video) -> str:
    """Why a site's data about a video is invalid in a record, or nothing."""
    try:
        encode(video)
    except PermanentError as error:
        return f"the site's data about it is invalid: {error.reason}"
    return ""


def _unfit(found: SearchHit, min_seconds: float, max_seconds: float, *, shorts: bool) -> str:
    """Why a video is not wanted whatever its title, or nothing."""
    if found.live_status in LIVE:
        return "live or not yet released"
    if found.is_short and not shorts:
        return "a short (portrait)"
    if found.seconds is None:
        return "unknown length"
    if not min_seconds <= found.seconds <= max_seconds:
        return f"{found.seconds:g} s long, not {min_seconds:g} to {max_seconds:g}"
    return ""
