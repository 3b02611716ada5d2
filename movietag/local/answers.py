"""How the model answers: a check of ``movietag doctor``, by the marks of the captions in Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from movietag.errors import TransientError
from movietag.local.findings import CheckResult, Finding
from movietag.local.supervision import Supervisor
from movietag.records import CaptionQuality
from movietag.search.qualities import marks_of_captions
from movietag.search.reader import reader
from movietag.settings import Settings
from movietag.settings.home import home_layout

LEAST_SHARE: Final = 0.05  # of all captions: less is no reason to change a setting

SAID: Final[Mapping[str, str]] = {
    CaptionQuality.CUT: "are cut",
    CaptionQuality.EMPTY: "are empty",
    CaptionQuality.REFUSED: "are refusals",
    CaptionQuality.LOOPING: "repeat themselves without end",
    CaptionQuality.ALL_TAGS: "name (nearly) all tags",
    CaptionQuality.OTHER_LANGUAGE: "are in another script than the tags",
}
REMEDIES: Final[Mapping[str, str]] = {
    CaptionQuality.CUT: "raise max tokens (MOVIETAG_MAX_NEW_TOKENS), or ask for less (MOVIETAG_PROMPT)",
    CaptionQuality.EMPTY: "check that the model is one for pictures and has its own chat template",
    CaptionQuality.REFUSED: "ask in other words (MOVIETAG_PROMPT), or serve a model that is not tuned to refuse",
    CaptionQuality.LOOPING: "serve a larger model; lower MOVIETAG_MAX_NEW_TOKENS only saves its time",
    CaptionQuality.ALL_TAGS: "name fewer tags in the prompt (MOVIETAG_PROMPT=describe or known)",
    CaptionQuality.OTHER_LANGUAGE: "say in the prompt in which language to answer, or give the tags aliases in it",
}
AFTERWARDS: Final = "Then caption the movies again (`movietag recaption`, where frames are kept, or `movietag add --refresh`)."


def answers(settings: Settings) -> Finding:
    """Which captions of this stack's library are not whole, and what to change."""
    if not Supervisor.connect(home_layout(settings).socket):
        return Finding("answers", CheckResult.OK, "not checked: the stack is down")
    if settings.elasticsearch:
        return Finding("answers", CheckResult.OK, "not checked: Elasticsearch runs elsewhere")
    try:
        return finding_of(asyncio.run(_marks(settings)))
    except TransientError as error:
        return Finding("answers", CheckResult.NOTE, f"not checked: {error}")


async def _marks(settings: Settings) -> Mapping[str, int]:
    async with reader(settings) as library:
        return await marks_of_captions(library)


def finding_of(marks: Mapping[str, int]) -> Finding:
    """The finding that follows from the number of captions with each mark; the empty one: unmarked."""
    total = sum(marks.values())
    known = [mark for mark in SAID if marks.get(mark, 0) >= max(1, LEAST_SHARE * total)]
    if not known:
        found = f"of {total:,} captions few or none are cut, refusals or otherwise amiss"
        return Finding("answers", CheckResult.OK, found if total else "no captions yet")
    known.sort(key=lambda mark: -marks[mark])
    found = ", ".join(f"{marks[mark] / total:.0%} of captions {SAID[mark]}" for mark in known)
    remedy = "; ".join(REMEDIES[mark] for mark in known)
    return Finding(
        "answers", CheckResult.NOTE, found, f"{remedy[0].upper()}{remedy[1:]}. {AFTERWARDS}"
    )
