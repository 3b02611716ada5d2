from itertools import pairwise

import msgspec
import pytest
from drawn_videos import sampling
from hypothesis import given
from hypothesis import strategies as st

from movietag.frames.sampling import slots_of, span_of, spread, targets
from movietag.records import Sampling


def wanted(slots: int, **more: object) -> Sampling:
    """Sampling with so many slots and nothing skipped."""
    return msgspec.structs.replace(sampling(slots), **more)


lengths = st.floats(0, 30_000, allow_subnormal=False)
trims = st.floats(0, 600, allow_subnormal=False)


@pytest.mark.parametrize(
    ("seconds", "slots", "trims", "expected"),
    [
        (100, 4, (0, 0), (12.5, 37.5, 62.5, 87.5)),
        (106, 4, (2, 4), (14.5, 39.5, 64.5, 89.5)),
        (106, 1, (2, 4), (52.0,)),
        (10, 2, (2, 4), (3.0, 7.0)),  # no more than a second off each side
        (10, 2, (2, 0), (3.25, 7.75)),
        (900, 1, (2, 4), (449.0,)),  # 15 minutes are not long yet
        (1000, 1, (2, 4), (441.0,)),  # the last 12 % are credits
        (1000, 1, (0, 500), (440.0,)),  # a wish for more is held to 10 %, less than the credits
        (0, 3, (2, 4), (0.0, 0.0, 0.0)),
    ],
)
def test_targets(
    seconds: float, slots: int, trims: tuple[float, float], expected: tuple[float, ...]
) -> None:
    sampled = wanted(slots, trim_start=trims[0], trim_end=trims[1])
    assert targets(seconds, sampled) == pytest.approx(expected)


@given(lengths, st.integers(1, 500), trims, trims)
def test_targets_ascend_within_the_trimmed_video(
    seconds: float, slots: int, start: float, end: float
) -> None:
    found = targets(seconds, wanted(slots, trim_start=start, trim_end=end))
    assert len(found) == slots
    assert list(found) == sorted(found)
    assert all(0 <= at <= seconds for at in found)
    if slots > 1:  # at least 78 % of the video is sampled: 10 % off the start, 12 % credits
        step = found[1] - found[0]
        assert step * slots == pytest.approx(found[-1] - found[0] + step)
        assert step * slots >= 0.779 * seconds


@pytest.mark.parametrize(
    ("seconds", "per_minute", "most", "slots"),
    [
        (60, 0, 500, 10),
        (60, 6, 500, 10),
        (600, 6, 500, 60),
        (10_800, 6, 500, 500),
        (61, 10, 500, 11),
        (600, 6, 1, 10),
    ],
)
def test_long_videos_have_more_slots(
    seconds: float, per_minute: float, most: int, slots: int
) -> None:
    sampled = wanted(10, slots_per_minute=per_minute, most_slots=most)
    assert slots_of(seconds, sampled) == len(targets(seconds, sampled)) == slots
    assert sampled.highest >= slots


def test_trims_as_shares_of_the_length() -> None:
    shares = wanted(10, trim_start=2, trim_start_share=0.05, trim_end=4, trim_end_share=0.2)
    assert span_of(100, shares) == pytest.approx((5, 80))
    assert span_of(20, shares) == pytest.approx((2, 16))  # two seconds are more than a share
    assert span_of(7_200, shares) == pytest.approx((360, 5_760))  # more than the credits' 12 %
    half = wanted(1, trim_start_share=0.5, trim_end_share=0.5)
    assert targets(100, half) == (50,)


@given(st.integers(1, 2_000), st.integers(1, 500))
def test_spread_takes_different_pictures_evenly(count: int, slots: int) -> None:
    chosen = spread(count, slots)
    assert len(chosen) == min(count, slots)
    assert all(0 <= one < count for one in chosen)
    gaps = {later - earlier for earlier, later in pairwise(chosen)}
    assert all(gap >= 1 for gap in gaps)
    assert not gaps or max(gaps) - min(gaps) <= 1
    if count <= slots:
        assert chosen == tuple(range(count))
