"""Whether the catalogue of films can be used: a check of ``movietag doctor``, which asks no other machine."""

from __future__ import annotations

from movietag.catalogue.catalogues import film_source, user_agent
from movietag.errors import UsageError
from movietag.local.findings import CheckResult, Finding
from movietag.settings import Settings

ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
CONTACT = "Wikimedia wants to know whom to write to: set MOVIETAG_CATALOGUE_CONTACT to a mail address or URL of yours."


def catalogue(settings: Settings) -> Finding:
    """The catalogue of the settings, its address and how it is asked."""
    if settings.catalogue == "off":
        return Finding("catalogue", CheckResult.OK, "off (docs/catalogue.md)")
    if not settings.rank:
        remedy = "It is used only with MOVIETAG_RANK=true."
        return Finding("catalogue", CheckResult.NOTE, f"{settings.catalogue}, not used", remedy)
    try:
        source = film_source(settings)
    except UsageError as error:
        return Finding("catalogue", CheckResult.MISSING, f"{settings.catalogue}", str(error))
    assert source is not None
    found = (
        f"{source.name} at {source.service.door.host}, as {user_agent(settings)}; not asked here"
    )
    if source.name == "wikidata" and not settings.catalogue_contact:
        return Finding("catalogue", CheckResult.NOTE, found, CONTACT)
    remedy = ATTRIBUTION if source.name == "tmdb" else ""
    return Finding("catalogue", CheckResult.OK, found, remedy)
