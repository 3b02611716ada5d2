"""Titles as users give them, made into messages and sent: for `movietag add` and for the page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from movietag import topics
from movietag.crawl.source_table import SOURCES, SiteSource
from movietag.errors import PermanentError, UsageError
from movietag.kafka.producer import producer
from movietag.rules.titles import MARK, is_json, parse_title, title_of
from movietag.settings import Settings

OPTIONS: Final = {"urls": "url", "files": "file", "images": "images", "refresh": "refresh"}
"""The fields of a title that are options of `movietag add`, with their names there."""


class Added(msgspec.Struct, frozen=True):
    """One title that was sent, and the id its movie has."""

    movie_id: str
    title: str
    year: int | None


def message(line: str, places: Mapping[str, Sequence[str]], *, refresh: bool) -> bytes:
    """The message of a title: the line itself, or JSON when there is more to say.

    ``places`` are its own `urls`, `files` and `images`. JSON is sent with what it does not say itself.

    Raises:
        UsageError: the line is no title, or its JSON says something else.
    """
    extra: dict[str, object] = {name: list(given) for name, given in places.items() if given}
    if refresh:
        extra["refresh"] = True
    if not extra:
        return line.encode("utf-8", "surrogateescape")
    title = title_of(line)
    if is_json(line):
        said = msgspec.json.decode(line.removeprefix(MARK).strip(), type=dict[str, object])
        _refuse_contradiction(line, said, extra)
    else:
        said = {"title": title.title, "year": title.year}
    return msgspec.json.encode(said | extra)


def _refuse_contradiction(line: str, said: Mapping[str, object], extra: dict[str, object]) -> None:
    """Refuse options that say something else than the JSON beside them.

    Raises:
        UsageError: the text names the field.
    """
    names = " and ".join(f"--{OPTIONS[name]}" for name in extra)
    if said.get("forget"):
        raise UsageError(
            f"{line[:80]!r} forgets the movie, {names} adds it: give one of the two, or one after the other."
        )
    for name, given in extra.items():
        if name in said and said[name] != given:
            raise UsageError(
                f"{line[:80]!r} says `{name}` itself, and not what --{OPTIONS[name]} says. Say it in one of"
                " the two places."
            )


def validated(value: bytes, settings: Settings) -> Added:
    """What a message adds.

    The URLs of its videos are held against the settings of here; the stages do it again with theirs.

    Raises:
        UsageError: the stages would refuse it.
    """
    title = title_of(value.decode("utf-8", "surrogateescape"))
    try:
        for source in SOURCES.values():
            if isinstance(source, SiteSource):
                for url in source.named(title.sources):
                    source.check(url, settings.sites, settings.private_hosts)
    except PermanentError as error:
        raise UsageError(error.reason) from None
    return Added(title.movie_id, title.title, title.year)


async def send_titles(settings: Settings, values: Sequence[bytes]) -> None:
    """Put titles, as JSON or lines of text, on the topic of titles; returns when Kafka has them.

    Their key is the movie's id, so that what is asked of one movie is done in the order in which it was asked.
    """
    async with producer(settings) as sender:
        sent = [await sender.send(topics.TITLES.name, value, key_of(value)) for value in values]
        await asyncio.gather(*sent)


def key_of(value: bytes) -> bytes | None:
    """The key of a title; None where it is none that movietag can read: the plan stage says why."""
    try:
        return parse_title(value).movie_id.encode()
    except PermanentError:
        return None
