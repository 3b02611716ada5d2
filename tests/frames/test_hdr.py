"""HDR pictures in the colours of SDR."""

from __future__ import annotations

import numpy as np
import pytest

from movietag.frames.hdr import Transfer, to_sdr, transfer_of

PQ = {203: 0.5807, 100: 0.5081, 1000: 0.7518, 4000: 0.9026, 50: 0.4403}  # BT.2408; ST 2084


def grey(signal: float, transfer: Transfer) -> int:
    """The level in which a grey signal is shown."""
    deep = np.full((2, 2, 3), round(signal * 65535), np.uint16)
    picture = to_sdr(deep, transfer)
    assert picture.shape == (2, 2, 3)
    assert np.ptp(picture) <= 1  # grey stays grey
    return int(picture[0, 0, 0])


def test_the_white_of_sdr_stays_white() -> None:
    assert grey(PQ[203], Transfer.PQ) >= 0.95 * 255
    assert grey(0.75, Transfer.HLG) >= 0.95 * 255  # its reference white


def test_light_below_white_is_kept() -> None:
    for nits in (100, 50):
        sdr = 255 * (nits / 203) ** (1 / 2.4)
        assert grey(PQ[nits], Transfer.PQ) == pytest.approx(sdr, abs=2)


@pytest.mark.parametrize("transfer", [Transfer.PQ, Transfer.HLG])
def test_more_light_is_never_darker(transfer: Transfer) -> None:
    levels = [grey(signal, transfer) for signal in np.linspace(0, 1, 60)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 255)


def test_colours_keep_their_hue() -> None:
    signal = np.array([PQ[1000], PQ[203], PQ[100]])
    deep = np.round(signal * 65535).astype(np.uint16).reshape(1, 1, 3)
    blue, green, red = to_sdr(deep, Transfer.PQ)[0, 0]
    assert red > 240
    assert red > green > blue


def test_only_pq_hlg_and_wide_primaries_are_mapped() -> None:
    assert [trc for trc in range(20) if transfer_of(trc, 1)] == [16, 18]
    assert {transfer_of(trc, 9) for trc in range(16)} == {Transfer.WIDE}


def test_wide_primaries_keep_greys_and_gain_colour() -> None:
    for signal in (0.0, 0.25, 0.5, 1.0):
        assert grey(signal, Transfer.WIDE) == pytest.approx(255 * signal, abs=1)
    pale = np.array([119, 184, 68], np.uint16).reshape(1, 1, 3) * 257  # BT.709's green in BT.2020
    blue, green, red = (int(one) for one in to_sdr(pale, Transfer.WIDE)[0, 0])
    assert green == pytest.approx(191, abs=4)
    assert max(red, blue) < 30
