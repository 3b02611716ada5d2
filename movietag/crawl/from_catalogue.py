"""What a catalogue knows of a film, as evidence about videos: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from movietag.crawl.guard import check_url
from movietag.crawl.ids import site_video_id
from movietag.crawl.judging.folding import Word, fold
from movietag.crawl.judging.lexicon import lexicon
from movietag.crawl.known_film import KnownFilm, OfficialVideo
from movietag.errors import PermanentError
from movietag.records import SourceKind, Video, VideoId

Part = tuple[float, str]  # points, and why
OFFICIAL: Final = 20.0  # more than anything in a name is worth, or costs
WHOLE: Final = (0.85, 1.15)  # of the running time: cuts, credits, another speed
MUCH_LONGER: Final = 1.25
SHORTEST_WHOLE: Final = 5 * 60.0  # seconds; trailers are as long as shorter films
SHORTEST_FEATURE: Final = 20 * 60.0  # seconds; the running times of shorter films are often wrong
MOST_TITLES: Final = 40
LONGEST_TITLE: Final = 120  # characters; nobody names a video so


def other_titles(title: str, film: KnownFilm | None) -> tuple[str, ...]:
    """The film's other titles, of each spelling one, at most 40.

    Left out is what may be the name of another film: a part of the title ("Batman" of "Batman v Superman"; what may stand
    for the title is known by rules), the title with nothing but words such as "The Movie" ("Super Mario Bros: The Movie",
    and "The Super Mario Bros. Movie"), and a number in words ("Девять" of "9" is "Nine", too).
    """
    own = fold(title)
    known: dict[str, str] = {}
    for other in film.titles if film else ():
        words = fold(other) if len(other) <= LONGEST_TITLE else ()
        number = len(words) == 1 and any(form.isdecimal() for form in words[0].forms)
        if words and not number and not _within(words, own) and not _only_describes(words, own):
            known.setdefault(" ".join(_texts(words)), other)
        if len(known) == MOST_TITLES:
            break
    return tuple(known.values())


def official_points(film: KnownFilm | None) -> dict[VideoId, Part]:
    """The points of each official video, the best first."""
    return {
        _id_of(video): (round(OFFICIAL - at / 100, 2), "official, says the catalogue")
        for at, video in enumerate(film.official if film else ())
    }


def length_points(seconds: float, film: KnownFilm | None) -> list[Part]:
    """What a video's length says: the whole film, or more than it."""
    if film is None or film.seconds is None or film.seconds < SHORTEST_WHOLE:
        return []
    share, minutes = seconds / film.seconds, round(film.seconds / 60)
    if WHOLE[0] <= share <= WHOLE[1]:
        return [(2.0, f"as long as the film ({minutes} min)")]
    if share > MUCH_LONGER and film.seconds >= SHORTEST_FEATURE:
        return [(-5.0, f"longer than the film ({minutes} min)")]
    return []


def unlisted(
    film: KnownFilm | None, listed: Iterable[VideoId], sites: Sequence[str]
) -> list[Video]:
    """Official videos that a search did not return, of sites that are allowed."""
    known = set(listed)
    points = official_points(film)
    return [
        Video(
            video_id=_id_of(video),
            source=SourceKind.SEARCH,
            url=video.url,
            score=points[_id_of(video)][0],
            reasons=(
                f"{points[_id_of(video)][0]:+g} {points[_id_of(video)][1]}",
                "not among the results",
            ),
        )
        for video in (film.official if film else ())
        if _id_of(video) not in known and _is_allowed(video, sites)
    ]


def _texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


def _within(part: Sequence[Word], whole: Sequence[Word]) -> list[int]:
    """Where the words of one title stand together in another one."""
    texts, size = _texts(whole), len(part)
    return [at for at in range(len(texts) - size + 1) if texts[at : at + size] == _texts(part)]


def _only_describes(words: Sequence[Word], title: Sequence[Word]) -> bool:
    """Whether the words are the title and words that are explained without it."""
    labels = lexicon().labels(words)
    rests = (labels[:at] + labels[at + len(title) :] for at in _within(title, words))
    return any(all(label is not None for label in rest) for rest in rests)


def _id_of(video: OfficialVideo) -> VideoId:
    return site_video_id(video.site, video.id)


def _is_allowed(video: OfficialVideo, sites: Sequence[str]) -> bool:
    try:
        check_url(video.url, sites, ())
    except PermanentError:
        return False
    return True
