"""Settings as environment variables: how the stages get exactly the settings of their stack."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import to_json

from movietag.settings import Settings

PREFIX = "MOVIETAG_"
TAGGING = ("vocabulary", "match")  # settings that a retag changes while the stack is up
PATIENCE = "start_seconds"  # of the command that starts the stack, not of what runs in it
MARKER = "MOVIETAG_STACK"  # in the environment of every process of a stack: its home


def to_environment(settings: Settings) -> dict[str, str]:
    """Each setting as the variable from which ``Settings()`` reads it back; None is left out.

    Paths become absolute: the stages run in another directory than the command.
    """
    variables: dict[str, str] = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is not None:
            variables[PREFIX + name.upper()] = _text(value)
    return variables


def stack_environment(
    settings: Settings, home: Path, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a stack: ``base`` (default: this process's) with these settings in place of its own.

    A vocabulary or match rule that is not set explicitly is left out: then the stages count with the current one.
    """
    base = os.environ if base is None else base
    kept = {name: value for name, value in base.items() if not name.startswith(PREFIX)}
    ours = to_environment(settings)
    ours.pop(PREFIX + "HEALTH_PORT", None)  # a single one would conflict: each process has its own
    for name in TAGGING:
        if name not in settings.model_fields_set:
            del ours[PREFIX + name.upper()]
    return kept | ours | {MARKER: str(home)}


def settings_digest(settings: Settings) -> str:
    """Two hashes, of all settings except the tagging, and of the tagging: has a running stack the same ones?"""
    variables = to_environment(settings)
    variables.pop(PREFIX + PATIENCE.upper())
    tagging = {name: variables.pop(PREFIX + name.upper()) for name in TAGGING}
    return " ".join(_hash(part) for part in (variables, tagging))


def same_but_tagging(one: str, other: str) -> bool:
    """Whether two digests are of the same settings, ignoring vocabulary and match rule."""
    return one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0]


def _hash(variables: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(variables, sort_keys=True).encode()).hexdigest()


def _text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case bool():
            return "true" if value else "false"
        case Path():
            return str(value.expanduser().absolute())
        case tuple() | list() | dict():
            return to_json(value).decode()
        case _:
            return str(value)
