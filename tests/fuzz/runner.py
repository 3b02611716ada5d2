"""One run: make the inputs, send them, wait, and find each again."""

from __future__ import annotations

import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzz import drawn, media, traces, world
from fuzz.accounting import Ledger, Row, add, verdict
from fuzz.inputs import Input
from fuzz.messages import Messages
from fuzz.pictures import Pictures
from fuzz.spoken import Movie, Spoken
from fuzz.titles import titles
from fuzz.traces import LETTERS_INDEX, Traces
from fuzz.world import Place
from movietag import topics
from movietag.errors import PermanentError
from movietag.frames.extract import extract_video
from movietag.local.stack import Stack
from movietag.records import Document, Letter, decode, encode
from movietag.settings import Settings
from movietag.vocabulary import field_name

CLASSES = 17  # of equal size; the corpus of broken media comes on top


@dataclass
class Case:
    """All that a run sends."""

    inputs: list[Input]
    setup: list[Input]  # plans and manifests that make captions count; sent first
    movies: dict[str, Movie]
    media: dict[str, media.Medium]
    good: Input


@dataclass
class Report:
    """What came of a run; ``faults`` is empty when all is well."""

    seed: int
    table: dict[str, Row] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """The table, then the faults."""
        head = f"{'class':<20}{'inputs':>8}{'results':>9}{'logged':>8}{'nothing':>9}{'letters':>9}{'lost':>6}  letters by error"
        rows = [head]
        for name, row in sorted(self.table.items()):
            said = ", ".join(f"{count} {error}" for error, count in row.letters.most_common())
            rows.append(
                f"{name:<20}{row.inputs:>8}{row.results:>9}{row.logged:>8}{row.nothing:>9}"
                f"{row.letters.total():>9}{row.lost:>6}  {said}"
            )
        return rows + [f"FAULT {fault}" for fault in self.faults]

    def json(self) -> str:
        """One line."""
        rows = self.table.values()
        letters: Counter[str] = sum((row.letters for row in rows), Counter())
        inputs, lost = sum(row.inputs for row in rows), sum(row.lost for row in rows)
        return json.dumps(
            {
                "seed": self.seed,
                "inputs": inputs,
                "accounted": inputs - lost,
                "results": sum(row.results for row in rows),
                "letters": letters.total(),
                "logged": sum(row.logged for row in rows),
                "nothing_by_contract": sum(row.nothing for row in rows),
                "lost": lost,
                "internal": letters["internal"],
                "faults": len(self.faults),
                "seconds": round(self.seconds),
            }
        )


def make_case(count: int, seed: int, root: Path, outside: Path, *, with_media: bool = True) -> Case:
    """``count`` inputs, the same for every run with this seed but for the run's own ids."""
    rng, run = random.Random(seed), secrets.token_hex(3)
    corpus = media.corpus(root, outside, seed) if with_media else []
    each = (count - len(corpus)) // CLASSES
    messages, pictures, spoken = Messages(rng, run, root), Pictures(rng, run), Spoken(rng, run)
    inputs = [
        *titles(count - len(corpus) - each * (CLASSES - 1), rng, root),
        *messages.requests(each),
        *messages.videos(each),
        *messages.captions(each),
        *messages.documents(each),
        *messages.frames(each),
        *messages.letters(each),
        *messages.headers(each),
        *pictures.broken(each),
        *pictures.bombs(each),
        *spoken.odd(each),
        *spoken.long(each),
        *drawn.titles(each, seed),
        *drawn.records(messages, each, seed),
    ]
    by_movie = {f"media-{run}-{number}": medium for number, medium in enumerate(corpus)}
    inputs += [
        Input(
            "media",
            topics.TITLES.name,
            media.title(medium, name),
            movie=name,
            note=medium.name,
            media=True,
        )
        for name, medium in by_movie.items()
    ]
    rng.shuffle(inputs)
    setup = [
        Input("setup", topics.CAPTIONS.name, encode(fact), movie.movie_id.encode())
        for movie in spoken.movies.values()
        for fact in movie.facts
    ]
    good = media.good(root)
    last = Input("good", topics.TITLES.name, media.title(good, f"good-{run}"), media=True)
    return Case(inputs, setup, spoken.movies, by_movie, last)


