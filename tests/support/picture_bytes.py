"""Pictures as bytes, good and broken."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def picture_bytes(kind: str = "JPEG", size: tuple[int, int] = (64, 36), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 120).save(file, kind)
    return file.getvalue()


def giant_png(width: int, height: int) -> bytes:
    """A PNG that says it is huge and is 100 bytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    )
