"""Which tests run in the same process of xdist: a process starts the servers that its tests ask for."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

SEARCHING = ("tests/dashboards/", "tests/search/", "tests/web/")  # Elasticsearch, and nothing else


class ByServers(LoadFileScheduling):
    """File by file, but all that needs Elasticsearch alone in one process: it starts one server."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "searching" if file.startswith(SEARCHING) else file
