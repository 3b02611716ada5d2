from pathlib import Path

import pytest
import trustme
from aiokafka.abc import AbstractTokenProvider

from movietag.errors import TransientError, UsageError
from movietag.kafka.access import TokenFile, connection, ssl_context
from movietag.settings import Settings


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def test_without_tls_there_is_no_context() -> None:
    assert ssl_context(Settings(kafka_security="SASL_PLAINTEXT")) is None
    assert ssl_context(Settings(kafka_security="SASL_SSL"))
    assert ssl_context(Settings(kafka_security="SSL"))


def test_files_that_cannot_be_used_are_named(tmp_path: Path, authority: trustme.CA) -> None:
    client, other = authority.issue_cert("a.example"), authority.issue_cert("b.example")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    client.cert_chain_pems[0].write_to_path(cert)
    other.private_key_pem.write_to_path(key)
    for settings in (
        Settings(kafka_security="SSL", kafka_certfile=cert, kafka_keyfile=key),  # of another
        Settings(kafka_security="SSL", kafka_certfile=tmp_path / "none.pem"),
        Settings(kafka_security="SSL", kafka_cafile=tmp_path / "none.pem"),
    ):
        with pytest.raises(UsageError, match=r"MOVIETAG_KAFKA_C\w+=.*(cert|none)\.pem"):
            connection(settings)
    client.private_key_pem.write_to_path(key)
    assert connection(Settings(kafka_security="SSL", kafka_certfile=cert, kafka_keyfile=key))


async def test_a_token_is_read_when_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    settings = Settings(kafka_security="SASL_SSL", kafka_sasl="OAUTHBEARER", kafka_token_file=file)
    options = connection(settings)
    assert "sasl_plain_password" not in options
    provider = options["sasl_oauth_token_provider"]
    assert isinstance(provider, AbstractTokenProvider)
    for missing in (None, " \n"):
        if missing:
            file.write_text(missing)
        with pytest.raises(TransientError, match="MOVIETAG_KAFKA_TOKEN_FILE"):
            await provider.token()
    for text in ("first", "second\n"):
        file.write_text(text)
        assert await TokenFile(file).token() == text.strip()


def test_oauthbearer_needs_a_file() -> None:
    with pytest.raises(UsageError, match="MOVIETAG_KAFKA_TOKEN_FILE"):
        connection(Settings(kafka_security="SASL_SSL", kafka_sasl="OAUTHBEARER"))
