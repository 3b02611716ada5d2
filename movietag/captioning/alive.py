"""Does the model answer? A liveness check for containers: ``python3 -m movietag.captioning.alive``.

A model whose process has died still counts as ready with Triton, which does not start it again; so the
model itself is asked, for TAGGER, which costs it nothing. A model that answers that what it needs cannot be reached
(the engine ``openai``, before its first endpoint is there) lives: a restart would not help, and frames wait.
Runs in Triton's image: needs tritonclient, no settings.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from movietag.captioning.triton.access import key_headers, read_key
from movietag.errors import MovietagError

SECONDS = 120.0  # a model that is busy answers after what waits before
_WAITS = "StatusCode.UNAVAILABLE"  # so the served model refuses while it reaches nobody; Triton says it of itself, too


def answer_of(address: str, model: str, key: str, seconds: float) -> str:
    """Which tagger the model says it is, or what it waits for.

    Raises:
        InferenceServerException: it does not answer within ``seconds``, or with an error.
    """
    empty_frame = InferInput("IMAGE", [1, 1], "BYTES")
    empty_frame.set_data_from_numpy(np.array([[b""]], dtype=np.object_))
    client = InferenceServerClient(address)
    try:
        answer = client.infer(
            model,
            [empty_frame],
            outputs=[InferRequestedOutput("TAGGER")],
            headers=key_headers(key),
            client_timeout=seconds,
        )
        return str(answer.as_numpy("TAGGER").reshape(-1)[0].decode())
    except InferenceServerException as error:
        if error.status() != _WAITS or not _ready(client, model, key, seconds):
            raise
        return f"The model {model} lives, and waits: {error.message()}"
    finally:
        client.close()


def _ready(client: InferenceServerClient, model: str, key: str, seconds: float) -> bool:
    headers = key_headers(key)
    return bool(client.is_model_ready(model, headers=headers, client_timeout=seconds))


def main() -> None:
    """Ask, and say what came of it; ends with 1 when the model does not answer."""
    parser = argparse.ArgumentParser(description="Does the model answer?")
    parser.add_argument("--address", default="localhost:8001")
    parser.add_argument("--model", default="llava")
    parser.add_argument("--key-file", help="with the key that Triton asks for")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    arguments = parser.parse_args()
    try:
        key = read_key(arguments.key_file) if arguments.key_file else ""
        answer = answer_of(arguments.address, arguments.model, key, arguments.seconds)
        sys.stdout.write(f"{answer}\n")
    except (InferenceServerException, MovietagError) as error:
        sys.exit(f"The model {arguments.model} does not answer: {error}")


if __name__ == "__main__":
    main()
