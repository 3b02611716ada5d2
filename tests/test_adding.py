from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from movietag.adding import checked, message
from movietag.cli.add import add
from movietag.errors import UsageError
from movietag.settings import Settings, settings

HERE = Settings(private_hosts=("127.0.0.1:8080",))


@pytest.mark.parametrize("url", ["https://youtu.be/x", "http://127.0.0.1:8080/a.mp4"])
def test_the_address_of_a_video_that_the_settings_allow(url: str) -> None:
    value = message("Heat (1995)", {"urls": [url]}, refresh=False)
    assert json.loads(value)["urls"] == [url]
    assert checked(value, HERE).title == "Heat"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "no http or https URL"),
        ("https://example.com/a.mp4", "MOVIETAG_SITES"),
        ("http://127.0.0.1:8081/a.mp4", "MOVIETAG_PRIVATE_HOSTS"),
    ],
)
def test_an_address_that_the_stages_would_refuse(url: str, says: str) -> None:
    asked = message("Heat (1995)", {"urls": ["https://youtu.be/x", url]}, refresh=False)
    with pytest.raises(UsageError, match=says):
        checked(asked, HERE)
    with pytest.raises(UsageError, match=says):
        checked(json.dumps({"title": "Heat", "urls": [url]}).encode(), HERE)


def test_the_command_refuses_it_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIETAG_KAFKA", "127.0.0.1:9")  # sending would end with another status
    settings.cache_clear()
    app = typer.Typer()
    app.command()(add)
    result = CliRunner().invoke(app, ["Heat", "--url", "file:///etc/passwd"])
    settings.cache_clear()
    assert (result.exit_code, "no http or https URL" in result.stderr) == (2, True)
