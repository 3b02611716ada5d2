"""How alike drawn movies are that share no main tag, one, two or three: where a floor of similar movies belongs.

The 100 films of the study and the demo's movies, by the tags of their drawn shots, without drawing them. A movie's
main tags are in about half of its shots, its side tags in some.

    python -m benchmarks.likeness
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from movietag.drawn.catalogue import FILMS, Film
from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.movies import plan_movie
from movietag.research.study.films import WHOLE, film_of
from movietag.search.lift import Lifts
from movietag.search.similar import LEAST_LIKENESS, Weighted, weighted, weighted_cosine


@dataclass(frozen=True, slots=True)
class TaggedFilm:
    """A film, and the share of its shots that each tag is in."""

    film: Film
    ratios: Mapping[str, float]


def tagged(film: Film) -> TaggedFilm:
    """The film with its ratios as drawn."""
    shots = plan_movie(film).shots
    return TaggedFilm(
        film, {tag: sum(tag in one for one in shots) / len(shots) for tag in DRAWN_TAGS}
    )


def by_shared_tags(films: Sequence[TaggedFilm]) -> dict[int, list[float]]:
    """The likeness of each pair, by how many main tags both have."""
    means = {tag: sum(one.ratios[tag] for one in films) / len(films) for tag in DRAWN_TAGS}
    lifts = Lifts(len(films), means)
    vectors: list[tuple[Film, Weighted]] = [
        (one.film, weighted(one.ratios, lifts)) for one in films
    ]
    pairs: dict[int, list[float]] = defaultdict(list)
    for (film, ours), (other, theirs) in combinations(vectors, 2):
        pairs[len({*film.main} & {*other.main})].append(weighted_cosine(ours, theirs))
    return pairs


def main() -> None:
    """Print a table for each set of films."""
    for name, films in (("study", map(film_of, WHOLE.all)), ("demo", iter(FILMS))):
        print(f"{name}: shared main tags, pairs, median, 5 %, 95 %, share below {LEAST_LIKENESS}")
        for number, likenesses in sorted(by_shared_tags([tagged(one) for one in films]).items()):
            low, median, high = np.percentile(likenesses, (5, 50, 95))
            below = sum(one < LEAST_LIKENESS for one in likenesses) / len(likenesses)
            print(
                f"{number:>3} {len(likenesses):>6} {median:>6.2f} {low:.2f} {high:.2f} {below:>6.0%}"
            )


if __name__ == "__main__":
    main()
