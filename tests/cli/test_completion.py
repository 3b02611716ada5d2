"""What shells are offered: by a real bash with the stack away, and of queries, titles and saved names."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from movietag.cli.app import app
from movietag.cli.completing import complete_query, complete_tags
from movietag.settings import get_settings

MOVIETAG = Path(sys.executable).with_name("movietag")
AWAY = {"MOVIETAG_ELASTICSEARCH": "http://127.0.0.1:9", "MOVIETAG_VOCABULARY": "mpst"}


@pytest.fixture(autouse=True)
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("horro", ["horror"]),
        ("horror and come", ["horror and comedy"]),
        ("not (horror or come", ["not (horror or comedy"]),
        ("comedy -horro", ["comedy -horror"]),
        ("plot", ["plot_twist"]),
        ('horror "plot', ['horror "plot twist"']),
        ("horror a", ["horror absurd"]),
        ("stat", ["status:"]),
        ("horror status:comp", ["horror status:complete"]),
        ("source:f", ["source:file"]),
        ("horror an", ["horror and"]),
        ("moonlit harb", []),
        ("year:19", []),
    ],
)
def test_the_last_word_of_a_query_is_completed(typed: str, offered: list[str]) -> None:
    made = complete_query(typed)
    assert set(offered) <= set(made)
    assert bool(made) == bool(offered)


def test_what_was_typed_stays() -> None:
    assert complete_tags("HOrr") == ["HOrror"]
    assert all(one.startswith("ho") for one in complete_query("ho"))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["search", "'horror and come"], ["horror and comedy"]),
        (["search", "status", ":", "comp"], ["complete"]),
        (["show", "Moon"], []),
    ],
)
def test_bash_is_offered_words_as_it_writes_them(
    tmp_path: Path, words: list[str], offered: list[str]
) -> None:
    """The function of the script, called as bash calls it: `status:comp` comes in three words."""
    script = tmp_path / "movietag.bash"
    printed = CliRunner().invoke(app, ["completion", "bash"])
    line = " ".join(["movietag", *words]).replace(" : ", ":")
    call = [
        f"COMP_LINE={shlex.quote(line)}",
        f"COMP_WORDS=(movietag {' '.join(map(shlex.quote, words))})",
        f"COMP_CWORD={len(words)}",
        f"_movietag_completion {shlex.quote(str(MOVIETAG))}",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    script.write_text("\n".join([printed.stdout, *call]))
    done = subprocess.run(
        ["bash", "--norc", script],
        env=os.environ | AWAY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in done.stdout.splitlines() if line] == offered
    assert done.stderr == ""
