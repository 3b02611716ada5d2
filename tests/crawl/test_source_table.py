"""Every source has a row, and one that only a newer version knows is read, passed on and refused."""

from __future__ import annotations

import pytest

from movietag.crawl.rate import site_of
from movietag.crawl.source_table import SOURCES, source_of
from movietag.errors import PermanentError
from movietag.records import SourceKind, Sources, Video, VideoId, decode, encode

NEWER = b'{"video_id":"tape:1","source":"tape","url":"https://tapes.example/1"}'


def test_every_kind_of_source_has_a_row() -> None:
    assert list(SOURCES) == list(SourceKind)
    assert all(name == source.kind for name, source in SOURCES.items())


@pytest.mark.parametrize("field", Sources.__struct_fields__)
def test_what_a_title_names_belongs_to_one_source(field: str) -> None:
    if field == "more":  # a newer version's
        return
    named = Sources(**{field: ("x",)})
    assert named
    assert [source.named(named) for source in SOURCES.values()].count(("x",)) == 1


@pytest.mark.parametrize("kind", SourceKind)
def test_a_source_is_written_as_text_and_found_again(kind: SourceKind) -> None:
    written = encode(Video(VideoId("x:1"), kind, "https://x.example/1"))
    assert f'"source":"{kind.value}"'.encode() in written
    assert source_of(decode(Video, written)).kind is kind


def test_a_newer_versions_source_is_read_and_written_again() -> None:
    video = decode(Video, NEWER)
    assert encode(video) == NEWER
    assert site_of(video) == "tapes.example"
    with pytest.raises(PermanentError, match="tape") as caught:
        source_of(video)
    assert caught.value.kind == "bad-record"
