"""What a tagger was taught with: a file next to its weights, so it is asked and shown pictures in the same way.

`movietag finetune` writes it beside an adapter, `movietag merge` beside the merged model. Serving applies what no
parameter of config.pbtxt says, and refuses a parameter that says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from movietag.errors import UsageError
from movietag.files import write_whole

TAUGHT: Final = "taught.json"
VERSION: Final = 1
SHORTEST: Final = 48
"""Tokens of a caption unless it was taught with longer answers."""
_SPARE: Final = 8  # tokens beyond the longest answer


Side = Annotated[int, Meta(ge=8, le=4096)]


class Taught(msgspec.Struct, frozen=True):
    """``taught.json``, whose bounds are those of a training: it may come with the adapter of a stranger.

    Args:
        questions: that the data set asks, the most frequent first.
        do_pad: frames were padded to squares.
        frame_size: width and height to which frames were shrunk first.
        image_options: set on the processor's pictures.
        longest_answer: tokens, with its end.
        template: the chat template, with begin and end.
        version: of this file.
    """

    questions: Annotated[tuple[str, ...], Meta(min_length=1)]
    do_pad: bool
    frame_size: tuple[Side, Side] | None
    image_options: dict[str, Any]
    longest_answer: Annotated[int, Meta(ge=1, le=65_536)]
    template: str
    version: int = VERSION

    @property
    def max_new_tokens(self) -> int:
        """Tokens for the longest answer, and some to spare."""
        return max(SHORTEST, self.longest_answer + _SPARE)


def write_taught(taught: Taught, folder: Path) -> None:
    """Write the file next to the weights of an adapter or a model."""
    write_whole(folder / TAUGHT, msgspec.json.format(msgspec.json.encode(taught), indent=1))


def read_taught(folder: Path | None) -> Taught | None:
    """What the tagger in a folder was taught with; None of one that was not taught here, or long ago.

    Raises:
        UsageError: the file is damaged, or of a later version.
    """
    path = folder / TAUGHT if folder else None
    if path is None or not path.is_file():
        return None
    try:
        taught = msgspec.json.decode(path.read_bytes(), type=Taught)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}. Copy it from the run again, or merge again.") from None
    if taught.version > VERSION:
        raise UsageError(f"{path} is of version {taught.version}: use a later movietag.")
    return taught
