from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from query_trees import leaves, trees

from movietag.search.query import EVERYTHING, Node, QueryError, parse, render
from movietag.search.query.nodes import And, Field, Not, Or, Tag, Text, TitleWords, Year
from movietag.search.query.parsing import MOST_CHARACTERS, MOST_CONDITIONS, MOST_NESTING
from movietag.search.query.tags import TagNames
from movietag.vocabulary import Vocabulary

NAMES = TagNames(
    Vocabulary(
        "films",
        {
            "horror": (),
            "comedy": ("funny",),
            "plot twist": (),
            "sci-fi": ("science fiction",),
            "AC/DC": (),
            'the "end"': (),
            "not": (),
            "달빛": (),
        },
    )
)
HORROR, COMEDY = Tag("horror"), Tag("comedy")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVERYTHING),
        (" \n ", EVERYTHING),
        ("horror", HORROR),
        ("HORROR", HORROR),
        ("funny", COMEDY),
        ("Sci-Fi", Tag("sci-fi")),
        ("'science fiction'", Tag("sci-fi")),
        ('"plot twist"', Tag("plot twist")),
        ("AC/DC", Tag("AC/DC")),
        (r'"the \"end\""', Tag('the "end"')),
        ('"not"', Tag("not")),
        ("달빛>=3%", Tag("달빛", ">=", 0.03)),
        ("horror>=30%", Tag("horror", ">=", 0.3)),
        ("horror >= 30 %", Tag("horror", ">=", 0.3)),
        ("horror>.5", Tag("horror", ">", 0.5)),
        ("horror<=1.", Tag("horror", "<=", 1.0)),
        ("horror<0.3", Tag("horror", "<", 0.3)),
        ("not horror", Not(HORROR)),
        ("-horror", Not(HORROR)),
        ("~horror", Not(HORROR)),
        ("NOT Not horror", HORROR),
        ("horror comedy", And((HORROR, COMEDY))),
        ("horror AND comedy", And((HORROR, COMEDY))),
        ("horror -comedy", And((HORROR, Not(COMEDY)))),
        ("horror or comedy and not sci-fi", Or((HORROR, And((COMEDY, Not(Tag("sci-fi"))))))),
        ("(horror or comedy) 'plot twist'", And((Or((HORROR, COMEDY)), Tag("plot twist")))),
        ("((horror) (comedy))", And((HORROR, COMEDY))),
        ("not(horror comedy)", Not(And((HORROR, COMEDY)))),
        ("year:1999", Year(1999, 1999)),
        ("year:1990..1999", Year(1990, 1999)),
        ("year:1990..", Year(1990, None)),
        ("Year: ..1999", Year(None, 1999)),
        ("text:castle", Text("castle")),
        ("text:castl*", Text("castl", begins=True)),
        ('text:"dark castle"', Text("dark castle")),
        ('text:"dark castl"*', Text("dark castl", begins=True)),
        ('text:"5 * 5"', Text("5 * 5")),
        ('title:"moon harb"', TitleWords("moon harb")),
        ("tagger:llava@01", Field("tagger", "llava@01")),
        ("tagger:llava*", Field("tagger", "llava", begins=True)),
        ("status:Complete", Field("status", "complete")),
        ("source:file", Field("source", "file")),
        ("movie:heat-1995-0a", Field("movie", "heat-1995-0a")),
    ],
)
def test_queries(query: str, expected: Node) -> None:
    assert parse(query, NAMES) == expected
    assert parse(render(expected), NAMES) == expected


