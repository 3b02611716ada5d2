"""The parameters of a served model, and where each comes from.

One rule: a version's own parameters.json (``captioning.triton.versions``), else the environment of the process that
serves the model, else config.pbtxt. A parameter ``some_name`` is set by the variable of the setting that has its name,
``MOVIETAG_SOME_NAME``; ``mode`` by ``MOVIETAG_TAGGER_MODE``. An empty variable is one that is not set. The embedded
Triton has no such variables: `movietag up` writes the settings into config.pbtxt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from movietag.errors import UsageError

PREFIX: Final = "MOVIETAG_"
OTHER_NAMES: Final = {"mode": "tagger_mode"}
"""Parameters that are not named like their setting."""


def setting_of(parameter: str) -> str:
    """The name of the setting that sets a parameter."""
    return OTHER_NAMES.get(parameter, parameter)


def with_environment(config: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """A model's configuration with the parameters that the environment sets; it sets no unknown ones."""
    known = config.get("parameters", {})
    named = {key: environment.get(PREFIX + setting_of(key).upper(), "") for key in known}
    ours = {key: {"string_value": value} for key, value in named.items() if value.strip()}
    return {**config, "parameters": {**known, **ours}}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a model's configuration; each method raises UsageError, naming the key."""

    model: str
    given: Mapping[str, Any]

    def text(self, key: str, default: str | None = None) -> str:
        """The value unchanged; of a key that is missing, the default.

        Raises:
            UsageError: it is missing, and there is no default.
        """
        if key not in self.given:
            if default is not None:
                return default
            raise UsageError(f"config.pbtxt of the model {self.model} lacks the parameter {key!r}.")
        return str(self.given[key]["string_value"]).strip()

    def number(self, key: str, default: str | None = None, *, least: int = 0) -> int:
        """A whole number, not below ``least``."""
        text = self.text(key, default)
        if not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise self.misfit(key, "a number", default)
        if int(text) < least:
            raise self.misfit(key, f"a number from {least} on", default)
        return int(text)

    def decimal(self, key: str, default: str) -> float:
        """A number above 0."""
        try:
            value = float(self.text(key, default))
        except ValueError:
            value = 0.0
        if not 0 < value < 1e9:
            raise self.misfit(key, "a number above 0", default)
        return value

    def flag(self, key: str) -> bool:
        """``true`` or ``false``."""
        if self.text(key) not in ("true", "false"):
            raise self.misfit(key, "true or false")
        return self.text(key) == "true"

    def options(self, key: str, default: str | None = None) -> dict[str, object]:
        """A JSON object; empty text is an empty one."""
        value = self._json(key, default, "{}")
        if not isinstance(value, dict):
            raise self.misfit(key, "a JSON object", default)
        return value

    def texts(self, key: str, default: str | None = None) -> tuple[str, ...]:
        """A JSON list of texts; empty text is an empty one."""
        value = self._json(key, default, "[]")
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.misfit(key, "a JSON list of texts", default)
        return tuple(str(one) for one in value)

    def misfit(self, key: str, wanted: str, default: str | None = None) -> UsageError:
        """The error of a value that is not what is wanted."""
        found = self.text(key, default)
        return UsageError(f"{key} of the model {self.model} is {found!r}, not {wanted}.")

    def _json(self, key: str, default: str | None, empty: str) -> object:
        try:
            return json.loads(self.text(key, default) or empty)
        except (json.JSONDecodeError, RecursionError):
            return None
