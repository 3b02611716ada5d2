"""Which tests run in the same process of xdist, and which begin first."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

# Minutes each, of which most is waiting: begun late, one of them would be waited for when all else is done.
LONGEST = (
    "tests/nightly/test_upgrade_run.py",
    "tests/nightly/test_soak.py",
    "tests/chaos/test_chaos.py",
    "tests/integration/test_what_stands.py",
    "tests/integration/test_retag.py",
    "tests/integration/test_newcomer.py",
    "tests/nightly/test_more_partitions.py",
)
SEARCHING = ("tests/dashboards/", "tests/search/", "tests/web/")  # Elasticsearch, and nothing else


class ByServers(LoadFileScheduling):
    """File by file, since a process starts the servers that its tests ask for.

    All that needs Elasticsearch alone is in one process: it starts one server.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "searching" if file.startswith(SEARCHING) else file
