"""How a plan takes frames, in words: movies that were planned by workers of different settings can be told apart. Pure."""

from __future__ import annotations

from movietag.records import Plan, Sampling


def sampling_note(plan: Plan) -> str:
    """E.g. ``5 videos, 50 slots each (keyframes), without the first 2 s and the last 4 s``.

    Two plans have the same note if and only if they agree in what decides which instants of videos are taken.
    """
    taken = plan.sampling
    return f"{plan.wanted} videos, {_slots(taken)} ({taken.mode}){_trims(taken)}"


def _slots(taken: Sampling) -> str:
    if not taken.slots_per_minute:
        return f"{taken.slots} slots each"
    return f"{taken.slots} slots each or {taken.slots_per_minute:g} a minute, at most {taken.most_slots}"


def _trims(taken: Sampling) -> str:
    parts = [
        f"the {name} {' or '.join(lengths)}"
        for name, seconds, share in (
            ("first", taken.trim_start, taken.trim_start_share),
            ("last", taken.trim_end, taken.trim_end_share),
        )
        if (lengths := _lengths(seconds, share))
    ]
    return f", without {' and '.join(parts)}" if parts else ""


def _lengths(seconds: float, share: float) -> list[str]:
    told = [f"{seconds:g} s"] if seconds else []
    return [*told, f"{100 * share:g} %"] if share else told
