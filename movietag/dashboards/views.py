"""The data views: our indices in Kibana."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from movietag.dashboards.panels import View
from movietag.documents import BODIES, DEAD_LETTERS, FRAMES, MOVIE_TAGS, MOVIES
from movietag.research.evaluation.indexing import ALIAS as EVALUATIONS
from movietag.research.evaluation.indexing import EvaluationBody
from movietag.search.index.schema import mapping
from movietag.search.index.snapshots import ALIAS as STAGE_METRICS
from movietag.search.index.snapshots import SnapshotBody
from movietag.search.index.standalone import standalone_mapping
from movietag.vocabulary import Vocabulary

# Movies have no time field: the time picker would hide those counted earlier.
MOVIES_VIEW: Final = View(MOVIES, plain=("year",))
TAGS_VIEW: Final = View(MOVIE_TAGS, plain=("year",))
FRAMES_VIEW: Final = View(FRAMES, links=("link",), plain=("year",))
LETTERS_VIEW: Final = View(DEAD_LETTERS, time="at_ms")
STAGES_VIEW: Final = View(STAGE_METRICS, time="at_ms")
EVALUATIONS_VIEW: Final = View(EVALUATIONS, time="evaluated_ms")
VIEWS: Final = (
    MOVIES_VIEW,
    TAGS_VIEW,
    FRAMES_VIEW,
    LETTERS_VIEW,
    STAGES_VIEW,
    EVALUATIONS_VIEW,
)
STANDING: Final = 'not state: "purged"'  # the letters that `movietag dead list` shows
_STANDALONE: Final[Mapping[str, type[msgspec.Struct]]] = {
    STAGE_METRICS: SnapshotBody,
    EVALUATIONS: EvaluationBody,
}


def mapping_of(alias: str, vocabulary: Vocabulary) -> dict[str, object]:
    """The mapping of the index behind a data view's alias."""
    if alias in BODIES:
        return mapping(alias, vocabulary)
    return standalone_mapping(_STANDALONE[alias])
