"""The versions of Elasticsearch that have what our indices and searches need."""

from __future__ import annotations

import re
from typing import Final

from elasticsearch import ApiError, AsyncElasticsearch

from movietag.errors import UsageError
from movietag.search.client import address, transient_errors

OLDEST: Final = (8, 12)
"""The oldest of those on which `make servers` runs the demo and the tests (``tools.servers.PAIRS``)."""


async def require_version(es: AsyncElasticsearch) -> None:
    """Require a server that is not too old; one that does not say its version is taken.

    Raises:
        TransientError: the server is unreachable, busy or refuses the login.
        UsageError: it is older than ``OLDEST``, or no Elasticsearch.
    """
    with transient_errors(es):
        try:
            nodes = await es.nodes.info(node_id="_local", filter_path="nodes.*.version")
        except ApiError as error:
            if error.status_code in {400, 404, 405, 410}:  # it has no such request
                return
            raise
    for node in nodes.body.get("nodes", {}).values():
        found = re.match(r"(\d+)\.(\d+)", str(node.get("version")))
        if found and (int(found[1]), int(found[2])) < OLDEST:
            raise UsageError(
                f"Elasticsearch at {address(es)} is {node['version']}; movietag needs"
                f" {'.'.join(map(str, OLDEST))} or later. Upgrade it, or set MOVIETAG_ELASTICSEARCH to another."
            )
