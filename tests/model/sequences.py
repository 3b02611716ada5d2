"""Random sequences of what users, sites and machines do, and what must hold whatever they were."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from model.count import Count
from model.outside import TAGGERS
from model.stages import (
    caption_frame,
    fetch_video,
    name_title,
    plan_request,
    replay,
    write_document,
)
from model.world import World
from movietag.documents import MOVIES, index_name
from movietag.records import MovieId, Recaption, VideoAgain
from movietag.vocabulary import from_lines

VOCABULARIES = (from_lines("one", ["horror", "comedy"]), from_lines("two", ["horror", "second"]))
SPELLINGS = ("Heat (1995)", "  HEAT  (1995)", '{"title": "Heat", "year": 1995}')
STAGES = ("titles", "requests", "videos", "frames", "captions", "documents")
MOVIE = "heat-1995-"

Action = tuple[str, Any]

USERS: dict[str, int] = {
    "add": 6,
    "refresh": 3,
    "forget": 3,
    "urls": 1,
    "recaption": 2,
    "again": 1,
    "replay": 2,
    "recount": 1,
    "retag": 1,
}
WORLD: dict[str, int] = {"site": 5, "back": 2, "refuse": 2, "allow": 2, "broken": 1, "prune": 1}
MACHINES: dict[str, int] = {
    "redeliver": 6,
    "copy": 4,
    "crash": 4,
    "restart": 2,
    "zombie": 3,
    "late": 2,
}


def draw(rng: random.Random, length: int, kinds: dict[str, int]) -> list[Action]:
    """A sequence; what an action needs of chance is in it, so that it can be played again in part."""
    names = rng.choices(list(kinds), list(kinds.values()), k=length)
    return [(name, rng.randrange(1 << 30)) for name in names]


class PromiseError(AssertionError):
    """Something that a user would call wrong."""


@dataclass
class Run:
    """One sequence being played.

    ``settled``: everything is worked off after each action of a user or the world, as on a quiet day.
    """

    settled: bool = False
    noise: random.Random | None = (
        None  # redeliveries, copies and crashes while things are worked off
    )
    world: World = field(default_factory=World)
    next: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    wanted: bool | None = None  # the last that was asked: the movie, or that it be forgotten
    may_vanish: bool = False  # a forget is on its way
    may_shrink: bool = True  # a refresh or another tagger is on its way
    complete: int = 0  # images of the complete movie that was seen last

    def __post_init__(self) -> None:
        self.vocabulary, self.epoch = 0, 0
        self.world.es.vocabularies = {VOCABULARIES[0].vocabulary_id}
        self.count = Count(self.world, VOCABULARIES[0], 0)

    # -- playing

    def play(self, actions: list[Action]) -> None:
        """Play a sequence to its end, and look at what is left."""
        for name, chance in actions:
            getattr(self, f"_{name}")(random.Random(chance))
            if self.settled:
                self.work_off()
            else:
                rng = random.Random(chance + 1)
                for _ in range(rng.randrange(12)):
                    self._step(rng.choice(STAGES))
        self.work_off()
        self.check_end()

    def work_off(self) -> None:
        """Until nothing is left to be done."""
        for number in itertools.count():
            waiting = [name for name in STAGES if self.next[name] < len(self._topic(name))]
            if not waiting:
                break
            if number > 20_000:
                raise PromiseError("it never ends")
            self._step(waiting[-1] if self.noise is None else self.noise.choice(waiting))
            if self.noise is not None and number < 200 and self.noise.random() < 0.2:
                self._disturb(self.noise)
        self.may_vanish, self.may_shrink = False, False
        self.complete = self.images()

    def _disturb(self, rng: random.Random) -> None:
        name = rng.choice(["redeliver", "copy", "crash", "restart"])
        getattr(self, f"_{name}")(random.Random(rng.randrange(1 << 30)))

    def _topic(self, name: str) -> list[Any]:
        topic: list[Any] = getattr(self.world, name)
        return topic

    def _work(self, stage: str, offset: int, cut: int | None) -> None:
        work: dict[str, Callable[[World, int, int | None], None]] = {
            "titles": name_title,
            "requests": plan_request,
            "videos": fetch_video,
            "frames": caption_frame,
            "documents": write_document,
        }
        if stage == "captions":
            self.count.fold(offset, cut)
        else:
            work[stage](self.world, offset, cut)

    def _step(self, stage: str, cut: int | None = None) -> None:
        """Work one event off; with ``cut`` only so many effects of it, and then the process dies."""
        offset = self.next[stage]
        if offset >= len(self._topic(stage)):
            return
        self._work(stage, offset, cut)
        if cut is None:
            self.next[stage] = offset + 1
        elif stage == "captions":
            self.count.restart()
        self.check_now()

    # -- what users do

    def _send(self, line: str) -> None:
        self.world.put(self.world.titles, line.encode())

    def _add(self, rng: random.Random) -> None:
        self.wanted = True
        self._send(rng.choice(SPELLINGS))

    def _urls(self, rng: random.Random) -> None:
        self.wanted = True
        self._send(
            json.dumps({"title": "Heat", "year": 1995, "urls": ["https://videos.example/x"]})
        )

    def _refresh(self, rng: random.Random) -> None:
        self.wanted, self.may_shrink = True, True
        self._send('{"title": "Heat", "year": 1995, "refresh": true}')

    def _forget(self, rng: random.Random) -> None:
        self.wanted, self.may_vanish = False, True
        self._send('{"title": "Heat", "year": 1995, "forget": true}')

    def _recaption(self, rng: random.Random) -> None:
        shown = self.shown()
        if shown is None:
            return
        self.may_shrink = True
        self.world.tagger = rng.randrange(len(TAGGERS))
        request = Recaption(
            MovieId(shown["movie_id"]), shown["generation"], TAGGERS[self.world.tagger]
        )
        self.world.put(self.world.requests, request)

    def _again(self, rng: random.Random) -> None:
        failed = sorted(
            {
                (plan.generation, failure.video_id, plan.movie_id)
                for plan in (message.record for message in self.world.captions)
                for failure in getattr(plan, "failed", ())
            }
        )
        if failed:
            generation, video_id, movie_id = rng.choice(failed)
            self.world.put(self.world.requests, VideoAgain(movie_id, generation, video_id))

    def _replay(self, rng: random.Random) -> None:
        self.may_shrink = True  # of a refresh that had no image, one frame may come first
        for letter_id in sorted(self.world.letters):
            replay(self.world, letter_id)

    def _recount(self, rng: random.Random) -> None:
        self.epoch += 1
        self._count_anew()

    def _retag(self, rng: random.Random) -> None:
        former = VOCABULARIES[self.vocabulary].vocabulary_id
        self.epoch += 1
        while self.next["documents"] < len(self.world.documents):
            self._step("documents")
        self.vocabulary = 1 - self.vocabulary
        self._count_anew()
        self.world.es.drop_indices(former)

    def _count_anew(self) -> None:
        self.count = Count(self.world, VOCABULARIES[self.vocabulary], self.epoch)
        self.world.es.vocabularies.add(VOCABULARIES[self.vocabulary].vocabulary_id)
        self.count.backfill()
        self.next["captions"] = len(self.world.captions)
        self.check_now()

    # -- what the world does

    def _site(self, rng: random.Random) -> None:
        site = self.world.site
        site.search = rng.choice(["works", "works", "fails"])
        site.found = rng.sample("abcd", rng.choice([0, 1, 2, 3, 4]))
        site.gone |= set(rng.sample("abcdx", rng.choice([0, 1, 2])))

    def _back(self, rng: random.Random) -> None:
        self.world.site.gone.clear()

    def _refuse(self, rng: random.Random) -> None:
        self.world.refused.add((rng.choice("abcd"), rng.randrange(2)))

    def _allow(self, rng: random.Random) -> None:
        self.world.refused.clear()

    def _broken(self, rng: random.Random) -> None:
        self.world.broken = not self.world.broken

    def _prune(self, rng: random.Random) -> None:
        self.world.store.lose(rng.sample("abcd", 2))

    # -- what machines do

    def _redeliver(self, rng: random.Random) -> None:
        stage = rng.choice(STAGES)
        self.next[stage] = max(0, self.next[stage] - rng.randrange(1, 6))
        if stage == "captions":
            self.count.restart()

    def _copy(self, rng: random.Random) -> None:
        topic = self._topic(rng.choice(STAGES[1:]))
        if topic:
            message = topic[-1 - rng.randrange(min(5, len(topic)))]
            self.world.put(topic, message.record, message.letter)

    def _crash(self, rng: random.Random) -> None:
        self._step(rng.choice(STAGES), cut=rng.randrange(4))

    def _restart(self, rng: random.Random) -> None:
        self.count.restart()

    def _zombie(self, rng: random.Random) -> None:
        """A worker of the plan that was paused does a request with what it knew, on a site of its own time.

        Not where the others have made a mistake of ours: then nobody knows what is right.
        """
        offset = self.next["requests"] - 1 - rng.randrange(3)
        if offset < 0 or self.world.letters:
            return
        known = [item for item in self.world.plans if item.offset < offset]
        worker, cut = rng.choice("0z"), rng.choice([1, 2, None])
        plan_request(self.world, offset, cut, worker=worker, known=known)
        self.check_now()

    def _late(self, rng: random.Random) -> None:
        done = self.next["captions"]
        self.count.late(max(0, done - rng.randrange(6)))

    # -- what users see

    def shown(self) -> dict[str, Any] | None:
        """The movie as it is found now."""
        index = index_name(MOVIES, VOCABULARIES[self.vocabulary].vocabulary_id)
        found = list(self.world.es.bodies(f"{index}/").values())
        complete = [body for body in found if body["status"] == "complete"]
        chosen: dict[str, Any] | None = (complete or found or [None])[-1]
        return chosen

    def images(self) -> int:
        """The images of the movie, if it is complete."""
        shown = self.shown()
        return shown["images"] if shown and shown["status"] == "complete" else 0

    def check_now(self) -> None:
        """After each step: what was complete is complete, with no fewer images."""
        images = self.images()
        if self.complete and not self.may_vanish:
            if not images:
                raise PromiseError(f"complete with {self.complete} images, and now {self.shown()}")
            if images < self.complete and not self.may_shrink:
                raise PromiseError(f"{self.complete} images, and now {images}")
        self.complete = images

    def check_end(self) -> None:
        """When all is worked off."""
        shown = self.shown()
        mistakes = any(letter.error == "internal" for letter, _ in self.world.letters.values())
        if self.wanted is False and not mistakes:
            if found := self.world.es.bodies():
                raise PromiseError(f"forgotten, and there is {sorted(found)}")
            if self.world.store.kept:
                raise PromiseError(f"forgotten, and kept: {sorted(self.world.store.kept)}")
        if self.wanted and not self.world.letters and shown is None:
            raise PromiseError("added, and nowhere to be found")
        if shown and (shown["status"] == "running" or shown["attempt"] == "running"):
            raise PromiseError(f"running for ever: {shown}")

    def visible(self) -> dict[str, Any]:
        """All that is found, without numbers and times that say how often something was tried."""
        left = ("generation", "revision", "added_ms", "updated_ms", "attempt", "attempt_reason")
        return {
            key: {name: value for name, value in body.items() if name not in left}
            for key, body in self.world.es.bodies().items()
        }
