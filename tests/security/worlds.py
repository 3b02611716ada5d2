"""Surroundings in which children are started: users, containers, kernels that lack a layer."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import landlockpy
import pytest

from movietag.sandbox.account import NOBODY
from movietag.sandbox.imports import enterable_by_all

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ORDINARY = 65533  # a uid that nobody has
# The root file system read-only, a temporary folder, an ordinary user without any way to more: as in k8s/.
CONTAINER = (
    "mount --make-rprivate / && mount -o remount,bind,ro / && mount -t tmpfs tmpfs /mnt"
    " && export TMPDIR=/mnt HOME=/mnt && ! touch /tmp/x 2>/dev/null"
)


@dataclass(frozen=True, slots=True)
class World:
    """How a script is run, and why it cannot be here (empty: it can).

    ``uid`` is that of the children that it starts; None where it depends on where Python lies.
    """

    name: str
    command: tuple[str, ...]
    uid: int | None
    landlock: bool = True
    seccomp: bool = True
    lacks: str = ""
    user: int | None = None  # become it before the command; else the command does it, if anybody

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start Python here with these arguments, and more environment.

        Skips the test where this world cannot be made.
        """
        if self.lacks:
            pytest.skip(f"{self.name}: {self.lacks}")
        path = [*site.getsitepackages(), str(ROOT), str(ROOT / "tests"), str(HERE)]
        kept = {name: os.environ[name] for name in ("LANG", "PATH") if name in os.environ}
        ours = {
            "HOME": "/tmp",  # as in the image
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.Popen(
            [*self.command, *arguments],
            env=kept | ours | more,
            cwd="/",
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def answer(self, *arguments: str) -> dict[str, object]:
        """Run Python here; the JSON in the last line that it printed."""
        with self.start(*arguments) as process:
            printed, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors[-3000:]
        found = json.loads(printed.splitlines()[-1])
        assert isinstance(found, dict)
        return found


@cache
def python_for_all() -> str:
    """A Python of the version that runs the tests which every account can run; empty: there is none."""
    same = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, shutil.which(same, path="/usr/local/bin:/usr/bin")):
        if found and enterable_by_all(Path(found).resolve().parent):
            return found
    return ""


def kernel_lacks() -> str:
    """What this kernel, or the container that this runs in, lacks; empty: nothing."""
    try:
        version = landlockpy.abi_version()
    except OSError as error:
        return f"no Landlock here ({error})"
    return "" if version >= 6 else f"Landlock {version} bounds no signals"


def ordinary() -> World:
    """An ordinary user: whoever runs the tests, or one whom root makes up."""
    wanted = "as an ordinary user" if os.geteuid() == 0 else "as whoever runs the tests"
    return next(world for world in worlds() if world.name == wanted)


def worlds() -> tuple[World, ...]:
    """All worlds, those that cannot be made here among them."""
    is_root = os.geteuid() == 0
    lacks = kernel_lacks()
    python = python_for_all()
    no_python = "" if python else "no Python that every account can run"
    needs_root = "" if is_root else "only root can make it"
    as_user = ("setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups")
    nothing = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
    refusing = str(HERE / "without_landlock.py")
    return (
        World(
            "as whoever runs the tests",
            (sys.executable,),
            uid=NOBODY if is_root else os.geteuid(),
            lacks=lacks,
        ),
        World(
            "as an ordinary user",
            (python,),
            ORDINARY,
            lacks=lacks or needs_root or no_python,
            user=ORDINARY if is_root else None,
        ),
        World(
            "in a container",
            (
                *("unshare", "--mount", "sh", "-c", f'{CONTAINER} && exec "$@"', "sh"),
                *(*as_user, *nothing[1:], python),
            ),
            ORDINARY,
            lacks=lacks or needs_root or no_python or _no_namespace(),
        ),
        World(
            "as root without capabilities",
            (*nothing, sys.executable),
            0,
            lacks=lacks or needs_root,
        ),
        World("without Landlock", (sys.executable, refusing, sys.executable), None, landlock=False),
        World(
            "without Landlock, as an ordinary user",
            (*as_user, python, refusing, python),
            ORDINARY,
            landlock=False,
            lacks=needs_root or no_python,
        ),
        World(
            "without Landlock, as root with a Python for all",
            (python, refusing, python),
            NOBODY,
            landlock=False,
            lacks=needs_root or no_python,
        ),
        World(
            "without libseccomp",
            (
                *("unshare", "--mount", "sh", "-c"),
                'for one in $(ldconfig -p | sed -n "s/.*libseccomp.*=> //p"); do'
                ' mount --bind /dev/null "$one" || exit 1; done; exec "$@"',
                *("sh", sys.executable),
            ),
            NOBODY,
            seccomp=False,
            lacks=lacks or needs_root or _no_namespace(),
        ),
    )


def _no_namespace() -> str:
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "no mount namespace can be made"
