"""A folder of short drawn films, as somebody's own films lie on a disk: ``python -m movietag.drawn.folder films``.

Two tags share each film's shots, so docs/tutorial.md can say what a search finds in it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NamedTuple

from movietag.drawn.encode import encode_shot, write_video
from movietag.drawn.movies import SHOT_FRAMES
from movietag.drawn.shots import draw_shot

WIDTH, HEIGHT = 640, 360
SHOTS: Final = 12  # of a film: 29 seconds


class NamedFilm(NamedTuple):
    """A film of the folder: the first tag is in two thirds of its shots, the second in the others."""

    name: str
    tags: tuple[str, str]


FILMS: Final = (
    NamedFilm("The Quiet Attic (1971)", ("horror", "mystery")),
    NamedFilm("Night Shift at the Mill (1979)", ("horror", "murder")),
    NamedFilm("Wax and Candle (1985)", ("gothic", "horror")),
    NamedFilm("The Third Staircase (1992)", ("mystery", "gothic")),
    NamedFilm("Letters to Odile (1958)", ("romantic", "comedy")),
    NamedFilm("A Bicycle for Two (1964)", ("comedy", "romantic")),
    NamedFilm("Mister Plum Moves In (1999)", ("comedy", "fantasy")),
    NamedFilm("Orbit of Glass (2003)", ("sci-fi", "psychedelic")),
    NamedFilm("The Last Relay (2011)", ("sci-fi", "murder")),
    NamedFilm("Signals (1988)", ("sci-fi", "mystery")),
    NamedFilm("The Salt Dragon (1996)", ("fantasy", "romantic")),
    NamedFilm("Under the Hollow Hill (2007)", ("fantasy", "paranormal")),
    NamedFilm("Somebody Knocks Twice (1968)", ("murder", "mystery")),
    NamedFilm("Cold Harbour Road (2014)", ("murder", "gothic")),
    NamedFilm("Lamps of the Valley (1953)", ("christian film", "romantic")),
    NamedFilm("The Bell Ringer (1961)", ("christian film", "mystery")),
    NamedFilm("Violet Hours (1973)", ("psychedelic", "romantic")),
    NamedFilm("Room 9 Does Not Answer (1990)", ("paranormal", "horror")),
    NamedFilm("The Guest in the Mirror (2001)", ("paranormal", "gothic")),
    NamedFilm("Honey Season (2019)", ("romantic", "fantasy")),
)


def draw_folder(folder: Path, films: tuple[NamedFilm, ...] = FILMS) -> None:
    """Draw those films that the folder lacks, as ``NAME.mp4``; the folder is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, film in enumerate(films):
        path = folder / f"{film.name}.mp4"
        if not path.exists():
            shots = [
                encode_shot(
                    draw_shot(1000 * number + shot, (tag,), WIDTH, HEIGHT, SHOT_FRAMES),
                    WIDTH,
                    HEIGHT,
                )
                for shot, tag in enumerate(shot_tags(film))
            ]
            write_video(path, shots, WIDTH, HEIGHT)


def shot_tags(film: NamedFilm) -> tuple[str, ...]:
    """The tag of each shot of a film."""
    main, side = film.tags
    return tuple(side if shot % 3 == 2 else main for shot in range(SHOTS))


def main() -> None:
    """Draw the folder."""
    parser = argparse.ArgumentParser(description="Draw a folder of twenty short films.")
    parser.add_argument("folder", type=Path)
    draw_folder(parser.parse_args().folder)


if __name__ == "__main__":
    main()
