"""`movietag clip` of a file that is named by its path: no server is needed."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from frames.drawn_videos import write_video
from typer.testing import CliRunner

from movietag.cli import app

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("films") / "film [x].mp4", count=150)


def clip(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["clip", *map(str, arguments)])
    return done.exit_code, " ".join(done.output.split())


def test_a_file_is_cut(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    code, said = clip(film, "1", "0:03", "-o", out)
    assert (code, "2 s of film [x].mp4, copied unchanged" in said) == (0, True)
    with av.open(str(out)) as container:
        assert float(container.duration or 0) / av.time_base == pytest.approx(2, abs=0.2)
    code, said = clip(film, "1.5", "3", "-o", out)
    assert (code, "encoded again" in said) == (0, True)


@pytest.mark.parametrize(
    ("start", "end", "name", "said"),
    [
        ("3", "1", "clip.mp4", "must be after its start"),
        ("one", "2", "clip.mp4", "no time"),
        ("1", "2", "clip.avi", "name it clip.mp4"),
        ("90", "91", "clip.mp4", "ends before the clip begins"),
        ("1", "2", "missing/clip.mp4", "cannot be written"),
    ],
)
def test_a_mistake_is_a_line_and_leaves_no_file(
    film: Path, tmp_path: Path, start: str, end: str, name: str, said: str
) -> None:
    code, output = clip(film, start, end, "-o", tmp_path / name)
    assert (code, said in output) == (2, True), output
    assert list(tmp_path.iterdir()) == []
