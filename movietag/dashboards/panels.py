"""What a dashboard is, in the few words that ours need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

COLUMNS: Final = 48  # of Kibana's grid

Operation = Literal["count", "average", "sum", "max", "unique_count"]
Shape = Literal["bars", "columns", "lines", "heat", "number", "table"]


@dataclass(frozen=True, slots=True)
class View:
    """A data view: an alias of ours as Kibana sees it.

    ``time`` is the field that the time picker works on, if it is to; ``links`` are fields that are shown
    as links, ``plain`` are numbers that are shown without a comma for the thousands.
    """

    alias: str
    time: str | None = None
    links: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The values of a field, ``size`` at most: those with the highest first value, or by name."""

    field: str
    label: str
    size: int = 10
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Ranges:
    """A number, from each edge up to the next, which no longer belongs to it."""

    field: str
    label: str
    edges: tuple[float, ...]
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Dates:
    """A time, in steps that Kibana chooses by the time that is shown."""

    field: str
    label: str


Bucket = Terms | Ranges | Dates


@dataclass(frozen=True, slots=True)
class Value:
    """What is worked out of the documents of a bucket; only a count needs no field."""

    operation: Operation
    label: str
    field: str = ""
    percent: bool = False
    per_second: bool = False  # divided by the seconds of a step of ``Dates``


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of values by buckets, the outermost bucket first; ``where`` is KQL.

    Attributes:
        place: left, top, width, height on the grid.
    """

    title: str
    view: View
    shape: Shape
    values: tuple[Value, ...]
    place: tuple[int, int, int, int]
    buckets: tuple[Bucket, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """A list of documents, as Discover shows it; ``sort`` is a field and `asc` or `desc`."""

    title: str
    view: View
    fields: tuple[str, ...]
    sort: tuple[str, Literal["asc", "desc"]]
    place: tuple[int, int, int, int]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """A list to choose values of a field from, by which all panels are filtered."""

    view: View
    field: str
    label: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels; ``since`` is where its time begins, such as `now-1h`, if it has one."""

    name: str  # of its file, for ever: ids are made from it
    title: str
    about: str
    panels: tuple[Panel | Documents, ...]
    controls: tuple[Control, ...] = ()
    since: str = ""
