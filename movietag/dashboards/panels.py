"""The model of a dashboard, reduced to what ours need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

COLUMNS: Final = 48  # of Kibana's grid

Operation = Literal["count", "average", "sum", "max", "unique_count"]
ControlKind = Literal["optionsListControl", "rangeSliderControl"]
Shape = Literal["bars", "columns", "lines", "heat", "number", "table"]


@dataclass(frozen=True, slots=True)
class View:
    """A data view: one of our aliases in Kibana.

    ``time`` is the field for the time picker, if any; ``links`` are fields displayed as links, ``plain`` are numbers
    displayed without thousands separators.
    """

    alias: str
    time: str | None = None
    links: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The values of a field, at most ``size``: those with the highest first value, or by name."""

    field: str
    label: str
    size: int = 10
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges of a number, from each edge (included) to the next (excluded)."""

    field: str
    label: str
    edges: tuple[float, ...]
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Dates:
    """A time, in steps that Kibana derives from the time range displayed."""

    field: str
    label: str


Bucket = Terms | Ranges | Dates


@dataclass(frozen=True, slots=True)
class Value:
    """A value computed from the documents of a bucket; only a count needs no field."""

    operation: Operation
    label: str
    field: str = ""
    percent: bool = False
    per_second: bool = False  # divided by the seconds of a step of ``Dates``


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart of values by buckets, outermost bucket first; ``where`` is KQL.

    Attributes:
        area: left, top, width, height on the grid.
    """

    title: str
    view: View
    shape: Shape
    values: tuple[Value, ...]
    area: tuple[int, int, int, int]
    buckets: tuple[Bucket, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """A list of documents, as in Discover; ``sort`` is a field and `asc` or `desc`."""

    title: str
    view: View
    fields: tuple[str, ...]
    sort: tuple[str, Literal["asc", "desc"]]
    area: tuple[int, int, int, int]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """A list of a field's values, or a range of numbers, that filters all panels.

    A list takes texts: Kibana up to 8.11 refuses one of numbers.
    """

    view: View
    field: str
    label: str
    kind: ControlKind = "optionsListControl"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels; ``since`` is the start of its time range, e.g. `now-1h`, if it has one."""

    name: str  # never changes: ids are derived from it
    title: str
    about: str
    panels: tuple[Panel | Documents, ...]
    controls: tuple[Control, ...] = ()
    since: str = ""
