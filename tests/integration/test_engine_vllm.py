"""The engine ``vllm`` in a real Triton, with a stand-in for vLLM: frames are answered one by one."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from support import stand_in_vllm as widths
from support.stand_in_vllm import CAPTION, lay_out_vllm
from support.triton_process import triton_running

from movietag.captioning import CaptionFailed
from movietag.captioning.captioners import make_captioner
from movietag.errors import PermanentError
from movietag.local.triton import model_repository
from movietag.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path, port_bases: Iterator[int]) -> Iterator[Settings]:
    """A Triton that serves the shipped model by the engine."""
    repository = tmp_path / "repository"
    shutil.copytree(model_repository(), repository)
    lay_out_vllm(repository / "llava")
    settings = Settings(
        home=tmp_path / "home",
        port_base=next(port_bases),
        engine="vllm",
        engine_options={"max_num_seqs": 4},
    )
    with triton_running(settings, repository):
        yield settings


def png(width: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, width)).save(file, "PNG")
    return file.getvalue()


async def test_frames_are_answered_one_by_one(served: Settings) -> None:
    captioner = make_captioner(served)
    waiting = asyncio.create_task(captioner.caption(png(widths.WAITS)))
    plain, refused, failed, cut = await asyncio.gather(
        captioner.caption(png(64)),
        captioner.caption(b"no picture"),
        captioner.caption(png(widths.OUT_OF_MEMORY)),
        captioner.caption(png(widths.CUT)),
        return_exceptions=True,
    )
    assert not waiting.done()  # the batches of the others did not wait for it
    assert not isinstance(plain, BaseException)
    assert not isinstance(cut, BaseException)
    assert plain.caption == CAPTION
    assert plain.tagger == await captioner.tagger()
    assert plain.tagger.startswith("llava.vllm@")
    assert isinstance(refused, PermanentError)
    assert isinstance(failed, CaptionFailed)
    assert "CUDA out of memory" in str(failed)
    assert CAPTION.startswith(cut.caption)
    await captioner.caption(png(widths.RELEASES))
    assert (await waiting).caption == CAPTION

    # Where vLLM's own process has died, Triton loads the model again.
    with pytest.raises(CaptionFailed, match="EngineCore encountered an issue"):
        await captioner.caption(png(widths.DEAD))
    with pytest.raises(CaptionFailed, match="died; it was started again"):
        await captioner.caption(png(64))
    assert (await captioner.caption(png(64))).caption == CAPTION
    await captioner.close()
