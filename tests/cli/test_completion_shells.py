"""The scripts of `movietag completion`, run by their shells with Elasticsearch away; zsh and fish where they are installed."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.patience import patience

from movietag.cli.completion import SCRIPTS

pytestmark = pytest.mark.heavy
MOVIETAG = Path(sys.executable).with_name("movietag")
ENVIRONMENT = os.environ | {
    "MOVIETAG_ELASTICSEARCH": "http://127.0.0.1:9",
    "MOVIETAG_VOCABULARY": "mpst",
    "PATH": f"{MOVIETAG.parent}:{os.environ['PATH']}",
}
LINES = [
    ("movietag sear", ["search", "searches"]),
    ("movietag search 'horror and come", ["horror and comedy"]),
    ("movietag show Moon", []),
]


def offered(shell: str, folder: Path, *lines: str, before: str = "") -> list[str]:
    """What a shell prints for its script and these lines after it; skips where there is no such shell."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: its script is only read, not run")
    script = folder / "script"
    script.write_text("\n".join([before, SCRIPTS[shell], *lines, ""]))
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["-N"]}[shell]
    environment = ENVIRONMENT | {"HOME": str(folder)}
    done = subprocess.run(
        [shell, *options, script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["search", "'horror and come"], ["horror and comedy"]),
        (["search", "status", ":", "comp"], ["complete"]),
        (["show", "Moon"], []),
    ],
)
def test_bash_is_offered_words_as_it_writes_them(
    tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    """The function of the script, called as bash calls it: `status:comp` comes in three words."""
    line = " ".join(["movietag", *words]).replace(" : ", ":")
    call = [
        f"COMP_LINE={shlex.quote(line)}",
        f"COMP_WORDS=(movietag {' '.join(map(shlex.quote, words))})",
        f"COMP_CWORD={len(words)}",
        f"_movietag_completion {shlex.quote(str(MOVIETAG))}",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    assert offered("bash", tmp_path, *call) == expected


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_zsh_is_offered_words(tmp_path: Path, line: str, expected: list[str]) -> None:
    """The function of the script, as zsh calls it, with what zsh has only while it completes replaced."""
    words = line.split(" ", 2)
    stubs = 'compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { :; }'
    call = f"words=({' '.join(map(shlex.quote, words))}); CURRENT={len(words)}; _movietag"
    assert offered("zsh", tmp_path, call, before=stubs) == expected


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_fish_is_offered_words(tmp_path: Path, line: str, expected: list[str]) -> None:
    assert offered("fish", tmp_path, f"complete -C {shlex.quote(line)}") == expected


@pytest.mark.parametrize("shell", SCRIPTS)
def test_every_script_asks_in_the_same_way(shell: str) -> None:
    """Read, not run: words a line each, which one is completed, and nothing on stderr."""
    script = SCRIPTS[shell]
    call = re.search(
        r"COMP_WORDS=(?P<words>.+?) COMP_CWORD=(?P<number>\S+)[^|]*$", script, re.M | re.S
    )
    assert call is not None
    assert "_MOVIETAG_COMPLETE=complete_bash" in call[0]
    assert "2>/dev/null" in call[0]
    joined = {"bash": "words[*]", "zsh": "(F)words", "fish": r"string join \n"}
    assert joined[shell] in call["words"]


def test_a_tab_in_a_real_bash(tmp_path: Path) -> None:
    """An interactive bash on a terminal of its own: what is typed, a tab, and the word is whole."""
    script = tmp_path / "script"
    script.write_text(SCRIPTS["bash"])
    ours, theirs = pty.openpty()
    environment = ENVIRONMENT | {"HOME": str(tmp_path), "TERM": "dumb"}
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    try:
        os.close(theirs)
        os.write(ours, f"source {shlex.quote(str(script))}\n".encode())
        os.write(ours, b"movietag search 'horror and come\t")
        assert "horror and comedy'" in printed_until(ours, "comedy'")
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def printed_until(terminal: int, text: str) -> str:
    """What comes from a terminal until a text is in it, or nothing has come for long."""
    printed = ""
    until = time.monotonic() + patience(20)
    while text not in printed and (left := until - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            printed += os.read(terminal, 4096).decode(errors="replace")
    return printed
