"""`make manifests` says what it lacks, and what a program said that failed (the run itself is no part of `make test`)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from movietag.errors import TransientError, UsageError
from movietag.local.artifacts import locked
from tools.debian import debian_program
from tools.manifests.kinds import STRIMZI, STRIMZI_LOCK, eck_kinds
from tools.manifests.programs import MODULES, api_server, kubernetes_version
from tools.running import said

pytestmark = pytest.mark.heavy


def etcd(cache: Path) -> Path:
    return debian_program("etcd", "etcd-server", cache)


@pytest.mark.parametrize(
    ("made", "program"),
    [(api_server, "go"), (etcd, "apt-get"), (eck_kinds, "go")],
)
def test_a_missing_program_is_named_with_its_reason(
    made: object, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert callable(made)
    with pytest.raises(UsageError, match=rf"^{program} is not on PATH: \w+"):
        made(tmp_path)


def test_what_is_in_the_cache_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    there = tmp_path / f"kube-apiserver-{kubernetes_version()}"
    there.touch()
    assert api_server(tmp_path) == there


def test_a_program_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(TransientError, match=r"failed: no such field"):
        said([sys.executable, "-c", "import sys; sys.exit('no such field')"])


def test_all_that_is_run_is_locked() -> None:
    names = {artifact.filename for artifact in locked(STRIMZI_LOCK)}
    assert {f"crd-generator-{STRIMZI}.jar", f"api-{STRIMZI}.jar"} <= names
    assert f"k8s.io/kubernetes {kubernetes_version()} h1:" in (MODULES / "go.sum").read_text()
