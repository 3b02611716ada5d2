"""Files, folders and addresses of settings: what cannot be used is named in a line each, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.errors import UsageError
from movietag.local.stack import Stack
from movietag.settings import Settings, load_settings
from movietag.settings.paths import PathKind, check_paths

PATHS = [
    name
    for name, field in Settings.model_fields.items()
    if any(isinstance(one, PathKind) for one in field.metadata)
]


def test_every_path_of_the_table_has_a_kind_or_is_made_by_us() -> None:
    paths = {
        name for name, field in Settings.model_fields.items() if "Path" in str(field.annotation)
    }
    assert paths - set(PATHS) == {"home", "cache", "roots"}
    assert len(PATHS) > 10


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_leads_nowhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check_paths(Settings(**{name: tmp_path / "nowhere"}))  # type: ignore[arg-type]
    first, line = str(caught.value).splitlines()
    assert first == "Invalid settings:"
    assert line.startswith(f"  MOVIETAG_{name.upper()}: there is no f")
    assert line.endswith(f"{tmp_path}/nowhere.")


def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    check_paths(Settings(cookies=file, model_path=tmp_path))
    with pytest.raises(UsageError) as caught:
        check_paths(Settings(cookies=tmp_path, model_path=file))
    assert "file is not a folder." in str(caught.value)
    assert f"MOVIETAG_COOKIES: {tmp_path} is not a file." in str(caught.value)


def test_a_stack_refuses_them_before_it_fetches_or_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movietag.local.stack.require_parts", lambda: None)
    monkeypatch.setattr("movietag.local.stack.install_servers", pytest.fail)
    stack = Stack(Settings(home=tmp_path, thresholds=Path("no/thresholds.json")))
    with pytest.raises(UsageError, match="MOVIETAG_THRESHOLDS: there is no file /"):
        stack.start()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ELASTICSEARCH", "127.0.0.1:9200", "write http://HOST:PORT"),
        ("ELASTICSEARCH", "ftp://search:9200", "'ftp://search:9200' is no URL of HTTP"),
        ("ELASTICSEARCH", "localhost:9200", "'localhost:9200' is no URL of HTTP"),
        ("ELASTICSEARCH", "nonsense", "'nonsense' is no URL of HTTP"),
        ("KAFKA", "kafka://broker:9092", "is not HOST:PORT"),
        ("TRITON", "grpc://gpu1:8001", "is not HOST:PORT"),
    ],
)
def test_an_address_of_another_form_is_refused(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MOVIETAG_{name}", value)
    with pytest.raises(UsageError) as caught:
        load_settings()
    first, line = str(caught.value).splitlines()
    assert (first, line.split(":")[0]) == ("Invalid settings:", f"  MOVIETAG_{name}")
    assert says in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("elasticsearch", "https://search.example.org:9200/under"),
        ("elasticsearch", None),
        ("kafka", "one:9092,two:9092"),
        ("triton", "gpu1:8001, gpu2:8001"),
    ],
)
def test_an_address_as_it_should_be_stays(name: str, value: str | None) -> None:
    assert getattr(Settings(**{name: value}), name) == value  # type: ignore[arg-type]
