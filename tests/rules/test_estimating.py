"""The estimate against the truth: a list is worked off in a model, with failures, pauses and slow searches."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import msgspec
import pytest
from wire.examples import BODIES

from movietag.documents import MovieBody, VideoState
from movietag.rules.estimating import (
    MovieMeans,
    StagePaces,
    TimeLeft,
    WorkLeft,
    about,
    means_of,
    time_left,
)
from movietag.streams.watch.pace import BusyPace

VIDEO = next(one for one in BODIES if isinstance(one, MovieBody)).videos[0]
STATES = {
    state: msgspec.structs.replace(VIDEO, status=state)
    for state in ("waiting", "fetched", "failed")
}
SAMPLE = 100  # movies
TICK = 5.0


@dataclass
class Film:
    states: list[str] = field(default_factory=list)
    candidates: int = 3


@dataclass
class Model:
    """One site at a constant time a video, which fails as sites do; searches; replacements at the end of the queue."""

    titles: int
    failing: float
    search_s: float = 0.0
    nothing: float = 0.05  # of the titles, for which a search finds no video
    pause_s: float = 0.0  # after every thousandth video
    video_s: float = 0.05
    seed: int = 1
    queue: deque[tuple[Film, int]] = field(default_factory=deque)
    films: list[Film] = field(default_factory=list)
    touched: deque[Film] = field(default_factory=lambda: deque(maxlen=SAMPLE))
    now: float = 0.0
    done: int = 0

    def run(self) -> list[tuple[float, int, TimeLeft]]:
        """The estimate every few seconds: when it was made, after how many videos, and what it says."""
        self.rng = random.Random(self.seed)
        pace, last, seen = BusyPace(), 0.0, 0
        estimates = []
        while self.queue or len(self.films) < self.titles:
            self._plan()
            if self.queue:
                self._fetch()
            else:
                self.now = (len(self.films) + 1) * self.search_s
            if self.now - last >= TICK:
                pace.add(self.done - seen, self.now - last, busy=bool(self.queue))
                last, seen = self.now, self.done
                estimates.append((self.now, self.done, self._estimate(pace)))
        return estimates

    def _plan(self) -> None:
        while len(self.films) < self.titles and len(self.films) * self.search_s <= self.now:
            film = Film()
            self.films.append(film)
            self.touched.append(film)
            if self.rng.random() >= self.nothing:
                for _ in range(5):
                    self._add(film)

    def _add(self, film: Film) -> None:
        self.queue.append((film, len(film.states)))
        film.states.append("waiting")

    def _fetch(self) -> None:
        film, at = self.queue.popleft()
        self.now += self.video_s * self.rng.uniform(0.5, 1.5)
        self.done += 1
        if self.pause_s and self.done % 1000 == 0:
            self.now += self.pause_s
        film.states[at] = "failed" if self.rng.random() < self.failing else "fetched"
        if film.states[at] == "failed" and film.candidates:
            film.candidates -= 1
            self._add(film)
        if film in self.touched:
            self.touched.remove(film)
        self.touched.append(film)

    def _estimate(self, pace: BusyPace) -> TimeLeft:
        sample = [[STATES[state] for state in film.states] for film in self.touched]
        left = WorkLeft(titles=self.titles - len(self.films), videos=len(self.queue))
        paces = StagePaces(fetch=pace.rate, search_spacing_s=self.search_s)
        return time_left(left, means_of(sample, 5, {}), paces)


@pytest.mark.parametrize(
    "model",
    [
        Model(1500, failing=0.0),
        Model(1500, failing=0.1),
        Model(1500, failing=0.3),
        Model(1500, failing=0.2, search_s=0.2),  # planned while others are fetched
        Model(1500, failing=0.1, search_s=0.6),  # searches take longest
        Model(2500, failing=0.1, pause_s=10.0),
    ],
    ids=lambda model: f"{model.failing}-{model.search_s}-{model.pause_s}",
)
def test_within_a_fifth_of_the_truth_after_a_twentieth_of_the_list(model: Model) -> None:
    estimates = model.run()
    checked = 0
    for at, done, found in estimates:
        if not 0.05 * model.done <= done <= 0.7 * model.done:
            continue
        assert found.seconds is not None
        assert found.seconds == pytest.approx(model.now - at, rel=0.2), (at, done, model.done)
        checked += 1
    assert checked > 25


MEANS = MovieMeans(videos=5, sites={"youtube.com": 0.9, "vimeo.com": 0.1})


def test_before_anything_is_measured_the_spacing_of_the_busiest_site_sets_it() -> None:
    found = time_left(WorkLeft(videos=1000), MEANS, StagePaces(spacing_s=12.5))
    assert found == TimeLeft(11_250, "fetch", "youtube.com", 1000)


def test_what_was_measured_wins_over_the_spacing() -> None:
    found = time_left(WorkLeft(videos=1000), MEANS, StagePaces(fetch=0.01, spacing_s=12.5))
    assert found == TimeLeft(100_000, "fetch", "", 1000)


def test_without_a_pace_and_a_site_it_is_not_known() -> None:
    assert time_left(WorkLeft(videos=3), MovieMeans(), StagePaces()).seconds is None


def test_nothing_is_left() -> None:
    assert time_left(WorkLeft(), MEANS, StagePaces()) == TimeLeft()


def test_captions_set_it_where_frames_wait_for_them() -> None:
    means = MovieMeans(videos=5, frames=10)
    paces = StagePaces(fetch=1, caption=2)
    found = time_left(WorkLeft(videos=100, frames=1000), means, paces)
    assert (found.stage, found.seconds) == ("caption", (1000 + 100 * 10) / 2)
    assert time_left(WorkLeft(videos=100, frames=10), means, paces).stage == "fetch"


def test_videos_that_fail_are_replaced_by_others() -> None:
    found = time_left(
        WorkLeft(titles=10, videos=50), MovieMeans(5, failing=0.5), StagePaces(fetch=1)
    )
    assert found.videos == 200
    assert (
        time_left(WorkLeft(videos=10), MovieMeans(5, failing=1), StagePaces(fetch=1)).videos == 50
    )


def test_the_means_of_a_sample() -> None:
    def video(status: str, slots: int = 0) -> VideoState:
        return msgspec.structs.replace(VIDEO, status=status, slots=slots)

    movies = [[video("fetched", 10), video("fetched", 30), video("failed"), video("waiting")], []]
    means = means_of(movies, 3, {"youtube.com": 1.0})
    assert means == MovieMeans(1.5, 1 / 3, 1.0, 20, {"youtube.com": 1.0})
    assert means_of([], 5, {}) == MovieMeans()


def test_failed_videos_for_which_no_other_was_left_are_not_replaced() -> None:
    exhausted = [[STATES["failed"]] * 6 for _ in range(10)]  # five, and one other
    assert means_of(exhausted, 5, {}).replaced == pytest.approx(1 / 6)
    assert means_of(exhausted[:1], 5, {}).replaced == 1.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "some seconds"),
        (52, "about 50 s"),
        (240, "about 4 min"),
        (5 * 3600, "about 5 h"),
        (12 * 86_400 + 7000, "about 12 days"),
    ],
)
def test_words_that_fit_the_wait(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_idle_time_does_not_slow_a_pace_down() -> None:
    pace = BusyPace(60)
    pace.add(0, 600, busy=False)
    assert pace.rate is None
    for _ in range(20):
        pace.add(10, 5, busy=True)
    assert pace.rate == 2
    for _ in range(12):  # the moving time forgets
        pace.add(5, 5, busy=True)
    assert pace.rate == 1


def test_a_pace_counts_what_ended_since_work_ran_out() -> None:
    pace = BusyPace(60)
    pace.add(5, 5, busy=False)
    assert pace.rate == 1
