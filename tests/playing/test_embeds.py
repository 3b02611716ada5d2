"""Which videos play in a site's own player: by their address alone."""

from __future__ import annotations

import pytest

from movietag.playing.embeds import embed

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start={at}&autoplay=1&rel=0"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=12s", YOUTUBE),
        ("https://m.youtube.com/watch?list=x&v=dQw4w9WgXcQ", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", YOUTUBE),
        (
            "https://vimeo.com/76979871#t=3s",
            "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1#t={at}s",
        ),
        (
            "https://www.dailymotion.com/video/x8m8jaf?start=4",
            "https://geo.dailymotion.com/player.html?video=x8m8jaf&startTime={at}",
        ),
        (
            "https://dai.ly/x8m8jaf",
            "https://geo.dailymotion.com/player.html?video=x8m8jaf&startTime={at}",
        ),
        (
            "https://archive.org/details/BigBuckBunny_124?start=9",
            "https://archive.org/embed/BigBuckBunny_124?start={at}&autoplay=1",
        ),
    ],
)
def test_players_of_sites(url: str, address: str) -> None:
    found = embed(url)
    assert found is not None
    assert found.address == address
    assert address.startswith(found.origin + "/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/films/heat.mp4",
        "javascript:alert(1)//youtu.be/dQw4w9WgXcQ",
        "https://youtube.com.evil.org/watch?v=dQw4w9WgXcQ",
        "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.org/watch?v=dQw4w9WgXcQ",
        "https://me:you@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ%22%3E",
        "https://www.youtube.com/watch?v=../../logout",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/redirect?q=https://evil.org/dQw4w9WgXcQ",
        "https://vimeo.com/channels/staffpicks",
        "https://vimeo.com/76979871/../x",
        "https://archive.org/download/x/y.mp4",
        "https://archive.org/details/x%2F..",
        "https://[not-an-address/watch",
        "http://127.0.0.1:9/video/a.mp4",
    ],
)
def test_anything_else_has_none(url: str) -> None:
    assert embed(url) is None
