"""The Triton client against a real Triton, whose model misbehaves by order of the image."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr
from support.misbehaving_model import MODEL
from support.misbehaving_server import TIMELESS, UNNAMED, Server

from movietag.captioning import BadAnswerError, Captioned, Captioner, CaptionFailed
from movietag.captioning.captioners import Captioners, make_captioner
from movietag.captioning.health import TritonHealth
from movietag.captioning.triton.captioner import LARGEST_IMAGE, TritonCaptioner
from movietag.captioning.triton.served_model import ServedModel
from movietag.errors import PermanentError, TransientError
from movietag.records import Context, TaggerId
from movietag.settings import Settings


@pytest_asyncio.fixture
async def captioner(server: Server) -> AsyncIterator[TritonCaptioner]:
    client = server.captioner()
    yield client
    await client.close()


async def test_a_caption(captioner: TritonCaptioner) -> None:
    taken: Captioner = captioner
    assert await taken.caption(b"\xff\xd8" + bytes(1000)) == Captioned(
        caption="1002 bytes: '한국어'",
        prompt="USER: <image>{}",
        tagger=TaggerId("misbehaving@1"),
        model_ms=12.5,
        finish="stop",
    )


async def test_an_answer_cut_at_its_limit_says_so(captioner: TritonCaptioner) -> None:
    assert (await captioner.caption(b"long answer")).finish == "length"


async def test_what_is_known_of_a_frame_reaches_the_model(captioner: TritonCaptioner) -> None:
    answer = await captioner.caption(b"\xff\xd8", Context(title="Heat", year=1995))
    assert answer.prompt == 'USER: <image>{"title":"Heat","year":1995}'


async def test_the_tagger_without_a_caption(captioner: TritonCaptioner) -> None:
    assert await captioner.tagger() == "misbehaving@1"


async def test_many_in_flight_each_get_their_own(captioner: TritonCaptioner) -> None:
    sizes = range(2, 8)
    answers = await asyncio.gather(*(captioner.caption(bytes(size)) for size in sizes))
    assert [int(one.caption.split()[0]) for one in answers] == list(sizes)


async def test_a_refused_image_is_permanent_and_fails_alone(captioner: TritonCaptioner) -> None:
    images = [b"fine", b"refuse", b"fine too"]
    answers = await asyncio.gather(
        *(captioner.caption(image) for image in images), return_exceptions=True
    )
    assert isinstance(answers[0], Captioned)
    assert isinstance(answers[2], Captioned)
    refused = answers[1]
    assert isinstance(refused, PermanentError)
    assert refused.kind == "bad-image"
    assert "cannot identify image" in refused.reason


@pytest.mark.parametrize("image", [b"", bytes(LARGEST_IMAGE + 1)], ids=["empty", "large"])
async def test_images_that_are_never_sent(image: bytes) -> None:
    nowhere = TritonCaptioner(ServedModel("127.0.0.1:1", MODEL, seconds=1))
    with pytest.raises(PermanentError) as caught:
        await nowhere.caption(image)
    assert caught.value.kind == "bad-image"


@pytest.mark.parametrize(
    ("image", "named"),
    [(b"blank tagger", "tagger"), (b"long prompt", "prompt"), (b"no time", "model_ms")],
)
async def test_an_answer_that_no_record_can_hold_fails_its_frame(
    captioner: TritonCaptioner, image: bytes, named: str
) -> None:
    with pytest.raises(BadAnswerError, match=named) as caught:
        await captioner.caption(image)
    assert MODEL in str(caught.value)


async def test_a_model_whose_name_can_be_no_id_is_waited_for(server: Server) -> None:
    captioner = server.captioner(UNNAMED)
    with pytest.raises(TransientError, match="'mis behaving@1', which can be no tagger's id"):
        await captioner.tagger()
    await captioner.close()


async def test_the_largest_image_is_sent(captioner: TritonCaptioner) -> None:
    answer = await captioner.caption(bytes(LARGEST_IMAGE))
    assert answer.caption.startswith(str(LARGEST_IMAGE))


@pytest.mark.parametrize(
    ("image", "told"), [(b"fail", "CUDA out of memory"), (b"raise", "a bug in the model")]
)
async def test_errors_of_the_model_may_be_counted(
    captioner: TritonCaptioner, image: bytes, told: str
) -> None:
    with pytest.raises(CaptionFailed, match=told):
        await captioner.caption(image)


@pytest.mark.parametrize(
    ("image", "told"),
    [(b"mute", "without CAPTION"), (b"twice", "with 2 values of CAPTION for one frame")],
)
async def test_an_answer_that_cannot_be_taken_may_be_counted(
    captioner: TritonCaptioner, image: bytes, told: str
) -> None:
    with pytest.raises(BadAnswerError, match=told):
        await captioner.caption(image)


async def test_a_model_without_what_a_captioner_says_is_named_and_waited_for(
    server: Server,
) -> None:
    captioner = server.captioner(TIMELESS)
    for _ in range(2):
        with pytest.raises(TransientError, match="is no captioner: it has no MODEL_MS") as caught:
            await captioner.caption(b"fine")
        assert not isinstance(caught.value, CaptionFailed)
    await captioner.close()


async def test_a_late_answer_may_be_counted_but_not_one_without_a_frame(server: Server) -> None:
    hasty = server.captioner(seconds=0.2)
    with pytest.raises(CaptionFailed, match="DEADLINE_EXCEEDED"):
        await hasty.caption(b"sleep 0.8")
    with pytest.raises(TransientError, match="DEADLINE_EXCEEDED") as caught:
        await hasty.tagger(within=0.1)
    assert not isinstance(caught.value, CaptionFailed)
    await hasty.close()


async def test_a_full_queue_is_transient(captioner: TritonCaptioner) -> None:
    answers = await asyncio.gather(
        *(captioner.caption(b"sleep 0.05") for _ in range(20)), return_exceptions=True
    )
    refused = [one for one in answers if not isinstance(one, Captioned)]
    assert 0 < len(refused) < len(answers)
    assert all(isinstance(one, TransientError) for one in refused)
    assert any("queue" in str(one) for one in refused)


async def test_an_unknown_model_is_transient(server: Server) -> None:
    other = server.captioner("unknown")
    for call in (other.caption(b"x"), other.tagger()):
        with pytest.raises(TransientError, match="unknown") as caught:
            await call
        assert not isinstance(caught.value, CaptionFailed)
    await other.close()


async def test_nobody_at_the_address_is_transient_at_once() -> None:
    with socket.socket() as taken:  # bound, but not listening: refused
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        nowhere = TritonCaptioner(ServedModel(address, MODEL, seconds=20))
        began = time.monotonic()
        for call in (nowhere.caption(b"x"), nowhere.tagger()):
            with pytest.raises(TransientError, match="UNAVAILABLE") as caught:
                await call
            assert not isinstance(caught.value, CaptionFailed)
        assert time.monotonic() - began < 10
        await nowhere.close()


async def test_it_goes_on_when_the_model_is_back(
    server: Server, captioner: TritonCaptioner
) -> None:
    await captioner.tagger()
    await server.control("unload")
    try:
        for call in (captioner.caption(b"x"), captioner.tagger()):
            with pytest.raises(TransientError) as caught:
                await call
            assert not isinstance(caught.value, CaptionFailed)
    finally:
        await server.control("load")
    assert await captioner.tagger() == "misbehaving@1"


@pytest.mark.parametrize("time_of_death", ["first", "second"])
async def test_it_goes_on_when_the_process_of_the_model_died(
    captioner: TritonCaptioner, time_of_death: str
) -> None:
    images = [b"die", b"with it", b"after it"]
    answers = await asyncio.gather(
        *(captioner.caption(image) for image in images), return_exceptions=True
    )
    assert type(answers[0]) is CaptionFailed
    assert "died" in str(answers[0])
    assert {type(one) for one in answers[1:]} <= {CaptionFailed, TransientError, Captioned}
    again = await asyncio.gather(*(captioner.caption(image) for image in images[1:]))
    assert [one.tagger for one in again] == ["misbehaving@1"] * 2


async def test_cancelling_a_call_is_no_error_of_the_model(captioner: TritonCaptioner) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await captioner.caption(b"sleep 0.4")
    assert await captioner.tagger() == "misbehaving@1"


async def test_closing_twice_and_calling_again(server: Server) -> None:
    client = server.captioner()
    await client.close()
    assert await client.tagger() == "misbehaving@1"
    await client.close()
    await client.close()


async def test_of_several_addresses_one_that_nobody_is_at_is_left_out(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = f"127.0.0.1:{nobody.getsockname()[1]}"
    settings = Settings(
        triton=f"{away},{server.address}", triton_key=SecretStr(server.key), model=MODEL
    )
    captioner = make_captioner(settings)
    answers = await asyncio.gather(*(captioner.caption(bytes(size)) for size in range(2, 10)))
    assert [int(one.caption.split()[0]) for one in answers] == list(range(2, 10))
    await captioner.close()


def test_settings_give_the_address_and_the_deadline() -> None:
    made = make_captioner(Settings(port_base=20000, model="other"))
    assert isinstance(made, TritonCaptioner)
    assert made.model == ServedModel("127.0.0.1:20001", "other", seconds=120)


async def test_a_model_that_was_named_and_is_not_there_is_no_matter_of_waiting(
    server: Server,
) -> None:
    key = SecretStr(server.key)
    captioners = Captioners(
        Settings(triton=server.address, triton_key=key, model="missing", caption_seconds=20)
    )
    try:
        assert await captioners.named(MODEL).tagger() == "misbehaving@1"
        with pytest.raises(PermanentError, match="no model 'three'") as told:
            await captioners.named("three").caption(b"fine")
        assert told.value.kind == "no-model"
        for waited_for in ("", "missing"):
            with pytest.raises(TransientError, match="missing"):
                await captioners.named(waited_for).caption(b"fine")
        await server.control("unload")
        try:
            with pytest.raises(TransientError, match="no available versions"):
                await captioners.named(MODEL).caption(b"fine")
        finally:
            await server.control("load")
        assert (await captioners.named(MODEL).caption(b"fine")).tagger == "misbehaving@1"
    finally:
        await captioners.close()


async def test_a_triton_answers_for_itself(server: Server) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        both = Settings(triton=f"{nobody},{server.address}", triton_key=SecretStr(server.key))
        await TritonHealth(both).require_answer()
        with pytest.raises(TransientError, match=f"No Triton answers at {nobody}"):
            await TritonHealth(Settings(triton=nobody)).require_answer()
    with pytest.raises(TransientError, match="No Triton answers"):  # it wants its key
        await TritonHealth(Settings(triton=server.address)).require_answer()
