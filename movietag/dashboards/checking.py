"""Finds mistakes in saved objects: dangling references, overlapping panels, missing or unsuitable fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.process import extract

from movietag.dashboards.kql import parse_kql
from movietag.dashboards.panels import COLUMNS, ControlKind
from movietag.dashboards.saved_objects import Objects, ResolvedControl, ResolvedPanel

NUMBERS: Final = frozenset({"long", "integer", "short", "float", "double"})
CONTROLLED: Final[Mapping[ControlKind, Collection[str]]] = {
    "optionsListControl": {"keyword", "boolean"},
    "rangeSliderControl": NUMBERS,
}
"""The types of field that a control takes in Kibana 8.9: it refuses lists of numbers (elastic/kibana#172106)."""
_NEAR: Final = 60  # least similarity of a suggested field, of 100
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
    """The capabilities of a field, from `_field_caps`."""

    type: str
    searchable: bool
    aggregatable: bool


Fields = Mapping[str, FieldCapability]


def fields_of(capabilities: Mapping[str, Any]) -> Fields:
    """Field name -> capabilities, from the response of `_field_caps` for one index."""
    found = {}
    for name, types in capabilities["fields"].items():
        ((kind, can),) = types.items()
        found[name] = FieldCapability(kind, can["searchable"], can["aggregatable"])
    return found


def unresolved(objects: Objects) -> Iterator[str]:
    """Dangling references, and duplicate ids."""
    ids = [(one["type"], one["id"]) for one in objects.all]
    for twice in {one for one in ids if ids.count(one) > 1}:
        yield f"duplicate id: {twice[0]} {twice[1]}"
    for one in objects.all:
        title = one["attributes"]["title"]
        for reference in one["references"]:
            if (reference["type"], reference["id"]) not in ids:
                yield f"{one['type']} {title!r}: reference {reference['name']!r} is dangling"


def misplaced(objects: Objects) -> Iterator[str]:
    """Panels outside the grid, or overlapping."""
    for dashboard in objects.dashboards():
        taken: dict[tuple[int, int], str] = {}
        for panel in objects.panels(dashboard):
            left, top, width, height = panel.area
            if left + width > COLUMNS:
                yield f"{_name(panel)}: exceeds the width of the grid"
            cells = [(x, y) for x in range(left, left + width) for y in range(top, top + height)]
            for under in dict.fromkeys(taken[cell] for cell in cells if cell in taken):
                yield f"{_name(panel)}: overlaps {under!r}"
            taken |= dict.fromkeys(cells, panel.panel)


def wrong_fields(objects: Objects, indices: Mapping[str, Fields]) -> Iterator[str]:
    """Fields that do not exist, or do not support their use; ``indices``: alias -> fields."""
    for dashboard in objects.dashboards():
        panels = list(objects.panels(dashboard))
        for panel in panels:
            for field, problem in _wrong(panel, indices[panel.alias]):
                yield f"{_name(panel)}: field {field!r} of {panel.alias} {problem}"
        for control in objects.controls(dashboard):
            yield from _wrong_control(control, panels, indices)


def _wrong(panel: ResolvedPanel, fields: Fields) -> Iterator[tuple[str, str]]:
    for column in panel.columns.values():
        if column["operationType"] != "count":
            yield from _unless(fields, column["sourceField"], _TYPES[column["operationType"]])
    for condition in parse_kql(panel.query):
        yield from _unless(fields, condition.field, use="searched by")
    for field in panel.fields:
        yield from _unless(fields, field, use="")
    for field, _ in panel.sort:
        yield from _unless(fields, field)
    if panel.time:
        yield from _unless(fields, panel.time, {"date"})


def _unless(
    fields: Fields, name: str, types: Collection[str] = (), use: str = "aggregated"
) -> Iterator[tuple[str, str]]:
    """The problem with a field, if there is one."""
    field = fields.get(name)
    if field is None:
        near = extract(name, list(fields), limit=1, score_cutoff=_NEAR)
        hint = f": did you mean {near[0][0]!r}?" if near else ""
        yield name, f"does not exist{hint}"
    elif use == "aggregated" and not field.aggregatable:
        yield name, "cannot be aggregated or sorted"
    elif use == "searched by" and not field.searchable:
        yield name, "is not searchable"
    elif types and field.type not in types:
        yield name, f"is {field.type}, not {' or '.join(sorted(types))}"


def _wrong_control(
    control: ResolvedControl, panels: list[ResolvedPanel], indices: Mapping[str, Fields]
) -> Iterator[str]:
    """A control filters every panel: one whose index lacks the field would show nothing."""
    for alias in dict.fromkeys([control.alias, *(panel.alias for panel in panels)]):
        for field, problem in _unless(indices[alias], control.field, CONTROLLED[control.kind]):
            name = f"dashboard {control.dashboard!r}, control {control.label!r}"
            yield f"{name}: field {field!r} of {alias} {problem}"


def _name(panel: ResolvedPanel) -> str:
    return f"dashboard {panel.dashboard!r}, panel {panel.panel!r}"
