"""Two Debian roots out of Debian's packages: one with buildah, podman and crun, one to stand in for python:3.11-slim-bookworm.

They are made once, in the cache. The tools run in theirs by chroot, in a mount namespace of this run, with a cgroup2 of
their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from tools.running import needed, said

RELEASE: Final = "bookworm"
TOOLS: Final = ("buildah", "podman", "crun", "catatonit", "ca-certificates")
BASE: Final = ("python3", "python3-venv", "python3-pip", "python-is-python3", "ca-certificates")
AUTHORITIES: Final = Path("etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True)
class Roots:
    """The folders of both roots; ``base`` is seen in ``tools`` as /base, the sources as /src."""

    tools: Path
    base: Path

    def run(self, *command: str) -> bytes:
        """What a program of the tools prints; raises TransientError if it fails."""
        return said(["chroot", self.tools, *command])


def made(cache: Path) -> Roots:
    """Both roots, made if they are not in the cache.

    Raises:
        UsageError: the machine cannot make or use them; the text says why.
        TransientError: a package cannot be fetched.
    """
    if os.geteuid() != 0:
        raise UsageError("this is not root: containers without a daemon need mounts and cgroups")
    return Roots(_root(cache / "tools", TOOLS), _root(cache / "base", BASE))


def _root(folder: Path, packages: tuple[str, ...]) -> Path:
    if folder.exists():
        return folder
    tool = needed("mmdebstrap", "it makes the roots (Debian: apt-get install mmdebstrap)")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    print(f"A root with {', '.join(packages)} is made once.")
    said([tool, "--mode=root", "--variant=apt", f"--include={','.join(packages)}", RELEASE, part])
    shutil.copyfile(Path("/") / AUTHORITIES, part / AUTHORITIES)
    part.rename(folder)
    return folder


def mount(roots: Roots, sources: Path) -> None:
    """Make the tools' root ready to work in; all of it ends with the mount namespace of this process.

    Raises:
        UsageError: the kernel refuses a mount, e.g. within a container.
    """
    inside = roots.tools
    for name in ("src", "base", "given"):
        (inside / name).mkdir(exist_ok=True)
    (inside / "etc" / "resolv.conf").unlink(missing_ok=True)
    shutil.copyfile("/etc/resolv.conf", inside / "etc" / "resolv.conf")
    mounts = (
        ("--bind", inside, inside),
        ("-t", "proc", "proc", inside / "proc"),
        ("--rbind", "/sys", inside / "sys"),
        ("--rbind", "/dev", inside / "dev"),
        ("-t", "tmpfs", "tmpfs", inside / "run"),
        ("-t", "tmpfs", "tmpfs", inside / "sys" / "fs" / "cgroup"),
        ("-t", "cgroup2", "cgroup2", inside / "sys" / "fs" / "cgroup"),
        ("--bind", "-o", "ro", sources, inside / "src"),
        ("--bind", "-o", "ro", roots.base, inside / "base"),
    )
    for arguments in mounts:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UsageError(f"the kernel refuses a mount: {done.stderr.strip()}")
