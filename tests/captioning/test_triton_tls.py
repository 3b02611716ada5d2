"""Triton by TLS: whose certificate is believed, ours where it asks for one, and files that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import trustme
from support.tls_triton import tls_triton

from movietag.captioning.captioners import make_captioner
from movietag.captioning.triton.captioner import TritonCaptioner
from movietag.captioning.triton.served_model import ServedModel
from movietag.captioning.triton.tls import tls_credentials
from movietag.errors import TransientError, UsageError
from movietag.settings import Settings

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With the files of an authority, of a client, and of another authority."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    for name, host in (("server", "triton.example"), ("local", "localhost"), ("client", "client")):
        made = authority.issue_cert(host)
        made.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
        made.private_key_pem.write_to_path(folder / f"{name}.key")
    return folder


def served(folder: Path, name: str, *, mutual: bool = False) -> grpc.ServerCredentials:
    key, both = (folder / f"{name}.key").read_bytes(), (folder / f"{name}.pem").read_bytes()
    chain = both[both.index(b"-----BEGIN CERTIFICATE") :]
    authority = (folder / "ca.pem").read_bytes() if mutual else None
    return grpc.ssl_server_credentials([(key, chain)], authority, mutual)


def settings_of(port: int, folder: Path, ca: str = "ca.pem", **more: object) -> Settings:
    there = {"triton": f"localhost:{port}", "triton_tls": True, "caption_seconds": 5}
    return Settings(**{**there, "triton_cafile": folder / ca, **more})  # type: ignore[arg-type]


async def test_frames_are_captioned_by_tls(folder: Path) -> None:
    async with tls_triton(served(folder, "local")) as port:
        captioner = make_captioner(settings_of(port, folder))
        assert (await captioner.caption(b"jpeg")).caption == "a ship"
        assert await captioner.tagger() == "stand-in@1"
        await captioner.close()


@pytest.mark.parametrize(
    "more",
    [
        {"triton_cafile": None},
        {"ca": "other.pem"},
        {"triton_tls": False},
    ],
    ids=["gRPC's own authorities", "another authority", "no TLS"],
)
async def test_a_server_that_is_not_believed_is_waited_for(
    folder: Path, more: dict[str, object]
) -> None:
    async with tls_triton(served(folder, "local")) as port:
        captioner = make_captioner(settings_of(port, folder, **more))  # type: ignore[arg-type]
        with pytest.raises(TransientError, match="UNAVAILABLE"):
            await captioner.tagger()
        await captioner.close()


async def test_it_gets_our_certificate_where_it_asks_for_one(folder: Path) -> None:
    async with tls_triton(served(folder, "local", mutual=True)) as port:
        without = make_captioner(settings_of(port, folder))
        with pytest.raises(TransientError, match="UNAVAILABLE"):
            await without.tagger()
        await without.close()
        ours = {"triton_certfile": folder / "client.pem"}
        for key in ({}, {"triton_keyfile": folder / "client.key"}):
            captioner = make_captioner(settings_of(port, folder, **ours, **key))
            assert await captioner.tagger() == "stand-in@1"
            await captioner.close()


async def test_one_of_several_addresses_of_a_name_has_the_certificate_of_the_name(
    folder: Path,
) -> None:
    async with tls_triton(served(folder, "server")) as port:
        tls = tls_credentials(settings_of(port, folder))
        address = f"127.0.0.1:{port}"
        named = TritonCaptioner(
            ServedModel(address, "llava", seconds=5, tls=tls, host="triton.example")
        )
        assert await named.tagger() == "stand-in@1"
        await named.close()
        other = TritonCaptioner(ServedModel(address, "llava", seconds=5, tls=tls))
        with pytest.raises(TransientError, match="UNAVAILABLE"):
            await other.tagger()
        await other.close()


def test_files_that_cannot_be_used_are_named_before_anything_is_asked(folder: Path) -> None:
    for more in (
        {"ca": "none.pem"},
        {"triton_certfile": folder / "ca.pem"},  # without a key
        {"triton_certfile": folder / "client.pem", "triton_keyfile": folder / "server.key"},
    ):
        with pytest.raises(UsageError, match=r"MOVIETAG_TRITON_C\w+=.*\.pem"):
            make_captioner(settings_of(1, folder, **more))  # type: ignore[arg-type]


def test_the_embedded_triton_has_no_tls() -> None:
    assert tls_credentials(Settings(triton_tls=True)) is None
