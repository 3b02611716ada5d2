"""A real API server on loopback for as long as a block lasts: etcd, kube-apiserver, and kubectl before it."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from movietag.errors import TransientError
from movietag.files import write_whole
from tools.running import needed

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 180.0
STOP_SECONDS: Final = 20.0


@contextmanager
def api_server_running(apiserver: Path, etcd: Path, folder: Path) -> Iterator[list[str]]:
    """Start both in ``folder``; yields the kubectl that speaks to the server, as the beginning of a command.

    Raises:
        UsageError: there is no kubectl.
        TransientError: a server ends, or is not ready in time; the text is the end of its log.
    """
    kubectl = needed("kubectl", "it renders k8s/ and sends it to the server")
    client, peer, port = _free_ports(3)
    token = secrets.token_hex(16)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    signing = folder / "accounts.key"
    write_whole(signing, key.private_bytes(pem, pkcs8, serialization.NoEncryption()), 0o600)
    write_whole(folder / "tokens.csv", f"{token},movietag,1,system:masters\n".encode(), 0o600)
    store = f"http://{HOST}:{client}"
    members = f"http://{HOST}:{peer}"
    with ExitStack() as stack:
        command: list[str | Path] = [etcd, "--data-dir", folder / "etcd", "--name", "one"]
        command += ["--listen-client-urls", store, "--advertise-client-urls", store]
        command += ["--listen-peer-urls", members, "--initial-advertise-peer-urls", members]
        command += ["--initial-cluster", f"one={members}"]
        stack.enter_context(_running(command, folder / "etcd.log"))
        command = [apiserver, "--etcd-servers", store, "--secure-port", str(port)]
        command += ["--bind-address", HOST, "--cert-dir", folder / "certificates"]
        command += [
            "--token-auth-file",
            folder / "tokens.csv",
            "--endpoint-reconciler-type",
            "none",
        ]
        command += ["--service-account-issuer", "https://movietag.invalid"]
        command += ["--service-account-key-file", signing]
        command += ["--service-account-signing-key-file", signing]
        command += ["--service-cluster-ip-range", "10.0.0.0/24"]
        log = folder / "apiserver.log"
        server = stack.enter_context(_running(command, log))
        config = folder / "kubeconfig"
        write_whole(config, _kubeconfig(folder, port, token), 0o600)
        ours = [kubectl, "--kubeconfig", str(config)]
        _wait(ours, server, log)
        yield ours


@contextmanager
def _running(command: list[str | Path], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(kubectl: list[str], server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while subprocess.run(
        [*kubectl, "get", "--raw", "/readyz"], capture_output=True, check=False
    ).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise TransientError(f"The API server is not ready: {log.read_text()[-2000:]}")
        time.sleep(0.5)


def _kubeconfig(folder: Path, port: int, token: str) -> bytes:
    """JSON is YAML; the server has made its certificate itself, as its own authority."""
    cluster = {
        "server": f"https://{HOST}:{port}",
        "certificate-authority": str(folder / "certificates" / "apiserver.crt"),
    }
    text = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{"name": "one", "cluster": cluster}],
        "users": [{"name": "one", "user": {"token": token}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
    }
    return json.dumps(text).encode()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]
