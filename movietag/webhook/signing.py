"""Signatures by which a receiver knows that a webhook is ours: Standard Webhooks, HMAC-SHA256. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from movietag.errors import UsageError

PREFIX: Final = "whsec_"
LEAST, MOST = 24, 64  # bytes of a secret


def signing_key(text: str) -> bytes:
    """The key in a secret: `whsec_` and 24 to 64 bytes in base64, as receivers' libraries read it.

    Raises:
        UsageError: it is none; the text does not repeat it.
    """
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not (text.strip().startswith(PREFIX) and LEAST <= len(key) <= MOST):
        raise UsageError(
            f"MOVIETAG_WEBHOOK_SECRET is not `{PREFIX}` and {LEAST} to {MOST} bytes in base64. To make one:"
            f' echo "{PREFIX}$(head -c 32 /dev/urandom | base64)"'
        )
    return key


def webhook_id(source: str, event_id: str) -> str:
    """The id of a message: the same for each try of an event; letters and digits, whatever its movie's id has."""
    return f"msg_{hashlib.sha256(f'{source} {event_id}'.encode()).hexdigest()[:32]}"


def sign(key: bytes, message_id: str, seconds: int, body: bytes) -> str:
    """The header `webhook-signature` of a message sent at ``seconds`` since 1970."""
    signed = f"{message_id}.{seconds}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
