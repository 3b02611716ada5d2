from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from misbehaving import Misbehaving, serving

from movietag.settings import Settings


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with good.mp4: 10 s, five scenes of noise blocks, a keyframe each second."""
    folder = tmp_path_factory.mktemp("site")
    draw = np.random.default_rng(1)
    with av.open(folder / "good.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=10, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for second in range(10):
            if second % 2 == 0:
                blocks = draw.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            picture = np.kron(blocks, np.ones((40, 40, 1), dtype=np.uint8))
            for _ in range(10):
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                    container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return folder


@pytest.fixture
def site(site_folder: Path) -> Iterator[Misbehaving]:
    with serving(site_folder) as server:
        yield server


@pytest.fixture
def crawl_settings(site: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that know the stand-in site, and children that find its extractors."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "root").mkdir()
    return Settings(
        home=tmp_path / "home",
        search="standinsearch",
        ytdlp_extractors=("standin:StandInSearchIE", "standin:StandInIE"),
        ytdlp_extractor_args={"standin": {"base": [site.url("")]}},
        private_hosts=(site.host,),
        roots=(tmp_path / "root",),
        fetch_seconds=30,
        fetch_bytes=4 << 20,
    )
