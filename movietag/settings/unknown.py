"""Variables that look like settings and are none: a name that is mistyped changes nothing, and nobody sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from movietag.settings.environment import PREFIX

OTHERS: Final = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("SECRETS_DIR", "STACK", "OWNER", "PROCESS", "GAVE_BACK", "UNREACHED"),
        *("SEQUENCES", "TEST_ELASTICSEARCH", "ARTIFACTS", "ELASTICSEARCH_JAVA"),
    )
)
"""Variables of ours that are no settings: where secrets lie, what a process belongs to, what tests and `make servers` read."""
_SERVICE: Final = re.compile(
    r".*_(SERVICE_(HOST|PORT.*)|PORT(_\d+_(TCP|UDP).*)?)"
)  # Kubernetes sets these


def unknown_variables(environment: Mapping[str, str], settings: Iterable[str]) -> Iterator[str]:
    """A text for each variable of ours that is no setting, with those near to it.

    Args:
        environment: the variables.
        settings: the names of all settings, as in the table.
    """
    known = {f"{PREFIX}{name.upper()}" for name in settings}
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name.upper() in known | OTHERS:
            continue
        near = get_close_matches(name.upper(), known, n=2, cutoff=0.8)
        if not near and _SERVICE.fullmatch(name):
            continue
        meant = f" Did you mean {' or '.join(near)}?" if near else " docs/settings.md lists all."
        yield f"{name} is no setting, and changes nothing.{meant}"
