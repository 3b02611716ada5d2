"""The cases of plan: titles become requests, requests become plans and videos."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

from contract.case import Case, Message, Outcome, Sent, collected
from contract.gates import Gate
from contract.model import Model
from contract.watching import Record, Watcher
from movietag import topics
from movietag.crawl.ids import file_video_id
from movietag.records import (
    EVERY_VIDEO,
    MovieId,
    Plan,
    RequestId,
    Sources,
    Title,
    TitleRequest,
    VideoFailed,
    VideoFailure,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.rules.titles import parse_title
from movietag.stages import entry

TITLES, MOVIES = 30, 3
NAMED = 64  # in flight, as movietag.streams.plan has it
PLANNED = entry("plan").parallel


class Titles(Case):
    """Titles -> requests. They ask to forget movies that nobody knows, so nothing follows from them."""

    name, stage, group, source = "titles", "plan", "movietag-plan", topics.TITLES
    most_in_flight = NAMED

    def inputs(self, run: str) -> list[Message]:
        """Titles as JSON, with a key or without."""
        return self._messages(run, TITLES)

    def crowd(self, run: str) -> list[Message]:
        """More titles."""
        return self._messages(run, 2 * NAMED)

    def _messages(self, run: str, count: int) -> list[Message]:
        return [
            Message(
                b"" if number % 2 else f"{run}-{number}".encode(),
                json.dumps({"title": f"Title {number} {run}", "forget": True}).encode(),
            )
            for number in range(count)
        ]

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """For each place on the topic, its title, checked."""
        return {item.place: (parse_title(item.message.value), True) for item in sent}

    async def outcome(self, run: str) -> Outcome:
        """For each request id its title, and whether the request has the movie's key."""
        return collected(self.name, list(self._found(run)))

    def copies(self, run: str) -> Counter[Hashable]:
        """By request id."""
        return Counter(identity for identity, _ in self._found(run))

    def _found(self, run: str) -> Iterator[tuple[Hashable, object]]:
        for record in self.watcher.records(topics.REQUESTS, run):
            request = _title_request(record)
            if request is not None and request.title.forget:
                keyed = record.key == request.title.movie_id.encode()
                yield request.request_id, (request.title, keyed)

    def poison(self, run: str) -> Message:
        """No text."""
        return Message(b"", b"\xff\xfe\x00" + run.encode())


def _title_request(record: Record) -> TitleRequest | None:
    if not record.value.startswith(b"{"):
        return None  # somebody's poison
    request = decode_request(record.value)
    return request if isinstance(request, TitleRequest) else None


