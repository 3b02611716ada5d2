"""What became of each input: the one rule for each topic, and the table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fuzz.inputs import Input
from fuzz.traces import LETTERS_INDEX, Traces
from fuzz.world import Place
from movietag import topics
from movietag.errors import PermanentError
from movietag.records import (
    Document,
    FrameInfo,
    Letter,
    TitleRequest,
    VideoJob,
    decode,
    decode_request,
)
from movietag.rules.envelopes import Removed
from movietag.rules.title_fields import TitleForm
from movietag.rules.titles import read_message


@dataclass
class Verdict:
    """``result``, ``letter <error>``, ``logged``, ``nothing`` (by contract), or ``lost``."""

    what: str
    why: str = ""


@dataclass
class Ledger:
    """Everything that verdicts are made of."""

    traces: Traces
    documents: dict[tuple[str, str], int]
    index_log: str


def verdict(one: Input, place: Place, ledger: Ledger) -> Verdict:
    """What became of one input. An input without any trace is lost."""
    letter = ledger.traces.letters.get(place)
    if letter is not None:
        if not letter.reason or not letter.history:
            return Verdict("lost", "a letter without a reason")
        return Verdict(f"letter {letter.error}", letter.reason)
    rules = {
        topics.TITLES.name: _title,
        topics.REQUESTS.name: _request,
        topics.VIDEOS.name: _video,
        topics.FRAMES.name: _frame,
        topics.CAPTIONS.name: _fact,
        topics.DOCUMENTS.name: _document,
        topics.DEAD_LETTERS.name: _dead_letter,
    }
    try:
        return rules[one.topic](one, place, ledger)
    except PermanentError as error:
        return Verdict("lost", f"{error.reason} But no letter says so.")


def _title(one: Input, place: Place, ledger: Ledger) -> Verdict:
    request_id = "/".join(map(str, place))
    request = ledger.traces.requests.get(request_id)
    if request is None:
        gone = isinstance(read_message(one.value, TitleForm()), Removed)
        return (
            Verdict("nothing", "says that something is gone")
            if gone
            else Verdict("lost", "no request")
        )
    return _medium(request_id, request, ledger) if one.media else Verdict("result", "request")


def _medium(request_id: str, request: Place, ledger: Ledger) -> Verdict:
    """The video of a title: its manifest, or why there is none."""
    letter = ledger.traces.letters.get(request)
    if letter is not None:
        return Verdict(f"letter {letter.error}", letter.reason)
    plan = ledger.traces.plans.get(request_id)
    if plan is None or not plan.videos:
        return Verdict("lost", "no plan")
    key = (plan.movie_id, plan.generation, plan.videos[0].video_id)
    if key in ledger.traces.manifests:
        return Verdict("result", "frames")
    failure = ledger.traces.failed_videos.get(key)
    return Verdict("result", failure) if failure else Verdict("lost", "no manifest, no failure")


def _request(one: Input, _place: Place, ledger: Ledger) -> Verdict:
    request = decode_request(one.value)
    if not isinstance(request, TitleRequest):
        return Verdict("nothing", "tells of a movie that is not there")
    if request.request_id in ledger.traces.plans:
        return Verdict("result", "plan")
    if request.title.forget:
        return Verdict("nothing", "forgets a movie that is not there")
    return Verdict("lost", "no plan")


def _video(one: Input, _place: Place, ledger: Ledger) -> Verdict:
    job = decode(VideoJob, one.value)
    key = (job.movie_id, job.generation, job.video.video_id)
    if key in ledger.traces.manifests or key in ledger.traces.failed_videos:
        return Verdict("result", "manifest or failure")
    return Verdict("lost", "no manifest, no failure")


def _frame(one: Input, _place: Place, ledger: Ledger) -> Verdict:
    info = decode(FrameInfo, _header(one, topics.FRAME_HEADER))
    key = (info.movie_id, info.video_id, info.slot)
    return (
        Verdict("result", "caption")
        if key in ledger.traces.captions
        else Verdict("lost", "no caption")
    )


def _fact(_one: Input, place: Place, ledger: Ledger) -> Verdict:
    kept = place[1:] in ledger.traces.kept
    return Verdict("result", "kept") if kept else Verdict("lost", "not in the ledger")


def _document(one: Input, _place: Place, ledger: Ledger) -> Verdict:
    document = decode(Document, one.value)
    version = ledger.documents.get((document.index, document.doc_id))
    if document.deleted:
        gone = version is None
        return (
            Verdict("nothing", "deletes what is not there") if gone else Verdict("lost", "stands")
        )
    if version is None:
        return Verdict("lost", "no document")
    return (
        Verdict("result", "document") if version >= document.version else Verdict("lost", "older")
    )


def _dead_letter(one: Input, place: Place, ledger: Ledger) -> Verdict:
    """What cannot be read or written stays in its topic, and the log says why."""
    told = f"letter at {'/'.join(map(str, place))}: "
    if told in ledger.index_log:
        return Verdict("logged", "stays in its topic")
    letter = decode(Letter, _header(one, topics.LETTER_HEADER))
    name = letter.letter_id.replace("/", "~")
    if (LETTERS_INDEX, name) in ledger.documents:
        return Verdict("result", "document")
    if f"letter {name}: " in ledger.index_log:
        return Verdict("logged", "stays in its topic")
    return Verdict("lost", "neither a document nor a line in the log")


def _header(one: Input, name: str) -> bytes | None:
    """As Kafka gives it: of two headers of one name the last stands."""
    return dict(one.headers).get(name) or b"" if name in dict(one.headers) else None


@dataclass
class Row:
    """A class of inputs: how many there were, and what became of them."""

    inputs: int = 0
    results: int = 0
    logged: int = 0
    nothing: int = 0
    lost: int = 0
    letters: Counter[str] = field(default_factory=Counter)


def add(table: dict[str, Row], one: Input, made: Verdict) -> str | None:
    """Count a verdict; returns what is wrong with it, if anything is."""
    row = table.setdefault(one.group, Row())
    row.inputs += 1
    match made.what.split():
        case ["letter", error]:
            row.letters[error] += 1
            if error == "internal":
                return "internal error"
            return "a letter, but the input is good" if one.refused is False else None
        case ["result"]:
            row.results += 1
        case ["logged"]:
            row.logged += 1
            return "refused, but it is good" if one.refused is False else None
        case ["nothing"]:
            row.nothing += 1
        case _:
            row.lost += 1
            return f"lost: {made.why}"
    return "taken, but it must be refused" if one.refused is True else None
