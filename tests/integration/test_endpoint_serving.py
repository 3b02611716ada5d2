"""The engine `openai` behind a real Triton: captions of an endpoint, its failures, and an endpoint that comes late."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.endpoint_server import Reply, endpoint_server, refused, said
from support.triton_process import triton_running

from movietag.captioning import CaptionFailed
from movietag.captioning.alive import answer_of
from movietag.captioning.captioners import make_captioner
from movietag.errors import MovietagError, PermanentError, TransientError
from movietag.frames.jpeg import encode_jpeg
from movietag.local.triton import model_repository
from movietag.records import Context
from movietag.settings import Settings
from movietag.settings.credentials import triton_key

pytestmark = pytest.mark.slow

BAD, TOO_LARGE = 64, 72  # widths of frames on which the endpoint fails, and which it refuses


def frame(width: int) -> bytes:
    return bytes(encode_jpeg(np.full((48, width, 3), 90, dtype=np.uint8), 90))


def outcome(result: object) -> object:
    return type(result) if isinstance(result, MovietagError) else result


async def test_captions_of_an_endpoint_come_through_triton(
    tmp_path: Path, port_bases: Iterator[int]
) -> None:
    key = tmp_path / "key"
    key.write_text("sk-secret-of-a-test")
    failing = {BAD: refused(500), TOO_LARGE: refused(400, "image too large")}
    with endpoint_server() as endpoint:
        endpoint.chat = lambda chat: failing.get(
            chat.picture.width, said(f"{chat.picture.width} wide: {chat.text}")
        )
        listed, endpoint.models = endpoint.models, refused(503, "still loading")
        settings = Settings(
            home=tmp_path / "home",
            port_base=next(port_bases),
            engine="openai",
            endpoints=(endpoint.base,),
            endpoint_key_file=key,
            do_pad=False,
            prompt="What of {{ title }}?",
        )
        with triton_running(settings, model_repository()):
            client = make_captioner(settings)
            with pytest.raises(TransientError, match="still loading"):
                await client.tagger()
            alive = await asyncio.to_thread(
                answer_of, settings.triton_address, settings.model, triton_key(settings), 60
            )
            assert "lives, and waits" in alive
            assert "still loading" in alive

            endpoint.models = listed
            tagger = await _known(client)
            assert tagger.startswith("llava.openai.llava@")

            widths = (40, BAD, 56, TOO_LARGE)
            context = Context(title="Heat")
            answers = await asyncio.gather(
                *(client.caption(frame(width), context, tagger) for width in widths),
                return_exceptions=True,
            )
            assert [outcome(one) for one in answers[1::2]] == [CaptionFailed, PermanentError]
            for width, answer in zip((40, 56), answers[::2], strict=True):
                assert not isinstance(answer, BaseException)
                assert answer.caption == f"{width} wide: What of Heat?"
                assert (answer.prompt, answer.tagger) == ("What of Heat?", tagger)

            endpoint.chat = lambda _: Reply(b"", 429, {"Retry-After": "60"})
            with pytest.raises(TransientError, match="answers 429"):
                await client.caption(frame(40), context, tagger)
            assert await client.tagger() == tagger
            await client.close()
        assert endpoint.asked[0].headers["Authorization"] == "Bearer sk-secret-of-a-test"
    written = [path for path in settings.home.rglob("*") if path.is_file()]
    assert not any(b"sk-secret" in path.read_bytes() for path in written)


async def _known(client: object) -> str:
    """The tagger, once the endpoint is tried again."""
    while True:
        try:
            return str(await client.tagger())  # type: ignore[attr-defined]
        except TransientError:
            await asyncio.sleep(0.2)
