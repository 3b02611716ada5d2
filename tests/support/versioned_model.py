"""A model that says which model_path its version was given; `broken` cannot be loaded."""

from __future__ import annotations

import json
import time
from pathlib import Path

from movietag.captioning.triton.versions import with_own_parameters
from support.stub_model import Answer, Question, StubModel, lay_out

PARAMETERS = {"model_path": "", "adapter_path": "", "do_pad": "true", "max_new_tokens": "48"}


class TritonPythonModel(StubModel):
    """See the module."""

    def initialize(self, args: dict[str, str]) -> None:
        version = Path(args["model_repository"]) / args["model_version"]
        config = with_own_parameters(json.loads(args["model_config"]), version)
        super().initialize({**args, "model_config": json.dumps(config)})
        self.path = Path(self.parameters["model_path"]).name
        if self.path == "broken":
            raise ValueError("this model is broken")

    def answer(self, question: Question) -> Answer:
        time.sleep(0.01 if question.image else 0)
        tokens = self.parameters["max_new_tokens"]
        return Answer(question.image, tokens, f"versioned@{self.path}", milliseconds=10.0)


def versioned(repository: Path) -> Path:
    """Put the model into a repository, all of whose versions are served."""
    policy = "version_policy { all { } }"
    return lay_out(repository, __file__, "versioned", more=policy, parameters=PARAMETERS)
