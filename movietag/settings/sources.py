"""Where settings are read from: the environment and files of secrets. A list is JSON, or has commas between its parts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, get_origin

import msgspec
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, SecretsSettingsSource


class _Lists(EnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """A list that is written with commas; JSON otherwise."""
        listed = get_origin(field.annotation) is tuple and isinstance(value, str)
        if listed and not value.lstrip().startswith(("[", "{")):
            return [part.strip() for part in value.split(",") if part.strip()]
        return super().decode_complex_value(field_name, field, value)


class Environment(_Lists):
    """The environment."""


class SecretFiles(SecretsSettingsSource, _Lists):
    """Files in the folder of secrets."""


def assignment(name: str, values: Sequence[str]) -> str:
    """The list of a setting as a shell takes it, e.g. `MOVIETAG_ROOTS=/films,/clips`; ``Environment`` reads it."""
    listed = ",".join(values)
    if any("," in value for value in values) or listed != listed.strip():
        listed = msgspec.json.encode(values).decode()
    return f"{name}={shlex.quote(listed)}"
