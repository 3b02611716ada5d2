"""A secret that cannot be read is one line: which file, who we are, and what helps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from movietag.settings.secret_files import why_unreadable

pytestmark = pytest.mark.heavy

NAMES = ("kafka_password", "triton_key")
COMMANDS = (("movietag.cli", "status"), ("movietag.streams.plan",), ("movietag.streams.index",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Secrets, one of which nobody may read."""
    made = tmp_path / "secrets"
    made.mkdir()
    (made / "movietag_triton_key").write_text("0123456789abcdef")
    (made / "movietag_kafka_password").write_text("seed-71c3")
    (made / "movietag_kafka_password").chmod(0)
    return made


def powerless(command: list[str]) -> list[str]:
    """The same without root's right to read everything."""
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv: apt-get install util-linux")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_it_is_told_in_a_line_with_file_user_and_remedy(
    folder: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        powerless([sys.executable, "-m", *words]),
        env={
            **os.environ,
            "MOVIETAG_SECRETS_DIR": str(folder),
            "MOVIETAG_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    path = folder / "movietag_kafka_password"
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"The secret {path} cannot be read by uid {os.geteuid()}:" in line
    assert "mode 0 " in line
    assert line.endswith(f"chmod 600 {path}")


def test_where_another_user_owns_it_it_is_to_be_opened(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of somebody else")
    program = f"""
import os
from pathlib import Path
from movietag.settings.secret_files import why_unreadable
os.setgroups([]); os.setgid(10001); os.setuid(10001)
print(why_unreadable(Path({str(folder)!r}), {NAMES!r}))
"""
    for each in (*folder.parents, folder):
        if each.stat().st_uid == 0 and not each.stat().st_mode & 0o001 and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)
    folder.chmod(0o755)
    (folder / "movietag_kafka_password").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    path = folder / "movietag_kafka_password"
    assert "by uid 10001: it belongs to uid 0 and has mode 600 " in done.stdout
    assert f"chmod 644 {path} (or chown 10001 {path})" in done.stdout


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert why_unreadable(tmp_path / "none", NAMES) == (
        f"MOVIETAG_SECRETS_DIR: {tmp_path / 'none'} does not exist."
    )


def test_what_is_no_secret_of_ours_may_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "movietag_triton_key").write_text("0123456789abcdef")
    (tmp_path / "web-keys").write_bytes(b"\xff")
    assert why_unreadable(tmp_path, NAMES) is None
    (tmp_path / "movietag_kafka_password").write_bytes(b"\xff")
    told = why_unreadable(tmp_path, NAMES)
    assert told == f"The secret {tmp_path / 'movietag_kafka_password'} is not UTF-8 text."
