"""Which model an endpoint serves, as far as it tells, and whether that says which weights answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from movietag.captioning.engines.endpoint.faults import EndpointFault, FaultKind
from movietag.captioning.engines.endpoint.reply import ListedModel

_META: Final = ("n_embd", "n_params", "n_vocab", "size")
"""What llama.cpp tells of a file; the rest of it may differ from start to start."""
_DATED: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}$")
_COMMIT: Final = re.compile(r"\b[0-9a-f]{40}\b")
_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class ServedIdentity:
    """A model at an endpoint.

    Attributes:
        model: its name there.
        facts: all that the endpoint tells of it and that stays the same while the weights do. ``created`` is not among
            them: vLLM and llama.cpp fill in the present time.
    """

    model: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def pinned_by(self) -> str:
        """What says which weights these are; empty where other weights could have the same name."""
        if self.facts.get("digest"):
            return f"digest {self.facts['digest'][:12]}"
        for text in (self.model, self.facts.get("root", "")):
            if commit := _COMMIT.search(text):
                return f"commit {commit[0][:12]}"
        return "a date in its name" if _DATED.search(self.model) else ""


def select_model(wanted: str, listed: Sequence[ListedModel], where: str) -> ListedModel:
    """The model that is meant of those that an endpoint lists.

    Raises:
        EndpointFault: it is not among them, none is named and there are several, or it is still loading.
    """
    selected = _named(wanted, listed, where)
    if selected.loading:
        raise EndpointFault(FaultKind.AWAY, f"{where} is still loading {selected.id[:80]}.")
    return selected


def _named(wanted: str, listed: Sequence[ListedModel], where: str) -> ListedModel:
    names = [one.id for one in listed]
    more = "…" if len(names) > _MOST_NAMED else ""
    there = ", ".join(name[:80] for name in names[:_MOST_NAMED]) + more
    if not wanted and len(listed) == 1:
        return listed[0]
    if not wanted:
        raise EndpointFault(
            FaultKind.SETTINGS,
            f"{where} serves {len(names)} models ({there or 'none'}). Name one by MOVIETAG_ENDPOINT_MODEL.",
        )
    for name in (wanted, f"{wanted}:latest"):  # as Ollama lists those without a tag
        for one in listed:
            if one.id == name:
                return one
    raise EndpointFault(
        FaultKind.SETTINGS,
        f"{where} has no model {wanted!r}; it has: {there or 'none'}. Correct MOVIETAG_ENDPOINT_MODEL.",
    )


def identity_of(listed: ListedModel, digest: str) -> ServedIdentity:
    """What is known of a model by an endpoint's list, and by the digest of its weights where that is told."""
    facts = {"root": listed.root or "", "parent": listed.parent or "", "digest": digest}
    told = listed.meta if isinstance(listed.meta, dict) else {}
    for key in _META:
        if isinstance(value := told.get(key), int | float | str):
            facts[key] = msgspec.json.encode(value).decode()[:80]
    return ServedIdentity(listed.id, {key: value for key, value in facts.items() if value})
