"""The instants of a video, and the pictures of a folder, that slots sample. Pure."""

from __future__ import annotations

LARGEST_TRIM = 0.10  # of the length, on each side: at least 80 % of a short video remains
LONG_VIDEO = 15 * 60.0  # seconds; longer ones end in credits
CREDITS = 0.12  # of the length of a long video


def targets(seconds: float, slots: int, trim_start: float, trim_end: float) -> tuple[float, ...]:
    """The instants that the slots of a video sample, in seconds from its first frame.

    Slot i of N samples the middle of the i-th of N equal parts of the trimmed length,
    ``start + (i + 0.5) / N * (end - start)``, whichever frames the file turns out to have.

    * ``trim_start`` and ``trim_end`` seconds (rating card, end card) are skipped, but at most 10 % of the
      length on each side, so a video of a few seconds keeps its middle.
    * Of a video longer than 15 minutes the last 12 % (the credits) are skipped instead.

    Args:
        seconds: length of the video; 0 (unknown, or a still) makes every slot sample 0.
        slots: number of slots, at least 1.
        trim_start: seconds skipped at the start, not negative.
        trim_end: seconds skipped at the end, not negative.

    Returns:
        ``slots`` instants, ascending, all within ``[0, seconds]``.
    """
    start = min(trim_start, LARGEST_TRIM * seconds)
    end = min(trim_end, LARGEST_TRIM * seconds)
    if seconds > LONG_VIDEO:
        end = CREDITS * seconds
    left = seconds - start - end
    return tuple(start + (i + 0.5) / slots * left for i in range(slots))


def spread(count: int, slots: int) -> tuple[int, ...]:
    """Which of ``count`` pictures fill the slots: all if they fit, else evenly selected ones.

    Returns:
        ``min(count, slots)`` different indices below ``count``, ascending.
    """
    chosen = min(count, slots)
    return tuple((2 * i + 1) * count // (2 * chosen) for i in range(chosen))
