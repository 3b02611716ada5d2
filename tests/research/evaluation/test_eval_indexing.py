from __future__ import annotations

from typing import Any

import msgspec

from movietag.research.evaluation.indexing import INDEX, EvaluationBody, documents
from movietag.research.evaluation.results import Choices, Evaluation
from movietag.search.index.standalone import standalone_mapping


def fits(value: Any, properties: dict[str, Any]) -> None:
    """Every field of a document is in a strict mapping."""
    for name, inner in value.items():
        assert name in properties, name
        if isinstance(inner, dict):
            fits(inner, properties[name]["properties"])
        elif isinstance(inner, str):
            assert properties[name]["type"] == "keyword"
        elif inner is not None:
            assert properties[name]["type"] in {"long", "float", "date"}


def test_a_document_for_each_run_group_and_system(evaluation: Evaluation) -> None:
    made = list(documents(evaluation, 1_700_000_000_000))
    bodies = [msgspec.json.decode(bytes(document.body), type=EvaluationBody) for document in made]
    assert len(made) == 2 * (5 + 4 + 5)
    assert len({document.doc_id for document in made}) == len(made)
    assert {document.index for document in made} == {INDEX}
    assert {document.version for document in made} == {1_700_000_000_000}
    ours = evaluation.runs[1].groups[2]
    (body,) = (one for one in bodies if (one.run, one.group, one.system) == ("after", "all", "run"))
    assert body.measures == ours.results[0].measures
    assert (body.tags, body.movies, body.relevance) == (70, 12, 0.3)


def test_documents_fit_the_mapping(evaluation: Evaluation) -> None:
    wanted = standalone_mapping(EvaluationBody)
    assert wanted["dynamic"] == "strict"
    assert wanted["properties"]["evaluated_ms"]["type"] == "date"
    for document in documents(evaluation, 1):
        fits(msgspec.json.decode(bytes(document.body)), wanted["properties"])


def test_evaluated_again_a_document_takes_its_place(evaluation: Evaluation) -> None:
    other = msgspec.structs.replace(evaluation, choices=Choices(relevance=0.5))
    first, again, apart = (
        {document.doc_id for document in documents(one, at)}
        for one, at in ((evaluation, 1), (evaluation, 2), (other, 1))
    )
    assert first == again
    assert not first & apart
