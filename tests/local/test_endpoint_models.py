"""What `movietag doctor` says of the models behind endpoints."""

from __future__ import annotations

from support.endpoint_server import endpoint_server, listed, refused

from movietag.local.endpoint_models import served_by_endpoints
from movietag.local.findings import CheckResult
from movietag.settings import Settings


def test_a_model_without_a_revision_is_noted_and_one_with_it_is_fine() -> None:
    with endpoint_server() as endpoint:
        settings = Settings(engine="openai", endpoints=(endpoint.base,))
        noted = served_by_endpoints(settings)
        assert noted.verdict is CheckResult.NOTE
        assert noted.found == "llava at 1 of 1 endpoints"
        assert "llava cannot be pinned" in noted.remedy
        assert "MOVIETAG_ENDPOINT_REVISION" in noted.remedy
        said = settings.model_copy(update={"endpoint_revision": "4f2c"})
        assert served_by_endpoints(said).verdict is CheckResult.OK


def test_endpoints_that_are_away_or_differ_are_noted() -> None:
    with endpoint_server() as endpoint, endpoint_server() as other:
        settings = Settings(
            engine="openai", endpoints=(endpoint.base, other.base), endpoint_revision="4f2c"
        )
        other.models = refused(503, "loading")
        one_away = served_by_endpoints(settings)
        assert (one_away.verdict, one_away.found) == (
            CheckResult.NOTE,
            "llava at 1 of 2 endpoints",
        )
        assert "answers 503: loading" in one_away.remedy
        other.models = listed({"id": "llava", "root": "another"})
        assert "serve different models" in served_by_endpoints(settings).remedy
        assert (
            "needs the address of an endpoint"
            in served_by_endpoints(Settings(engine="openai")).remedy
        )
