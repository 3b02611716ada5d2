"""Secrets of the embedded servers: made by the stack, kept in its home, read by every command.

They lie in ``HOME/secrets`` (0700), a file each (0600). Those of the stages are named as the settings they
stand for, so the folder can itself be given as ``MOVIETAG_SECRETS_DIR``. What the settings say comes first.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from movietag.files import write_whole
from movietag.settings import Settings

FOLDER: Final = "secrets"
TRITON_KEY: Final = "movietag_triton_key"
STAGES_USER: Final = "movietag"
"""The user of stages and commands at the embedded Elasticsearch."""
ADMINISTRATOR: Final = "admin"
"""The user there who may do anything; only the embedded stack goes by it, to have failed shards tried again."""
PASSWORDS: Final = {
    STAGES_USER: "movietag_elasticsearch_password",
    ADMINISTRATOR: "elasticsearch_admin_password",
}


@dataclass(frozen=True, slots=True)
class Login:
    """A user of Elasticsearch."""

    username: str
    password: str


def triton_key(settings: Settings) -> str:
    """The key of Triton's calls: the setting, or the embedded Triton's; empty where it needs none."""
    given = settings.triton_key.get_secret_value()
    if given or settings.triton is not None:
        return given
    return read_secret(settings.home, TRITON_KEY)


def search_login(settings: Settings) -> Login | None:
    """Who we are at Elasticsearch: as the settings say, or the stages' user of the embedded one.

    None: nobody, or whoever an API key of the settings stands for.
    """
    if settings.elasticsearch_username:
        return Login(
            settings.elasticsearch_username, settings.elasticsearch_password.get_secret_value()
        )
    password = read_secret(settings.home, PASSWORDS[STAGES_USER])
    return Login(STAGES_USER, password) if password and settings.elasticsearch is None else None


def as_administrator(settings: Settings) -> Settings:
    """Settings that go by the embedded Elasticsearch's administrator; of another one, as they are."""
    password = read_secret(settings.home, PASSWORDS[ADMINISTRATOR])
    if settings.elasticsearch is not None or not password:
        return settings
    return settings.model_copy(
        update={
            "elasticsearch_username": ADMINISTRATOR,
            "elasticsearch_password": SecretStr(password),
        }
    )


def spelled_out(settings: Settings) -> Settings:
    """The same servers by the same users, whatever the home: addresses and secrets stand in the settings."""
    login = search_login(settings)
    given: dict[str, object] = {
        "kafka": settings.kafka_address,
        "elasticsearch": settings.elasticsearch_url,
        "triton": settings.triton_address,
        "triton_key": SecretStr(triton_key(settings)),
    }
    if login:
        given["elasticsearch_username"] = login.username
        given["elasticsearch_password"] = SecretStr(login.password)
    return settings.model_copy(update=given)


def embedded_login(home: Path, username: str) -> Login:
    """A user of the embedded Elasticsearch, whose password is made here if the home has none.

    Raises:
        OSError: it cannot be written.
    """
    name = PASSWORDS[username]
    return Login(username, read_secret(home, name) or new_secret(home, name))


def read_secret(home: Path, name: str) -> str:
    """One secret of a home; empty where it has none, or is not ours to read."""
    try:
        return secrets_folder(home).joinpath(name).read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""


def new_secret(home: Path, name: str) -> str:
    """Write a new random secret into a home, replacing any former one, whole or not at all.

    No other user can read it at any moment.

    Raises:
        UsageError: it cannot be written.
        OSError: its folder cannot be created.
    """
    folder = secrets_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    text = secrets.token_urlsafe(32)
    write_whole(folder / name, text.encode(), 0o600)
    return text


def secrets_folder(home: Path) -> Path:
    """Where a home keeps its secrets."""
    return home.expanduser().absolute() / FOLDER
