"""Afterwards: every slot of every movie, in the ledger, the documents topic and Elasticsearch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch.helpers import async_scan

from chaos.feeding import everything, frame_of, letters
from chaos.pictures import said, tags_of
from chaos.world import Movie
from movietag import topics
from movietag.records import Document, SlotFailure, decode
from movietag.rules.facts import Facts
from movietag.rules.tally import Matcher, Tally, tally
from movietag.search.client import connected
from movietag.settings import Settings
from movietag.streams.ledger.pages import unpacked
from movietag.vocabulary import load

Slot = tuple[str, str, int]  # movie, video, slot
INDICES = "movies*,movie_tags*,frames*"  # of every vocabulary


@dataclass
class Place:
    """What one place says: the captions of its slots, and of each movie images and counts."""

    captions: dict[Slot, list[str]] = field(default_factory=lambda: defaultdict(list))
    failed: set[Slot] = field(default_factory=set)
    images: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    status: dict[str, str] = field(default_factory=dict)
    tagger: dict[str, str] = field(default_factory=dict)
    generation: dict[str, int] = field(default_factory=dict)
    trying: set[str] = field(default_factory=set)  # movies of which something newer is under way
    documents: Counter[str] = field(default_factory=Counter)  # by movie


async def counted_facts(settings: Settings) -> dict[str, Facts]:
    """The facts of every movie in the count stage's ledger, read anew from its changelog."""
    vocabulary = load(settings.vocabulary, settings.match)
    topic = f"movietag-count-{vocabulary.vocabulary_id}-e{settings.epoch}-facts-changelog"
    rows: dict[bytes, bytes] = {}
    for record in await everything(settings, topic):
        if record.value is None:
            rows.pop(record.key, None)
        elif b"|" in record.key and not record.key.startswith(b"|"):
            rows[record.key] = record.value
    facts: dict[str, Facts] = defaultdict(Facts)
    for key, page in rows.items():
        for placed in unpacked(page):
            facts[key.split(b"|")[0].decode()].add(placed)
    return facts


async def ledger(settings: Settings) -> Place:
    """The count stage's ledger, folded anew."""
    place, match = Place(), Matcher(load(settings.vocabulary, settings.match))
    for movie_id, known in (await counted_facts(settings)).items():
        result = tally(known, match)
        if result is not None and not result.plan.forgotten:
            _fold(place, movie_id, known, result)
    return place


def _fold(place: Place, movie_id: str, known: Facts, result: Tally) -> None:
    """Write down what a movie's tally says."""
    place.documents[movie_id] += 1
    place.generation[movie_id] = result.plan.generation
    place.tagger[movie_id] = result.plan.tagger
    place.status[movie_id] = "complete" if result.complete else "running"
    place.images[movie_id].append(result.images)
    place.counts[movie_id] = {tag: n for tag, n in result.counts.items() if n}
    for (video_id, slot), frame in result.frames.items():
        place.captions[movie_id, video_id, slot].append(frame.caption.caption)
    promised = {
        (video_id, slot.slot)
        for video_id, video in result.videos.items()
        if video.manifest
        for slot in video.manifest.slots
    }
    place.failed |= {
        (movie_id, fact.video_id, fact.slot)
        for fact in (placed.fact for placed in known.of_generation(result.plan.generation))
        if isinstance(fact, SlotFailure)
        and (fact.video_id, fact.slot) in promised - result.frames.keys()
    }


async def documents(settings: Settings) -> Place:
    """The documents topic: of each document the highest version."""
    newest: dict[bytes, Document] = {}
    for record in await everything(settings, topics.DOCUMENTS.name):
        document = decode(Document, record.value)
        if record.key not in newest or newest[record.key].version <= document.version:
            newest[record.key] = document
    bodies = (
        (document.index, msgspec.json.decode(document.body))
        for document in newest.values()
        if not document.deleted
    )
    return _of_bodies(bodies)


async def elasticsearch(settings: Settings) -> Place:
    """What people search."""
    async with connected(settings) as es:
        await es.indices.refresh(index=INDICES)
        found = [
            (hit["_index"], hit["_source"])
            async for hit in async_scan(es, index=INDICES, size=2000)
        ]
    return _of_bodies(found)


def kept(settings: Settings) -> Counter[str]:
    """How many files the frame store has of each movie."""
    folder = Path(settings.frame_store)
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return Counter(path.parts[0] for path in files)


def _of_bodies(bodies: Iterable[tuple[str, Mapping[str, Any]]]) -> Place:
    place = Place()
    for index, body in bodies:
        movie_id = body["movie_id"]
        place.documents[movie_id] += 1
        match index.split("-")[0]:
            case "movies":
                place.images[movie_id].append(body["images"])
                place.status[movie_id] = body["status"]
                place.tagger[movie_id] = body["tagger"]
                place.generation[movie_id] = body["generation"]
                if body.get("attempt") == "running":
                    place.trying.add(movie_id)
            case "frames":
                place.captions[movie_id, body["video_id"], body["slot"]].append(body["caption"])
            case "movie_tags":
                if body["count"]:
                    known = place.counts[movie_id]
                    known[body["tag"]] = known.get(body["tag"], 0) + body["count"]
    return place


