"""Whose fault it is that a video failed at its site: the video's, or the site's, for all of its videos.

The site is at fault where several videos of several movies fail alike and in a row, over all workers, or where a video
that was fetched before (the good one) fails now, too. Then the site is paused, and nothing is counted against its videos.
Where the good one comes, the others are at fault themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from movietag.crawl.breaker import BROKEN, BUSY, MACHINE, THROTTLED, Pauses
from movietag.crawl.errors import UPDATE_HINT, SiteError, ThrottledError, UncountedError
from movietag.crawl.programs import update_command
from movietag.crawl.rate import SiteLimiter
from movietag.crawl.streaks import BROKEN_FAMILY, Suspect, family, several
from movietag.errors import MachineError, PermanentError
from movietag.records import VideoJob
from movietag.streams.failures.site_evidence import Good, SiteEvidence

UNSURE: Final = Pauses(60.0, 8 * 60.0)  # of one video: seven failures take half an hour
# Faults of this machine that no video of a site escapes; others concern some videos only.
FOR_ALL: Final = frozenset(
    ("disk-full", "no-access", "certificate", "proxy", "no-javascript", "machine")
)
MOST_FAILING: Final = 10_000  # videos and families of which a failure is remembered


class Failing(NamedTuple):
    """A video that fails at a site, and how: a failure of another family says nothing of this one."""

    site: str
    family: str
    video: str


class SiteHealth:
    """Judges the failures of one fetch worker, by what all workers have seen.

    Args:
        limiter: pauses sites.
        evidence: what is known of them.
    """

    def __init__(self, limiter: SiteLimiter, evidence: SiteEvidence) -> None:
        self._limiter = limiter
        self._evidence = evidence
        self._failing: dict[Failing, tuple[int, int]] = {}  # first failure (ms), failures

    async def judged(
        self, site: str, job: VideoJob, error: SiteError | MachineError
    ) -> SiteError | MachineError | PermanentError:
        """The error as which a failure counts.

        Returns:
            UncountedError where the site is at fault, or where it is too early to say; a PermanentError where the
            video is; else the error itself.

        Raises:
            TransientError: what the other workers know cannot be read.
        """
        first_ms, failures = self._count(Failing(site, family(error.kind), _key(job)))
        if isinstance(error, MachineError):
            if error.kind in FOR_ALL:
                self._limiter.pause(site, MACHINE, error.reason)
            error.pause = MACHINE.after(failures - 1)
            return error
        if isinstance(error, ThrottledError):
            self._limiter.throttled(site, error.reason)
        elif not self._limiter.works(site):  # a probe has failed
            self._limiter.pause(site, pauses_of(error.kind), _why(error))
        suspect = Suspect(job.video.video_id, job.movie_id, error.kind, self._evidence.now_ms())
        streak = await self._evidence.failing(site, suspect)
        many = several(streak, error.kind)
        if family(error.kind) != BROKEN_FAMILY:
            if many and (
                isinstance(error, ThrottledError)
                or await self._evidence.good_one(site, suspect) is not Good.WORKS
            ):
                return self._site_fails(site, error)
            return error
        good = Good.WORKS if streak.worked_ms > first_ms else Good.UNKNOWN
        if many or (failures > 1 and good is Good.UNKNOWN):
            good = await self._evidence.good_one(site, suspect)
        if good is Good.FAILS or (many and good is Good.UNKNOWN):
            return self._site_fails(site, error)
        if failures > 1 and good is Good.WORKS:
            said = error.reason.partition(UPDATE_HINT)[0]
            return PermanentError(error.kind, f"{said} Other videos of {site} can be had.")
        told = error if failures > 1 else UncountedError(error.kind, error.reason)
        told.pause = UNSURE.after(failures - 1)
        return told

    def _site_fails(self, site: str, error: SiteError) -> UncountedError:
        """Pause a site that is at fault; how its videos failed so far is held against none of them."""
        kind = family(error.kind)
        self._forget(lambda one: (one.site, one.family) == (site, kind))
        why = f"Several of its videos fail alike, the last one with: {_why(error)}"
        self._limiter.pause(site, pauses_of(error.kind), why)
        return UncountedError(error.kind, f"{site}: {why}")

    async def works(self, site: str, job: VideoJob) -> None:
        """A video was fetched: its site works."""
        self.settled(job)
        await self._evidence.works(site, job.video)

    def settled(self, job: VideoJob) -> None:
        """A video is not tried again."""
        video = _key(job)
        self._forget(lambda one: one.video == video)

    def _count(self, failing: Failing) -> tuple[int, int]:
        """The first failure of this kind of a video in this process, and the number of them."""
        if len(self._failing) > MOST_FAILING:
            self._failing.clear()
        first_ms, failures = self._failing.get(failing, (self._evidence.now_ms(), 0))
        self._failing[failing] = first_ms, failures + 1
        return first_ms, failures + 1

    def _forget(self, chosen: Callable[[Failing], bool]) -> None:
        for one in [one for one in self._failing if chosen(one)]:
            del self._failing[one]


def pauses_of(kind: str) -> Pauses:
    """How long a site rests that fails with this kind."""
    return {"throttled": THROTTLED, BROKEN_FAMILY: BROKEN}.get(family(kind), BUSY)


def _why(error: SiteError) -> str:
    """The reason of a pause; where an update may help it says how."""
    if family(error.kind) != BROKEN_FAMILY or UPDATE_HINT in error.reason:
        return error.reason
    return f"{error.reason}{UPDATE_HINT}{update_command()}"


def _key(job: VideoJob) -> str:
    return f"{job.movie_id}/{job.generation}/{job.video.video_id}"
