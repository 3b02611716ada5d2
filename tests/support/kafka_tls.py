"""Kafka as a cluster has it, with TLS and users: the embedded jars, started for one file of tests."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from chaos.proxy import Proxy
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives import serialization

from movietag.local import kafka
from movietag.local.install import install_servers
from movietag.local.progress import SILENT
from movietag.local.readiness import probes
from movietag.search.embedded import node_ports
from movietag.settings import Settings
from movietag.settings.home import home_layout

HOST = "127.0.0.1"
USER, PASSWORD = "movietag", "a-secret"
HEADER = 5  # bytes of a TLS record: kind, version, length
ENCRYPTED, CLOSE_NOTIFY = (
    23,
    2 + 1 + 16,
)  # kind of a record; length of an alert in TLS 1.3 (RFC 8446, 5.2)


class TlsProxy(Proxy):
    """A proxy that keeps every close_notify of a client from the broker, which therefore never answers it.

    Nor does Kafka 4.3 when it reads one together with a request, which is a matter of luck.
    ``waits``: for how long each connection stayed open after its close_notify, in seconds.
    """

    def __init__(self, port: int, target: int) -> None:
        self.waits: list[float] = []
        super().__init__(port, target)

    async def _onwards(self, reader: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        since = None
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(HEADER)
                body = await reader.readexactly(int.from_bytes(head[3:], "big"))
                if (head[0], len(body)) == (ENCRYPTED, CLOSE_NOTIFY):
                    since = time.monotonic()
                    continue
                on.write(head + body)
                await on.drain()
        if since is not None:
            self.waits.append(time.monotonic() - since)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: an authority, and what it vouches for, the key first."""

    authority: Path
    server: Path
    client: Path


def certificate(folder: Path) -> Certificate:
    """A new certificate for this machine, of an authority of its own."""
    made = Certificate(folder / "authority.pem", folder / "server.pem", folder / "client.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(made.authority)
    issued = authority.issue_cert(HOST)
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,  # the only form that Kafka reads
        serialization.NoEncryption(),
    )
    authority.issue_cert("client.example").private_key_and_cert_chain_pem.write_to_path(made.client)
    made.server.write_bytes(key + b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    return made


@dataclass(frozen=True, slots=True)
class Broker:
    """A running Kafka: how a stage reaches it, and the proxy in front of it."""

    settings: Settings
    proxy: TlsProxy
    certificate: Certificate


MTLS, TOKENS = (
    94,
    95,
)  # above the port base: listeners that ask for a client's certificate, and for a token


def admit(broker: Broker, users: Sequence[dict[str, Any]]) -> None:
    """Make these KafkaUsers, as Strimzi would: each has the broker's password, and no rights but its own."""
    client = AdminClient(
        {
            "bootstrap.servers": broker.settings.kafka_address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(broker.certificate.authority),
        }
    )
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    names = [user["metadata"]["name"] for user in users]
    made = [UserScramCredentialUpsertion(name, how, PASSWORD.encode()) for name in names]
    rights = [
        _binding(user["metadata"]["name"], acl["resource"], operation)
        for user in users
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    ]
    waiting = [
        *client.alter_user_scram_credentials(made).values(),
        *client.create_acls(rights).values(),
    ]
    for one in waiting:
        one.result()


def _binding(user: str, resource: dict[str, str], operation: str) -> AclBinding:
    return AclBinding(
        ResourceType[resource["type"].upper()],
        resource["name"],
        ResourcePatternType[{"prefix": "PREFIXED"}.get(resource["patternType"], "LITERAL")],
        f"User:{user}",
        "*",
        AclOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()],
        AclPermissionType.ALLOW,
    )


def properties(base: int, data: Path, made: Certificate, port: int) -> str:
    """The embedded broker's configuration with SASL_SSL instead; of a name given twice the last counts."""
    broker, controller = kafka.ports(base)
    bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return f"""\
{kafka.broker_properties(base, data)}
listeners=SASL_SSL://{HOST}:{broker},CONTROLLER://{HOST}:{controller},MTLS://{HOST}:{base + MTLS},TOKENS://{HOST}:{base + TOKENS}
advertised.listeners=SASL_SSL://{HOST}:{port},MTLS://{HOST}:{base + MTLS},TOKENS://{HOST}:{base + TOKENS}
inter.broker.listener.name=SASL_SSL
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT,MTLS:SSL,TOKENS:SASL_PLAINTEXT
listener.name.mtls.ssl.client.auth=required
listener.name.tokens.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.tokens.oauthbearer.sasl.jaas.config={bearer} required unsecuredLoginStringClaim_sub="broker";
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram} required username="{USER}" password="{PASSWORD}";
ssl.keystore.type=PEM
ssl.keystore.location={made.server}
ssl.truststore.type=PEM
ssl.truststore.location={made.authority}
ssl.principal.mapping.rules=RULE:^.*$/{USER}/
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{USER};User:ANONYMOUS
"""


@contextmanager
def kafka_over_tls(home: Path, base: int) -> Iterator[Broker]:
    """A broker that runs in the block, reached through a proxy only."""
    made = certificate(home)
    proxy = TlsProxy(node_ports(base)[0], kafka.ports(base)[0])  # there is no Elasticsearch
    given = Settings(
        home=home,
        port_base=base,
        kafka=f"{HOST}:{proxy.port}",
        kafka_security="SASL_SSL",
        kafka_username=USER,
        kafka_password=PASSWORD,
        kafka_cafile=made.authority,
    )
    servers = install_servers(home_layout(given).cache, SILENT)
    config = home / "server.properties"
    config.write_text(properties(base, home / "data", made, proxy.port))
    java = (servers.java / "bin" / "java", *kafka.JVM, "-cp", f"{servers.kafka}/*")
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    tool = ("kafka.tools.StorageTool", "format", "--standalone", "--add-scram", user)
    identity = ("-t", kafka.cluster_id(), "-c", config)
    subprocess.run([*java, *tool, *identity], check=True, stdout=subprocess.DEVNULL)
    log = home / "kafka.log"
    with log.open("wb") as output:
        broker = subprocess.Popen([*java, "kafka.Kafka", config], stdout=output, stderr=output)
    try:
        ready = probes(given)["kafka"]
        while not ready():
            assert broker.poll() is None, log.read_text()[-3000:]
            time.sleep(0.2)
        yield Broker(given, proxy, made)
    finally:
        broker.kill()
        broker.wait()
