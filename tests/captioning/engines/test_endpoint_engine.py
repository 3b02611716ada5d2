"""The engine `openai` against an endpoint that answers, and against one that misbehaves in every way."""

from __future__ import annotations

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier, Event

import pytest
from captioning.engines.conftest import Make
from PIL import Image
from support.endpoint_server import Chat, EndpointServer, Reply, as_json, listed, refused, said
from support.patience import patience

from movietag.captioning import CaptionFailed
from movietag.captioning.engines import ModelAnswer
from movietag.errors import MovietagError, PermanentError, TransientError, UsageError
from movietag.records import Context

BAD, FINE = 64, 80  # widths; the control picture is wider than both


def picture(width: int = FINE) -> Image.Image:
    return Image.new("RGB", (width, 48), (200, 60, 20))


def answer_one(engine: object, width: int = FINE) -> ModelAnswer | MovietagError:
    (answer,) = engine.answer([picture(width)])[0]  # type: ignore[attr-defined]
    return answer


def test_a_batch_is_answered_picture_by_picture(endpoint: EndpointServer, make: Make) -> None:
    engine = make(endpoint.base, prompt="What of {{ title }}?")
    pictures = [picture(40), picture(50), picture(60)]
    contexts = [Context(title=title) for title in ("Heat", "Jaws", "Alien")]
    answers, milliseconds = engine.answer(pictures, contexts)
    assert answers == [ModelAnswer(f"{width} wide", finish="stop") for width in (40, 50, 60)]
    assert milliseconds > 0
    assert sorted(one.text for one in endpoint.asked) == [
        "What of Alien?",
        "What of Heat?",
        "What of Jaws?",
    ]
    body = endpoint.asked[0].body
    assert {key: body[key] for key in body if key != "messages"} == {
        "model": "llava",
        "temperature": 0,
        "seed": 0,
        "max_tokens": 20,
        "stream": False,
    }
    assert engine.prompt(contexts[0]) == "What of Heat?"


def test_pictures_keep_their_size_up_to_the_limits(endpoint: EndpointServer, make: Make) -> None:
    engine = make(endpoint.base, endpoint_image_side="100", endpoint_image_bytes="10000")
    noise = Image.effect_noise((400, 200), 100).convert("RGB")
    engine.answer([picture(90), noise])
    small, large = sorted(endpoint.asked, key=lambda one: one.picture.width)
    assert small.picture.size == (90, 48)
    assert max(large.picture.size) <= 100
    assert len(large.jpeg) <= 10_000
    assert small.picture.getpixel((5, 5)) == pytest.approx((200, 60, 20), abs=3)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (said("A dog.", "length"), ModelAnswer("A dog.", finish="length")),
        (said("A dog.", None), ModelAnswer("A dog.")),
        (said(None), ModelAnswer("", finish="stop")),
        (said(None, reasoning_content="Hm, horror?"), ModelAnswer("", finish="stop")),
        (said("A dog.", reasoning_content="Hm."), ModelAnswer("A dog.", finish="stop")),
        (said(None, refusal="I cannot."), ModelAnswer("I cannot.", finish="stop")),
        (
            said(
                [
                    {"type": "thinking", "thinking": [{"text": "horror"}], "text": "horror"},
                    {"type": "text", "text": "A "},
                    {"type": "text", "text": "dog."},
                    {"type": "text", "text": None},
                ]
            ),
            ModelAnswer("A dog.", finish="stop"),
        ),
    ],
)
def test_answers_of_many_forms(
    endpoint: EndpointServer, make: Make, reply: Reply, expected: ModelAnswer
) -> None:
    endpoint.chat = lambda _: reply
    assert answer_one(make(endpoint.base)) == expected


