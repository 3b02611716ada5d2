"""The stack of a long list: servers that stay, stages that are started with other settings, and the site."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from chaos.pictures import HEIGHT, WIDTH
from chaos.reader_model import reader
from chaos.world import FIRST, Movie
from pydantic import SecretStr
from support.addresses import search_of
from support.drawn_site import at_site

from long_list.site import WANTED, ListSite
from movietag.local.programs import SERVERS
from movietag.local.stack import Stack
from movietag.settings import Settings
from movietag.settings.credentials import STAGES_USER, embedded_login

SLOTS = 2  # of a video: captions are not what is measured
PORTS = (0, 92, 200, 393, 492)  # of servers, site and stages: some of each


class Field:
    """Everything that runs; ``up`` starts it, ``down`` leaves nothing."""

    def __init__(self, folder: Path, base: int, movies: Sequence[Movie], interval: float) -> None:
        self.folder = folder
        orders = folder / "orders"
        orders.mkdir()
        said = {"tagger": FIRST, "mode": "ok", "seconds": 0.0, "refused": []}
        (orders / "orders.json").write_text(json.dumps(said))
        reader(folder / "repository")
        key = SecretStr(secrets.token_urlsafe())
        home = folder / "servers"
        home.mkdir()
        embedded_login(home, STAGES_USER)  # makes the password, which the settings below hold
        self.servers = Stack(
            Settings(home=home, port_base=base, model_path=orders, triton_key=key),
            model_repository=folder / "repository",
        )
        (folder / "videos").mkdir()
        self.site = ListSite(movies, folder / "videos", base + 393)
        site = f"127.0.0.1:{base + 393}"
        self.settings = Settings(
            home=folder / "stages",
            port_base=base + 400,
            kafka=f"127.0.0.1:{base + 92}",
            **search_of(self.servers.settings),
            triton=f"127.0.0.1:{base + 1}",
            triton_key=key,
            model="reader",
            fetch_interval=interval,
            videos=WANTED,
            slots=SLOTS,
            movie_slots=WANTED * SLOTS,
            **at_site(site, width=WIDTH, height=HEIGHT),
            stop_seconds=10,
        )
        self.stages = Stack(self.settings)

    def up(self) -> None:
        """Start servers and stages."""
        self.servers.start(only=SERVERS)
        self.stages.start()

    def restart(self, **changed: object) -> None:
        """Stop the stages if they run, and start them with these settings changed."""
        self.stages.down()
        self.stages = Stack(self.settings.model_copy(update=changed))
        self.stages.start()

    def down(self, *, keep: bool) -> None:
        """Stop all; delete data and logs, unless they are kept."""
        for stack in (self.stages, self.servers):
            stack.down()
        self.site.server.shutdown()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
