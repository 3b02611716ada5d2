"""A stage that meets one error of ours after another, as a program of a test: ``python failing_stage.py``.

Its settings come from the environment. It ends by itself, or after 30 s with status 99.
"""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

from movietag.errors import MovietagError
from movietag.streams.stage import Stage


async def main() -> None:
    stage = Stage("index")
    message = SimpleNamespace(topic="movietag.documents", partition=0, offset=7)
    event = SimpleNamespace(message=message)
    async with stage.health.served():
        try:
            for number in range(100):
                stage.settling.internal(event, KeyError(f"error {number}"))  # type: ignore[arg-type]
        except MovietagError as error:
            stage._fail(error)
        await asyncio.sleep(30)
    sys.exit(99)


if __name__ == "__main__":
    asyncio.run(main())