async def run(case: Case, seed: int, stack: Stack, seconds: float, *, talk: bool = False) -> Report:
    """Send a case through the stages of ``stack``, which is up; judge every input."""
    began, settings = time.monotonic(), stack.settings
    report = Report(seed)
    await world.create_topics(settings)
    since = await world.ends(settings, traces.READ[:-1])
    before = world.pids(stack)
    sent = [*case.setup, *case.inputs]
    places = await world.send(settings, sent)
    if talk:
        print(f"{len(sent)} sent after {time.monotonic() - began:.0f} s", flush=True)
    left = await world.drained(settings, seconds, talk=talk)
    (last,) = await world.send(settings, [case.good])
    left = left or await world.drained(settings, 60)
    if left:
        report.faults.append(f"after {seconds:.0f} s there is left: {left}")
    if world.pids(stack) != before:
        report.faults.append(f"stages were started again: {before} -> {world.pids(stack)}")
    found = await traces.read(settings, since, [*places, last])
    ledger = await _ledger(stack, case.inputs, found)
    pairs = list(zip(case.inputs, places[len(case.setup) :], strict=True))
    _judge(report, pairs, ledger, case)
    await _check_counts(report, settings, case, found)
    await _check_good(report, settings, case, last, ledger)
    report.seconds = time.monotonic() - began
    return report


async def _ledger(stack: Stack, inputs: Sequence[Input], found: Traces) -> Ledger:
    wanted: list[tuple[str, str]] = []
    for one in inputs:
        try:
            if one.topic == topics.DOCUMENTS.name:
                document = decode(Document, one.value)
                wanted.append((document.index, document.doc_id))
            elif one.topic == topics.DEAD_LETTERS.name:
                letter = decode(Letter, dict(one.headers).get(topics.LETTER_HEADER))
                wanted.append((LETTERS_INDEX, letter.letter_id.replace("/", "~")))
        except PermanentError:
            continue
    log = stack.where.log("index").read_text(errors="replace")
    return Ledger(found, await traces.documents(stack.settings, wanted), log)


def _judge(
    report: Report, pairs: Sequence[tuple[Input, Place]], ledger: Ledger, case: Case
) -> None:
    for one, place in pairs:
        made = verdict(one, place, ledger)
        fault = add(report.table, one, made)
        if one.group == "media":
            outcome = made.why if made.what == "result" else made.what.removeprefix("letter ")
            if outcome not in case.media[one.movie].outcomes:
                fault = f"came out as {outcome}"
        if fault:
            report.faults.append(
                f"{one.group} [{one.note}] at {place}: {fault} ({made.what}: {made.why[:300]}) {(one.value or b'')[:200]!r}"
            )
    report.faults += [f"internal: {letter.reason}" for letter in ledger.traces.internal]


async def _check_counts(report: Report, settings: Settings, case: Case, found: Traces) -> None:
    """What was said is counted as the vocabulary's rule has it, movie by movie."""
    there = await traces.counts(settings, case.movies)
    for name, movie in case.movies.items():
        expected = {field_name(tag): count for tag, count in movie.counts.items()}
        wanted = (movie.images, expected, "complete" if movie.images else "failed")
        if there.get(name) != wanted:
            report.faults.append(f"counts of {name}: {there.get(name)}, not {wanted}")


async def _check_good(
    report: Report, settings: Settings, case: Case, place: Place, ledger: Ledger
) -> None:
    """The good movie that came last is exact."""
    request_id = "/".join(map(str, place))
    plan = ledger.traces.plans.get(request_id)
    if plan is None:
        report.faults.append("the good movie has no plan")
        return
    images = len(list(extract_video(Path(plan.videos[0].url), plan.sampling)))
    there = await traces.counts(settings, [plan.movie_id])
    if there.get(plan.movie_id) != (images, {}, "complete") or not images:
        report.faults.append(f"the good movie: {there.get(plan.movie_id)}, not {images} images")