UNREADABLE = [
    pytest.param(Reply(b"<html><body>It works!</body></html>"), id="html"),
    pytest.param(as_json({"choices": []}), id="no choices"),
    pytest.param(as_json({"choices": [{"message": {"content": 7}}]}), id="a number as content"),
    pytest.param(as_json({"choices": [{}]}), id="no message"),
    pytest.param(as_json(["a"]), id="a list"),
    pytest.param(Reply(b""), id="nothing"),
    pytest.param(Reply(b'{"choices": [{"message": {"con'), id="half a JSON"),
    pytest.param(Reply(b'{"choices": ', length=500), id="truncated"),
    pytest.param(Reply(b"[" * 200_000), id="nested too deep"),
    pytest.param(Reply(b'{"choices":[{"message":{"content":"\xff"}}]}'), id="not UTF-8"),
    pytest.param(Reply(b'{"choices":[{"message":{"content":"\\ud800"}}]}'), id="half a character"),
    pytest.param(said("x" * (2 << 20)), id="huge"),
    pytest.param(Reply(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}), id="compressed"),
    pytest.param(refused(500, "CUDA out of memory"), id="500"),
    pytest.param(refused(400, "Unsupported parameter: seed"), id="400"),
    pytest.param(refused(422, "no"), id="422"),
    pytest.param(Reply(hang=True), id="hangs", marks=pytest.mark.slow),
    pytest.param(Reply(said("A dog.").body, drip=True), id="drips", marks=pytest.mark.slow),
]
OF_PICTURE = [
    pytest.param(refused(400, "The image is too large."), id="image too large"),
    pytest.param(as_json({"error": "Failed to load image"}, 400), id="as llama.cpp says it"),
    pytest.param(as_json({"object": "error", "message": "bad base64"}, 400), id="as vLLM says it"),
    pytest.param(as_json({"detail": [{"msg": "invalid picture"}]}, 422), id="as FastAPI says it"),
    pytest.param(Reply(b"too large", 413), id="413"),
    pytest.param(said("", "content_filter"), id="content filter"),
]
OF_ENDPOINT = [
    pytest.param(refused(401, "Incorrect API key"), "MOVIETAG_ENDPOINT_KEY_FILE", id="401"),
    pytest.param(refused(403), "MOVIETAG_ENDPOINT_KEY_FILE", id="403"),
    pytest.param(refused(404, "model not found"), "MOVIETAG_ENDPOINT_MODEL", id="404"),
    pytest.param(refused(429, "slow down", retry_after="7"), r"tried again in 7 s", id="429"),
    pytest.param(refused(429, "quota", retry_after="9e9"), r"tried again in 1 s", id="429 rubbish"),
    pytest.param(refused(503, "loading", retry_after="99999"), r"again in 300 s", id="503"),
    pytest.param(Reply(b"<html>", 502), "web page", id="502"),
    pytest.param(refused(504), "504", id="504"),
    pytest.param(refused(408), "408", id="408"),
    pytest.param(
        Reply(b"", 302, {"Location": "http://127.0.0.1:9/v1"}), "not followed", id="redirect"
    ),
    pytest.param(refused(405), "MOVIETAG_ENDPOINTS", id="405"),
]


def limit_for(reply: Reply) -> dict[str, str]:
    """The deadline of a request, where an answer never ends: this machine answers the other requests within it."""
    return {"endpoint_seconds": str(patience(2))} if reply.hang or reply.drip else {}


def fails(endpoint: EndpointServer, reply: Reply, *, on_all: bool) -> None:
    endpoint.chat = lambda chat: (
        reply if on_all or chat.picture.width == BAD else said(f"{chat.picture.width} wide")
    )


@pytest.mark.parametrize("reply", UNREADABLE)
def test_a_picture_on_which_an_endpoint_fails_may_be_at_fault(
    endpoint: EndpointServer, make: Make, reply: Reply
) -> None:
    fails(endpoint, reply, on_all=False)
    engine = make(endpoint.base, **limit_for(reply))
    bad, fine = engine.answer([picture(BAD), picture(FINE)])[0]
    assert isinstance(bad, CaptionFailed)
    assert fine == ModelAnswer(f"{FINE} wide", finish="stop")


