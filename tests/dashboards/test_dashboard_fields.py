"""Every field that a dashboard uses is in the real index and may be used so; what falls out else."""

from __future__ import annotations

from typing import Any

from elasticsearch import AsyncElasticsearch
from few import VOCABULARY, Indices

from movietag.dashboards.checking import Fields, fields_of, wrong_fields
from movietag.dashboards.objects import ndjson
from movietag.dashboards.saved_objects import Objects, parse_objects
from movietag.dashboards.views import mapping_of
from movietag.documents import MOVIE_TAGS
from movietag.search.index.snapshots import ALIAS as STAGE_METRICS

OURS = Objects(parse_objects(ndjson()))


async def fields(es: AsyncElasticsearch, index: str) -> Fields:
    return fields_of((await es.field_caps(index=index, fields="*")).body)


async def all_fields(es: AsyncElasticsearch, indices: Indices) -> dict[str, Fields]:
    return {alias: await fields(es, name) for alias, name in indices.items()}


async def test_every_field_is_there_and_fit_for_its_use(
    es: AsyncElasticsearch, indices: Indices
) -> None:
    assert list(wrong_fields(OURS, await all_fields(es, indices))) == []


async def test_what_falls_out_when_fields_are_renamed_or_change_their_type(
    es: AsyncElasticsearch, indices: Indices
) -> None:
    found = await all_fields(es, indices)
    tags: dict[str, Any] = mapping_of(MOVIE_TAGS, VOCABULARY)
    tags["properties"]["ratios"] = tags["properties"].pop("ratio")
    tags["properties"]["tag"] = {"type": "text"}
    tags["properties"]["year"] = {"type": "keyword"}
    tags["properties"]["tagger"] = {"type": "long"}
    stages: dict[str, Any] = mapping_of(STAGE_METRICS, VOCABULARY)
    stages["properties"]["lag"] = {"type": "keyword"}
    del stages["properties"]["stage"]
    changed = {MOVIE_TAGS: tags, STAGE_METRICS: stages}
    try:
        for alias, mapping in changed.items():
            await es.indices.create(index=f"{indices[alias]}-2", mappings=mapping)
            found[alias] = await fields(es, f"{indices[alias]}-2")
    finally:
        gone = [f"{indices[alias]}-2" for alias in changed]
        await es.indices.delete(index=gone, ignore_unavailable=True)
    told = list(wrong_fields(OURS, found))
    renamed = [line for line in told if "'ratio'" in line]
    assert renamed == [
        f"dashboard {dashboard}: field 'ratio' of movie_tags does not exist: did you mean 'ratios'?"
        for dashboard in (
            "'movietag: the library', panel 'Tags by their mean ratio'",
            "'movietag: tags by movie', panel 'Tags by movie'",
            "'movietag: tags by movie', panel 'How high ratios are'",
            "'movietag: a movie', panel 'Tags: frames with it, their share'",
        )
    ]
    assert (
        "dashboard 'movietag: tags by movie', panel 'Tags by movie': field 'tag' of movie_tags"
        " cannot be aggregated or sorted" in told
    )
    assert (
        "dashboard 'movietag: the pipeline', panel 'Lag: messages not committed (of the process that"
        " has most)': field 'lag' of stage_metrics is keyword, not double or float or integer or long"
        " or short" in told
    )
    assert (
        "dashboard 'movietag: the library', control 'Year': field 'year' of movie_tags is keyword,"
        " not double or float or integer or long or short" in told
    )
    assert (  # Kibana up to 8.11 refuses a list of numbers
        "dashboard 'movietag: the library', control 'Tagger': field 'tagger' of movie_tags is long,"
        " not boolean or keyword" in told
    )
    assert any(
        line.startswith("dashboard 'movietag: the pipeline', control 'Stage': field 'stage'")
        for line in told
    )
