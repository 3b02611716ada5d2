import subprocess
import sys

import msgspec
import pytest
from support.records import caption, manifest, plan, slot_failure, title_request

from movietag.errors import PermanentError
from movietag.records import (
    Document,
    Fact,
    Letter,
    LetterId,
    decode,
    decode_fact,
    decode_request,
    encode,
)


@pytest.mark.parametrize(
    "fact", [plan("a"), manifest("a", 3), caption("a", 1, "x"), slot_failure("a", 1)]
)
def test_facts_survive_the_wire(fact: Fact) -> None:
    assert decode_fact(encode(fact)) == fact


def test_requests_and_documents_survive_the_wire() -> None:
    request = title_request()
    assert decode_request(encode(request)) == request
    document = Document("movies", "x", 3, msgspec.Raw(b'{"a":1}'))
    again = decode(Document, encode(document))
    assert (bytes(again.body), again.deleted, again.key) == (b'{"a":1}', False, b"movies/x")
    assert decode(Document, encode(Document("movies", "x", 3))).deleted


def test_letters_keep_bytes_that_are_no_text() -> None:
    letter = Letter(
        LetterId("a"), "plan", "t", 0, 1, "e", "r", key=b"\xff", headers=(("h", b"\0"),)
    )
    assert decode(Letter, encode(letter)) == letter


@pytest.mark.parametrize("value", [None, b"", b"{", b'{"kind":"nope"}', b"\xff\xfe", b"[]", b"3"])
def test_what_is_no_record_is_a_permanent_error(value: bytes | None) -> None:
    with pytest.raises(PermanentError) as error:
        decode_fact(value)
    assert error.value.kind == "bad-record"


LEARNING = """
import sys, threading
import msgspec
from movietag.records import Record, decode

sys.setswitchinterval(1e-6)
for number in range(60):
    fields = [(f"field_{at}", int) for at in range(20)]
    inner = msgspec.defstruct(f"Inner{number}", fields, bases=(Record,))
    outer = msgspec.defstruct(f"Outer{number}", [("inner", inner)], bases=(Record,))
    value = msgspec.json.encode({"inner": {name: 1 for name, _ in fields}})
    together = threading.Barrier(8)

    def read():
        together.wait()
        assert decode(outer, value).inner.field_19 == 1

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@pytest.mark.heavy
def test_a_kind_of_record_may_be_read_first_by_several_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEARNING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
