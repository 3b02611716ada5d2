"""Adding titles: from a page of ours only, what fits only, and onto the topic of titles."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from html import unescape

import httpx
import pytest
from aiokafka import TopicPartition
from reading import seen
from support.patience import patience, within
from support.serve_process import serving

from movietag import topics
from movietag.errors import PermanentError
from movietag.kafka.clients import make_consumer
from movietag.local.stack import Stack
from movietag.records import Title
from movietag.rules.titles import parse_title
from movietag.settings import Settings

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("path", ["/add", "/searches", "/searches/remove", "/login", "/logout"])
@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_sends_nothing(
    pages: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    fields = {"titles": "Heat (1995)", "name": "heat", "q": "horror"}
    answer = pages.post(path, data=fields, headers=headers)
    assert "not sent from a page of this server" in seen(answer, 403).text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"titles": " \n"}, "Enter a title"),
        ({"titles": "A\nB", "url": "https://youtu.be/x"}, "needs exactly one title"),
        ({"titles": '{"title": "A", "forget": true}'}, "a line of text here"),
        ({"titles": "A\n" * 21}, "At most 20 titles"),
        ({"titles": "x" * 301}, "300"),
        ({"titles": "Heat", "url": "file:///etc/passwd"}, "not an http or https URL"),
        ({"titles": "Heat", "url": "ftp://youtube.com/a"}, "not an http or https URL"),
        ({"titles": "Heat", "url": "https://example.com/a"}, "not of an allowed site"),
        ({"titles": "Heat", "url": "http://169.254.169.254/a"}, "not of an allowed site"),
    ],
)
def test_titles_that_do_not_fit(pages: httpx.Client, fields: dict[str, str], says: str) -> None:
    answer = pages.post("/add", data=fields, headers=OWN)
    assert says in seen(answer, 400).text
    text = unescape(answer.text)
    assert all(typed in text for typed in fields.values())  # to be put right


def test_a_form_that_is_too_large(pages: httpx.Client) -> None:
    seen(pages.post("/add", data={"titles": "x" * 70_000}, headers=OWN), 413)


def test_kafka_away(pages: httpx.Client) -> None:
    answer = pages.post("/add", data={"titles": "Heat (1995)"}, headers=OWN)
    assert "Kafka does not answer" in seen(answer, 503).text
    assert "Heat (1995)" in answer.text


async def arriving(settings: Settings, titles: set[str]) -> dict[str, Title]:
    """The messages of these titles on their topic, where others may be, too."""
    places = [TopicPartition(topics.TITLES.name, n) for n in range(settings.kafka_partitions)]
    found: dict[str, Title] = {}
    async with make_consumer(settings) as consumer, within(60):
        consumer.assign(places)
        while not titles <= set(found):
            message = await consumer.getone()
            with suppress(PermanentError):
                title = parse_title(message.value)
                found[title.title] = title
    return found


def test_titles_reach_their_topic(stack: Stack, library: Settings) -> None:
    with (
        serving(library, MOVIETAG_KAFKA=stack.settings.kafka_address) as address,
        httpx.Client(base_url=address, timeout=patience(30), headers=OWN) as client,
    ):
        answer = client.post("/add", data={"titles": "Page of Heat (1995)\n\n달빛 항구 (2003)\n"})
        assert answer.status_code == 303
        place = {"titles": "Page of Dune", "url": "https://vimeo.com/1", "refresh": "yes"}
        assert client.post("/add", data=place).status_code == 303
        names = ("Page of Heat", "달빛 항구", "Page of Dune")
        titles = asyncio.run(arriving(stack.settings, set(names)))
        heat, harbor, dune = (titles[name] for name in names)
        assert (heat.year, harbor.year) == (1995, 2003)
        assert (dune.refresh, dune.sources.urls) == (True, ("https://vimeo.com/1",))
        shown = seen(client.get(answer.headers["location"])).text
        assert {heat.movie_id, harbor.movie_id} <= set(shown.split())
        assert "Kafka does not answer" not in shown


def test_what_was_sent_is_not_waited_for_once_it_is_there(pages: httpx.Client) -> None:
    answer = pages.get("/progress", params={"sent": "barn,not-there,up"})
    seen(answer)
    shown = answer.text
    assert "<bdi>not-there</bdi>" in shown
    assert "<bdi>barn</bdi>" not in shown
    assert "<bdi>up</bdi>" not in shown
    assert {"/movies/barn", "/movies/up"} <= set(re.findall(r'href="(/movies/[^"]+)"', shown))
    assert "titles that you sent have ended" not in shown


def test_what_was_sent_and_has_ended_is_said_to_have(pages: httpx.Client) -> None:
    answer = pages.get("/progress/now", params={"sent": "barn,up"})
    assert "All titles that you sent have ended." in answer.text
    assert answer.status_code in {
        200,
        286,
    }  # as long as other movies are on their way, it is asked again
