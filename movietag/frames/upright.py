"""Turning and mirroring decoded frames as their display matrix says.

The matrix (ISO/IEC 14496-12, 8.3.2: a b u c d v x y w in 16.16, u v w in 2.30 fixed point) moves a pixel at (p, q)
to (a p + c q, b p + d q). Cameras write the eight forms that keep a rectangle upright; of any other the nearest is
taken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame

from movietag.frames.filters import Picture


@dataclass(frozen=True, slots=True)
class Turn:
    """How a picture is turned: columns and rows change places first, then sides are mirrored."""

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def __call__(self, picture: Picture) -> Picture:
        """The picture of shape (h, w, 3), turned."""
        turned = picture.transpose(1, 0, 2) if self.transposed else picture
        rows = slice(None, None, -1 if self.flip_y else 1)
        columns = slice(None, None, -1 if self.flip_x else 1)
        return np.ascontiguousarray(turned[rows, columns])


def turn_of(frame: VideoFrame) -> Turn:
    """How a frame is to be turned."""
    found: Iterable[object] = frame.side_data
    for one in found:
        if isinstance(one, SideData) and one.type is Type.DISPLAYMATRIX:
            return turn_by_matrix(bytes(one))
    return Turn()


def turn_by_matrix(matrix: bytes) -> Turn:
    """The turn of a display matrix: 36 bytes, nine integers in the machine's byte order."""
    if len(matrix) < 36:
        return Turn()
    a, b, _, c, d = struct.unpack_from("=5i", matrix)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)
