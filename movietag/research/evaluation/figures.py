"""The paper's figures 2 to 5 from any two runs, and a further one. Needs the extra `evaluation`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from movietag.errors import UsageError
from movietag.research.evaluation.bars import group_words, lengths, match_figure, tags_figure
from movietag.research.evaluation.plotting import draw_styled
from movietag.research.evaluation.results import Evaluation, GroupResult, RunResult, TagResult
from movietag.research.evaluation.tags import Group
from movietag.research.evaluation.tradeoff import tradeoff


def figures(evaluation: Evaluation, group: Group) -> dict[str, bytes]:
    """All figures as file name -> bytes, SVG and PNG.

    The first run is the one before, the last the one after; the last figure shows all.

    Raises:
        UsageError: fewer than two runs, or one lacks the group of tags.
    """
    if len(evaluation.runs) < 2:
        raise UsageError(
            "The figures need two runs, before and after: `movietag evaluate BEFORE AFTER …`."
        )
    parts = [group_of(run, group) for run in evaluation.runs]
    shown = [_rows_of(run, _ordered(evaluation.runs[0], group)) for run in evaluation.runs]
    most = max(value for tags in (shown[0], shown[-1]) for tag in tags for value in lengths(tag))
    made: dict[str, dict[str, bytes]] = {}
    ends = (("before", 0, 2, 4), ("after", -1, 3, 5))
    for when, at, tags_number, match_number in ends:
        run, part = evaluation.runs[at], parts[at]
        made[f"figure{tags_number}-tags-{when}"] = draw_styled(
            partial(tags_figure, evaluation, run, part, shown[at], when, most)
        )
        made[f"figure{match_number}-match-{when}"] = draw_styled(
            partial(match_figure, evaluation, run.run, part, when)
        )
    made["figure6-precision"] = draw_styled(
        partial(tradeoff, evaluation, parts, group_words(parts[0]))
    )
    return {
        f"{name}.{suffix}": data for name, files in made.items() for suffix, data in files.items()
    }


def group_of(run: RunResult, group: Group) -> GroupResult:
    """The results of a run over a group of tags.

    Raises:
        UsageError: it has none.
    """
    for part in run.groups:
        if part.group == group:
            return part
    raise UsageError(f"{run.run} was not scored on the group {group!r}: select another --group.")


def _ordered(run: RunResult, group: Group) -> list[TagResult]:
    """The tags of a group by descending relevance: the same order for the figures before and after."""
    tags = [tag for tag in run.tags if group in ("all", tag.group)]
    return sorted(tags, key=lambda tag: -tag.relevance)


def _rows_of(run: RunResult, order: Sequence[TagResult]) -> list[TagResult]:
    by_tag = {tag.tag: tag for tag in run.tags}
    return [by_tag[tag.tag] for tag in order]
