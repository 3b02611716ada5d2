"""Every setting in one table: name, type, default, help.

A setting ``some_name`` is read from the environment variable ``MOVIETAG_SOME_NAME``, or from a file
``movietag_some_name`` in the folder ``MOVIETAG_SECRETS_DIR`` (how secrets reach containers). docs/settings.md
is generated from this table by ``movietag doctor --settings-markdown`` and checked in ``make check``.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from movietag.errors import UsageError
from movietag.redaction import redacted
from movietag.settings.home_frames import with_frame_store
from movietag.settings.home_vocabulary import Tagging, current_tagging
from movietag.settings.secret_files import why_unreadable
from movietag.settings.table import PACKAGE, PAPER, Settings
from movietag.vocabulary import FORMER_DEFAULTS

__all__ = ["PACKAGE", "PAPER", "Settings", "after_retags", "get_settings", "load_settings"]


def load_settings() -> Settings:
    """Read the settings from the environment and the secrets folder; what was decided for the home applies.

    Raises:
        UsageError: a value is invalid, or a secret cannot be read; the text names each variable and what it
            should be, or the file, and never a secret.
    """
    secrets = os.environ.get("MOVIETAG_SECRETS_DIR")
    wrong = why_unreadable(Path(secrets), Settings.model_fields) if secrets else None
    if wrong:
        raise UsageError(wrong)
    try:
        settings = Settings(_secrets_dir=secrets) if secrets else Settings()
    except ValidationError as error:
        lines = [_misfit(item) for item in error.errors()]
        raise UsageError("\n".join(["Invalid settings:", *lines])) from None
    except SettingsError as error:  # a list or an object that is not JSON
        raise UsageError(f"Invalid settings: {_no_json(str(error))}.") from None
    return with_frame_store(after_retags(settings))


def after_retags(settings: Settings) -> Settings:
    """The settings with the current vocabulary of their home; unchanged if that is theirs.

    Raises:
        UsageError: the home's file is not what `movietag retag` writes.
    """
    rules = (settings.match, *(() if "match" in settings.model_fields_set else FORMER_DEFAULTS))
    for said in (Tagging.of(settings.vocabulary, rule) for rule in rules):
        now = current_tagging(settings.home, said)
        if now != said:
            break
    else:
        return settings
    return settings.model_copy(update={"vocabulary": now.vocabulary, "match": now.match})


def _misfit(item: ErrorDetails) -> str:
    """What is wrong with a setting, and its value unless that is secret."""
    name = "_".join(str(part) for part in item["loc"])
    hidden = item["type"] == "value_error" or SecretStr in _kinds(str(item["loc"][0]))
    value = "" if hidden else f" (given: {redacted(repr(item['input']))})"
    return f"  MOVIETAG_{name.upper()}: {item['msg'].removeprefix('Value error, ')}{value}"


def _no_json(said: str) -> str:
    """Which setting is not JSON, and what it should look like; the value may be secret."""
    name = next((name for name in Settings.model_fields if f'"{name}"' in said), None)
    if name is None:
        return said
    several = get_origin(Settings.model_fields[name].annotation) is tuple
    form = "one,two, or a list in JSON" if several else "an object in JSON"
    return f"MOVIETAG_{name.upper()} must be {form}"


def _kinds(name: str) -> tuple[object, ...]:
    annotation = Settings.model_fields[name].annotation
    return (annotation, *get_args(annotation))


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