class Accounts:
    """The generator's list against the places; ``differences`` names what is not as it must be."""

    def __init__(self, movies: Sequence[Movie], crossed: set[str]) -> None:
        self.movies = {movie.movie_id: movie for movie in movies}
        self.forgotten = {movie.movie_id for movie in movies if movie.forgotten}
        self.crossed = crossed
        self.differences: list[str] = []
        self.suspects: set[str] = set()  # movies in which something is not as it must be
        self.expected = {
            (movie_id, clip.video_id, slot): (clip, slot)
            for movie_id, movie in self.movies.items()
            for clip, slot in movie.frames()
        }

    def check(self, name: str, place: Place, dead: set[Slot]) -> dict[str, int]:
        """Compare one place; ``dead`` are the slots that stand in the dead letters."""
        counted = {slot for slot in self.expected if place.captions.get(slot)}
        lost = [slot for slot in self.expected if slot not in counted and slot not in dead]
        extra = [slot for slot in place.captions if slot not in self.expected]
        double = [slot for slot, texts in place.captions.items() if len(texts) > 1]
        wrong = [slot for slot in counted if not self._right(slot, place)]
        spurious = [s for s in dead - counted if s in self.expected and not self._may_fail(s)]
        right = self._movie_right
        wrong_movies = [
            m for m in self.movies.keys() - self.forgotten if not right(m, place, counted)
        ]
        returned = self.returned(place.documents)
        named: dict[str, list[Any]] = {
            "lost": lost,
            "double": double + extra,
            "wrong caption": wrong,
            "dead without cause": spurious,
            "movie": wrong_movies,
            "returned": list(returned.items()),
        }
        for what, found in named.items():
            self.differences += [f"{name}: {what}: {one}" for one in sorted(map(str, found))[:5]]
            self.suspects |= {one if isinstance(one, str) else one[0] for one in found}
        return {
            "counted": len(counted),
            "lost": len(lost),
            "double": len(double) + len(extra),
            "wrong": len(wrong),
            "dead_lettered": len((dead - counted) & set(self.expected)),
            "dead_without_cause": len(spurious),
            "movies_wrong": len(wrong_movies),
            "returned": returned.total(),
        }

    def returned(self, there: Counter[str]) -> Counter[str]:
        """What there is of movies that were forgotten last."""
        return Counter({name: there[name] for name in self.forgotten if there[name]})

    def finished(self, place: Place) -> int:
        """How many movies are as they will stay: of none anything is under way."""
        return len(self.movies) - len(self.unfinished(place))

    def unfinished(self, place: Place) -> dict[str, str]:
        """The movies of which something is under way, and how far they are."""
        return {
            name: f"{place.status.get(name)}, {place.documents[name]} documents"
            + (", a newer attempt" if name in place.trying else "")
            for name in self.movies
            if not self._settled(name, place)
        }

    def _settled(self, name: str, place: Place) -> bool:
        if name in self.forgotten:
            return name not in place.documents
        return place.status.get(name) in ("complete", "failed") and name not in place.trying

    def _right(self, slot: Slot, place: Place) -> bool:
        clip, number = self.expected[slot]
        refused = (clip.number, number) in self.movies[slot[0]].refused
        if refused and not self.movies[slot[0]].mended:
            return False
        return place.captions[slot] == [said(clip.number, number, place.tagger.get(slot[0], ""))]

    def _may_fail(self, slot: Slot) -> bool:
        movie, (clip, number) = self.movies[slot[0]], self.expected[slot]
        refused = (clip.number, number) in movie.refused and not movie.mended
        return refused or slot[0] in self.crossed

    def _movie_right(self, movie_id: str, place: Place, counted: set[Slot]) -> bool:
        mine = [slot for slot in counted if slot[0] == movie_id]
        counts: dict[str, int] = defaultdict(int)
        for slot in mine:
            clip, number = self.expected[slot]
            for tag in tags_of(clip.number, number, place.tagger.get(movie_id, "")):
                counts[tag] += 1
        status = "complete" if mine else "failed"
        right = place.status.get(movie_id) == status or not mine
        return (
            right and place.images.get(movie_id) == [len(mine)] and place.counts[movie_id] == counts
        )


async def dead_slots(settings: Settings, generation: Mapping[str, int]) -> dict[Slot, str]:
    """The slots of the standing generations with a letter, and its error."""
    found: dict[Slot, str] = {}
    for letter, _ in await letters(settings):
        info = frame_of(letter)
        if info and info.generation == generation.get(info.movie_id):
            found[info.movie_id, info.video_id, info.slot] = letter.error
    return found
