"""Tags in NFO files: what was there stays, byte for byte; written twice is written once; what we wrote can go again."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from exporting.kodi import kodi_tags
from hypothesis import given
from hypothesis import strategies as st

from movietag.exporting.nfo import UnusableNfoError, with_tags

KODI = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>Heat</title>
    <!-- mine -->
    <tag>favourite</tag>
    <tag>Horror</tag>
    <custom a="1">&amp; kept</custom>
    <actor>
        <name>Al Pacino</name>
        <tag>not of the movie</tag>
    </actor>
</movie>
"""
FORMS = {
    "of Kodi": KODI.encode(),
    "with a BOM": b"\xef\xbb\xbf" + KODI.encode(),
    "of Windows": KODI.replace("\n", "\r\n").encode(),
    "tabs": KODI.replace("    ", "\t").encode(),
    "UTF-16": KODI.replace("UTF-8", "UTF-16").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + KODI.replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "Latin-1": KODI.replace("UTF-8", "ISO-8859-1").replace("Heat", "Amélie").encode("latin-1"),
    "Windows-1252": KODI.replace("UTF-8", "windows-1252")
    .replace("Heat", "\u201cHeat\u201d")
    .encode("cp1252"),
    "KOI8": KODI.replace("UTF-8", "koi8-r").replace("Heat", "Сталкер").encode("koi8-r"),
    "one line": b"<movie><title>Heat</title></movie>",
    "only a comment": b"<movie><!-- nothing yet --></movie>",
    "an address behind": KODI.encode() + b"https://www.imdb.com/title/tt0113277/\n",
    "nothing in it": b"<movie>\n</movie>\n",
    "text around": b"<movie>\n  loose <b/> text\n</movie>",
}


@pytest.mark.parametrize("document", FORMS.values(), ids=FORMS)
def test_all_else_stays(document: bytes) -> None:
    others = kodi_tags(document)
    tags = ["gothic", "Mystère & <b>", "恐怖"]
    written = with_tags(document, tags)
    assert kodi_tags(written) == [*others, *tags]
    assert with_tags(written, tags) == written
    assert with_tags(written, ()) == document
    changed = with_tags(written, ["gothic", "dark"])
    assert kodi_tags(changed) == [*others, "gothic", "dark"]
    assert with_tags(changed, ()) == document


def test_the_lines_look_like_the_others() -> None:
    lines = with_tags(FORMS["of Windows"], ["gothic"]).decode().splitlines(keepends=True)
    assert lines[-2:] == ['    <tag source="movietag">gothic</tag>\r\n', "</movie>\r\n"]


def test_a_tag_of_others_is_not_written_again() -> None:
    written = with_tags(KODI.encode(), ["horror", "favourite", "gothic"])
    assert kodi_tags(written) == ["favourite", "Horror", "gothic"]
    assert with_tags(written, ["horror", "favourite", "gothic"]) == written


def test_no_tag_breaks_the_xml() -> None:
    written = with_tags(KODI.encode(), ["a\uffffb\x00c", "<d>&"])
    assert kodi_tags(written)[2:] == ["ab c", "<d>&"]
    assert with_tags(written, ["a\uffffb\x00c", "<d>&"]) == written


def test_what_others_add_behind_ours_stays() -> None:
    written = with_tags(KODI.encode(), ["gothic"])
    more = written.replace(b"</movie>", b"    <watched>true</watched>\n</movie>")
    expected = KODI.encode().replace(b"</movie>", b"    <watched>true</watched>\n</movie>")
    assert with_tags(more, ()) == expected


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"https://www.imdb.com/title/tt0113277/", "not XML"),
        (b"<movie><title>Heat</movie>", "not XML"),
        (b"<movie><title>Heat</title>", "not XML"),
        (b"", "not XML"),
        (b"<tvshow><title>Heat</title></tvshow>", "root is <tvshow>"),
        (b"<movie/>", "empty"),
        (b'<!DOCTYPE movie [<!ENTITY a "b">]><movie><title>&a;</title></movie>', "DOCTYPE"),
        (b'<?xml version="1.0" encoding="klingon"?><movie><a/></movie>', "not text in klingon"),
        (b"<movie><title>Am\xe9lie</title></movie>", "not text in utf-8"),
        (b"<movie>" + b" " * (4 << 20) + b"</movie>", "larger"),
    ],
)
def test_what_cannot_be_changed_without_harm_is_refused(document: bytes, reason: str) -> None:
    with pytest.raises(UnusableNfoError, match=reason):
        with_tags(document, ["gothic"])


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
elements = st.one_of(
    words.map(lambda word: ET.tostring(_element("tag", word), "unicode")),
    words.map(lambda word: ET.tostring(_element("plot", word), "unicode")),
    st.sampled_from(
        ["<!-- <tag>no</tag> -->", "<tag/>", "<![CDATA[<tag>]]>", "<?php tag ?>", "loose"]
    ),
)
spaces = st.sampled_from(["", "\n", "\r\n    ", "\n\n\t", " "])


def _element(name: str, text: str) -> ET.Element:
    made = ET.Element(name)
    made.text = text
    return made


@given(
    st.lists(st.tuples(spaces, elements), min_size=1, max_size=6),
    spaces,
    st.lists(words, max_size=4, unique_by=str.casefold),
    st.lists(words, max_size=4, unique_by=str.casefold),
)
def test_any_document(
    parts: list[tuple[str, str]], end: str, tags: list[str], then: list[str]
) -> None:
    """Whatever stands in it: written and removed it is what it was, and twice is once."""
    document = f"<movie>{''.join(map(''.join, parts))}{end}</movie>".encode()
    written = with_tags(document, tags)
    assert with_tags(written, tags) == written
    assert {tag.casefold() for tag in tags} <= {tag.casefold() for tag in kodi_tags(written)}
    assert with_tags(with_tags(written, then), ()) == document
