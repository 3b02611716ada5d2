"""Signatures of webhooks: as the receivers' libraries of Standard Webhooks verify them."""

from __future__ import annotations

import base64

import pytest

from movietag.errors import UsageError
from movietag.webhook.signing import sign, signing_key, webhook_id

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_that_of_the_specification() -> None:
    """The example of the libraries of Standard Webhooks."""
    body = b'{"test": 2432232314}'
    signature = sign(signing_key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_short",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_not base64 at all, but long enough",
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="24 to 64 bytes") as refused:
        signing_key(text)
    assert not text or text.removeprefix("whsec_") not in str(refused.value)


def test_a_line_break_after_a_secret_of_a_file_is_no_matter() -> None:
    assert signing_key(f"{SECRET}\n") == signing_key(SECRET)


def test_an_id_is_of_one_event_of_one_library_whatever_its_movie_is_called() -> None:
    ids = {
        webhook_id(source, event)
        for source in ("urn:a", "urn:b")
        for event in ("七人/1/2", "x/1/2")
    }
    assert len(ids) == 4
    assert all(one.isascii() and "." not in one for one in ids)
    assert webhook_id("urn:a", "x/1/2") in ids
