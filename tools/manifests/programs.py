"""kube-apiserver, in the cache, compiled from Go modules.

Nobody publishes kube-apiserver as a package. Its modules are locked in ``apiserver/go.sum``; compiling it takes
minutes of CPU once. An interrupted build goes on where it stopped.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from tools.running import needed, said

MODULES: Final = Path(__file__).with_name("apiserver")
SERVER: Final = "k8s.io/kubernetes/cmd/kube-apiserver"
VERSIONS: Final = "k8s.io/component-base/version"


def kubernetes_version() -> str:
    """The version that is compiled, as the module has it: ``v1.34.3``."""
    found = re.search(r"k8s\.io/kubernetes (v[\d.]+)", (MODULES / "go.mod").read_text())
    if found is None:
        raise UsageError(f"{MODULES / 'go.mod'} names no k8s.io/kubernetes.")
    return found[1]


def go_variables(cache: Path) -> dict[str, str]:
    """The variables by which go writes below the cache only, and what it writes can be deleted."""
    return {
        "GOCACHE": str(cache / "go-build"),
        "GOMODCACHE": str(cache / "go-modules"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
    }


def api_server(cache: Path) -> Path:
    """The path of kube-apiserver, compiled if it is not in the cache.

    Raises:
        UsageError: there is no go.
        TransientError: a module cannot be fetched, or the build fails.
    """
    version = kubernetes_version()
    path = cache / f"kube-apiserver-{version}"
    if path.exists():
        return path
    go = needed("go", "Go 1.24 or newer compiles the API server, once")
    print(f"kube-apiserver {version} is compiled once: minutes, and 3 GB in {cache} meanwhile.")
    major, minor, _ = version.removeprefix("v").split(".")
    stamps = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = ["-s", "-w", *(f"-X {VERSIONS}.{name}={value}" for name, value in stamps.items())]
    parallel = max(1, (os.cpu_count() or 2) // 2)
    part = path.with_suffix(".part")
    build = [
        go,
        "build",
        "-p",
        str(parallel),
        "-trimpath",
        "-gcflags=all=-N -l",
    ]  # unoptimised: half the time
    said(
        ["nice", "-n", "19", *build, "-ldflags", " ".join(flags), "-o", part, SERVER],
        folder=MODULES,
        more=go_variables(cache),
    )
    part.rename(path)
    return path


def remove_go_files(cache: Path) -> None:
    """Delete what go has left in the cache: all that is needed stands beside it."""
    for name in ("go-build", "go-modules"):
        shutil.rmtree(cache / name, ignore_errors=True)
