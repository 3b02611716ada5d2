"""What ``movietag doctor`` finds: one check each."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CheckResult(StrEnum):
    """The result of a check; only ``missing`` prevents something from working."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


class Finding(msgspec.Struct, frozen=True):
    """One check: its subject, its result, and the remedy."""

    name: str
    verdict: CheckResult
    found: str
    remedy: str = ""