@pytest.mark.parametrize(
    ("query", "says", "place"),
    [
        ("horor", "no tag 'horor'. Did you mean horror", 0),
        ("horror and plot twist", "no tag 'plot'. Did you mean \"plot twist\"", 11),
        ("xqzw", "no tag 'xqzw'. None is spelled like it.", 0),
        ('""', "nothing between", 0),
        ("horror and", "missing at the end", 10),
        ("horror or or comedy", "missing before this", 10),
        ("and horror", "missing before this", 0),
        ("(horror", "closing ) is missing", 7),
        ("(horror))", "closes no (", 8),
        ("()", "missing before this", 1),
        ("horror>=", "ratio is expected here", 8),
        ("horror>=lots", "ratio is expected here", 8),
        ("horror>=30", "between 0 and 1 (30% is 0.3). Write horror>=30%", 8),
        ("horror>=130%", "between 0% and 100%", 8),
        ("horror==0.3", "write >= or <=", 6),
        ("horror &&& comedy", "missing before this", 9),
        ("horror>=-3%", "between 0% and 100%", 8),
        (">=30%", "missing before this", 0),
        ("title:x>=3%", "Only a tag can be compared", 7),
        ('"horror', "is never closed", 0),
        ("horror 'comedy", "is never closed", 7),
        ("yeer:1999", "Unknown field 'yeer'; known: text, title", 0),
        ("horror:0.5", "Write horror>=50%", 0),
        ("year:", "needs a value", 5),
        ("year:x", "1990..1999", 5),
        ("year:..", "1990..1999", 5),
        ("year:1999..1990", "write 1990..1999", 5),
        ("year:19999", "1990..1999", 5),
        ("text:*", "only at the end of a word", 5),
        ("text:*stle", "only at the end of a word", 5),
        ("horror*", "takes no *: write horror", 0),
        ("*horror", "only at the end of a word", 0),
        ("title:' '", "needs a word", 6),
        ("status:lost", "one of running, complete, failed", 7),
        ("source:se*", "takes no *", 7),
        ("quality:cut", "Unknown field 'quality' for movies; known: text", 0),
        ("horror; comedy", "quote a text", 6),
        ("달빛 and 달", "no tag '달'", 7),
    ],
)
def test_mistakes_are_told_with_their_place(query: str, says: str, place: int) -> None:
    with pytest.raises(QueryError) as error:
        parse(query, NAMES)
    assert says in error.value.problem
    assert error.value.position == place
    assert str(error.value).splitlines()[0] == error.value.problem


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(QueryError) as error:
        parse("달빛 and comdy", NAMES)
    assert str(error.value).splitlines()[1:4] == [
        "  달빛 and comdy",
        "           ^",
        "Try: 달빛 and comedy",
    ]
    with pytest.raises(QueryError) as error:
        parse("horror " * 20 + "comdy\x1b31m " + "horror " * 20, NAMES)
    _, line, caret, *_ = str(error.value).splitlines()
    assert line[caret.index("^") :].startswith("comdy 31m ")
    assert len(line) < 80


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("x" * 100_000, f"the maximum is {MOST_CHARACTERS}"),
        ("horror or " * 10_000 + "horror", f"the maximum is {MOST_CHARACTERS}"),
        ("horror " * (MOST_CONDITIONS + 1), f"the maximum is {MOST_CONDITIONS}"),
        ("title:'" + "b " * (MOST_CONDITIONS + 1) + "'", f"the maximum is {MOST_CONDITIONS}"),
        ("not (horror or " * 50 + "horror" + ")" * 50, f"nested at most {MOST_NESTING} deep"),
    ],
)
def test_limits(query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse(query, NAMES)


def test_what_only_looks_deep_is_read() -> None:
    assert parse("(" * 1990 + "horror" + ")" * 1990, NAMES) == HORROR
    assert parse("not " * 998 + "horror", NAMES) == HORROR


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("horror>=30%", "Scenes have no ratios: write horror"),
        ("status:failed", "Unknown field 'status' for scenes"),
        ("source:file", "Unknown field 'source' for scenes"),
    ],
)
def test_of_scenes_there_is_less_to_ask(query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse(query, NAMES, "frames")


TAGS = list(NAMES.vocabulary.tags)


@given(trees(leaves(TAGS, "movies")))
def test_what_a_tree_says_is_read_as_that_tree(tree: Node) -> None:
    assert parse(render(tree), NAMES) == tree


PIECES = st.sampled_from(
    [
        *TAGS,
        "and",
        "or",
        "not",
        "(",
        ")",
        '"',
        "'",
        "\\",
        ">=",
        "<",
        "30%",
        "0.3",
        "year:",
        "1990..",
        "text:",
        "*",
        "-",
        " ",
        "=",
        "x",
        "\x00",
        "\ud800",
    ]
)


@given(
    st.text(max_size=40)
    | st.lists(PIECES, max_size=12).map(" ".join)
    | st.lists(PIECES, max_size=12).map("".join)
)
@example("\ud800:x")
def test_any_text_is_a_query_or_told(query: str) -> None:
    places = []
    try:
        tree = parse(query, NAMES)
    except QueryError as error:
        places.append(error.position)
    else:
        assert parse(render(tree), NAMES) == tree
    assert all(0 <= place <= len(query) for place in places)
