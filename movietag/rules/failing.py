"""Why a movie has failed, as one short stable word: by it failures are counted, filtered and retried. Pure.

The texts here are those that the stages write into plans and documents, so movies of every version have a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from movietag.documents import VideoState

NOTHING_FOUND: Final = "The search found nothing for "
NONE_FITS: Final = "None of the "
SEARCH_FAILED: Final = "The search failed. "
NO_VIDEO: Final = "No video could be fetched. "
NO_CAPTION: Final = "No frame could be captioned; `movietag dead list` says why."
NO_FRAME: Final = "The videos yielded no usable frame."
OTHER: Final = "other"

MOVIE_ERRORS: Final = {
    "nothing-found": NOTHING_FOUND,
    "no-match": NONE_FITS,
    "search-failed": SEARCH_FAILED,
    "not-captioned": NO_CAPTION,
    "no-usable-frame": NO_FRAME,
}
"""The words of failures that are no video's, and how the reason of each begins."""
_VIDEO_ERROR: Final = re.compile(r"([a-z][a-z0-9-]*): ")


def movie_error(reason: str, videos: Iterable[VideoState] = ()) -> str:
    """The word for the reason of a failed movie.

    Where no video could be fetched it is the word that most of them failed with, of several the first by alphabet;
    `other` where the text is in none of the known forms.
    """
    for word, beginning in MOVIE_ERRORS.items():
        if reason.startswith(beginning):
            return word
    words = Counter(
        found[1]
        for video in videos
        if video.status == "failed" and (found := _VIDEO_ERROR.match(video.reason))
    )
    return min(words, key=lambda word: (-words[word], word), default=OTHER)
