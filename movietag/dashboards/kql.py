"""Translates the part of Kibana's query language that our panels use into Elasticsearch clauses.

E.g. `status: "failed" and not images > 0`: conditions that must all hold, each on one field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from movietag.documents import Json

_CONDITION: Final = re.compile(
    r'(?P<no>not )?(?P<field>[\w.]+)(?:: *(?P<value>"[^"]*"|\w+)| *(?P<than>>=|<=|>|<) *(?P<number>[\d.]+))'
)
_THAN: Final = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one field, negated unless ``wanted``."""

    field: str
    clause: Json
    wanted: bool


def parse_kql(query: str) -> Iterator[Condition]:
    """The conditions of a query.

    Raises:
        ValueError: the query uses other syntax.
    """
    for part in query.split(" and ") if query else ():
        match = _CONDITION.fullmatch(part)
        if not match:
            raise ValueError(
                f"{part!r} of {query!r} is KQL that movietag.dashboards does not support."
            )
        field, value = match["field"], match["value"]
        clause: Json = (
            {"term": {field: value.strip('"')}}
            if value
            else {"range": {field: {_THAN[match["than"]]: float(match["number"])}}}
        )
        yield Condition(field, clause, wanted=not match["no"])


def clauses(query: str) -> Json:
    """The query as a clause; raises like ``parse_kql``."""
    parts = list(parse_kql(query))
    return {
        "bool": {
            "filter": [one.clause for one in parts if one.wanted],
            "must_not": [one.clause for one in parts if not one.wanted],
        }
    }
