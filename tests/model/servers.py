"""Sites, Triton and the frame store as the real handlers are handed them: all ends in a ``World``."""

from __future__ import annotations

from model.outside import SLOTS, TAGGERS
from model.world import World
from movietag.captioning import NOTHING_KNOWN, Captioned
from movietag.crawl.errors import SiteError
from movietag.crawl.fetch import OnFrame
from movietag.crawl.fetch_job import FetchResult
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.sources import Candidates
from movietag.errors import PermanentError
from movietag.frames.store import Dropped
from movietag.records import Context, Manifest, SlotTime, TaggerId, Title, Video, VideoJob


class Outside:
    """Triton, the sites and what is searched there."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def find(self, title: Title, film: KnownFilm | None) -> Candidates:
        site = self._world.site
        if site.search != "works":
            raise SiteError("site-broken", "It fails.")
        return Candidates(tuple(site.videos()))

    async def download(self, job: VideoJob, on_frame: OnFrame) -> FetchResult:
        name = job.video.video_id
        if name in self._world.site.gone:
            raise PermanentError("gone", f"{name} is gone.")
        return await all_frames(name, on_frame)

    async def again(self, good: Video) -> None:
        """No site of the model fails for all of its videos."""
        raise AssertionError

    async def tagger(self, within: float | None = None, like: TaggerId | None = None) -> TaggerId:
        return TAGGERS[self._world.tagger]

    async def caption(
        self, jpeg: bytes, context: Context = NOTHING_KNOWN, tagger: TaggerId | None = None
    ) -> Captioned:
        video_id, _, slot = jpeg.decode().partition("/")
        if (video_id, int(slot)) in self._world.refused:
            raise PermanentError("bad-image", "The model fails on it.")
        assert tagger is not None
        text = f"{'horror' if int(slot) % 2 else 'comedy'} in {video_id} by {tagger[:5]}"
        return Captioned(text, "Describe.", tagger, 5)

    async def close(self) -> None:
        pass


async def all_frames(name: str, on_frame: OnFrame) -> FetchResult:
    """Hand over the frames of a video."""
    slots = tuple(SlotTime(slot, slot + 0.5) for slot in range(SLOTS))
    for slot in slots:
        await on_frame(slot.slot, slot.time, f"{name}/{slot.slot}".encode())
    return FetchResult(float(SLOTS), slots)


class Keeper:
    """The frame store of the fetch stage."""

    keeps = True

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, job: VideoJob) -> KeptVideo:
        return KeptVideo(self._world, job)

    async def require_wanted(self, job: VideoJob) -> None:
        if job.work == "fetch" and job.generation < self._world.dropped:
            raise Dropped("It was dropped.")

    async def resend(self, job: VideoJob, on_frame: OnFrame) -> FetchResult:
        name = job.video.video_id
        if (name, job.frames) not in self._world.store.whole:
            raise PermanentError("frames-gone", f"{name} is gone.")
        return await all_frames(name, on_frame)

    async def drop(self, job: VideoJob) -> None:
        world = self._world
        world.effect(lambda: setattr(world, "dropped", max(job.frames, world.dropped)))
        world.effect(lambda: world.store.drop(job.video.video_id, job.frames))


class KeptVideo:
    """The frames of one video as they are kept."""

    def __init__(self, world: World, job: VideoJob) -> None:
        self._world = world
        self._key = (str(job.video.video_id), job.generation)
        self._keeps = job.work == "fetch"

    async def frame(self, slot: int, jpeg: bytes) -> None:
        kept = self._world.store.kept
        if self._keeps:
            self._world.effect(lambda: kept.setdefault(self._key, set()).add(slot))

    async def whole(self, manifest: Manifest) -> None:
        if self._keeps:
            self._world.effect(lambda: self._world.store.whole.add(self._key))


class Noted:
    """The topic of tries, as the fetch stage uses it."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def recall(self, job: VideoJob) -> Manifest | None:
        return self._world.noted.get((job.generation, str(job.video.video_id)))

    async def note(self, job: VideoJob, manifest: Manifest) -> None:
        key = (job.generation, str(job.video.video_id))
        self._world.effect(lambda: self._world.noted.setdefault(key, manifest))
