"""Results into Elasticsearch, for dashboards: one document per run, group of tags, and system."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec
from elasticsearch import ApiError

from movietag.errors import UsageError
from movietag.index_names import alias_of
from movietag.records import Document
from movietag.research.evaluation.results import Evaluation, Measures, System
from movietag.research.evaluation.tables import Kind
from movietag.research.evaluation.tags import Group
from movietag.search.client import address, connected, error_reason
from movietag.search.index.standalone import ensure_standalone
from movietag.search.index.writer import write_bulk
from movietag.settings import Settings

ALIAS: Final = alias_of("evaluations")
INDEX: Final = f"{ALIAS}-v1"


class EvaluationBody(msgspec.Struct, frozen=True):
    """``evaluations``: all measures of a run or a baseline over one group of tags."""

    run: str
    reference: str
    kind: Kind
    relevance: float
    min_ratio: float
    resamples: int
    seed: int
    confidence: float
    group: Group
    tags: int
    movies: int
    system: System
    k: int | None
    measures: Measures
    evaluated_ms: int


def documents(evaluation: Evaluation, evaluated_ms: int) -> Iterator[Document]:
    """The documents of an evaluation; repeating it with the same choices replaces them.

    Args:
        evaluation: the evaluation, all of whose runs are written.
        evaluated_ms: when, in milliseconds since 1970; also the version, so the latest one wins.
    """
    choices = evaluation.choices
    for run in evaluation.runs:
        for group in run.groups:
            for result in group.results:
                body = EvaluationBody(
                    run=run.run,
                    reference=evaluation.reference,
                    kind=evaluation.kind,
                    relevance=choices.relevance,
                    min_ratio=choices.min_ratio,
                    resamples=choices.resamples,
                    seed=choices.seed,
                    confidence=choices.confidence,
                    group=group.group,
                    tags=group.tags,
                    movies=run.movies,
                    system=result.system,
                    k=result.k,
                    measures=result.measures,
                    evaluated_ms=evaluated_ms,
                )
                yield Document(INDEX, _identity(body), evaluated_ms, msgspec.Raw(_encode(body)))


def _identity(body: EvaluationBody) -> str:
    """16 hex digits of SHA-256 over the runs, the reference, and the choices."""
    parts = [body.run, body.reference, body.kind, body.relevance, body.min_ratio]
    parts += [body.resamples, body.seed, body.group, body.system]
    return hashlib.sha256(_encode(parts)).hexdigest()[:16]


_encode = msgspec.json.Encoder().encode


async def index(settings: Settings, evaluation: Evaluation, evaluated_ms: int) -> int:
    """Write an evaluation under the alias `evaluations`; returns how many documents it has.

    Raises:
        TransientError: the server is unreachable, busy or denies access.
        UsageError: the existing index has another mapping, or rejects a document.
    """
    made = list(documents(evaluation, evaluated_ms))
    async with connected(settings) as es:
        try:
            await ensure_standalone(es, INDEX, ALIAS, EvaluationBody)
            refused = await write_bulk(es, made)
        except ApiError as error:
            raise UsageError(
                f"Elasticsearch at {address(es)} refuses the index {INDEX}: {error_reason(error)}."
            ) from None
        if refused:
            raise UsageError(
                f"Elasticsearch at {address(es)} refuses {len(refused)} of {len(made)} documents"
                f" ({refused[0].reason}). Delete the index {INDEX} if it is of an older version."
            )
    return len(made)
