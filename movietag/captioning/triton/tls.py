"""TLS to a Triton behind a proxy or in another cluster: whose certificate is believed, and ours."""

from __future__ import annotations

import grpc

from movietag.settings import Settings
from movietag.settings.tls_files import TlsFiles


def tls_credentials(settings: Settings) -> grpc.ChannelCredentials | None:
    """What connections to Triton are made with; None without TLS. The embedded Triton has none.

    Raises:
        UsageError: a file that the settings name cannot be used.
    """
    if not settings.triton_tls or settings.triton is None:
        return None
    cafile, certfile = settings.triton_cafile, settings.triton_certfile
    keyfile = settings.triton_keyfile
    TlsFiles("MOVIETAG_TRITON", cafile, certfile, keyfile).context()  # gRPC only logs what is wrong
    key = keyfile or certfile
    return grpc.ssl_channel_credentials(
        root_certificates=cafile.read_bytes() if cafile else None,
        private_key=key.read_bytes() if key and certfile else None,
        certificate_chain=certfile.read_bytes() if certfile else None,
    )
