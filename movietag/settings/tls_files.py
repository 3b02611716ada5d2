"""The files of TLS that settings name: an authority, and a client's certificate with its key."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from movietag.errors import UsageError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for the connections to a server; None: the authorities of the system, no certificate, no key of its own.

    ``setting``: how the names of their settings begin, e.g. ``MOVIETAG_KAFKA``.
    """

    setting: str
    cafile: Path | None
    certfile: Path | None
    keyfile: Path | None

    def context(self) -> ssl.SSLContext:
        """The TLS context of these files.

        Raises:
            UsageError: a file cannot be read, or a certificate and its key do not belong together.
        """
        try:
            context = ssl.create_default_context(cafile=self.cafile)
            if self.certfile:
                context.load_cert_chain(self.certfile, self.keyfile, password=_no_password)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            named = ", ".join(
                f"{self.setting}_{name.upper()}={getattr(self, name)}"
                for name in ("cafile", "certfile", "keyfile")
                if getattr(self, name)
            )
            raise UsageError(
                f"The TLS files cannot be used: {error}. They are {named}: PEM, the key of that certificate,"
                " without a password, and readable by this user."
            ) from error
        return context


def _no_password() -> str:
    """OpenSSL would ask for it at the terminal."""
    raise ValueError("the key has a password")
