"""Nobody else makes, enters or lists the folders of a stack."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from support.stage_processes import running

from movietag.kafka.clients import create_topics
from movietag.local.stack import Stack
from movietag.settings.credentials import secrets_folder
from movietag.settings.home import NOBODY
from movietag.streams.runtime.app import make_stage_app


def modes(stack: Stack) -> dict[Path, int]:
    where = stack.where
    folders = (where.home, where.run, where.logs, where.kafka, where.triton, where.search)
    every = (*folders, secrets_folder(where.home))
    return {folder: stat.S_IMODE(folder.stat().st_mode) for folder in every}


def test_every_folder_of_a_stack_is_for_its_user_alone(stack: Stack) -> None:
    found = modes(stack)
    home = found.pop(stack.where.home)
    assert set(found.values()) == {0o700}
    if os.geteuid() == 0 and stack.where.search.is_relative_to(stack.where.home):
        assert home == 0o710  # Elasticsearch's user passes
        assert stack.where.home.stat().st_gid == NOBODY
    else:
        assert home == 0o700
    owner = stack.where.search.stat().st_uid
    assert owner == (NOBODY if os.geteuid() == 0 else os.geteuid())


async def test_faust_keeps_its_folder_in_the_home(stack: Stack, tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"  # as in a container: nothing is there
    settings = stack.settings.model_copy(
        update={"home": home, "kafka": stack.settings.kafka_address}
    )
    assert (
        Path(make_stage_app("movietag-index", settings, 1).conf.datadir) == home / "run" / "faust"
    )
    await create_topics(settings)
    with running("fetch", settings) as fetch:
        await fetch.works()
        assert (home / "run" / "faust").is_dir()
    for folder in (home, home / "run"):
        assert folder.stat().st_mode & 0o007 == 0


def test_a_home_in_which_nothing_can_be_made_is_told_in_a_line(
    stack: Stack, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings = stack.settings.model_copy(update={"home": tmp_path / "file" / "home"})
    with running("fetch", settings) as fetch:
        assert fetch.process.wait(60) == 2
        assert "MOVIETAG_HOME" in fetch.log
        assert "Traceback" not in fetch.log
