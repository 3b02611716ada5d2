"""The study's tables, and inserting them into docs/study.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from movietag.drawn.motifs import DRAWN_TAGS
from movietag.errors import UsageError
from movietag.research.evaluation.bootstrap import Estimate
from movietag.research.evaluation.figures import figures, group_of
from movietag.research.evaluation.results import Evaluation, Measures
from movietag.research.study.rows import TaggerRow
from movietag.research.study.running import Repeat, Study

BEGIN, END = "<!-- results: written by `make study` -->", "<!-- end of results -->"
_SYSTEMS = {
    "constant_top_k": "constant top {k}",
    "all_tags": "all tags, always",
    "exact_49": "the 49 exact tags",
    "random": "random",
}


def splice(page: Path, results: str) -> None:
    """Replace the text between the result marks of a page.

    Raises:
        UsageError: the page has no such marks.
    """
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"{page} lacks the marks for results: {BEGIN} and {END}.")
    page.write_text(f"{before}{BEGIN}\n\n{results.strip()}\n\n{END}{after}")


def results(study: Study) -> str:
    """All tables, in Markdown."""
    return "\n".join([*_head(study), "", *_films(study), "", *_frames(study), *_spread(study)])


def pictures(study: Study) -> dict[str, bytes]:
    """The paper's figures for base and (a), over the drawn tags; and precision against match ratio."""
    runs = {run.run: run for run in study.any_image.runs}
    shown = [
        msgspec.structs.replace(
            runs[key], tags=tuple(one for one in runs[key].tags if one.tag in DRAWN_TAGS)
        )
        for key in ("base", "b", "c", "a")  # "after" is the last one
        if key in runs
    ]
    return figures(msgspec.structs.replace(study.any_image, runs=tuple(shown)), "all")


def _head(study: Study) -> Iterator[str]:
    films, frames = study.films, study.frames
    yield (
        f"{films['train']} films ({frames['train']} frames) to fine-tune, {study.epochs:g} epochs;"
        f" {films['validate']} others ({frames['validate']} frames) to choose cuts and thresholds;"
        f" {films['judge']} more ({frames['judge']} frames) to judge. Intervals: 95 %, bootstrap over films,"
        f" {study.any_image.choices.resamples} resamples. A tag is true of a film from relevance"
        f" {study.any_image.choices.relevance:g} on."
    )


def _films(study: Study) -> Iterator[str]:
    yield (
        "| | match ratio | unmatched | missing | precision | F1, one image is enough"
        " | F1, from its own cut on | AUC |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for row in study.rows:
        loose, strict = (_measures(one, row.key) for one in (study.any_image, study.cut))
        yield _line(
            f"**{row.key}**: {row.what}", loose, f"{_shown(strict.f1_micro)} (≥ {row.cut:g})"
        )
    for system, name in _SYSTEMS.items():
        measures, k = _baseline(study.any_image, system)
        yield _line(name.format(k=k), measures, "")


def _line(name: str, measures: Measures, strict: str) -> str:
    cells = [
        measures.match_ratio,
        measures.unmatched,
        measures.missing,
        measures.precision_micro,
        measures.f1_micro,
    ]
    shown = " | ".join(_shown(one) for one in cells)
    return f"| {name} | {shown} | {strict} | {_shown(measures.auc_tags)} |"


def _measures(evaluation: Evaluation, key: str) -> Measures:
    run = next(one for one in evaluation.runs if one.run == key)
    return group_of(run, "all").results[0].measures


def _baseline(evaluation: Evaluation, system: str) -> tuple[Measures, int | None]:
    """A baseline of the last run; only the random one differs between runs."""
    found = group_of(evaluation.runs[-1], "all").results
    result = next(one for one in found if one.system == system)
    return result.measures, result.k


def _frames(study: Study) -> Iterator[str]:
    yield "Frame by frame, over the drawn tags:"
    yield ""
    yield "| | F1 a frame | weakest tags | frames/s | trained on | loss | training |"
    yield "|---|---|---|---|---|---|---|"
    for row in study.rows:
        trained = f"{row.frames} frames" if row.frames else ""
        loss = f"{row.loss:.3f}" if row.loss is not None else ""
        seconds = f"{row.seconds:.0f} s" if row.seconds is not None else ""
        yield (
            f"| {row.key} | {row.frame_f1:.3f} | {_weakest(row)} | {row.per_second:.0f}"
            f" | {trained} | {loss} | {seconds} |"
        )
    yield ""
    yield "What they say of the first frame of the first film:"
    yield ""
    yield from (f"- {row.key}: {row.examples[0]}" for row in study.rows)


def _spread(study: Study) -> Iterator[str]:
    """The taggers over all seeds, for each number of epochs; nothing where each was trained once."""
    if not study.repeats:
        return
    yield ""
    yield "Trained again on the same base and frames: mean over the seeds (least to most)."
    yield ""
    yield "| | epochs | seeds | match ratio | precision | F1, from its own cut on | AUC | F1 a frame |"
    yield "|---|---|---|---|---|---|---|---|"
    first = Repeat(study.seed, study.epochs, study.rows, study.any_image, study.cut)
    every = (first, *study.repeats)
    for row in every[-1].rows:
        for epochs in sorted({one.epochs for one in every}):
            runs = [one for one in every if one.epochs == epochs]
            figures = zip(*(_figures(one, row.key) for one in runs), strict=True)
            cells = " | ".join(_over_seeds(values) for values in figures)
            yield f"| {row.key} | {epochs:g} | {len(runs)} | {cells} |"


def _figures(one: Repeat, key: str) -> tuple[float | None, ...]:
    loose, strict = _measures(one.any_image, key), _measures(one.cut, key)
    frame = next(row.frame_f1 for row in one.rows if row.key == key)
    return (
        loose.match_ratio.value,
        loose.precision_micro.value,
        strict.f1_micro.value,
        loose.auc_tags.value,
        frame,
    )


def _over_seeds(values: Sequence[float | None]) -> str:
    known = [one for one in values if one is not None]
    if not known:
        return "n/a"
    mean = sum(known) / len(known)
    return f"{mean:.2f} ({min(known):.2f} to {max(known):.2f})" if len(known) > 1 else f"{mean:.2f}"


def _weakest(row: TaggerRow, count: int = 3) -> str:
    worst: Sequence[str] = sorted(DRAWN_TAGS, key=lambda tag: row.tag_f1[tag])[:count]
    return ", ".join(f"{tag} {row.tag_f1[tag]:.2f}" for tag in worst)


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "n/a"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
