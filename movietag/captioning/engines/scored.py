"""From the scores of tags to answers: what engines that score tags have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable

from movietag.captioning.engines import ModelAnswer
from movietag.captioning.thresholds import Scores, Thresholds
from movietag.vocabulary import Vocabulary


def scored_answers(
    scores: Iterable[Scores], vocabulary: Vocabulary, thresholds: Thresholds
) -> list[ModelAnswer]:
    """An answer for each picture's scores: the tags that count as its caption, with their confidence."""
    answers = []
    for row in scores:
        found = thresholds.found(vocabulary.tags, row)
        scored = {"vocabulary": vocabulary.tags_id, "confidence": found}
        answers.append(ModelAnswer(", ".join(found), json.dumps(scored)))
    return answers
