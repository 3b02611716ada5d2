"""The models of a Triton that can be made slow, and how much work waits for them."""

from __future__ import annotations

import re
import time
import urllib.request
from pathlib import Path

from support.stub_model import lay_out

from contract import contract_model

EXECUTING = 2  # requests that a model which waits has taken: one an instance


class Model:
    """One model in a repository, by its name: a copy of its own, slow when told to be."""

    def __init__(self, repository: Path, name: str) -> None:
        self.name = name
        lay_out(repository, contract_model.__file__, name, batch=1, instances=EXECUTING)

    def served(self, models: Path, port: int) -> None:
        """Say where Triton keeps its copy, and at which port it tells its metrics."""
        self._shut = models / self.name / "1" / "shut"
        self._metrics = f"http://127.0.0.1:{port}/metrics"

    def shut(self, image: bytes = b"") -> None:
        """Answer nothing; or answer all but an image."""
        new = self._shut.with_suffix(".new")
        new.write_bytes(image)
        new.replace(self._shut)

    def open(self) -> None:
        """Answer at once."""
        self._shut.unlink(missing_ok=True)

    def waiting(self) -> int:
        """Requests that Triton has and has not answered, while the model is shut.

        The least of three readings: while an instance takes a request, Triton still counts it as
        pending.
        """
        return min(self._pending_and_executing(pause) for pause in (0.0, 0.2, 0.2))

    def _pending_and_executing(self, pause: float) -> int:
        time.sleep(pause)
        with urllib.request.urlopen(self._metrics, timeout=5) as answer:
            text = answer.read().decode()
        metric = re.search(
            rf'nv_inference_pending_request_count{{model="{self.name}",[^}}]*}} (\d+)', text
        )
        assert metric, f"Triton has no metrics of {self.name}"
        pending = int(metric[1])
        return pending + EXECUTING if pending else 0
