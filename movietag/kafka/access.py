"""How clients connect to Kafka: address, TLS, a client's certificate, users and tokens, as the settings have them."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Final

from aiokafka.abc import AbstractTokenProvider

from movietag.errors import TransientError, UsageError
from movietag.settings import Settings
from movietag.settings.tls_files import TlsFiles
from movietag.topics import CLIENT

OAUTH: Final = "OAUTHBEARER"


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """The token in a file, read anew for each connection: somebody else renews it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        """The token; raises TransientError while the file cannot be read or is empty.

        Read in the event loop: the file is small, and a thread of the loop's would outlive the consumer's.
        """
        try:
            token = self._path.read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            raise TransientError(f"MOVIETAG_KAFKA_TOKEN_FILE cannot be read: {error}.") from error
        if not token:
            raise TransientError(f"MOVIETAG_KAFKA_TOKEN_FILE is empty: {self._path}.")
        return token


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context of the Kafka settings, with the client's certificate if there is one; None without TLS.

    Raises:
        UsageError: a file of it cannot be read, or a certificate and its key do not belong together.
    """
    if not settings.kafka_security.endswith("SSL"):
        return None
    files = TlsFiles(
        "MOVIETAG_KAFKA", settings.kafka_cafile, settings.kafka_certfile, settings.kafka_keyfile
    )
    return files.context()


def token_provider(settings: Settings) -> TokenFile:
    """The tokens for OAUTHBEARER.

    Raises:
        UsageError: no file is named.
    """
    if settings.kafka_token_file is None:
        raise UsageError("MOVIETAG_KAFKA_SASL=OAUTHBEARER needs MOVIETAG_KAFKA_TOKEN_FILE.")
    return TokenFile(settings.kafka_token_file)


def connection(settings: Settings) -> dict[str, Any]:
    """Keyword arguments that connect any aiokafka client.

    Raises:
        UsageError: a file that the settings name cannot be used.
    """
    options: dict[str, Any] = {
        "client_id": CLIENT,
        "bootstrap_servers": settings.kafka_address,
        "security_protocol": settings.kafka_security,
        "ssl_context": ssl_context(settings),
    }
    if not settings.kafka_security.startswith("SASL"):
        return options
    options["sasl_mechanism"] = settings.kafka_sasl
    if settings.kafka_sasl == OAUTH:
        return options | {"sasl_oauth_token_provider": token_provider(settings)}
    return options | {
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
    }
