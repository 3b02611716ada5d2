from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.crawl.guard import check_path, check_url, install_network_guard
from movietag.errors import PermanentError

SITES = ("youtube.com", "youtu.be", "Wikimedia.org")
HOSTS = ("127.0.0.1:8080", "media.local:81", "[fd00::5]:80")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=abc&t=1",
        "https://youtube.com/watch?v=abc",
        "HTTPS://YouTube.com./watch",
        "http://youtu.be/abc",
        "https://commons.wikimedia.org/wiki/File:%ED%95%9C.webm",
        "https://commons.wikimedia.org/wiki/File:한.webm",
        "http://127.0.0.1:8080/a.mp4",
        "http://MEDIA.local:81/a.mp4",
        "http://[fd00::5]/a.mp4",
    ],
)
def test_allowed_urls(url: str) -> None:
    check_url(url, SITES, HOSTS)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/", "not of an allowed site"),
        ("http://127.0.0.1:8081/a.mp4", "not of an allowed site"),
        ("http://localhost:8080/a.mp4", "not of an allowed site"),
        ("http://2130706433/", "not of an allowed site"),
        ("http://[::1]:8080/", "not of an allowed site"),
        ("http://169.254.169.254/latest/meta-data", "not of an allowed site"),
        ("https://example.com/a.mp4", "not of an allowed site"),
        ("https://notyoutube.com/a", "not of an allowed site"),
        ("https://youtube.com.evil.example/a", "not of an allowed site"),
        ("https://evil.example/youtube.com", "not of an allowed site"),
        ("https://evil.example?youtube.com", "not of an allowed site"),
        ("https://youtube.com@evil.example/a", "user name"),
        ("https://user:word@youtube.com/a", "user name"),
        ("https://youtube.com:22/a", "port 22"),
        ("https://youtube.com:99999/a", "is not a URL"),
        ("https://[youtube.com/a", "is not a URL"),
        ("https://youtube.com\\@evil.example/", "user name"),
        ("https://youtube.com/a b", "characters"),
        ("file:///etc/passwd", "not an http"),
        ("ftp://youtube.com/a", "not an http"),
        ("ytsearch5:heat", "not an http"),
        ("//youtube.com/a", "not an http"),
        ("youtube.com/a", "not an http"),
        ("https:///a", "not an http"),
        ("", "not an http"),
    ],
)
def test_forbidden_urls_say_why(url: str, said: str) -> None:
    with pytest.raises(PermanentError, match=said) as caught:
        check_url(url, SITES, HOSTS)
    assert caught.value.kind == "forbidden-url"
    assert "word@" not in caught.value.reason  # a password does not get into the dead letters


