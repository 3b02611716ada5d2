"""The truth: what becomes of slots, and the comparison of ratios."""

from __future__ import annotations

import pytest

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.drawn.truth import (
    ExpectedMovie,
    FoundFrame,
    MovieTruth,
    Segment,
    VideoTruth,
    compare,
    expected,
    expected_movie,
)

SEGMENTS = (
    Segment(0.0, 2.0, -1),
    Segment(2.0, 4.0, 7, ("horror",)),
    Segment(4.0, 6.0, 3, ("comedy", "western")),
    Segment(6.0, 8.0, 7, ("horror",)),
)
VIDEO = VideoTruth("m1v0", "A", "true", "C", 1, 8.0, 640, 360, SEGMENTS)
BROKEN = VideoTruth("m1v1", "A", "damaged", "C", 1, 8.0, 640, 360)
MOVIE = MovieTruth("A (1990)", "A", 1990, 8.0, {}, (), (VIDEO, BROKEN), ("m1v0",))


def test_expected_slots() -> None:
    slots = expected(VIDEO, (1.0, 3.0, 5.0, 7.0))
    assert [slot.dropped for slot in slots] == ["dark", "", "", "duplicate"]
    assert slots[2].tags == {"comedy", "western"}


def test_an_instant_on_a_cut_belongs_to_the_new_shot_and_the_end_to_the_last() -> None:
    assert [slot.tags for slot in expected(VIDEO, (2.0, 4.0, 8.0))] == [
        {"horror"},
        {"comedy", "western"},
        {"horror"},
    ]


def test_two_instants_in_one_shot_are_refused() -> None:
    with pytest.raises(ValueError, match="two instants in one shot"):
        expected(VIDEO, (2.5, 3.5))


def test_a_file_without_known_content_is_refused() -> None:
    with pytest.raises(ValueError, match="damaged"):
        expected(BROKEN, (1.0,))


def test_expected_movie_counts_kept_slots() -> None:
    found = expected_movie(MOVIE, lambda _: (1.0, 3.0, 5.0, 7.0))
    assert found.images == 2
    assert {tag: count for tag, count in found.counts.items() if count} == {
        "horror": 1,
        "comedy": 1,
        "western": 1,
    }
    assert tuple(found.counts) == DRAWN_TAGS
    assert found.ratio("horror") == 0.5


def test_a_video_is_found_with_an_extractors_name_before_its_id() -> None:
    assert MOVIE.video("movietagdemovideo:m1v0") is VIDEO
    with pytest.raises(KeyError):
        MOVIE.video("m9v9")


def frames(movie: str, **counts: int) -> list[FoundFrame]:
    """Ten frames of a movie; ``horror=3`` puts the tag into the first three."""
    return [
        FoundFrame(movie, frozenset(tag for tag, count in counts.items() if number < count))
        for number in range(10)
    ]


def truth(**counts: int) -> ExpectedMovie:
    return ExpectedMovie(100, dict.fromkeys(DRAWN_TAGS, 0) | counts)


@pytest.mark.parametrize(
    ("true", "found", "right", "apart"),
    [
        (50, 5, 14, 0),  # both above
        (50, 1, 13, 0),  # missed
        (5, 1, 14, 0),  # both below
        (5, 4, 13, 0),  # invented
        (22, 0, 13, 1),  # too near to say
        (15, 9, 13, 1),  # on the margin itself
        (26, 2, 14, 0),  # the cut itself is on the upper side
    ],
)
def test_compare(true: int, found: int, right: int, apart: int) -> None:
    result = compare(frames("A", horror=found), {"A": truth(horror=true)})
    assert (result.right, result.apart) == (right, apart)
    assert result.pairs == len(DRAWN_TAGS) - apart
    assert result.share == right / result.pairs
    assert len(result.wrong) == result.pairs - result.right


def test_compare_counts_a_movie_without_frames_and_no_tags_that_are_not_drawn() -> None:
    result = compare(frames("B", boring=10), {"A": truth(horror=50)})
    assert result.wrong == (("A", "horror", 0.5, 0.0),)
    assert compare([], {}).share == 0.0
