"""What a child that handles strangers' bytes gets at, layer by layer, on this kernel.

Each world is real: another user, a mount namespace, a filter that hides a part of the kernel. One that
cannot be made here is skipped, with the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import hostile
import numpy as np
import pytest
from alone import LIMITS
from crawl.misbehaving import Misbehaving, serving
from worlds import World, kernel_lacks, worlds

from movietag.errors import PermanentError
from movietag.sandbox.access import NETWORK, NOTHING, Access
from movietag.sandbox.parent import run_child

pytestmark = pytest.mark.heavy

HERE = Path(__file__).parent
TCP_AND_UDP = ["tcp", "tcp6", "udp", "udp6"]
WORLDS = [pytest.param(world, id=world.name.replace(" ", "-")) for world in worlds()]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that every account can walk to (pytest's are its own), with a video and a secret."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o711)
        _draw(Path(made) / "good.mp4")
        (Path(made) / "secret").write_text("x")
        (Path(made) / "secret").chmod(0o600)
        yield Path(made)


def _draw(path: Path) -> None:
    """Five seconds of noise, a picture of its own in each frame."""
    draw = np.random.default_rng(1)
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(25):
            blocks = draw.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            picture = np.kron(blocks, np.ones((40, 40, 1), dtype=np.uint8))
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Misbehaving]:
    with serving(folder) as server:
        yield server


@pytest.fixture(scope="module")
def seen() -> dict[str, dict[str, Any]]:
    return {}


def look(world: World, folder: Path, site: Misbehaving, seen: dict[str, Any]) -> dict[str, Any]:
    """What children get at in a world; looked at once."""
    if world.name not in seen:
        job = hostile.Job(
            read=[
                *map(str, (folder / "secret", folder, "/etc/passwd", "/root", "/proc/1/environ"))
            ],
            write=[".", "/tmp", "/dev/shm", str(folder), str(HERE)],
            run=["/bin/true"],
        )
        (folder / "file").mkdir(exist_ok=True)
        file = folder / "file" / "good.mp4"
        file.write_bytes((folder / "good.mp4").read_bytes())
        file.chmod(0o644)
        file.parent.chmod(0o755)
        script = str(HERE / "alone.py")
        url = site.url("good.mp4")
        seen[world.name] = world.answer(script, json.dumps(job), url, site.host, str(file))
    found: dict[str, Any] = seen[world.name]
    return found


@pytest.mark.parametrize("world", WORLDS)
def test_a_video_gives_the_same_frames_everywhere(
    world: World, folder: Path, site: Misbehaving, seen: dict[str, Any]
) -> None:
    found = look(world, folder, site, seen)
    assert found["frames of the url"].startswith("5 ")
    assert found["frames of the file"] == found["frames of the url"]
    assert len({one["frames of the url"] for one in seen.values()}) == 1
    assert found["deno"].strip() == "42"


@pytest.mark.parametrize("world", WORLDS)
def test_a_child_gets_at_nothing_but_its_own(
    world: World, folder: Path, site: Misbehaving, seen: dict[str, Any]
) -> None:
    found = look(world, folder, site, seen)
    assert found["layers"]["files"] == world.landlock
    assert found["layers"]["calls"] == world.seccomp
    for name in ("decoding", "downloading"):
        got = found[name]
        assert got["parent"] == [], name
        assert got["become"] == [] or world.uid in (None, 0), name
        assert got["who"]["no new privileges"] == 1
        assert got["who"]["stdin"] == ""
        if world.landlock:
            assert got["read"] == [], name
            assert got["write"] == ["."], name
            assert got["signals"] == [], name
            assert got["run"] == [], name
        if world.seccomp:
            assert got["calls"] == [], name
            assert got["who"]["seccomp"] == 2
    if world.seccomp:
        assert found["decoding"]["sockets"] == []
        assert found["decoding"]["run"] == []
        assert found["downloading"]["sockets"] == ["pair", *TCP_AND_UDP]


@pytest.mark.parametrize("world", WORLDS)
def test_root_is_not_who_decodes(
    world: World, folder: Path, site: Misbehaving, seen: dict[str, Any]
) -> None:
    found = look(world, folder, site, seen)
    for name in ("decoding", "downloading"):
        who = found[name]["who"]
        if world.uid is not None:
            assert who["uids"] == [world.uid] * 3
            assert who["gids"] == [world.uid] * 3
            assert who["groups"] == []
        # To read what Python imports where only root may, and only behind Landlock; nothing else.
        assert set(who["capabilities"]) <= ({0, 1 << 2} if world.landlock else {0})
        if (
            not world.landlock and os.geteuid() not in who["uids"]
        ):  # the secret is another account's
            assert str(folder / "secret") not in found[name]["read"]


def test_without_the_layers_all_of_it_is_had(folder: Path) -> None:
    """The control: the same attempts, unconfined; else the tests above would show nothing."""
    job = hostile.Job(read=[str(folder / "secret")], write=[str(folder)], run=["/bin/true"])
    code = f"import hostile; print(next(hostile.attack({json.dumps(job).encode()!r})).decode())"
    path = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, check=True)
    got = json.loads(done.stdout)
    assert got["read"] == [str(folder / "secret")]
    assert got["write"] == [str(folder)]
    assert got["run"] == ["/bin/true"]
    assert {*TCP_AND_UDP, "unix", "pair", "listening"} <= {*got["sockets"]}
    assert got["signals"]
    assert "environ" in got["parent"]
    assert "unshare" in got["calls"] or os.geteuid() != 0


async def run(function: str, job: bytes = b"", access: Access = NOTHING) -> list[str]:
    got: list[str] = []

    async def keep(message: bytes) -> None:
        got.append(message.decode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        await run_child(f"hostile:{function}", job, LIMITS, keep, access=access)
    return got


@pytest.fixture
def _whole() -> None:
    if lacks := kernel_lacks():
        pytest.skip(lacks)


@pytest.mark.usefixtures("_whole")
async def test_a_child_does_in_its_folder_what_libraries_do_and_no_more() -> None:
    assert await run("scratch") == ["True", "False", "False", "False"]


@pytest.mark.parametrize("access", [NOTHING, NETWORK])
async def test_nothing_leaves_the_group_that_the_parent_ends(access: Access) -> None:
    assert await run("flee", access=access) == ["False"]


async def test_a_child_may_have_threads() -> None:
    assert await run("threads") == ["[0, 1, 2, 3]"]


@pytest.mark.skipif(
    os.uname().machine != "x86_64", reason="only x86-64 has a second set of numbers"
)
@pytest.mark.parametrize("access", [NOTHING, NETWORK])
async def test_calls_by_other_numbers_end_the_child(access: Access) -> None:
    with pytest.raises(PermanentError, match="SIGSYS") as caught:
        await run("x32", access=access)
    assert caught.value.kind == "crashed"


async def test_a_child_with_the_network_resolves_and_connects(site: Misbehaving) -> None:
    # Its answer to what is no HTTP; who may be talked to is the guard's matter, not the kernel's.
    job = f"localhost:{site.server_port}".encode()
    assert await run("resolve", job, NETWORK) == ["<!DOC"]
    with pytest.raises(Exception, match=r"PermissionError|gaierror"):
        await run("resolve", job)


@pytest.mark.usefixtures("_whole")
async def test_what_is_given_is_read_and_nothing_beside_it(folder: Path) -> None:
    job = hostile.Job(
        read=[str(folder / "secret"), str(folder / "good.mp4")], write=[str(folder)], run=[]
    )
    (got,) = await run("attack", json.dumps(job).encode(), Access(reads=(folder / "secret",)))
    assert json.loads(got)["read"] == [str(folder / "secret")]
    assert json.loads(got)["write"] == []


@pytest.mark.usefixtures("_whole")
async def test_secrets_beside_our_package_are_not_what_it_imports(tmp_path: Path) -> None:
    """The image has the package in /app, which is on PYTHONPATH; a checkout has its secrets beside it."""
    package = Path(run_child.__code__.co_filename).parents[1]
    job = hostile.Job(
        read=[str(package.parent / "pyproject.toml"), str(package / "errors.py")], write=[], run=[]
    )
    got: list[bytes] = []

    async def keep(message: bytes) -> None:
        got.append(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{package.parent}")
        await run_child("hostile:attack", json.dumps(job).encode(), LIMITS, keep)
    assert json.loads(got[0])["read"] == [str(package / "errors.py")]
