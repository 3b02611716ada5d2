"""Records with sensible values, for tests that care about one or two fields."""

from __future__ import annotations

from movietag.records import (
    Caption,
    LedgerFact,
    Letter,
    LetterId,
    Manifest,
    MovieId,
    Placed,
    Plan,
    RequestId,
    Sampling,
    SlotFailure,
    SlotTime,
    TaggerId,
    Title,
    TitleRequest,
    Video,
    VideoId,
)
from movietag.rules.history import History, Position

MOVIE = MovieId("heat-1995-00000000")
TAGGER = TaggerId("model@123456789abc")
SAMPLING = Sampling(10, 2, 4, "keyframes", 640, 360, 85, True, True, 6)


def at(offset: int, letter: Letter | None = None) -> Position:
    """The position of a request."""
    return Position(RequestId(f"movietag.requests/0/{offset}"), offset, 1_000 + offset, letter)


def past(*facts: LedgerFact | Placed) -> History:
    """A history; plans stand at the offset that their rank begins with, other facts one behind another."""
    placed: list[Placed] = []
    for fact in facts:
        if isinstance(fact, Placed):
            placed.append(fact)
            continue
        offset = int(fact.rank.split(".")[0]) if isinstance(fact, Plan) else len(placed)
        placed.append(Placed(offset, 1_000 + offset, fact))
    return History(placed)


def video(name: str) -> Video:
    return Video(VideoId(name), "search", f"https://youtu.be/{name}", title=f"{name} trailer")


def title_request(offset: int = 0, *, title: Title | None = None) -> TitleRequest:
    return TitleRequest(
        RequestId(f"movietag.titles/0/{offset}"), title or Title("Heat", MOVIE, 1995)
    )


def plan(
    *videos: str,
    generation: int = 1,
    revision: int = 0,
    rank: str = "0.a",
    offset: int = 0,
    wanted: int = 2,
    tagger: TaggerId = TAGGER,
    candidates: tuple[str, ...] = (),
) -> Plan:
    return Plan(
        movie_id=MOVIE,
        title="Heat",
        year=1995,
        generation=generation,
        revision=revision,
        rank=rank,
        cause=RequestId(f"movietag.titles/0/{offset}"),
        tagger=tagger,
        sampling=SAMPLING,
        wanted=wanted,
        made_ms=1_000,
        videos=tuple(video(name) for name in videos),
        adds=tuple(VideoId(name) for name in videos),
        candidates=tuple(video(name) for name in candidates),
    )


def manifest(name: str, slots: int, generation: int = 1) -> Manifest:
    times = tuple(SlotTime(slot, slot + 0.5) for slot in range(slots))
    return Manifest(MOVIE, generation, VideoId(name), float(slots), times)


def caption(
    name: str, slot: int, text: str, generation: int = 1, tagger: TaggerId = TAGGER
) -> Caption:
    return Caption(MOVIE, generation, VideoId(name), slot, slot + 0.5, tagger, text, "Describe.", 5)


def slot_failure(name: str, slot: int, generation: int = 1) -> SlotFailure:
    letter = LetterId("movietag.frames/0/0/caption")
    return SlotFailure(
        MOVIE, generation, VideoId(name), slot, TAGGER, "bad-image", "No JPEG.", letter
    )
