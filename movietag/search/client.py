"""The only module that creates Elasticsearch clients and translates their errors into ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from elastic_transport.client_utils import DEFAULT
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    TransportError,
    UnsupportedProductError,
)

from movietag.documents import MOVIES
from movietag.errors import TransientError, UsageError
from movietag.redaction import redacted
from movietag.search.hits import SearchSerializer
from movietag.settings import Settings
from movietag.settings.credentials import search_login

REQUEST_SECONDS = 30.0


class ElasticsearchAwayError(TransientError):
    """Elasticsearch does not answer, or cannot do now what it is asked for."""

    kind: Final = "elasticsearch"


class NoIndexError(ElasticsearchAwayError):
    """The server has no index of this vocabulary yet."""


BUSY = frozenset({408, 429, 502, 503, 504})

REMEDIES: Mapping[
    str, str
] = {  # errors that are states of an index or the cluster -> what a person does about them
    "index_closed_exception": "Open it: POST /INDEX/_open.",
    "cluster_block_exception": "Free space on the disks of Elasticsearch; a block that somebody has set has to be"
    " taken off (settings index.blocks.* of the index, cluster.blocks.* of the cluster).",
    "validation_exception": "Delete indices that nobody needs, add a node, or raise cluster.max_shards_per_node.",
}


def make_client(settings: Settings) -> AsyncElasticsearch:
    """A client for the configured Elasticsearch; the caller closes it.

    It does not sniff, verifies certificates if the URL is https, and retries a request once when the
    connection breaks (all our requests are idempotent).


    Raises:
        UsageError: the URL, user, key or certificate file is invalid.
    """
    key = settings.elasticsearch_api_key.get_secret_value()
    if key and settings.elasticsearch_username:
        raise UsageError(
            "MOVIETAG_ELASTICSEARCH_API_KEY and MOVIETAG_ELASTICSEARCH_USERNAME are both set; set only one."
        )
    login = search_login(settings)
    cafile = settings.elasticsearch_cafile
    if cafile is not None and not cafile.is_file():
        raise UsageError(f"MOVIETAG_ELASTICSEARCH_CAFILE: no file {cafile}; give a PEM file.")
    try:
        return AsyncElasticsearch(
            settings.elasticsearch_url,
            api_key=None if login else key or None,
            basic_auth=(login.username, login.password) if login else None,
            ca_certs=str(cafile) if cafile else DEFAULT,
            request_timeout=REQUEST_SECONDS,
            max_retries=1,
            serializer=SearchSerializer(),
        )
    except (ValueError, OSError) as error:
        raise UsageError(
            f"MOVIETAG_ELASTICSEARCH cannot be used: {error}."
            " Give scheme, host and port, e.g. https://search.example.org:9200."
        ) from None


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AsyncElasticsearch]:
    """A client that is closed on exit."""
    es = make_client(settings)
    try:
        yield es
    finally:
        await es.close()


async def require_answer(es: AsyncElasticsearch) -> None:
    """Return when the server has answered a request that every Elasticsearch knows: a bare one has no `GET /`.

    Raises:
        TransportError: it does not answer.
        ApiError: it refuses the request.
    """
    await es.indices.exists_alias(name=MOVIES)


def address(es: AsyncElasticsearch) -> str:
    """The server's address for messages, without user and password."""
    return redacted(next(iter(es.transport.node_pool.all())).base_url)


@contextmanager
def transient_errors(es: AsyncElasticsearch) -> Iterator[None]:
    """Translate failures that may pass, or that an administrator can fix, into ``TransientError``.

    Other errors (the server rejects the request as invalid) propagate unchanged.

    Raises:
        TransientError: no response, busy, no permission, a block, or a missing or closed index; the text names the
            address and a remedy.
        UsageError: the server at the address is not Elasticsearch.


    """
    where = address(es)
    try:
        yield
    except ConnectionTimeout:
        raise ElasticsearchAwayError(
            f"Elasticsearch at {where} did not respond within {REQUEST_SECONDS:.0f} s; is it overloaded?"
        ) from None
    except (AuthenticationException, AuthorizationException) as error:
        if error.error in REMEDIES:  # a block
            raise _state(where, error) from None
        raise ElasticsearchAwayError(
            f"Elasticsearch at {where} refuses the login ({error.status_code}): {error_reason(error)}."
            " Check MOVIETAG_ELASTICSEARCH_USERNAME and _PASSWORD, or MOVIETAG_ELASTICSEARCH_API_KEY;"
            " for the embedded one MOVIETAG_HOME, which holds its passwords."
        ) from None
    except UnsupportedProductError:
        raise UsageError(
            f"The server at {where} is not Elasticsearch: check MOVIETAG_ELASTICSEARCH."
        ) from None
    except NotFoundError as error:
        if error.error != "index_not_found_exception":
            raise
        raise NoIndexError(
            f"Elasticsearch at {where} has no index of this vocabulary yet ({error_reason(error)})."
            " Has `movietag up` run, with the same MOVIETAG_VOCABULARY and MOVIETAG_MATCH?"
        ) from None
    except ApiError as error:
        if (
            error.error not in REMEDIES
            and error.status_code < 500
            and error.status_code not in BUSY
        ):
            raise
        raise _state(where, error) from None
    except TransportError as error:
        why = error.message.splitlines()[0].replace(" ssl:default", "")
        raise ElasticsearchAwayError(
            f"Elasticsearch at {where} is unreachable ({why})."
            " Start it with `movietag up`, or set MOVIETAG_ELASTICSEARCH to yours."
        ) from None


def _state(where: str, error: ApiError) -> TransientError:
    failed = f"Elasticsearch at {where} failed ({error.status_code}): {error_reason(error)}."
    return ElasticsearchAwayError(f"{failed} {REMEDIES.get(str(error.error), '')}".rstrip())


@contextmanager
def index_errors(es: AsyncElasticsearch) -> Iterator[None]:
    """Like ``transient_errors``, for requests about our indices: a refusal becomes a ``UsageError``.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        UsageError: the server refuses an index, a mapping or an alias.
    """
    try:
        with transient_errors(es):
            yield
    except ApiError as error:
        raise UsageError(
            f"Elasticsearch at {address(es)} refuses our indices: {error_reason(error)}."
        ) from None


async def count_documents(
    es: AsyncElasticsearch, index: str | Sequence[str], query: Mapping[str, Any] | None = None
) -> int:
    """The number of documents, in all shards: the server's own count leaves out those that do not answer."""
    answer = await es.search(
        index=index, query=query, size=0, track_total_hits=True, allow_partial_search_results=False
    )
    return int(answer["hits"]["total"]["value"])


def error_reason(error: ApiError) -> str:
    """The server's reason and, where it names causes, the first of them, in one line."""
    body = error.body
    if not (isinstance(body, dict) and isinstance(found := body.get("error"), dict)):
        return str(error.message)
    reason = cause = str(found.get("reason", error.message))
    below = found.get("caused_by")
    while isinstance(below, dict):
        cause = str(below.get("reason") or cause)
        below = below.get("caused_by")
    if cause in reason or found.get("type") == "search_phase_execution_exception":
        return cause  # that type says only that there is a cause
    return f"{reason}: {cause}"
