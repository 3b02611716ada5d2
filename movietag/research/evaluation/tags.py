"""The scored tags, and their names in the Tag Genome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

MAPPING = Path(__file__).with_name("mpst_to_genome.tsv")

Tier = Literal["exact", "punct", "form", "near", "none", "own"]
"""How the genome names a tag of MPST; ``own``: a tag of another vocabulary."""
Group = Literal["strict", "other", "all"]

GROUPS: tuple[Group, ...] = get_args(Group)
STRICT: frozenset[Tier] = frozenset({"exact", "punct"})


@dataclass(frozen=True, slots=True)
class ScoredTag:
    """A tag of MPST, and the genome's tags for it; none if its tier is none."""

    tag: str
    tier: Tier
    genome: tuple[str, ...]

    @property
    def group(self) -> Group:
        """``strict`` if the genome has the same words (51 tags), else ``other`` (20)."""
        return "strict" if self.tier in STRICT else "other"


@cache
def scored_tags() -> tuple[ScoredTag, ...]:
    """The 71 tags of MPST, in MPST's order."""
    lines = MAPPING.read_text("utf-8").splitlines()
    return tuple(_scored_tag(line) for line in lines if not line.startswith("#"))


def _scored_tag(line: str) -> ScoredTag:
    tag, tier, *genome = line.split("\t")
    tiers: dict[str, Tier] = {name: name for name in get_args(Tier)}
    return ScoredTag(tag, tiers[tier], tuple(genome[0].split("; ")) if genome else ())


def columns(tags: Sequence[str], group: Group) -> list[int]:
    """The indices in ``tags`` that belong to a group; tags of another vocabulary than MPST's are in `all` only."""
    of = {scored.tag: scored.group for scored in scored_tags()}
    return [column for column, tag in enumerate(tags) if group in ("all", of.get(tag))]


def groups_of(kind: str) -> tuple[Group, ...]:
    """The groups over which tags are scored against a kind of reference: the genome's names say nothing of one's own."""
    return ("all",) if kind == "own" else GROUPS


def exact_tags() -> frozenset[str]:
    """The 49 tags that the genome has letter by letter: the paper trained every film on them."""
    return frozenset(scored.tag for scored in scored_tags() if scored.tier == "exact")
