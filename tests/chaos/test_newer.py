"""The newer movietag of the upgrade run is one that may work beside this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from wire.record import PAGE_VERSION

from chaos.newer import EDITS, ROOT, make_newer
from movietag.records import Caption, Document, Message, Plan, Unknown, decode, decode_fact, encode
from movietag.streams.ledger.pages import packed, unpacked

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder, with a recorded message of each of its versions."""
    tree = make_newer(tmp_path_factory.mktemp("newer") / "tree", wire=True)
    done = _python(tree, "-m", "wire.record")
    assert done.returncode == 0, done.stderr
    return tree


def _python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{tree}:{tree / 'tests'}"}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def _tested(tree: Path, *paths: Path) -> None:
    done = _python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, paths))
    assert done.returncode == 0, done.stdout[-5000:]


def test_it_holds_the_rules_of_records_and_indices(newer: Path) -> None:
    _tested(newer, newer / "tests" / "wire")
    _tested(newer, ROOT / "tests" / "search" / "index" / "test_mappings.py")


def test_each_of_its_stages_can_be_imported(newer: Path) -> None:
    code = "import movietag.streams.plan, movietag.streams.fetch, movietag.streams.caption, movietag.streams.count, movietag.streams.index; print(movietag.streams.__file__)"
    done = _python(newer, "-c", code)
    assert done.stdout.strip() == str(newer / "movietag" / "streams" / "__init__.py"), done.stderr


def test_this_version_keeps_what_it_writes(newer: Path) -> None:
    recorded = newer / "tests" / "wire"
    kinds: dict[str, type[Message]] = {"plan": Plan, "caption": Caption, "document": Document}
    for name, kind in kinds.items():
        written = (recorded / f"{name}.{kind.VERSION + 1}.json").read_bytes()
        assert json.loads(encode(decode(kind, written))) == json.loads(written)
        assert json.loads(written)["build"] == "newer"
    noted = decode_fact((recorded / "noted.1.json").read_bytes())
    assert isinstance(noted, Unknown)
    (page,) = packed(unpacked((recorded / f"page.{PAGE_VERSION + 1}.bin").read_bytes()))
    items: list[Any] = msgspec.msgpack.decode(zlib.decompress(page))
    assert all(item[3] == {"build": "newer"} for item in items)
    assert "noted" in [item[2]["kind"] for item in items]


def test_an_edit_that_does_not_fit_any_more_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaos.newer.EDITS", (replace(EDITS[0], text="not there"),))
    with pytest.raises(ValueError, match=r"movietag/records/facts\.py has this 0 times"):
        make_newer(tmp_path / "tree")
