"""A running stage, asked over HTTP how it is and what it has done."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request

from movietag.settings import Settings
from movietag.stage_state import StageState, embedded_port, probe_stage
from support.patience import within


def get(url: str) -> tuple[int, str]:
    """Status and body; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def url(settings: Settings, stage: str, path: str) -> str:
    return f"http://127.0.0.1:{embedded_port(settings.port_base, stage, 1)}/{path}"


def sample(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class Asked:
    """One stage's process, asked again and again."""

    def __init__(self, settings: Settings, stage: str, number: int = 1) -> None:
        self._settings = settings
        self._stage = stage
        self._number = number

    async def until(self, what: str, seconds: float = 60) -> StageState:
        """The state, once it holds that ``what``: an expression of ``state``."""
        state: StageState | None = None
        try:
            async with within(seconds, f"{self._stage}: {what}"):
                while True:
                    state = await asyncio.to_thread(
                        probe_stage, self._settings, self._stage, self._number
                    )
                    if state is not None and eval(what, {"state": state}):
                        return state
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"never came: {what}; last: {state}") from None

    def get(self, path: str) -> tuple[int, str]:
        return get(url(self._settings, self._stage, path))