@pytest.mark.parametrize("reply", UNREADABLE + OF_PICTURE)
def test_an_endpoint_that_fails_on_all_pictures_is_at_fault(
    endpoint: EndpointServer, make: Make, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a second nothing may be left here when the endpoint is needed again.
    monkeypatch.setattr("movietag.captioning.engines.endpoint.endpoint._SHORTEST", 30.0)
    fails(endpoint, reply, on_all=True)
    engine = make(endpoint.base, **limit_for(reply))
    answers, _ = engine.answer([picture(BAD), picture(FINE)])
    assert [type(one) for one in answers] == [TransientError] * 2
    assert "grey picture fares no better" in str(answers[0])
    count = len(endpoint.asked)
    assert type(answer_one(engine)) is TransientError  # it is left alone for a while
    assert len(endpoint.asked) == count


@pytest.mark.parametrize("reply", OF_PICTURE)
def test_a_picture_that_an_endpoint_refuses_is_at_fault(
    endpoint: EndpointServer, make: Make, reply: Reply
) -> None:
    fails(endpoint, reply, on_all=False)
    bad, fine = make(endpoint.base).answer([picture(BAD), picture(FINE)])[0]
    assert isinstance(bad, PermanentError)
    assert bad.kind == "bad-image"
    assert isinstance(fine, ModelAnswer)


@pytest.mark.parametrize(("reply", "text"), OF_ENDPOINT)
def test_what_says_nothing_of_a_picture_waits(
    endpoint: EndpointServer, make: Make, reply: Reply, text: str
) -> None:
    fails(endpoint, reply, on_all=False)
    (bad,) = make(endpoint.base).answer([picture(BAD)])[0]
    assert type(bad) is TransientError
    assert re.search(text, str(bad))
    assert len(endpoint.asked) == 1  # no control: it would say nothing new


def test_a_picture_refused_by_one_endpoint_is_not_sent_to_another(
    endpoint: EndpointServer, other: EndpointServer, make: Make
) -> None:
    for one in (endpoint, other):
        fails(one, refused(400, "image too large"), on_all=False)
    (bad,) = make(endpoint.base, other.base).answer([picture(BAD)])[0]
    assert isinstance(bad, PermanentError)
    widths = [chat.picture.width for one in (endpoint, other) for chat in one.asked]
    assert widths.count(BAD) == 1


@pytest.mark.parametrize(
    "reply", [refused(500), refused(503), refused(429), refused(401), Reply(b"<html>")]
)
def test_another_endpoint_answers_for_one_that_fails(
    endpoint: EndpointServer, other: EndpointServer, make: Make, reply: Reply
) -> None:
    fails(endpoint, reply, on_all=True)
    engine = make(f"{endpoint.base} 9", other.base)
    for _ in range(2):
        answers, _ = engine.answer([picture(40 + number) for number in range(12)])
        assert answers == [ModelAnswer(f"{40 + n} wide", finish="stop") for n in range(12)]
    assert len(other.asked) == 24


def test_an_endpoint_that_is_away_is_passed_over_until_it_is_back(
    endpoint: EndpointServer, make: Make
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        engine = make(nobody, endpoint.base)
        assert answer_one(engine) == ModelAnswer(f"{FINE} wide", finish="stop")
        away = answer_one(make(nobody))
    assert type(away) is TransientError
    assert "cannot be reached" in str(away)


def test_requests_follow_the_weights(
    endpoint: EndpointServer, other: EndpointServer, make: Make
) -> None:
    engine = make(f"{endpoint.base} 3", other.base, endpoint_parallel="8")
    engine.answer([picture()] * 64)
    assert len(endpoint.asked) > len(other.asked) > 0


def test_requests_in_flight_are_bounded(endpoint: EndpointServer, make: Make) -> None:
    running: list[int] = []

    def chat(_: Chat) -> Reply:
        running.append(1)
        count = len(running)
        endpoint.closing.wait(0.02)
        running.pop()
        return said(str(count))

    endpoint.chat = chat
    answers, _ = make(endpoint.base, endpoint_parallel="3").answer([picture()] * 12)
    assert max(int(one.caption) for one in answers if isinstance(one, ModelAnswer)) in (2, 3)


def test_a_slow_frame_holds_up_no_other(endpoint: EndpointServer, make: Make) -> None:
    released = Event()

    def chat(asked: Chat) -> Reply:
        if asked.picture.width == BAD:
            released.wait(patience(60))
        return said(f"{asked.picture.width} wide")

    endpoint.chat = chat
    engine = make(endpoint.base)
    with ThreadPoolExecutor(engine.parallel) as pool:
        slow = pool.submit(answer_one, engine, BAD)
        assert answer_one(engine) == ModelAnswer(f"{FINE} wide", finish="stop")
        assert not slow.done()
        released.set()
        assert slow.result() == ModelAnswer(f"{BAD} wide", finish="stop")


def test_many_that_fail_together_pause_an_endpoint_once(
    endpoint: EndpointServer, make: Make
) -> None:
    together = Barrier(6)

    def chat(_: Chat) -> Reply:
        together.wait(patience(60))
        return refused(503, "busy")

    engine = make(endpoint.base)
    assert engine.tagger
    endpoint.chat = chat
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(partial(answer_one, engine), [FINE] * 6))
    for answer in answers:
        assert type(answer) is TransientError
        assert re.search(r"busy.*tried again in [01] s", str(answer))


class TestKey:
    def test_it_is_sent_and_read_anew(
        self, endpoint: EndpointServer, make: Make, tmp_path: Path
    ) -> None:
        file = tmp_path / "key"
        file.write_text("sk-first\n")
        engine = make(endpoint.base, endpoint_key_file=str(file))
        answer_one(engine)
        file.write_text("sk-second\n")
        answer_one(engine)
        sent = [one.headers["Authorization"] for one in endpoint.asked]
        assert sent == ["Bearer sk-first", "Bearer sk-second"]

    def test_no_key_no_header(self, endpoint: EndpointServer, make: Make) -> None:
        answer_one(make(endpoint.base))
        assert "Authorization" not in endpoint.asked[0].headers

    def test_an_endpoint_that_repeats_it_puts_it_into_no_text(
        self, endpoint: EndpointServer, make: Make, tmp_path: Path
    ) -> None:
        file = tmp_path / "key"
        file.write_text("sk-very-secret")
        endpoint.chat = lambda chat: refused(401, f"{chat.headers['Authorization']} is wrong")
        said_of_it = str(answer_one(make(endpoint.base, endpoint_key_file=str(file))))
        assert "Bearer *** is wrong" in said_of_it
        assert "secret" not in said_of_it

    @pytest.mark.parametrize(
        "content", [b"", b"two words", b"line\nline", b"\xff", "schlüssel".encode()]
    )
    def test_a_file_without_one_waits_for_a_person(
        self, endpoint: EndpointServer, make: Make, tmp_path: Path, content: bytes
    ) -> None:
        file = tmp_path / "key"
        file.write_bytes(content)
        answer = answer_one(make(endpoint.base, endpoint_key_file=str(file)))
        assert type(answer) is TransientError
        assert str(file) in str(answer)
        assert endpoint.paths == []


class TestTagger:
    def test_it_names_engine_and_model(self, endpoint: EndpointServer, make: Make) -> None:
        endpoint.models = listed({"id": "org/Qwen2.5 VL|7B", "root": "/models/qwen"})
        assert re.fullmatch(
            r"llava\.openai\.Qwen2\.5-VL-7B@[0-9a-f]{12}", make(endpoint.base).tagger
        )

    @pytest.mark.parametrize(
        "changed",
        [
            {"id": "llava", "root": "org/llava-2"},
            {"id": "llava2", "root": "org/llava"},
            {"id": "llava", "root": "org/llava", "parent": "base"},
            {"id": "llava", "root": "org/llava", "meta": {"n_params": 7}},
        ],
    )
    def test_what_the_endpoint_tells_of_the_model_is_part_of_it(
        self, endpoint: EndpointServer, make: Make, changed: dict[str, object]
    ) -> None:
        before = make(endpoint.base).tagger
        endpoint.models = listed(changed)
        assert make(endpoint.base).tagger.partition("@")[2] != before.partition("@")[2]

    def test_times_and_owners_are_not(self, endpoint: EndpointServer, make: Make) -> None:
        before = make(endpoint.base).tagger
        endpoint.models = listed(
            {"id": "llava", "root": "org/llava", "created": 1, "owned_by": "me", "permission": []}
        )
        assert make(endpoint.base).tagger == before

    def test_the_digest_of_ollama_is(self, endpoint: EndpointServer, make: Make) -> None:
        endpoint.models = listed({"id": "llava:latest", "owned_by": "library"})
        endpoint.tags = as_json({"models": [{"name": "llava:latest", "digest": "a" * 64}]})
        before = make(endpoint.base, endpoint_model="llava").tagger
        endpoint.tags = as_json({"models": [{"name": "llava:latest", "digest": "b" * 64}]})
        assert make(endpoint.base, endpoint_model="llava").tagger != before

    @pytest.mark.parametrize(
        "changed",
        [
            {"prompt": "What?"},
            {"max_new_tokens": "21"},
            {"endpoint_options": '{"top_k": 1}'},
            {"endpoint_revision": "abc"},
            {"endpoint_image_side": "512"},
            {"endpoint_image_bytes": "20000"},
        ],
    )
    def test_the_settings_that_change_answers_are(
        self, endpoint: EndpointServer, make: Make, changed: dict[str, str]
    ) -> None:
        before = make(endpoint.base).tagger
        assert make(endpoint.base, **changed).tagger != before
        assert make(endpoint.base, endpoint_parallel="3", endpoint_seconds="9").tagger == before

    def test_options_are_sent_and_null_removes_a_field(
        self, endpoint: EndpointServer, make: Make
    ) -> None:
        options = {"max_tokens": None, "max_completion_tokens": 20, "top_k": 1}
        answer_one(make(endpoint.base, endpoint_options=json.dumps(options)))
        body = endpoint.asked[0].body
        assert "max_tokens" not in body
        assert (body["max_completion_tokens"], body["top_k"]) == (20, 1)

    def test_no_model_of_the_name_is_the_settings_fault(
        self, endpoint: EndpointServer, make: Make
    ) -> None:
        engine = make(endpoint.base, endpoint_model="lava")
        with pytest.raises(UsageError, match=r"has no model 'lava'; it has: llava\."):
            engine.warm_up()

    def test_several_models_and_none_named(self, endpoint: EndpointServer, make: Make) -> None:
        endpoint.models = listed({"id": "a"}, {"id": "b"})
        with pytest.raises(
            UsageError, match=r"serves 2 models \(a, b\)\. Name one by MOVIETAG_END"
        ):
            make(endpoint.base).warm_up()
        assert ".openai.b@" in make(endpoint.base, endpoint_model="b").tagger

    def test_an_endpoint_without_a_list_is_taken_by_the_name(
        self, endpoint: EndpointServer, make: Make
    ) -> None:
        endpoint.models = refused(404)
        engine = make(endpoint.base, endpoint_model="llava")
        assert isinstance(answer_one(engine), ModelAnswer)
        assert ".openai.llava@" in engine.tagger

    @pytest.mark.parametrize(
        "models",
        [Reply(b"<html>"), as_json({"data": [{}]}), Reply(b""), as_json([7]), refused(500)],
    )
    def test_a_list_that_is_none_waits(
        self, endpoint: EndpointServer, make: Make, models: Reply
    ) -> None:
        endpoint.models = models
        engine = make(endpoint.base)
        with pytest.raises(TransientError):
            _ = engine.tagger
        engine.warm_up()  # it is served: frames wait


class TestSeveralModels:
    def test_endpoints_with_different_models_are_refused(
        self, endpoint: EndpointServer, other: EndpointServer, make: Make
    ) -> None:
        other.models = listed({"id": "llava", "root": "org/llava-finetuned"})
        engine = make(endpoint.base, other.base)
        with pytest.raises(UsageError, match=r"serve different models: .*root org/llava-finetuned"):
            engine.warm_up()
        assert type(answer_one(engine)) is TransientError
        assert endpoint.asked == other.asked == []

    def test_an_endpoint_whose_model_was_exchanged_is_not_asked(
        self, endpoint: EndpointServer, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = make(endpoint.base)
        tagger = engine.tagger
        endpoint.models = listed({"id": "llava", "root": "org/other"})
        monkeypatch.setattr("movietag.captioning.engines.endpoint.endpoint.IDENTIFIED_SECONDS", 0.0)
        answer = answer_one(engine)
        assert type(answer) is TransientError
        assert "serves llava (root org/other), but the tagger is llava (root org/llava)" in str(
            answer
        )
        assert endpoint.asked == []
        assert engine.tagger == tagger


class TestWarmUp:
    def test_a_model_without_vision_is_refused(self, endpoint: EndpointServer, make: Make) -> None:
        endpoint.chat = lambda _: refused(400, "llava is not a multimodal model: no image input")
        with pytest.raises(UsageError, match="a model without vision"):
            make(endpoint.base).warm_up()

    def test_a_wrong_key_is_refused(self, endpoint: EndpointServer, make: Make) -> None:
        endpoint.models = refused(401)
        with pytest.raises(UsageError, match="MOVIETAG_ENDPOINT_KEY_FILE"):
            make(endpoint.base).warm_up()

    def test_an_endpoint_that_is_away_is_waited_for(
        self, endpoint: EndpointServer, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        endpoint.models = refused(503, "loading")
        make(endpoint.base).warm_up()
        assert "Frames wait. No endpoint can be asked: " in caplog.text

    def test_a_model_that_cannot_be_pinned_is_logged(
        self, endpoint: EndpointServer, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        make(endpoint.base).warm_up()
        assert "llava cannot be pinned" in caplog.text
        caplog.clear()
        make(endpoint.base, endpoint_revision="abc").warm_up()
        endpoint.models = listed({"id": "gpt-5-mini-2025-08-07"})
        make(endpoint.base).warm_up()
        assert "pinned" not in caplog.text


class TestTagLists:
    @pytest.fixture
    def prompt(self, tmp_path: Path) -> str:
        file = tmp_path / "listed.toml"
        file.write_text("text = 'Which?'\nanswer = 'tags'\nlist = \"Tags '{tag}', '{tag}'\"\n")
        return str(file)

    def test_an_endpoint_is_given_the_vocabulary_as_a_schema(
        self, endpoint: EndpointServer, make: Make, prompt: str
    ) -> None:
        endpoint.chat = lambda _: said('{"tags": ["gothic", "horror", "gothic", "unheard of"]}')
        engine = make(endpoint.base, prompt=prompt)
        assert answer_one(engine) == ModelAnswer("Tags 'gothic', 'horror'", finish="stop")
        schema = endpoint.asked[-1].body["response_format"]["json_schema"]["schema"]
        items = schema["properties"]["tags"]["items"]
        assert items["enum"] == list(engine.settings.vocabulary.tags)

    @pytest.mark.parametrize(
        ("content", "caption"),
        [
            ('{"tags": []}', "none"),
            ('{"tags": ["gothic", "horr', "Tags 'gothic', '"),  # `gothic` is whole
            ("Gothic horror.", "Gothic horror."),  # the endpoint passes over the schema
        ],
    )
    def test_what_is_read(
        self, endpoint: EndpointServer, make: Make, prompt: str, content: str, caption: str
    ) -> None:
        endpoint.chat = lambda _: said(content, "length")
        assert answer_one(make(endpoint.base, prompt=prompt)) == ModelAnswer(
            caption, finish="length"
        )

    def test_an_endpoint_that_refuses_a_schema_is_asked_without_and_is_another_tagger(
        self,
        endpoint: EndpointServer,
        other: EndpointServer,
        make: Make,
        prompt: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        endpoint.chat = lambda chat: (
            refused(400, "response_format is unknown")
            if "response_format" in chat.body
            else said("gothic")
        )
        engine = make(endpoint.base, prompt=prompt)
        assert answer_one(engine) == ModelAnswer("gothic", finish="stop")
        assert "Answers are not constrained to tags, but read as any text: " in caplog.text
        assert "response_format is unknown" in caplog.text
        assert engine.tagger != make(other.base, prompt=prompt).tagger

    @pytest.mark.parametrize("status", [400, 429, 500, 503])
    def test_an_endpoint_that_fails_otherwise_waits(
        self, endpoint: EndpointServer, make: Make, prompt: str, status: int
    ) -> None:
        endpoint.chat = lambda chat: (
            refused(status) if status == 400 or "response_format" in chat.body else said("gothic")
        )
        engine = make(endpoint.base, prompt=prompt)
        assert type(answer_one(engine)) is TransientError
        with pytest.raises(TransientError):
            _ = engine.tagger
