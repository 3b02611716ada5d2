"""Who may do what at the embedded Elasticsearch: strangers, the stages, the administrator."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from support.addresses import search_of

from movietag.documents import BODIES
from movietag.errors import TransientError
from movietag.local import elasticsearch
from movietag.local.progress import ProgressListener
from movietag.local.stack import Stack
from movietag.local.supervision import Supervisor
from movietag.search.client import connected, transient_errors
from movietag.search.index import role
from movietag.search.index.ensuring import ensure_schema
from movietag.settings import Settings
from movietag.settings.credentials import (
    ADMINISTRATOR,
    PASSWORDS,
    STAGES_USER,
    as_administrator,
    embedded_login,
    secrets_folder,
)
from movietag.vocabulary import load

ROOT = Path(__file__).parents[2]
MPST = load("mpst").vocabulary_id
# As a page of another site sends it: no question asked first.
CROSS_SITE = {
    "Content-Type": "text/plain;charset=UTF-8",
    "Origin": "https://other.example",
    "Host": "rebound.other.example",
    "Sec-Fetch-Site": "cross-site",
}
READ = (
    ("GET", "/{}/_search?size=0"),
    ("POST", "/{}/_search"),
    ("GET", "/{}/_count"),
    ("GET", "/{}/_mapping"),
    ("GET", "/{}/_field_caps?fields=*"),
    ("GET", "/_resolve/index/{}"),
)
DOCUMENT = '{"title": "stranger"}'
WRITTEN = (
    ("POST", "/{}/_close", None),
    ("POST", "/{}/_refresh", None),
    ("POST", "/{}/_forcemerge", None),
    ("POST", "/{}/_doc", DOCUMENT),
    ("PUT", "/{}/_settings", '{"index": {"refresh_interval": "9s"}}'),
    ("PUT", "/{}/_mapping", '{"properties": {"stranger": {"type": "keyword"}}}'),
    ("DELETE", "/{}", None),
)
OF_THE_SERVER = (
    ("GET", "/_cluster/settings", None),
    ("GET", "/_cluster/health", None),
    ("PUT", "/_cluster/settings", '{"transient": {"action.auto_create_index": "true"}}'),
    ("POST", "/_cluster/reroute", None),
    ("GET", "/_nodes", None),
    ("GET", "/_nodes/stats", None),
    ("GET", "/_cat/nodes", None),
    ("GET", "/_tasks", None),
    ("GET", "/_security/role", None),
    ("PUT", "/_index_template/stranger", '{"index_patterns": ["stranger*"]}'),
    ("PUT", "/stranger", None),
    ("POST", "/_aliases", '{"actions": [{"add": {"index": "movies", "alias": "stranger"}}]}'),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def made(stack: Stack) -> None:
    """The indices are there."""
    async with connected(stack.settings) as es:
        await ensure_schema(es, load("mpst"))
        await es.options(ignore_status=400).indices.create(index="saved_searches-door")
    async with connected(as_administrator(stack.settings)) as es:
        await es.options(ignore_status=400).indices.create(index="others")


@pytest.fixture
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.settings.elasticsearch_url, timeout=30) as client:
        yield client


def sent(client: httpx.Client, method: str, path: str, body: str | None) -> httpx.Response:
    headers = {"Content-Type": "application/json"} if body else {}
    return client.request(method, path, content=body, headers=headers)


@pytest.mark.parametrize(
    "index",
    ["movies", "movie_tags", "frames", f"movies.{MPST}", f"frames.{MPST}"],
)
def test_anybody_searches_and_does_nothing_else(stranger: httpx.Client, index: str) -> None:
    for method, path in READ:
        answer = stranger.request(method, path.format(index))
        assert answer.status_code == 200, (path, answer.text)
    for method, path, body in WRITTEN:
        answer = sent(stranger, method, path.format(index), body)
        assert answer.status_code == 403, (path, answer.text)


@pytest.mark.parametrize("index", ["dead_letters", "saved_searches-door", "others"])
def test_nobody_reads_what_is_not_for_all(stranger: httpx.Client, index: str) -> None:
    for method, path in READ[:5]:
        assert stranger.request(method, path.format(index)).status_code == 403, path
    found = stranger.get("/_search?size=0&track_total_hits=true").json()
    assert found["_shards"]["failed"] == 0  # of all indices: those that they may


def test_nobody_does_anything_to_the_server(stranger: httpx.Client) -> None:
    for method, path, body in OF_THE_SERVER:
        answer = sent(stranger, method, path, body)
        assert answer.status_code == 403, (path, answer.text)


def test_a_bulk_request_of_a_stranger_writes_nothing(stranger: httpx.Client) -> None:
    lines = f'{{"index": {{"_index": "movies", "_id": "stranger"}}}}\n{DOCUMENT}\n'
    answer = sent(stranger, "POST", "/_bulk", lines)
    assert answer.status_code == 403, answer.text


def test_a_page_of_another_site_closes_nothing(stranger: httpx.Client) -> None:
    assert stranger.post("/movies/_close", headers=CROSS_SITE).status_code == 403
    assert stranger.get("/movies/_search?size=0").status_code == 200


@pytest.mark.parametrize("user", ["elastic", STAGES_USER, ADMINISTRATOR, "kibana_system"])
@pytest.mark.parametrize("password", ["", "changeme", "wrong"])
def test_no_user_has_a_password_that_can_be_guessed(
    stranger: httpx.Client, user: str, password: str
) -> None:
    assert stranger.get("/movies/_search", auth=(user, password)).status_code == 401


async def test_the_stages_have_the_rights_of_the_documentation_and_no_more(stack: Stack) -> None:
    login = embedded_login(stack.settings.home, STAGES_USER)
    there = stack.settings.elasticsearch_url
    with httpx.Client(base_url=there, auth=(login.username, login.password)) as client:
        assert client.get("/_cluster/health").status_code == 200
        for method, path in (
            ("GET", "/others/_search"),
            ("PUT", "/stages-other"),
            ("PUT", "/_cluster/settings"),
            ("GET", "/_security/user"),
            ("POST", "/_cluster/reroute"),
            ("DELETE", "/others"),
        ):
            body = {"persistent": {"action.auto_create_index": "true"}}
            answer = client.request(method, path, json=body if "settings" in path else None)
            assert answer.status_code == 403, (path, answer.text)
        told_roles = client.get("/_security/_authenticate").json()["roles"]
    assert set(told_roles) == {"movietag_stages", "movietag_reader"}


def test_the_role_is_that_of_the_documentation() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    text = page.partition('"role_descriptors": {"movietag": ')[2].partition("}}'")[0]
    assert json.loads(text) == role.STAGES


async def test_the_administrator_may_do_anything(stack: Stack) -> None:
    async with connected(as_administrator(stack.settings)) as es:
        await es.cluster.put_settings(transient={"action.destructive_requires_name": True})
        await es.cluster.put_settings(transient={"action.destructive_requires_name": None})


def test_the_passwords_are_for_their_owner_alone_and_last(stack: Stack) -> None:
    folder = secrets_folder(stack.settings.home)
    for user, name in PASSWORDS.items():
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        kept = embedded_login(stack.settings.home, user)
        assert len(kept.password) >= 32
        assert embedded_login(stack.settings.home, user) == kept
    users = stack.where.search / "config" / "users"
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    for user in PASSWORDS:
        assert embedded_login(stack.settings.home, user).password not in users.read_text()


def test_a_setting_shuts_strangers_out(stack: Stack) -> None:
    lines = elasticsearch.elasticsearch_config(19000, stack.where.search, anonymous=False)
    assert "anonymous" not in lines
    assert "authc.anonymous" in elasticsearch.elasticsearch_config(
        19000, stack.where.search, anonymous=True
    )


async def test_who_has_no_password_is_told_where_it_is(stack: Stack) -> None:
    given = {**search_of(stack.settings), "elasticsearch_password": "wrong"}
    async with connected(Settings(**given)) as es:
        with (
            pytest.raises(
                TransientError, match=r"refuses the login \(401\).*_USERNAME.*MOVIETAG_HOME"
            ),
            transient_errors(es),
        ):
            await es.search(index=",".join(BODIES))


class Older(Stack):
    """A stack as it was before its Elasticsearch had users."""

    def _launch(self, progress: ProgressListener) -> Supervisor:
        supervisor = super()._launch(progress)
        file = self.where.search / "config" / "elasticsearch.yml"
        lines = file.read_text().splitlines()
        kept = [line for line in lines if not line.startswith("xpack.security")]
        file.write_text("\n".join([*kept, "xpack.security.enabled: false", ""]))
        return supervisor


@pytest.mark.slow
def test_a_home_without_users_comes_up_with_them_and_strangers_stay_out(
    tmp_path_factory: pytest.TempPathFactory, port_bases: Iterator[int]
) -> None:
    home = tmp_path_factory.mktemp("older")
    settings = Settings(home=home, port_base=next(port_bases), elasticsearch_anonymous=False)
    older, newer = Older(settings), Stack(settings)
    try:
        older.start(only=("elasticsearch",))
        there = settings.elasticsearch_url
        made = httpx.put(f"{there}/movies-old/_doc/1?refresh=true", json={"title": "Heat"})
        assert made.status_code == 404  # indices are not made by writing
        assert httpx.put(f"{there}/movies-old", timeout=30).status_code == 200
        made = httpx.put(f"{there}/movies-old/_doc/1?refresh=true", json={"title": "Heat"})
        assert made.status_code == 201
        older.down()

        newer.start(only=("elasticsearch",))
        assert httpx.get(f"{there}/movies-old/_search").status_code == 401
        asyncio.run(finds(settings, "movies-old"))
    finally:
        newer.down()
        newer.reset()
    assert not secrets_folder(home).exists()


async def finds(settings: Settings, index: str) -> None:
    async with connected(settings) as es:
        found = await es.search(index=index)
    assert [hit["_source"]["title"] for hit in found["hits"]["hits"]] == ["Heat"]
