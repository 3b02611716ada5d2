"""Kept frames through a tagger, beside the stages: counted as these count them, whatever fails."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from support.records import MOVIE, SAMPLING, manifest, video

from movietag.captioning import Captioned, CaptionFailed
from movietag.captioning.fake import FakeCall, FakeCaptioner, Outcome
from movietag.captioning.offline import TRIES, Offline, TaggerRun
from movietag.errors import PermanentError, TransientError, UsageError
from movietag.frames.files import Files
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import Context, TaggerId, VideoJob
from movietag.research.evaluation.assigned import read_assigned
from movietag.rules.tally import Matcher
from movietag.vocabulary import load

TAGGER = TaggerId("other@1")
MPST = load("mpst")


AWAY = TransientError("The tagger is away.")
FAILED = CaptionFailed("Out of memory.")
ANSWERS: dict[str, Outcome | list[Outcome]] = {
    "horror": "horror",
    "murder": "murder",
    "murder and horror": "murder and horror",
    "nothing": "nothing",
    "refused": PermanentError("bad-image", "No picture."),
    "failing": FAILED,
    "once": [FAILED, "horror"],
    "away": AWAY,
    "changed": Captioned("horror", "?", TaggerId("another@1"), 1.0),
    "scores": Captioned("murder", "?", TAGGER, 1.0, {"horror": 0.9}, MPST.tags_id),
    "elsewhere": Captioned("", "?", TAGGER, 1.0, {"horror": 0.9}, "other-0"),
}
"""What comes of a frame, by what is written in it."""


class Field:
    def __init__(self, folder: Path) -> None:
        self.store = FrameStore(Files.at(str(folder)))
        self.tagger = FakeCaptioner(
            {text.encode(): answer for text, answer in ANSWERS.items()}, taggers=[TAGGER]
        )
        self.told = 0

    def keep(self, name: str, *texts: str) -> Kept:
        job = VideoJob(
            MOVIE, 3, 0, video(name), SAMPLING, TaggerId("first@1"), Context("Heat", 1995)
        )
        kept = Kept(
            job, manifest(name, len(texts), 3), tuple(frame_digest(t.encode()) for t in texts)
        )
        for slot, text in enumerate(texts):
            self.store.write_frame(job, slot, text.encode())
        self.store.write_record(kept)
        return kept

    async def run(self, *records: Kept, found: tuple[str, ...] = ()) -> TaggerRun:
        def told() -> None:
            self.told += 1

        offline = Offline(self.store, self.tagger, TAGGER, Matcher(MPST), in_flight=2)
        movie = await offline.movie(records, told, found)
        return TaggerRun(TAGGER, MPST.tags_id, 1, (movie,))


@pytest.fixture
def field(tmp_path: Path) -> Field:
    return Field(tmp_path / "kept")


async def test_tags_are_counted_over_all_videos(field: Field, tmp_path: Path) -> None:
    run = await field.run(
        field.keep("a", "horror", "murder and horror"), field.keep("b", "nothing")
    )
    (movie,) = run.movies
    assert (movie.title, movie.year, movie.images, movie.failed_images) == ("Heat", 1995, 3, 0)
    assert {tag: (count.count, count.ratio) for tag, count in movie.tags.items()} == {
        "horror": (2, 2 / 3),
        "murder": (1, 1 / 3),
    }
    assert list(movie.tags) == ["horror", "murder"]
    assert [frame.caption for frame in movie.frames][:1] == ["horror"]
    assert field.told == 3
    out = tmp_path / "run.json"
    out.write_bytes(msgspec.json.encode(run))
    read = read_assigned(out)
    assert (read.movies[0].title, read.images.tolist()) == ("Heat", [3])
    assert read.counts[0, read.tags.index("horror")] == 2
    assert json.loads(out.read_bytes())["tagger"] == TAGGER


async def test_a_second_pass_is_told_what_the_first_found(field: Field) -> None:
    await field.run(field.keep("a", "nothing"), found=("gothic", "horror"))
    told = Context("Heat", 1995, found=("gothic", "horror"))
    assert field.tagger.calls == [FakeCall(b"nothing", told, TAGGER)]


async def test_scores_count_as_they_are(field: Field) -> None:
    (movie,) = (await field.run(field.keep("a", "scores"))).movies
    assert list(movie.tags) == ["horror"]


async def test_frames_that_fail_are_no_images(field: Field) -> None:
    kept = field.keep("a", "horror", "refused", "failing", "gone", "changed bytes")
    place = next(Path(field.store.url.removeprefix("file://")).glob("*/*/00003"))
    (place / "00003.jpg").unlink()
    (place / "00004.jpg").write_bytes(b"murder")
    (movie,) = (await field.run(kept)).movies
    assert (movie.images, movie.failed_images) == (1, 4)
    assert {tag: count.ratio for tag, count in movie.tags.items()} == {"horror": 1.0}
    assert len(field.tagger.calls) == 1 + 1 + TRIES


async def test_a_frame_is_tried_again(field: Field) -> None:
    (movie,) = (await field.run(field.keep("a", "once"))).movies
    assert (movie.images, movie.failed_images) == (1, 0)


async def test_a_movie_without_images_has_no_tags(field: Field) -> None:
    (movie,) = (await field.run(field.keep("a", "refused"))).movies
    assert (movie.images, movie.failed_images, movie.tags) == (0, 1, {})


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("away", TransientError, "away"),
        ("changed", UsageError, "now another@1 answers"),
        ("elsewhere", UsageError, "vocabulary other-0"),
    ],
)
async def test_what_ends_a_run(field: Field, text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        await field.run(field.keep("a", "horror", text, "murder"))