class Requests(Case):
    """Requests -> plans and videos: of titles that name files, and of videos that have failed.

    The last movie is forgotten, and added again: its requests mean something by their order.
    """

    name, stage, group, source = "requests", "plan", "movietag-plan", topics.REQUESTS
    most_in_flight = most_seen = PLANNED
    keeps_key_order = True

    def __init__(
        self, watcher: Watcher, gate: Gate, sends: Gate, model: Model, files: Sequence[Path]
    ) -> None:
        super().__init__(watcher, gate, sends)
        self._model = model
        self._files = files

    def inputs(self, run: str) -> list[Message]:
        """For each movie its title, for each second one the failure of its first video; then what befalls the last."""
        messages = []
        for number in range(MOVIES):
            movie = _movie(run, number)
            files = tuple(map(str, self._files[: 1 + number % 2]))
            messages.append(_title(run, movie, files))
            if number % 2:
                failed = VideoFailed(movie, 1, self._failure)
                messages.append(Message(movie.encode(), encode(failed)))
        messages.append(_title(run, movie, (), "forget", forget=True))
        messages.append(_title(run, movie, files, "back"))
        return messages

    def crowd(self, run: str) -> list[Message]:
        """With them, titles that name what is not there; those become letters."""
        none = str(self._files[0].with_name("none.mp4"))
        missing = [_title(run, MovieId(f"none-{run}-{n}"), (none,)) for n in range(PLANNED)]
        return [*missing, *self.inputs(run)]

    @property
    def _failure(self) -> VideoFailure:
        return VideoFailure(file_video_id(self._files[0]), "gone", "It is gone.")

    def expected(self, run: str, sent: Sequence[Sent]) -> Outcome:
        """Revision 0 of each generation with its videos, and revision 1 where one failed."""
        follows: dict[Hashable, object] = {}
        titles, failures, forgotten = _decoded(sent)
        for movie, files in titles.items():
            if not movie.startswith(_movie(run, "")):
                continue
            ids = [file_video_id(Path(file)) for file in files]
            follows[movie, 1, 0] = (movie, ids, ids, [])
            if movie in failures:
                follows[movie, 1, 1] = (movie, ids, [], [failures[movie]])
            follows.update({(movie, 1, 0, video): movie for video in ids})
            if movie in forgotten:
                follows[movie, 2, 0] = (movie, [], [], [])
                # Fetch is told of each video, and that none is wanted.
                follows.update({(movie, 2, 0, video): movie for video in (*ids, EVERY_VIDEO)})
                follows[movie, 3, 0] = (movie, ids, ids, [])
                follows.update({(movie, 3, 0, video): movie for video in ids})
        return follows

    async def outcome(self, run: str) -> Outcome:
        """Plans without rank and time, which the process chooses, and the jobs they cause."""
        return collected(self.name, list(self._found(run)))

    def copies(self, run: str) -> Counter[Hashable]:
        """By movie, generation, revision, and video of a job."""
        return Counter(identity for identity, _ in self._found(run))

    def _found(self, run: str) -> Iterator[tuple[Hashable, object]]:
        for record in self.watcher.records(topics.CAPTIONS, run):
            fact = decode_fact(record.value) if record.value.startswith(b"{") else None
            if isinstance(fact, Plan) and fact.movie_id.startswith(_movie(run, "")):
                ids = [video.video_id for video in fact.videos]
                content = (fact.title, ids, list(fact.adds), list(fact.failed))
                yield (fact.movie_id, fact.generation, fact.revision), content
        for record in self.watcher.records(topics.VIDEOS, run):
            if not record.value.startswith(b"{"):
                continue
            job = decode(VideoJob, record.value)
            if job.movie_id.startswith(_movie(run, "")):
                yield (job.movie_id, job.generation, job.revision, job.video.video_id), job.movie_id

    def slow_down(self) -> None:
        """The model says nothing, not even its name."""
        self._model.shut()

    def speed_up(self) -> None:
        """Undo ``slow_down``."""
        self._model.open()

    def seen_in_flight(self, pid: int) -> int | None:
        """Titles that ask who will tag them."""
        return self._model.waiting()

    def poison(self, run: str) -> Message:
        """No request."""
        return Message(f"poisoned-{run}".encode(), b"no request " + run.encode())


def _decoded(
    sent: Sequence[Sent],
) -> tuple[dict[MovieId, tuple[str, ...]], dict[MovieId, VideoFailure], set[MovieId]]:
    """The files that titles name, and the failures, by movie; and the movies that are forgotten."""
    titles, failures, forgotten = {}, {}, set()
    for item in sent:
        request = decode_request(item.message.value)
        if isinstance(request, VideoFailed):
            failures[request.movie_id] = request.failure
        elif isinstance(request, TitleRequest) and request.title.forget:
            forgotten.add(request.title.movie_id)
        elif isinstance(request, TitleRequest):
            titles[request.title.movie_id] = request.title.sources.files
    return titles, failures, forgotten


def _title(
    run: str, movie: MovieId, files: tuple[str, ...], name: str = "", *, forget: bool = False
) -> Message:
    title = Title(f"{movie}", movie, sources=Sources(files=files), forget=forget)
    request = TitleRequest(RequestId(f"{run}/{movie}/{name}"), title)
    return Message(movie.encode(), encode(request))


def _movie(run: str, number: int | str) -> MovieId:
    return MovieId(f"contract-plan-{run}-{number}")
