"""Static files: read once, and served under a digest of their content, so browsers can cache them forever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Response

FOLDER: Final = Path(__file__).resolve().parents[1] / "static"
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
CACHING: Final = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file, its media type, and a digest of its bytes."""

    body: bytes
    kind: str
    digest: str


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, KINDS[path.suffix], hashlib.blake2b(body, digest_size=6).hexdigest())


FILES: Final = {path.name: _read(path) for path in FOLDER.iterdir() if path.suffix in KINDS}


def static(name: str) -> str:
    """The path of a file; it changes with the file's bytes."""
    return f"/static/{FILES[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
async def static_file(digest: str, name: str) -> Response:
    """Send a file. The digest is not checked: the style sheet names fonts without one."""
    file = FILES.get(name)
    if file is None:
        raise HTTPException(404)
    return Response(file.body, media_type=file.kind, headers={"Cache-Control": CACHING})