@given(st.text(max_size=80) | st.text(max_size=40).map(lambda tail: f"https://{tail}"))
def test_any_text_is_allowed_or_forbidden(url: str) -> None:
    try:
        check_url(url, SITES, HOSTS)
    except PermanentError as error:
        assert error.kind == "forbidden-url"  # noqa: PT017  # either outcome is right


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Undoes the guard afterwards."""
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)
    monkeypatch.setattr(socket.socket, "connect_ex", socket.socket.connect_ex)
    return monkeypatch


@pytest.fixture
def listener() -> socket.socket:
    sock = socket.create_server(("127.0.0.1", 0))
    sock.listen()
    return sock


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_guard_refuses_private_addresses_by_number_and_name(
    guarded: pytest.MonkeyPatch, listener: socket.socket, name: str
) -> None:
    install_network_guard([])
    with listener, pytest.raises(PermanentError, match="MOVIETAG_PRIVATE_HOSTS") as caught:
        socket.create_connection((name, listener.getsockname()[1]), timeout=5)
    assert caught.value.kind == "forbidden-address"


def test_the_guard_covers_the_other_ways_to_connect(
    guarded: pytest.MonkeyPatch, listener: socket.socket, tmp_path: Path
) -> None:
    install_network_guard([])
    port = listener.getsockname()[1]
    with listener, socket.socket() as sock:
        with pytest.raises(PermanentError):
            sock.connect_ex(("127.0.0.1", port))
        with pytest.raises(PermanentError):
            sock.connect(("localhost", port))
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(PermanentError):
        sock.connect(("::ffff:127.0.0.1", port))
    with socket.socket(socket.AF_UNIX) as sock, pytest.raises(PermanentError):
        sock.connect(str(tmp_path / "docker.sock"))


def test_the_guard_lets_allowed_hosts_through(
    guarded: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    with listener:
        install_network_guard([f"localhost:{port}"])
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        with pytest.raises(PermanentError):
            socket.create_connection(("127.0.0.1", port - 1), timeout=5)


def test_the_guard_lets_the_proxy_through(
    guarded: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    with listener:
        install_network_guard([], proxy=f"http://user:word@127.0.0.1:{port}")
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_what_was_checked_is_what_is_connected_to(
    guarded: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """A name server that answers a public address first and a private one next gains nothing."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked: list[str] = []

    def rebinding(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    reached: list[object] = []
    guarded.setattr(socket.socket, "connect", lambda _self, address: reached.append(address))
    guarded.setattr(socket, "getaddrinfo", rebinding)
    install_network_guard([])
    with listener, socket.socket() as sock:
        sock.connect(("rebind.example", 80))
    assert reached == [("93.184.216.34", 80)]
    assert asked == ["rebind.example"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "shoes").mkdir(parents=True)
    (tmp_path / "root" / "a.mp4").write_bytes(b"x")
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    (tmp_path / "root" / "loop").symlink_to(tmp_path / "root" / "loop")
    (tmp_path / "root" / "inside").symlink_to(tmp_path / "root" / "a.mp4")
    os.mkfifo(tmp_path / "root" / "pipe")
    (tmp_path / "rooted").mkdir()
    (tmp_path / "rooted" / "a.mp4").write_bytes(b"x")
    return tmp_path / "root"


def test_paths_below_a_root(root: Path) -> None:
    assert check_path(f"{root}/a.mp4", [root], "file") == root / "a.mp4"
    assert check_path(f"{root}/inside", [root], "file") == root / "a.mp4"
    assert check_path(f"{root}/shoes/../a.mp4", [root], "file") == root / "a.mp4"
    assert check_path(f"{root}/shoes", [Path("/nowhere"), root], "folder") == root / "shoes"


@pytest.mark.parametrize("path", ["{root}/nothing.mp4", "/elsewhere/a.mp4"])
def test_the_host_is_named_that_lacks_a_path(root: Path, path: str) -> None:
    with pytest.raises(PermanentError, match=re.escape(socket.gethostname())):
        check_path(path.format(root=root), [root], "file")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc/passwd", "forbidden-path"),
        ("{root}/../secret.mp4", "forbidden-path"),
        ("{root}/out/secret.mp4", "forbidden-path"),
        ("{root}/out/nothing", "forbidden-path"),
        ("{root}ed/a.mp4", "forbidden-path"),
        ("{root}/loop", "forbidden-path"),
        ("{root}/" + "x" * 1500, "missing-path"),
        ("a.mp4", "forbidden-path"),
        ("file:///etc/passwd", "forbidden-path"),
        ("{root}/nothing.mp4", "missing-path"),
        ("{root}/shoes", "missing-path"),
        ("{root}/pipe", "missing-path"),
        ("/dev/zero", "forbidden-path"),
    ],
)
def test_other_paths_are_refused(root: Path, path: str, kind: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_path(path.format(root=root), [root], "file")
    assert caught.value.kind == kind


def test_without_roots_no_path_is_allowed(root: Path) -> None:
    with pytest.raises(PermanentError, match="MOVIETAG_ROOTS"):
        check_path(f"{root}/a.mp4", [], "file")


def test_a_relative_path_is_told_how_to_be_written(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        check_path("films/heat.mp4", [tmp_path], "file")
    assert caught.value.reason == "The path films/heat.mp4 is relative; write it from / on."
