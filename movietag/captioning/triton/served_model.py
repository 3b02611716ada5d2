"""One model of one Triton, and what Triton's errors mean for the frame that was sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import grpc
from tritonclient.utils import InferenceServerException

from movietag.captioning import CaptionFailed, TritonAwayError
from movietag.errors import MovietagError, PermanentError, TransientError
from movietag.redaction import redacted

# Perhaps of the frame. Every other status tells of the way to the model: away, busy, not loaded.
_MODEL_ERRORS = frozenset({"StatusCode.INTERNAL", "StatusCode.UNKNOWN"})
_LATE = "StatusCode.DEADLINE_EXCEEDED"
_REFUSED = "StatusCode.INVALID_ARGUMENT"
# Of a model that is not in the repository. One that is being loaded again has "no available versions".
_UNKNOWN = "is not found"
# Of a call without the key that this Triton asks for.
_RESTRICTED = "protocol is restricted"
# Triton's python backend, when the model's process died: it is not started again, every request gets
# this (as INTERNAL), and the model still counts as ready.
_DIED = "Stub process"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Which model is asked, and where.

    Args:
        address: ``host:port`` of Triton's gRPC service.
        name: in Triton's model repository.
        seconds: deadline of a call, waiting in Triton's queue included (not of loading).
        tls: what connections to it are made with; None: without TLS.
        host: the name that its certificate must have; empty: that of the address.
        awaited: whether a model that Triton does not know is expected to come; else it is an error for good.
    """

    address: str
    name: str
    seconds: float
    awaited: bool = True
    tls: grpc.ChannelCredentials | None = None
    host: str = ""

    @property
    def place(self) -> str:
        """The address as people may see it."""
        return redacted(self.address)

    def caption_error(self, error: InferenceServerException) -> MovietagError:
        """What a call for a caption has failed of: the frame, perhaps the frame, or the way to the model."""
        if error.status() == _REFUSED and "CONTEXT" in error.message():
            return self.away(error)  # another model than the one that wanted it
        if error.status() == _REFUSED:
            reason = f"The model {self.name} refuses the frame: {error.message()}"
            return PermanentError("bad-image", reason)
        if error.status() in _MODEL_ERRORS:
            return CaptionFailed(f"The model {self.name} failed: {error.message()}")
        if error.status() == _LATE:
            return CaptionFailed(
                f"The model {self.name} at {self.place} gave no caption within {self.seconds:g} s ({_LATE})."
            )
        return self.away(error)

    def away(self, error: InferenceServerException) -> MovietagError:
        """What a call has failed of that says nothing about a frame."""
        if error.message().endswith(_UNKNOWN) and not self.awaited:
            return PermanentError(
                "no-model",
                f"Triton at {self.place} has no model {self.name!r} ({error.message()}). Put it into its"
                " model repository, or name another one.",
            )
        if _RESTRICTED in error.message():
            return TritonAwayError(
                f"Triton at {self.place} asks for another key than ours."
                " Check MOVIETAG_TRITON_KEY, and MOVIETAG_HOME where it is the embedded one."
            )
        return TritonAwayError(
            f"Triton at {self.place} does not answer for the model {self.name}"
            f" ({error.status()}: {error.message()})."
        )

    def unfit(self, missing: Collection[str]) -> TransientError:
        """What a call gets of a model that has not the inputs and outputs of a captioner."""
        return TritonAwayError(
            f"The model {self.name} at {self.place} is no captioner: it has no {', '.join(sorted(missing))}."
            " Serve one that has, or name another model; what waits goes on then."
        )

    def dead(self) -> CaptionFailed:
        """What a call gets whose model's process died."""
        return CaptionFailed(f"The process of the model {self.name} died; it was started again.")

    def not_loaded(self, error: InferenceServerException) -> TransientError:
        """What a call gets where Triton does not load a model again whose process died."""
        return TritonAwayError(
            f"The process of the model {self.name} died, and Triton at {self.place} does not load it again"
            f" ({error.message()}). Restart Triton; started with --model-control-mode=explicit"
            " --load-model=* it would have."
        )


def is_of_model(error: InferenceServerException) -> bool:
    """Whether the model itself has failed or was too late, so that those that are served stay the same."""
    return error.status() in _MODEL_ERRORS | {_LATE}


def has_died(error: InferenceServerException) -> bool:
    """Whether the model's process is gone."""
    return _DIED in str(error)
