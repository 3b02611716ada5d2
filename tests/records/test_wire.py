"""Records between two versions of movietag: what the newer one has added is kept, never refused."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from support.records import MOVIE, at, caption, manifest, past, plan
from wire.examples import MESSAGES, VIDEO

from movietag.captioning import Captioned, caption_fact
from movietag.captioning.quality import QualityMarker
from movietag.errors import PermanentError
from movietag.records import (
    FrameInfo,
    Message,
    Placed,
    Plan,
    TaggerId,
    Unknown,
    VideoFailed,
    VideoFailure,
    VideoId,
    VideoJob,
    decode,
    decode_fact,
    decode_request,
    encode,
)
from movietag.rules.deciding import answer
from movietag.rules.facts import Facts
from movietag.rules.jobs import jobs
from movietag.rules.publishing import Publisher
from movietag.rules.tally import Matcher, tally
from movietag.streams.ledger.pages import packed, salvaged, unpacked
from movietag.vocabulary import load

VOCABULARY = load("mpst")
MARKER = QualityMarker(VOCABULARY)
NOT_RECORDS = {"confidence", "body", "headers"}  # of any keys


def records_in(tree: Any) -> Iterator[dict[str, Any]]:
    """The records of a message, itself included."""
    if isinstance(tree, list):
        for item in tree:
            yield from records_in(item)
    elif isinstance(tree, dict):
        yield tree
        for name, value in tree.items():
            if name not in NOT_RECORDS:
                yield from records_in(value)


def from_the_future(message: Message) -> bytes:
    """A message as a newer version writes it: a field more in every record."""
    tree = json.loads(encode(message))
    for record in list(records_in(tree)):
        record["colour"] = {"of": ["red", 1.5, None]}
    tree["v"] = 99
    return json.dumps(tree).encode()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_what_a_newer_version_has_added_is_kept_at_any_depth(message: Message) -> None:
    written = from_the_future(message)
    read = decode(type(message), written)
    assert type(read) is type(message)
    assert json.loads(encode(read)) == json.loads(written)
    assert decode(type(message), encode(read)) == read


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_what_does_not_fit_is_refused_beside_what_is_new(message: Message) -> None:
    tree = json.loads(from_the_future(message))
    name = next(name for name in tree if name not in {"kind", "v", "colour"})
    tree[name] = {"wrong": 1}
    with pytest.raises(PermanentError, match=name) as error:
        decode(type(message), json.dumps(tree).encode())
    assert error.value.kind == "bad-record"


def test_text_that_looks_like_what_is_kept_is_text() -> None:
    odd = caption("a", 0, '"__more__":{"kind":"unknown"}')
    assert decode_fact(encode(odd)) == odd
    value = encode(odd)[:-1] + b',"__more__":"{\\"slot\\":5}"}'
    read = decode_fact(value)
    assert isinstance(read, type(odd))
    assert (read.slot, json.loads(encode(read))["slot"]) == (0, 0)


def test_a_revision_keeps_what_a_newer_plan_stage_has_put_into_the_plan_and_its_videos() -> None:
    newer = decode(Plan, from_the_future(plan("a", candidates=("b",))))
    failed = VideoFailed(MOVIE, 1, VideoFailure(VideoId("a"), "gone", "It is gone."))
    revision = answer(past(newer), failed, at(1), "1.b")
    assert isinstance(revision, Plan)
    tree = json.loads(encode(revision))
    assert (tree["revision"], tree["colour"]) == (1, {"of": ["red", 1.5, None]})
    assert all("colour" in one for one in (*tree["videos"], tree["sampling"]))
    (job,) = jobs(revision)
    assert "colour" in json.loads(encode(job))["video"]


def test_a_frame_and_its_caption_take_along_what_their_work_had() -> None:
    job = next(one for one in MESSAGES if isinstance(one, VideoJob))
    newer = decode(VideoJob, from_the_future(job))
    info = FrameInfo(MOVIE, 1, VIDEO, 0, 0.5, job.tagger, newer.context, more=newer.more)
    fact = caption_fact(info, Captioned("A man.", "Say.", job.tagger, 5.0), MARKER)
    for one in (info, fact):
        assert json.loads(encode(one))["colour"] == {"of": ["red", 1.5, None]}
    assert "colour" in json.loads(encode(info))["context"]


# -- kinds -------------------------------------------------------------------------------------

NEW_FACT = {"kind": "music", "movie_id": MOVIE, "generation": 1, "bars": [1, {"of": 2.5}]}


def new_fact(**changes: Any) -> Unknown:
    read = decode_fact(json.dumps(NEW_FACT | changes).encode())
    assert isinstance(read, Unknown)
    return read


def test_a_fact_or_request_of_a_new_kind_is_known_as_such() -> None:
    assert (new_fact().movie_id, new_fact().what, new_fact().generation) == (MOVIE, "music", 1)
    assert json.loads(encode(new_fact())) == NEW_FACT
    assert new_fact(generation="x").generation == new_fact(generation=-1).generation == 65_535
    request = decode_request(b'{"kind":"merge","movie_id":"heat"}')
    assert isinstance(request, Unknown)
    assert request.what == "merge"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": 5},
        {"kind": {}},
        {"kind": ""},
        {"movie_id": "a b"},
        {"movie_id": None},
        {"kind": "plan"},
    ],
)
def test_a_new_kind_says_its_name_and_its_movie(change: dict[str, Any]) -> None:
    with pytest.raises(PermanentError):
        decode_fact(json.dumps(NEW_FACT | change).encode())


def test_pages_hold_what_is_new_as_a_newer_version_reads_it() -> None:
    facts = [
        Placed(7, 70, decode_fact(from_the_future(caption("a", 0, "'western'")))),
        Placed(8, 80, new_fact()),
        Placed(9, 90, manifest("a", 1)),
    ]
    (page,) = packed(facts)
    assert unpacked(page) == facts
    (again,) = packed(unpacked(page))
    assert again == page
    trees = msgspec.msgpack.decode(zlib.decompress(page))
    assert trees[1] == [8, 80, NEW_FACT, {}]
    assert trees[0][2]["colour"] == {"of": ["red", 1.5, None]}


def test_pages_keep_what_a_newer_version_knows_beside_a_fact() -> None:
    (page,) = packed([Placed(7, 70, manifest("a", 1)), Placed(8, 80, new_fact())])
    trees = msgspec.msgpack.decode(zlib.decompress(page))
    for tree in trees:
        tree[3]["worker"] = {"of": ["red", 1.5]}
    newer = zlib.compress(msgspec.msgpack.encode(trees), level=1)
    (again,) = packed(unpacked(newer))
    assert msgspec.msgpack.decode(zlib.decompress(again)) == trees


def test_a_fact_of_a_new_kind_changes_no_document_and_is_kept_when_pages_are_put_together() -> None:
    story = [plan("a"), manifest("a", 1), caption("a", 0, "A 'murder'.")]
    known = Facts(Placed(number, 1_000 + number, fact) for number, fact in enumerate(story))
    more = Facts(
        [*known, Placed(50, 99_000, new_fact()), Placed(51, 99_001, new_fact(generation=9))]
    )
    before, after = tally(known, Matcher(VOCABULARY)), tally(more, Matcher(VOCABULARY))
    assert before is not None
    assert after is not None
    publisher = Publisher(VOCABULARY, 0, "english")
    assert list(publisher.documents(more, after)) == list(publisher.documents(known, before))
    kept = [item.fact for item in after.kept(more)]
    assert [fact.more for fact in kept if isinstance(fact, Unknown)] == [
        new_fact().more,
        new_fact(generation=9).more,
    ]


# -- what is written ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"tagger": "two words"}, r"\.tagger`"),
        ({"model_ms": float("nan")}, r"\.model_ms`"),
        ({"prompt": "x" * 20_001}, r"\.prompt`"),
        ({"caption": "\ud800"}, "surrogates"),
        ({"slot": 2**70}, "was not written"),
    ],
)
def test_nothing_is_written_that_nobody_could_read(changes: dict[str, Any], named: str) -> None:
    bad = msgspec.structs.replace(caption("a", 0, "x"), **changes)
    for write in (lambda: encode(bad), lambda: list(packed([Placed(0, 0, bad)]))):
        with pytest.raises(PermanentError, match=named) as error:
            write()
        assert error.value.kind == "unreadable"


def test_what_can_be_read_of_a_damaged_page_is_used() -> None:
    good, bad = Placed(1, 10, manifest("a", 1)), plan("a", tagger=TaggerId("two words"))
    content = msgspec.msgpack.encode([good, Placed(2, 20, bad), [3, 30, 7]])
    found = salvaged(zlib.compress(content))
    assert found.facts == [good]
    assert [fault.split(":")[0] for fault in found.faults] == ["the fact at 2", "the fact at 3"]
    assert salvaged(b"rubbish").faults
    assert salvaged(zlib.compress(b"\xc1")).faults
