"""caption: frames -> captions by the tagger, many in flight, acknowledged in order."""

from __future__ import annotations

from functools import partial

from movietag import topics
from movietag.captioning.captioners import Captioners, require_tagger
from movietag.captioning.health import TritonHealth
from movietag.captioning.quality import QualityMarker
from movietag.settings import get_settings
from movietag.stages import entry
from movietag.streams.failures.tries import Tries
from movietag.streams.failures.try_counts import Remembered
from movietag.streams.handlers.frame_captioner import ALONE, TOGETHER, FrameCaptioner
from movietag.streams.runtime.topics import Stream, channel
from movietag.streams.stage import Stage
from movietag.vocabulary import load

stage = Stage("caption", buffer=64)
stage.needs(partial(require_tagger, get_settings()))
stage.queries("triton", TritonHealth(get_settings()).require_answer)
app = stage.app

frames = channel(app, topics.FRAMES)
captions = channel(app, topics.CAPTIONS)

captioners = Captioners(get_settings())
captioners.named("")  # a TLS file that cannot be used is reported at start, not by the first frame

captioner = FrameCaptioner(
    captioner_of=captioners.named,
    captions=captions,
    vocabulary_id=load(get_settings().vocabulary).tags_id,
    marker=QualityMarker(load(get_settings().vocabulary)),
    count=stage.metrics.caption_counter(),
    tries=Tries(Remembered(app, stage.name, get_settings()), most=TOGETHER + ALONE),
    seconds=get_settings().caption_seconds,
    step=stage.metrics.step,
)


def in_flight() -> int:
    """Frames in flight: as many for each server, also for those that one name in DNS has."""
    settings = get_settings()
    configured = entry("caption").in_flight(settings)
    return max(configured, settings.caption_in_flight * captioners.servers)


@app.agent(frames)
async def caption_frames(stream: Stream) -> None:
    """Frames -> captions."""
    await stage.consume(stream, captioner.handling(in_flight))


if __name__ == "__main__":
    stage.main()
