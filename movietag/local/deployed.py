"""Models deployed into the embedded Triton: they survive `movietag down`, although everything else is laid out again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.captioning.triton import versions

BASE: Final = "base.json"
"""What version 1 consists of; if the settings name another model, deployed versions are forgotten."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The versions of the model after the first, and what the first was."""

    base: Mapping[str, str] | None = None
    parameters: Mapping[int, Mapping[str, str]] | None = None
    first: bool = True  # the first one is still served

    @classmethod
    def read(cls, triton: Path) -> Deployed:
        """Read them from Triton's folder; none if it is missing or damaged."""
        try:
            base = json.loads((triton / BASE).read_text("utf-8"))
            model = triton / "models" / base.pop("model")
            there = versions.version_numbers(model)
            found = {
                number: json.loads((model / str(number) / versions.PARAMETERS).read_text("utf-8"))
                for number in there
                if number > 1
            }
        except (OSError, ValueError, KeyError, AttributeError):
            return cls()
        return cls(base, found, 1 in there)

    def newest(self, configured: Mapping[str, str], *, running: bool) -> dict[str, str]:
        """The parameters of the version that new plans name.

        Args:
            configured: those of the settings, which a Triton that is started now would get.
            running: whether Triton runs, with what it got when it was started.
        """
        if self.base is None or not (running or self.base == configured):
            return dict(configured)
        later = self.parameters or {}
        return {**self.base, **(later[max(later)] if later else {})}

    def restore(self, triton: Path, model: str, base: Mapping[str, str]) -> None:
        """Put them next to the first version, which was laid out again, if that is unchanged."""
        folder = triton / "models" / model
        if self.parameters and self.base == base and folder.is_dir():
            for number, parameters in self.parameters.items():
                versions.add_version(folder, parameters, number)
            if not self.first:
                versions.remove_version(folder, 1)
        (triton / BASE).write_text(json.dumps({**base, "model": model}), "utf-8")
