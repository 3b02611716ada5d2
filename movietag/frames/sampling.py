"""The instants of a video, and the pictures of a folder, that slots sample. Pure."""

from __future__ import annotations

from math import ceil

from movietag.records import Sampling

LARGEST_TRIM = 0.10  # of the length, on each side: at least 80 % of a short video remains
LONG_VIDEO = 15 * 60.0  # seconds; longer ones end in credits
CREDITS = 0.12  # of the length of a long video


def slots_of(seconds: float, sampling: Sampling) -> int:
    """The number of slots of a video: ``slots``, of a long one more where so many a minute are wanted."""
    wanted = ceil(sampling.slots_per_minute * seconds / 60 - 1e-9)
    return min(max(sampling.slots, wanted), sampling.highest)


def exceeds(lost: float, most_lost: float) -> bool:
    """Whether more of a video is lost than is allowed, both as shares; just as much is not more."""
    return lost > most_lost + 1e-9  # a sum of fractions may be off by a few bits


def span_of(seconds: float, sampling: Sampling) -> tuple[float, float]:
    """Start and end of what is sampled of a video, in seconds from its first frame.

    * ``trim_start`` and ``trim_end`` seconds (rating card, end card) are skipped, but at most 10 % of the
      length on each side, so a video of a few seconds keeps its middle.
    * Of a video longer than 15 minutes the last 12 % (the credits) are skipped instead.
    * Where ``trim_start_share`` and ``trim_end_share`` of the length are more, they are skipped.
    """
    most = LARGEST_TRIM * seconds
    end = CREDITS * seconds if seconds > LONG_VIDEO else min(sampling.trim_end, most)
    end = max(end, sampling.trim_end_share * seconds)
    start = max(min(sampling.trim_start, most), sampling.trim_start_share * seconds)
    return start, max(start, seconds - end)


def targets(seconds: float, sampling: Sampling) -> tuple[float, ...]:
    """The instants that the slots of a video sample, in seconds from its first frame.

    Slot i of N samples the middle of the i-th of N equal parts of what is sampled,
    ``start + (i + 0.5) / N * (end - start)``, whichever frames the file turns out to have.

    Args:
        seconds: length of the video; 0 (unknown, or a still) makes every slot sample 0.
        sampling: how many slots, and what is skipped.

    Returns:
        ``slots_of`` instants, ascending, all within ``[0, seconds]``.
    """
    start, end = span_of(seconds, sampling)
    slots = slots_of(seconds, sampling)
    return tuple(start + (i + 0.5) / slots * (end - start) for i in range(slots))


def spread(count: int, slots: int) -> tuple[int, ...]:
    """Which of ``count`` pictures fill the slots: all if they fit, else evenly selected ones.

    Returns:
        ``min(count, slots)`` different indices below ``count``, ascending.
    """
    chosen = min(count, slots)
    return tuple((2 * i + 1) * count // (2 * chosen) for i in range(chosen))
