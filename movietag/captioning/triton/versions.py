"""The versions of a model in Triton's repository: a folder each, with what is its own in it.

``<model>/<number>/`` holds model.py, the same in all, and ``parameters.json``: the parameters in which
this version differs from config.pbtxt (which model it serves, above all). Triton serves all versions at
once; asked for none in particular, the newest answers. So a new tagger is served beside the one that
plans already name.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from movietag.errors import UsageError

PARAMETERS: Final = "parameters.json"
CODE: Final = "model.py"


def with_own_parameters(config: Mapping[str, Any], version: Path) -> dict[str, Any]:
    """A model's configuration as Triton hands it over, with the parameters of one version.

    Raises:
        UsageError: the file is damaged, or names a parameter that the model does not have.
    """
    path = version / PARAMETERS
    if not path.is_file():
        return dict(config)
    try:
        own = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None
    known = config.get("parameters", {})
    if not isinstance(own, dict) or (unknown := own.keys() - known.keys()):
        what = "no JSON object" if not isinstance(own, dict) else ", ".join(sorted(unknown))
        raise UsageError(f"{path}: {what}: config.pbtxt has no such parameter.")
    return {
        **config,
        "parameters": {**known, **{key: {"string_value": str(own[key])} for key in own}},
    }


def version_numbers(model: Path) -> list[int]:
    """The versions in a model's folder, the oldest first."""
    return sorted(int(one.name) for one in model.iterdir() if one.is_dir() and one.name.isdecimal())


def add_version(model: Path, parameters: Mapping[str, str], number: int | None = None) -> int:
    """Add a version with these parameters; it appears whole. Triton takes it at its next load.

    Args:
        model: the model's folder, which has a version.
        parameters: in which it differs from config.pbtxt.
        number: of the version; default: the next.

    Raises:
        UsageError: the folder has no version to take the code from, or cannot be written.
    """
    there = version_numbers(model) if model.is_dir() else []
    if not there:
        raise UsageError(
            f"{model} is no model of a Triton repository. Is the stack up (movietag up)?"
        )
    number = number or there[-1] + 1
    part = model / f".{number}.{os.getpid()}.part"
    try:
        part.mkdir()
        shutil.copyfile(model / str(there[-1]) / CODE, part / CODE)
        (part / PARAMETERS).write_text(json.dumps(dict(parameters), indent=1), "utf-8")
        part.rename(model / str(number))
    except OSError as error:
        raise UsageError(f"{model / str(number)} cannot be written: {error}.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return number


def remove_version(model: Path, number: int) -> None:
    """Take a version out. Triton lets it go at its next load, when it has answered what it was asked."""
    shutil.rmtree(model / str(number), ignore_errors=True)
