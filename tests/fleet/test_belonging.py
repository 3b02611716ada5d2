"""Which Kafka and which Elasticsearch belong together."""

from __future__ import annotations

import re

import pytest

from movietag.errors import UsageError
from movietag.fleet.belonging import LibraryMark, TwoServers, common_mark
from movietag.search.index.marks import SearchCluster

AT = TwoServers("kafka:9092", "http://search:9200")
HOME = TwoServers("127.0.0.1:19092", "http://127.0.0.1:19200", one_home=True)
OURS = LibraryMark("ours", "cluster-1")
EMPTY, OTHER_EMPTY = (
    SearchCluster("cluster-1", frozenset()),
    SearchCluster("cluster-2", frozenset()),
)
MARKED = SearchCluster("cluster-1", frozenset({"ours"}))
COPY = SearchCluster("cluster-2", frozenset({"ours"}))
THEIRS = SearchCluster("cluster-2", frozenset({"theirs"}))


@pytest.mark.parametrize("found", [EMPTY, MARKED], ids=["before marks", "marked"])
def test_both_sides_of_a_library_go_on(found: SearchCluster) -> None:
    assert common_mark(OURS, "new", found, "", AT) == OURS


def test_what_has_no_mark_on_either_side_gets_one() -> None:
    assert common_mark(None, "new", EMPTY, "", AT) == LibraryMark("new", "cluster-1")


@pytest.mark.parametrize(
    ("row", "found", "names", "adopt"),
    [
        (None, THEIRS, "holds no library.*of the library theirs", "theirs"),
        (OURS, THEIRS, "holds the library ours.*of the library theirs", "theirs"),
        (OURS, OTHER_EMPTY, "ours.*cluster cluster-1.*is cluster-2, with no index", "cluster-2"),
        (OURS, COPY, "ours.*cluster cluster-1.*is cluster-2, with a copy", "cluster-2"),
    ],
    ids=["a new Kafka", "of two libraries", "a second Elasticsearch", "a restored snapshot"],
)
def test_anothers_is_refused_until_it_is_adopted_deliberately(
    row: LibraryMark | None, found: SearchCluster, names: str, adopt: str
) -> None:
    with pytest.raises(UsageError, match=names) as refused:
        common_mark(row, "new", found, "", AT)
    said = str(refused.value)
    assert AT.kafka in said
    assert AT.search in said
    assert re.findall(r"MOVIETAG_ADOPT=(\S+) for", said) == [adopt]  # the way out, ready to copy
    with pytest.raises(UsageError):
        common_mark(row, "new", found, "something else", AT)
    mark = common_mark(row, "new", found, adopt, AT)
    assert mark == LibraryMark("ours" if row else "theirs", "cluster-2")
    left = SearchCluster("cluster-2", frozenset({mark.mark}))  # marked after that
    assert common_mark(mark, "new", left, "", AT) == mark


def test_two_libraries_in_one_elasticsearch_are_not_adopted_together() -> None:
    two = SearchCluster("cluster-1", frozenset({"theirs", "anyone's"}))
    with pytest.raises(UsageError, match="anyone's, theirs"):
        common_mark(OURS, "new", two, "theirs", AT)


def test_what_one_home_has_lost_of_its_own_is_no_other_library() -> None:
    assert common_mark(OURS, "new", OTHER_EMPTY, "", HOME) == LibraryMark("ours", "cluster-2")
    assert common_mark(None, "new", THEIRS, "", HOME) == LibraryMark("theirs", "cluster-2")
    with pytest.raises(UsageError, match="theirs"):
        common_mark(OURS, "new", THEIRS, "", HOME)
