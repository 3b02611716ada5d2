"""A frame as a request for a chat completion: the picture as a data URL, the prompt, and how to decode."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from PIL import Image

from movietag.captioning.endpoint_settings import EndpointSettings

STRATEGY: Final = "one question a picture, as a chat completion"
_QUALITIES: Final = (95, 85, 75)
_LEAST_SIDE: Final = 32


def decoding(settings: EndpointSettings, max_tokens: int) -> dict[str, object]:
    """The fields of every request that decide how an answer is written; part of the tagger."""
    fields: dict[str, object] = {"temperature": 0, "seed": 0, "max_tokens": max_tokens}
    fields |= settings.options
    return {key: value for key, value in fields.items() if value is not None}


def chat_body(model: str, url: str, text: str, fields: Mapping[str, object]) -> bytes:
    """The body of a request.

    Args:
        model: its name at the endpoint.
        url: of the picture.
        text: the prompt.
        fields: see ``decoding``.
    """
    content: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": text},
    ]
    question = {"model": model, "messages": [{"role": "user", "content": content}]}
    return msgspec.json.encode({**fields, **question, "stream": False})


def picture_url(picture: Image.Image, side: int, most: int) -> str:
    """A picture as the data URL of a JPEG.

    Args:
        picture: RGB.
        side: its longest side at most, in pixels; a larger one is scaled down.
        most: bytes of the JPEG; above, it is compressed more, then made smaller.
    """
    while True:
        shown = picture
        if max(shown.size) > side:
            shown = picture.copy()
            shown.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            file = io.BytesIO()
            shown.save(file, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
            if file.tell() <= most or side <= _LEAST_SIDE:
                data = base64.b64encode(file.getvalue()).decode()
                return f"data:image/jpeg;base64,{data}"
        side = max(_LEAST_SIDE, max(shown.size) * 3 // 4)
