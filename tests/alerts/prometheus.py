"""A real Prometheus, Debian's, on loopback: what it scrapes, and what it says of alerts and queries."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from support.children import end_with_parent
from support.commands import until
from support.patience import patience

from movietag.settings import Settings
from movietag.settings.home import home_layout
from tools.debian import debian_program

SCRAPED_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as Prometheus has it now; ``state`` is `pending` or `firing`."""

    name: str
    state: str
    labels: dict[str, str]


class Prometheus:
    """One process; ``folder`` has its configuration, data and log.

    Args:
        targets: `host:port` of each process whose /metrics are scraped.
        rules: the text of the alerts.
    """

    def __init__(self, folder: Path, port: int, targets: Sequence[str], rules: str) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._log = folder / "prometheus.log"
        (folder / "rules.yaml").write_text(rules)
        every = f"{SCRAPED_SECONDS}s"
        config = {
            "global": {"scrape_interval": every, "evaluation_interval": every},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [
                {"job_name": "movietag", "static_configs": [{"targets": list(targets)}]}
            ],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        cache = home_layout(Settings()).cache / "monitoring"
        cache.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    debian_program("prometheus", "prometheus", cache),
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509  # one call of libc
            )

    async def ready(self, targets: int) -> None:
        """Wait until it has scraped so many targets, and knows the rules."""

        async def scraped() -> bool | None:
            if self._process.poll() is not None:
                raise AssertionError(self._log.read_text()[-2000:])
            try:
                found = self.query("sum(up)")
            except OSError:
                return None
            return True if found and float(found[0]["value"][1]) == targets else None

        await until(scraped, 60)
        assert self.asked("rules")["groups"], self._log.read_text()[-2000:]

    def asked(self, what: str, **parameters: str) -> Any:
        """The data of an answer of its HTTP API.

        Raises:
            AssertionError: it refuses the request, e.g. a query that it cannot parse.
            OSError: it does not answer yet.
        """
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(
                f"{self._address}/api/v1/{what}?{query}", timeout=patience(20)
            ) as got:
                answer = json.load(got)
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.SERVICE_UNAVAILABLE:  # it is starting
                raise
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, query: str) -> list[dict[str, Any]]:
        """The series of a query now."""
        found: list[dict[str, Any]] = self.asked("query", query=query)["result"]
        return found

    def exported(self) -> set[str]:
        """The metrics that its targets name, with and without series."""
        return set(self.asked("metadata"))

    def alerts(self) -> list[Alert]:
        """What is pending or fires."""
        return [
            Alert(one["labels"]["alertname"], one["state"], one["labels"])
            for one in self.asked("alerts")["alerts"]
        ]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)
