"""What is wrong with saved objects: references, places, and fields that an index has not, or not so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.process import extract

from movietag.dashboards.kql import conditions
from movietag.dashboards.panels import COLUMNS
from movietag.dashboards.written import Objects, ResolvedControl, ResolvedPanel

Json = dict[str, Any]

NUMBERS: Final = frozenset({"long", "integer", "short", "float", "double"})
_NEAR: Final = 60  # of 100
_TYPES: Final[Mapping[str, Collection[str]]] = {
    "average": NUMBERS,
    "sum": NUMBERS,
    "max": NUMBERS,
    "range": NUMBERS,
    "date_histogram": {"date"},
    "terms": {"keyword", "boolean", *NUMBERS},
    "unique_count": {"keyword", *NUMBERS},
}


@dataclass(frozen=True, slots=True)
class FieldCapability:
    """What `_field_caps` says of a field."""

    type: str
    searchable: bool
    aggregatable: bool


Fields = Mapping[str, FieldCapability]


def fields_of(capabilities: Mapping[str, Any]) -> Fields:
    """By name, from the answer of `_field_caps` for one index."""
    found = {}
    for name, types in capabilities["fields"].items():
        ((kind, can),) = types.items()
        found[name] = FieldCapability(kind, can["searchable"], can["aggregatable"])
    return found


def unresolved(objects: Objects) -> Iterator[str]:
    """References that lead to nothing, and ids that two objects have."""
    ids = [(one["type"], one["id"]) for one in objects.all]
    for twice in {one for one in ids if ids.count(one) > 1}:
        yield f"two objects are {twice[0]} {twice[1]}"
    for one in objects.all:
        title = one["attributes"]["title"]
        for reference in one["references"]:
            if (reference["type"], reference["id"]) not in ids:
                yield f"{one['type']} {title!r}: reference {reference['name']!r} leads to nothing"


def misplaced(objects: Objects) -> Iterator[str]:
    """Panels beside the grid, or on one another."""
    for dashboard in objects.dashboards():
        taken: dict[tuple[int, int], str] = {}
        for shown in objects.shown(dashboard):
            left, top, width, height = shown.place
            if left + width > COLUMNS:
                yield f"{_name(shown)}: reaches over the edge of the grid"
            cells = [(x, y) for x in range(left, left + width) for y in range(top, top + height)]
            for under in dict.fromkeys(taken[cell] for cell in cells if cell in taken):
                yield f"{_name(shown)}: lies on {under!r}"
            taken |= dict.fromkeys(cells, shown.panel)


def wrong_fields(objects: Objects, indices: Mapping[str, Fields]) -> Iterator[str]:
    """Fields that are not there, or cannot be used as they are used; ``indices`` by alias."""
    for dashboard in objects.dashboards():
        panels = list(objects.shown(dashboard))
        for shown in panels:
            for field, problem in _wrong(shown, indices[shown.alias]):
                yield f"{_name(shown)}: field {field!r} of {shown.alias} {problem}"
        for chosen in objects.controls(dashboard):
            yield from _wrong_control(chosen, panels, indices)


def _wrong(shown: ResolvedPanel, fields: Fields) -> Iterator[tuple[str, str]]:
    for column in shown.columns.values():
        if column["operationType"] != "count":
            yield from _unless(fields, column["sourceField"], _TYPES[column["operationType"]])
    for condition in conditions(shown.query):
        yield from _unless(fields, condition.field, use="searched by")
    for field in shown.fields:
        yield from _unless(fields, field, use="")
    for field, _ in shown.sort:
        yield from _unless(fields, field)
    if shown.time:
        yield from _unless(fields, shown.time, {"date"})


def _unless(
    fields: Fields, name: str, types: Collection[str] = (), use: str = "aggregated"
) -> Iterator[tuple[str, str]]:
    """The problem with a field, if there is one."""
    field = fields.get(name)
    if field is None:
        near = extract(name, list(fields), limit=1, score_cutoff=_NEAR)
        hint = f": is it {near[0][0]!r} now?" if near else ""
        yield name, f"is not there{hint}"
    elif use == "aggregated" and not field.aggregatable:
        yield name, "cannot be aggregated or sorted by"
    elif use == "searched by" and not field.searchable:
        yield name, "cannot be searched by"
    elif types and field.type not in types:
        yield name, f"is {field.type}, not {' or '.join(sorted(types))}"


def _wrong_control(
    chosen: ResolvedControl, panels: list[ResolvedPanel], indices: Mapping[str, Fields]
) -> Iterator[str]:
    """What is chosen filters every panel: one whose index has not the field would show nothing."""
    for alias in dict.fromkeys([chosen.alias, *(shown.alias for shown in panels)]):
        for field, problem in _unless(indices[alias], chosen.field):
            name = f"dashboard {chosen.dashboard!r}, control {chosen.label!r}"
            yield f"{name}: field {field!r} of {alias} {problem}"


def _name(shown: ResolvedPanel) -> str:
    return f"dashboard {shown.dashboard!r}, panel {shown.panel!r}"
