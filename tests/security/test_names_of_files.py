"""Paths that titles name, and names that sites give, which mean to lead elsewhere."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from alone import frames
from crawl.misbehaving import serving
from standin_names import NAMES
from worlds import ordinary

from movietag.crawl.errors import SiteError
from movietag.crawl.guard import check_path
from movietag.errors import PermanentError
from movietag.records import Video, VideoId
from movietag.settings import Settings

pytestmark = pytest.mark.heavy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "inner").mkdir(parents=True)
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (tmp_path / "root" / "a.mp4").write_bytes(b"x")
    (tmp_path / "root" / "chain").symlink_to("inner/next")
    (tmp_path / "root" / "inner" / "next").symlink_to("../../secret.mp4")
    (tmp_path / "root" / "proc").symlink_to("/proc/self/root")
    (tmp_path / "root" / "fd").symlink_to("/dev/fd/0")
    return tmp_path / "root"


@pytest.mark.parametrize(
    "path",
    [
        "{root}/chain",
        "{root}/./inner/../../secret.mp4",
        "{root}//..//secret.mp4",
        "{root}/inner/../../root/../secret.mp4",
        "{root}/proc/etc/passwd",
        "{root}/proc{root}/../secret.mp4",
        "{root}/fd",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd/pyproject.toml",
        "/dev/fd/0",
        "//etc/passwd",
        "{root}/a.mp4\0.txt",
        "{root}/a.mp4\n",
        "{root}/a.mp4/../../secret.mp4",
        "~/secret.mp4",
        "$HOME/secret.mp4",
        "{root}/" + "a/" * 3000,
        "{root}/\udcff",
        "",
    ],
)
def test_a_title_reads_nothing_outside_of_the_roots(path: str, root: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        check_path(path.replace("{root}", str(root)), [root], "file")
    assert caught.value.kind in ("forbidden-path", "missing-path")


GIVEN = """
import json, sys
from pathlib import Path
from movietag.crawl.fetch import _given
from movietag.crawl.source_table import SOURCES
from movietag.errors import PermanentError
from movietag.records import Video, VideoId
kinds = []
for source, path in (("file", sys.argv[1] + "/own.mp4"), ("images", sys.argv[1] + "/own")):
    try:
        _given(Video(VideoId("x:0"), source, path), SOURCES[source], [Path(sys.argv[1])], False)
    except PermanentError as error:
        kinds.append(error.kind)
print(json.dumps({"kinds": kinds}))
"""


def test_what_the_account_may_not_read_is_said_to_be_so() -> None:
    """For good: it would not be had by trying again."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "own.mp4").touch(mode=0o000)
        (Path(folder) / "own").mkdir(mode=0o000)
        found = ordinary().answer("-c", GIVEN, folder)
        assert found == {"kinds": ["missing-path", "missing-path"]}


@pytest.mark.parametrize("name", NAMES)
async def test_a_site_names_no_file_outside_of_the_childs_folder(name: str, tmp_path: Path) -> None:
    before = _left()
    (tmp_path / "good.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(1000))
    with serving(tmp_path) as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        settings = Settings(
            home=tmp_path / "home",
            ytdlp_extractors=("standin_names:NamesIE",),
            private_hosts=(site.host,),
        )
        video = Video(VideoId("v:0"), "url", site.url(f"names/{name}"))
        with suppress(SiteError), pytest.raises(PermanentError):  # none of them is a whole video
            await frames(video, settings)
    assert _left() == before


def _left() -> set[Path]:
    """What such a name would have left, wherever."""
    temp = Path(tempfile.gettempdir())
    return {found for folder in (temp, temp.parent, Path.cwd()) for found in folder.glob("*left*")}
