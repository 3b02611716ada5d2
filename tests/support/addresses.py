"""How other settings, a command or the harness reach the servers of a stack: addresses and secrets."""

from __future__ import annotations

from typing import Any

from movietag.settings import Settings
from movietag.settings.credentials import spelled_out
from movietag.settings.environment import to_environment

SEARCH = ("elasticsearch", "elasticsearch_username", "elasticsearch_password")
TRITON = ("triton", "triton_key")


def search_of(settings: Settings) -> dict[str, Any]:
    """The Elasticsearch of these settings, by the same user."""
    found = spelled_out(settings)
    return {name: getattr(found, name) for name in SEARCH}


def triton_of(settings: Settings) -> dict[str, Any]:
    """The Triton of these settings."""
    found = spelled_out(settings)
    return {name: getattr(found, name) for name in TRITON}


def search_environment(settings: Settings) -> dict[str, str]:
    """The variables by which a command reaches the Elasticsearch of these settings."""
    every = to_environment(spelled_out(settings))
    return {name: every[name] for name in (f"MOVIETAG_{one.upper()}" for one in SEARCH)}
