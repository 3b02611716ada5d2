"""Which catalogue the settings name: the one place that makes one."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from movietag.catalogue import tmdb, wikidata
from movietag.catalogue.cache import AnswerCache
from movietag.catalogue.door import open_door
from movietag.catalogue.lookup import FilmLookup, LookupResult
from movietag.catalogue.sources import FilmSource
from movietag.errors import UsageError
from movietag.settings import Settings
from movietag.settings.home import home_layout

NO_KEY = (
    "MOVIETAG_CATALOGUE=tmdb needs a key of an account at themoviedb.org: put it (v3 or v4) into a file"
    " `movietag_tmdb_key` in MOVIETAG_SECRETS_DIR, or into MOVIETAG_TMDB_KEY."
)


def make_catalogue(
    settings: Settings,
    counted: Callable[[LookupResult, str], None] = lambda _result, _by: None,
) -> FilmLookup | None:
    """The catalogue of the settings; None if they name none. Nothing is connected to yet.

    Args:
        settings: name it, its key and its cache.
        counted: as in ``FilmLookup``.

    Raises:
        UsageError: its key is missing, or it cannot be reached by these settings.
    """
    source = film_source(settings)
    if source is None:
        return None
    cache = AnswerCache(home_layout(settings).home / "catalogue", settings.catalogue_days)
    return FilmLookup(source, cache, counted=counted)


def film_source(settings: Settings) -> FilmSource | None:
    """The service that the settings name; None if they name none, or judge no titles.

    Raises:
        UsageError: as ``make_catalogue``.
    """
    if not settings.rank:
        return None
    match settings.catalogue:
        case "off":
            return None
        case "tmdb":
            key = settings.tmdb_key.get_secret_value().strip()
            if not key:
                raise UsageError(NO_KEY)
            return tmdb.Tmdb(open_door(settings, tmdb.ADDRESS), user_agent(settings), key)
        case "wikidata":
            return wikidata.Wikidata(open_door(settings, wikidata.ADDRESS), user_agent(settings))


def user_agent(settings: Settings) -> str:
    """The user agent of queries: movietag, its version, and whom to write to."""
    try:
        release = version("movietag")
    except PackageNotFoundError:
        release = "0"
    contact = settings.catalogue_contact
    return f"movietag/{release} ({contact})" if contact else f"movietag/{release}"
