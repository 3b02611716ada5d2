"""The demo's invented films: what each is about, and what a search for it finds."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a search result is."""

    TRUE = "true"  # shows the movie
    WRONG = "wrong"  # shows another film of a similar name
    NOISE = "noise"  # something else that carries the title
    DAMAGED = "damaged"  # shows the movie, but the file cannot be read


@dataclass(frozen=True, slots=True)
class Listing:
    """One result of the search, as a site would name it."""

    title: str
    kind: Kind = Kind.TRUE
    views: int = 10_000
    channel: str = "Trailer Vault"


@dataclass(frozen=True, slots=True)
class Film:
    """One movie: ``main`` tags fill much of it, ``side`` tags a few shots."""

    seed: int
    line: str  # the title as it is sent
    title: str
    year: int | None
    size: tuple[int, int]
    shots: int  # of 2.4 s each
    main: tuple[str, ...]
    side: tuple[str, ...]
    listings: tuple[Listing, ...]


NOBODY_FINDS = "The Unfilmed Letter (1931)"
"""A ninth title: no word of it stands in any listing."""


def _listings(
    name: str, year: int, scenes: tuple[str, str, str], noise: str
) -> tuple[Listing, ...]:
    """Five true results and one that is something else."""
    return (
        Listing(f"{name} ({year}) Official Trailer", views=912_345),
        Listing(f"{name} ({year}) - {scenes[0]} Scene", views=83_112, channel="Movie Scenes"),
        Listing(f"{name} {noise}", Kind.NOISE, views=71_909, channel="Couch Duo"),
        Listing(f"{name} ({year}) Movie Clip - {scenes[1]}", views=54_321, channel="Clip Archive"),
        Listing(f"{name} ({year}) Teaser Trailer HD", views=40_017),
        Listing(f"{name} ({year}) - {scenes[2]} Scene", views=12_806, channel="Movie Scenes"),
    )


FILMS: tuple[Film, ...] = (
    Film(
        101, "Moonlit Harbor (1998)", "Moonlit Harbor", 1998, (640, 360), 24,
        ("gothic", "mystery", "romantic"), ("murder", "paranormal"),
        _listings("Moonlit Harbor", 1998, ("Storm", "The Lighthouse", "Farewell"),
                  "REACTION - first time watching!"),
    ),
    Film(
        132, '{"title": "Crimson Cellar", "year": 1987}', "Crimson Cellar", 1987, (640, 360), 30,
        ("horror", "murder", "violence"), ("gothic", "mystery"),
        _listings("Crimson Cellar", 1987, ("The Stairs", "Locked In", "Last Night"),
                  "gameplay walkthrough part 1"),
    ),
    # The first result is another film: a word is glued to the title, and the year differs.
    Film(
        123, "Silver Creek (1962)", "Silver Creek", 1962, (854, 480), 20,
        ("western", "action"), ("violence", "christian film"),
        (
            Listing("Return to Silver Creek (2011) Official Trailer", Kind.WRONG, 2_400_118),
            *_listings("Silver Creek", 1962, ("Showdown", "The Bridge", "Sunset"),
                       "REACTION: my dad's favourite"),
        ),
    ),
    # A chosen file is damaged; the sixth true result, the weakest of them, replaces it.
    Film(
        104, "Orbit of Ash (1979)", "Orbit of Ash", 1979, (640, 360), 28,
        ("sci-fi", "action"), ("mystery", "psychedelic"),
        (
            Listing("Orbit of Ash (1979) Final Trailer", Kind.DAMAGED, 950_000),
            *_listings("Orbit of Ash", 1979, ("Docking", "Signal Lost", "Re-entry"),
                       "lyrics (main theme)"),
            Listing("Orbit of Ash clip: behind the visor", views=3_204, channel="Clip Archive"),
        ),
    ),
    Film(
        105, "달빛 정원 (2011)", "달빛 정원", 2011, (640, 360), 22,
        ("romantic", "fantasy"), ("comedy", "paranormal"),
        (
            Listing("달빛 정원 (2011) 공식 예고편 Official Trailer", views=402_771, channel="영화 예고"),
            Listing("달빛 정원 (2011) - 첫 만남 장면", views=55_021, channel="명장면"),
            Listing("달빛 정원 리액션", Kind.NOISE, 48_000, "같이 봐요"),
            Listing("달빛 정원 (2011) 티저 예고편", views=31_447, channel="영화 예고"),
            Listing("달빛 정원 (2011) 명장면 - 비 오는 밤", views=20_118, channel="명장면"),
            Listing("달빛 정원 (2011) 영화 클립", views=9_730, channel="명장면"),
        ),
    ),
    # Two films of one name: the year in the title decides.
    Film(
        126, "Paper Sun (2016)", "Paper Sun", 2016, (640, 480), 26,
        ("comedy", "fantasy", "psychedelic"), ("romantic",),
        (
            *_listings("Paper Sun", 2016, ("Kite", "Rooftop", "Parade"), "reaction and recap game"),
            Listing("Paper Sun (1974) Official Trailer", Kind.WRONG, 610_550, "Classic Cinema"),
        ),
    ),
    Film(
        107, "The Lantern Saints (1955)", "The Lantern Saints", 1955, (640, 360), 18,
        ("christian film", "romantic"), ("western", "mystery"),
        _listings("The Lantern Saints", 1955, ("Procession", "The Bell", "Homecoming"),
                  "piano cover"),
    ),
    Film(
        108, "Haunt Patrol (2004)", "Haunt Patrol", 2004, (854, 480), 32,
        ("paranormal", "comedy", "horror"), ("sci-fi", "murder"),
        _listings("Haunt Patrol", 2004, ("Attic", "Ghost Chase", "Night Shift"),
                  "ps5 gameplay (no commentary)"),
    ),
)  # fmt: skip
