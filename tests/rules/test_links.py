from __future__ import annotations

import pytest

from movietag.rules.links import link


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("https://m.youtube.com/watch?v=a_b", "https://m.youtube.com/watch?v=a_b&t=72s"),
        (
            "https://youtube.com/watch?t=1m3s&v=a&list=x",
            "https://youtube.com/watch?v=a&list=x&t=72s",
        ),
        ("https://www.youtube.com/watch?v=a#t=30", "https://www.youtube.com/watch?v=a&t=72s"),
        ("https://www.youtube.com/live/a?si=x", "https://www.youtube.com/watch?v=a&si=x&t=72s"),
        ("https://www.youtube.com/shorts/a/", "https://www.youtube.com/watch?v=a&t=72s"),
        (
            "https://www.youtube.com/embed/a?start=5&end=9",
            "https://www.youtube.com/embed/a?end=9&start=72",
        ),
        ("https://player.vimeo.com/video/1?h=x&t=4", "https://player.vimeo.com/video/1?h=x#t=72s"),
        ("https://vimeo.com/1/hash#comments", "https://vimeo.com/1/hash#t=72s"),
        ("https://dai.ly/x7?start=1", "https://dai.ly/x7?start=72"),
        (
            "https://www.dailymotion.com/embed/video/x7",
            "https://www.dailymotion.com/embed/video/x7?start=72",
        ),
        ("https://archive.org/embed/a", "https://archive.org/embed/a?start=72"),
        (
            "https://archive.org/details/a/b.mp4?start=9#x",
            "https://archive.org/details/a/b.mp4?start=72#x",
        ),
        (
            "https://ia800.us.archive.org/1/items/a/a.mp4",
            "https://ia800.us.archive.org/1/items/a/a.mp4#t=72.5",
        ),
        (
            "https://commons.wikimedia.org/wiki/File:A_b%3F.webm",
            "https://commons.wikimedia.org/wiki/Special:FilePath/A_b%3F.webm#t=72.5",
        ),
        (
            "http://nas:8096/x.mp4?t=key#xywh=0,0,9,9&t=3",
            "http://nas:8096/x.mp4?t=key#xywh=0,0,9,9&t=72.5",
        ),
        ("https://notyoutube.com/watch?v=a", "https://notyoutube.com/watch?v=a#t=72.5"),
        (
            "https://www.youtube.com.example.org/watch?v=a",
            "https://www.youtube.com.example.org/watch?v=a#t=72.5",
        ),
        ("/srv/#1 hits?.mp4", "/srv/#1 hits?.mp4#t=72.5"),
        ("http://[broken", "http://[broken#t=72.5"),
        ("", "#t=72.5"),
    ],
)
def test_a_link_opens_the_video_at_the_second(url: str, opened: str) -> None:
    assert link(url, 72.46) == opened


def test_a_link_made_twice_is_the_same() -> None:
    for url in (
        "https://youtu.be/a",
        "https://vimeo.com/1",
        "https://archive.org/details/a",
        "https://x.org/a.mp4",
    ):
        assert link(link(url, 5), 72.46) == link(url, 72.46)
