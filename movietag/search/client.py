"""The one place that makes Elasticsearch clients, and that turns their errors into ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from elastic_transport.client_utils import DEFAULT
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    OrjsonSerializer,
    TransportError,
    UnsupportedProductError,
)

from movietag.errors import TransientError, UsageError
from movietag.redaction import redacted
from movietag.settings import Settings
from movietag.settings.credentials import search_login

REQUEST_SECONDS = 30.0
BUSY = frozenset({408, 429, 502, 503, 504})


def make_client(settings: Settings) -> AsyncElasticsearch:
    """A client for the Elasticsearch of the settings; whoever asks for it closes it.

    It does not sniff, checks certificates wherever the URL says https, and tries a request twice
    when the connection breaks (every request of ours may be repeated).

    Raises:
        UsageError: the URL, the user, the key or the certificate file cannot be used.
    """
    key = settings.elasticsearch_api_key.get_secret_value()
    if key and settings.elasticsearch_username:
        raise UsageError(
            "MOVIETAG_ELASTICSEARCH_API_KEY and MOVIETAG_ELASTICSEARCH_USERNAME are both set; give one."
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
            # Answers are large: three times as fast to read.
            serializer=OrjsonSerializer(),  # pyrefly: ignore[not-callable]
        )
    except (ValueError, OSError) as error:
        raise UsageError(
            f"MOVIETAG_ELASTICSEARCH cannot be used: {error}."
            " Give scheme, host and port, such as https://search.example.org:9200."
        ) from None


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AsyncElasticsearch]:
    """A client that is closed at the end."""
    es = make_client(settings)
    try:
        yield es
    finally:
        await es.close()


def address(es: AsyncElasticsearch) -> str:
    """Where the client's server is, for texts: never with a user or password in it."""
    return redacted(next(iter(es.transport.node_pool.all())).base_url)


@contextmanager
def transient_errors(es: AsyncElasticsearch) -> Iterator[None]:
    """Turn the failures that time or an administrator heals into ``TransientError``.

    What is left (a request that the server says is wrong) passes unchanged.

    Raises:
        TransientError: no answer, busy, no permission, or an index that is not there; the text names
            the address and says what to do.
        UsageError: another server answers at the address.
    """
    where = address(es)
    try:
        yield
    except ConnectionTimeout:
        raise TransientError(
            f"Elasticsearch at {where} did not answer within {REQUEST_SECONDS:.0f} s; is it busy?"
        ) from None
    except (AuthenticationException, AuthorizationException) as error:
        raise TransientError(
            f"Elasticsearch at {where} refuses us ({error.status_code}): {reason_of(error)}."
            " Check MOVIETAG_ELASTICSEARCH_USERNAME and _PASSWORD, or MOVIETAG_ELASTICSEARCH_API_KEY;"
            " for the embedded one MOVIETAG_HOME, where its passwords are."
        ) from None
    except UnsupportedProductError:
        raise UsageError(
            f"What answers at {where} is not Elasticsearch: check MOVIETAG_ELASTICSEARCH."
        ) from None
    except NotFoundError as error:
        if error.error != "index_not_found_exception":
            raise
        raise TransientError(
            f"Elasticsearch at {where} has nothing of this vocabulary yet ({reason_of(error)})."
            " Has `movietag up` run, and do MOVIETAG_VOCABULARY and MOVIETAG_MATCH say what it said"
            " then?"
        ) from None
    except ApiError as error:
        if error.status_code < 500 and error.status_code not in BUSY:
            raise
        raise TransientError(
            f"Elasticsearch at {where} failed ({error.status_code}): {reason_of(error)}."
        ) from None
    except TransportError as error:
        why = error.message.splitlines()[0].replace(" ssl:default", "")
        raise TransientError(
            f"Elasticsearch at {where} cannot be reached ({why})."
            " Start it with `movietag up`, or set MOVIETAG_ELASTICSEARCH to yours."
        ) from None


def reason_of(error: ApiError) -> str:
    """What the server said, in one line."""
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("reason", error.message))
    return str(error.message)
