"""What endpoints do beside failing: they echo keys, break answers off, die of a picture, and are still loading."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from captioning.engines.conftest import Make
from captioning.engines.test_endpoint_engine import BAD, FINE, answer_one, picture
from support.endpoint_server import Chat, EndpointServer, Reply, as_json, listed, refused, said

from movietag.captioning import CaptionFailed
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.endpoint import endpoint as one_endpoint
from movietag.captioning.engines.endpoint import transport
from movietag.captioning.engines.endpoint.tag_schema import tags_of_reply
from movietag.errors import TransientError, UsageError

ANSWERED = ModelAnswer(f"{FINE} wide", finish="stop")


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that failed may be asked again immediately."""
    monkeypatch.setattr(one_endpoint, "_SHORTEST", 0.0)


class TestEchoes:
    @pytest.fixture
    def key(self, tmp_path: Path) -> str:
        (tmp_path / "key").write_text("sk-very-secret")
        return str(tmp_path / "key")

    def test_the_key_in_what_is_no_completion_is_in_no_text(
        self, endpoint: EndpointServer, make: Make, key: str
    ) -> None:
        endpoint.chat = lambda chat: (
            as_json({"headers": dict(chat.headers)}) if chat.picture.width == BAD else said("fine")
        )
        failed = answer_one(make(endpoint.base, endpoint_key_file=key), BAD)
        assert isinstance(failed, CaptionFailed)
        assert "Bearer ***" in str(failed)
        assert "secret" not in str(failed)

    def test_nor_in_what_is_no_list_of_models(
        self, endpoint: EndpointServer, make: Make, key: str
    ) -> None:
        endpoint.models = as_json({"seen": "Bearer sk-very-secret"})
        failed = str(answer_one(make(endpoint.base, endpoint_key_file=key)))
        assert "Bearer ***" in failed
        assert "secret" not in failed


@pytest.mark.parametrize("finish", ["abort", "error", "load"])
def test_an_answer_that_was_broken_off_is_no_caption(
    endpoint: EndpointServer, make: Make, finish: str
) -> None:
    endpoint.chat = lambda chat: said(
        "A scene from a mo", finish if chat.picture.width == BAD else "stop"
    )
    failed = answer_one(make(endpoint.base), BAD)
    assert isinstance(failed, CaptionFailed)
    assert f"has broken an answer off ({finish})" in str(failed)


@pytest.mark.usefixtures("no_pauses")
class TestPictureThatAnEndpointDoesNotSurvive:
    def test_is_blamed_once_a_plain_one_was_answered_right_before(
        self, endpoint: EndpointServer, make: Make
    ) -> None:
        died = threading.Event()

        def chat(chat: Chat) -> Reply:
            if chat.picture.width == BAD:
                died.set()
            return Reply(length=10) if died.is_set() else said(f"{chat.picture.width} wide")

        endpoint.chat = chat
        engine = make(endpoint.base)
        assert type(answer_one(engine, BAD)) is TransientError  # it may have died of anything
        assert type(answer_one(engine, BAD)) is TransientError  # and is still away
        died.clear()
        failed = answer_one(engine, BAD)
        assert isinstance(failed, CaptionFailed)
        assert "does not seem to survive this one" in str(failed)
        died.clear()
        assert answer_one(engine) == ANSWERED

    def test_is_not_blamed_where_plain_ones_fail_alike(
        self, endpoint: EndpointServer, make: Make
    ) -> None:
        endpoint.chat = lambda _: refused(500)
        engine = make(endpoint.base)
        for _ in range(4):
            assert type(answer_one(engine)) is TransientError
        endpoint.chat = lambda _: said("well")
        assert answer_one(engine) == ModelAnswer("well", finish="stop")


@pytest.mark.usefixtures("no_pauses")
def test_a_model_that_llama_cpp_is_loading_is_waited_for(
    endpoint: EndpointServer, make: Make
) -> None:
    model = {"id": "m.gguf", "owned_by": "llamacpp"}
    endpoint.models = listed({**model, "meta": None})
    engine = make(endpoint.base)
    with pytest.raises(TransientError, match=r"is still loading m\.gguf"):
        _ = engine.tagger  # without its sizes it would be another tagger
    endpoint.models = listed({**model, "meta": {"n_params": 7}})
    assert answer_one(engine) == ANSWERED
    assert engine.tagger == make(endpoint.base).tagger


def test_an_endpoint_that_is_paused_says_why_though_others_of_its_requests_succeed(
    endpoint: EndpointServer, make: Make
) -> None:
    refusing = threading.Event()

    def chat(chat: Chat) -> Reply:
        if chat.picture.width == BAD:
            refusing.set()
            return refused(429, "slow down", retry_after="30")
        refusing.wait()
        endpoint.closing.wait(0.1)  # until the refusal is there
        return said("fine")

    endpoint.chat = chat
    engine = make(endpoint.base)
    engine.answer([picture(FINE), picture(BAD)])
    assert "429: slow down" in str(answer_one(engine))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "nonsense://127.0.0.1:9"),
        ("ALL_PROXY", "socks5h://127.0.0.1:9"),
        ("SSL_CERT_FILE", "/there/is/none.pem"),
    ],
)
def test_a_proxy_or_authority_that_cannot_be_used_is_one_line(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    transport._authorities.cache_clear()
    with pytest.raises(UsageError, match=r"192\.0\.2\.1/v1 cannot be reached as the environment"):
        make("https://192.0.2.1/v1").warm_up()
    monkeypatch.undo()
    transport._authorities.cache_clear()


def test_tags_are_read_however_a_server_escapes_them() -> None:
    reply = r'{"tags": ["action\/adventure", "caf\u00e9", "19\" disk", "horror", "hor'
    tags = ["café", "horror", "action/adventure", '19" disk']
    assert tags_of_reply(reply, tags) == ["action/adventure", "café", '19" disk', "horror"]


def test_a_picture_that_is_too_large_for_a_gateway_names_the_setting(
    endpoint: EndpointServer, make: Make
) -> None:
    endpoint.chat = lambda chat: (
        Reply(b"<html>", 413) if chat.picture.width == BAD else said("fine")
    )
    assert "Lower MOVIETAG_ENDPOINT_IMAGE_BYTES" in str(answer_one(make(endpoint.base), BAD))
