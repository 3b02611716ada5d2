"""What every captioner keeps to: the fake as the one that asks a real Triton."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from support.misbehaving_server import Server

from movietag.captioning import Captioner, CaptionFailed
from movietag.captioning.fake import FakeCaptioner
from movietag.errors import PermanentError
from movietag.records import Context, TaggerId

TAGGER = TaggerId("misbehaving@1")
UNKNOWN = TaggerId("nobody@1")


@pytest_asyncio.fixture(params=["fake", pytest.param("triton", marks=pytest.mark.servers)])
async def captioner(request: pytest.FixtureRequest) -> AsyncIterator[Captioner]:
    """Both answer alike, by order of the frame."""
    made: Captioner
    if request.param == "fake":
        answers = {
            b"refuse": PermanentError("bad-image", "No picture."),
            b"fail": CaptionFailed("Out of memory."),
        }
        made = FakeCaptioner(answers, taggers=[TAGGER])
    else:
        server: Server = request.getfixturevalue("server")
        made = server.captioner()
    yield made
    await made.close()


async def test_whoever_captions_says_so(captioner: Captioner) -> None:
    answer = await captioner.caption(b"a frame", Context(title="Heat"), TAGGER)
    assert answer.tagger == await captioner.tagger() == TAGGER
    assert answer.caption
    assert answer.prompt
    assert answer.model_ms >= 0
    assert (answer.confidence, answer.vocabulary) == (None, "")


async def test_where_nobody_is_the_tagger_the_newest_answers(captioner: Captioner) -> None:
    assert (await captioner.caption(b"a frame", tagger=UNKNOWN)).tagger == TAGGER
    assert await captioner.tagger(within=5, like=UNKNOWN) == TAGGER
    assert dict(await captioner.versions()) == {TAGGER: "1"}


@pytest.mark.parametrize("frame", [b"", b"refuse"])
async def test_what_can_never_be_captioned_is_permanent(captioner: Captioner, frame: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        await captioner.caption(frame)
    assert caught.value.kind == "bad-image"


async def test_what_may_be_the_frames_fault_is_told_apart(captioner: Captioner) -> None:
    with pytest.raises(CaptionFailed):
        await captioner.caption(b"fail")


async def test_a_closed_one_may_be_asked_again(captioner: Captioner) -> None:
    await captioner.close()
    await captioner.close()
    assert await captioner.tagger() == TAGGER
