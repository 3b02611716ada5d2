"""High dynamic range to standard: HDR10 (PQ) and HLG pictures as a screen without HDR shows them. Pure.

Pictures of a standard range with the wide primaries of BT.2020 come to those of BT.709, too.

White of 203 cd/m2 (ITU-R BT.2408, table 1) is the white of SDR. What is brighter is compressed into the range above
80 % of it, so everything below keeps its light, and colours keep their hue.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movietag.frames.filters import Picture

WHITE: Final = 203.0  # cd/m2
BT2020: Final = 9  # its number among the primaries
KNEE: Final = 0.8  # of white: below it light is unchanged
SDR_GAMMA: Final = 2.4  # ITU-R BT.1886
HLG_PEAK: Final = 1000.0  # cd/m2, of the nominal display
HLG_GAMMA: Final = 1.2  # of its system, ITU-R BT.2100, table 5

_TO_BT709: Final = np.array(  # linear BT.2020 to BT.709 primaries, ITU-R BT.2087, annex 2
    [
        [1.660491, -0.587641, -0.072850],
        [-0.124550, 1.132900, -0.008349],
        [-0.018151, -0.100579, 1.118730],
    ],
    np.float32,
)

Floats = NDArray[np.float32]


class Transfer(Enum):
    """How a signal encodes light, where a picture must be mapped."""

    PQ = "HDR10"
    HLG = "HLG"
    WIDE = "SDR with the primaries of BT.2020"


def transfer_of(trc: int, primaries: int) -> Transfer | None:
    """The transfer that numbers of ITU-T H.273 (tables 2 and 3) mean; None for a picture that needs no mapping."""
    hdr = {16: Transfer.PQ, 18: Transfer.HLG}.get(trc)
    return hdr or (Transfer.WIDE if primaries == BT2020 else None)


def to_sdr(deep: NDArray[np.uint16], transfer: Transfer) -> Picture:
    """Map a picture of BT.2020 primaries.

    Args:
        deep: shape (h, w, 3), red-green-blue, 0 to 65535 for signals of 0 to 1.
        transfer: how it encodes light.

    Returns:
        Shape (h, w, 3), blue-green-red, BT.709.
    """
    light = _light_table(transfer)[deep]
    light = np.maximum(light @ _TO_BT709.T, 0)
    if transfer is not Transfer.WIDE:
        light *= _compression(light.max(axis=2))[..., None]
    signal = np.clip(light, 0, 1) ** np.float32(1 / SDR_GAMMA)
    return np.ascontiguousarray((signal * 255 + 0.5).astype(np.uint8)[..., ::-1])


def _compression(brightest: Floats) -> Floats:
    """By how much each pixel is dimmed so that its brightest colour fits."""
    above = np.maximum(brightest - KNEE, 0) / (1 - KNEE)
    fitted = np.minimum(brightest, KNEE) + (1 - KNEE) * (1 - np.exp(-above))
    return np.asarray(fitted / np.maximum(brightest, 1e-6), np.float32)


def _light_table(transfer: Transfer) -> Floats:
    """Light for each of 65536 signals, in units of SDR white.

    The gamma of an HLG display acts on each colour, as in converters: on luminance alone (BT.2100), saturated
    colours of converted SDR come out pale.
    """
    signal = np.arange(65536, dtype=np.float64) / 65535
    if transfer is Transfer.WIDE:
        return np.asarray(signal**SDR_GAMMA, np.float32)
    if transfer is Transfer.HLG:  # ITU-R BT.2100, table 5
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        return (HLG_PEAK / WHITE * scene**HLG_GAMMA).astype(np.float32)
    m1, m2 = 2610 / 16384, 2523 / 32  # SMPTE ST 2084
    c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
    root = signal ** (1 / m2)
    nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return np.asarray(nits / WHITE, dtype=np.float32)
