"""Cards are dropped, pictures are not: on drawn ones. `python -m benchmarks.cards FILM …` judges a film."""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from drawn_videos import sampling, textured, write_video

from benchmarks.cards import CARDS, OTHERS
from movietag.frames.cards import is_card
from movietag.frames.extract import extract_images, extract_video

SEEN = 12


@pytest.mark.heavy
def test_most_cards_and_no_pictures_are_found() -> None:
    chance = np.random.default_rng(3)
    found = {kind.__name__: sum(is_card(kind(chance)) for _ in range(SEEN)) for kind in CARDS}
    assert sum(found.values()) >= 0.9 * SEEN * len(CARDS), found
    assert not any(is_card(kind(chance)) for kind in OTHERS for _ in range(SEEN))


@pytest.mark.parametrize("size", [(36, 640), (640, 36), (2, 2), (1080, 1920)])
def test_pictures_of_any_size_are_judged(size: tuple[int, int]) -> None:
    assert not is_card(np.full((*size, 3), 40, np.uint8))


def test_cards_are_dropped_from_videos_if_wanted_but_not_from_folders(tmp_path: Path) -> None:
    card = CARDS[1](np.random.default_rng(3))
    shots = [
        np.asarray(cv2.resize(one, (640, 360)), np.uint8)
        for one in (textured(1), card, textured(2))
    ]
    path = write_video(
        tmp_path / "a.mp4", [one for one in shots for _ in range(10)], rate=10, gop=10
    )
    plain = sampling(3, "keyframes", width=640, height=360)
    wanted = msgspec.structs.replace(plain, drop_cards=True)
    extraction = extract_video(path, wanted)
    assert [one.slot for one in extraction] == [0, 2]
    assert [(one.slot, one.reason) for one in extraction.dropped] == [(1, "card")]
    assert len(list(extract_video(path, plain))) == 3
    assert cv2.imwrite(str(tmp_path / "a.png"), card)
    assert len(list(extract_images(tmp_path, wanted))) == 1
