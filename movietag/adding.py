"""Turns titles from users into messages and sends them, for `movietag add` and the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec

from movietag import topics
from movietag.crawl.guard import check_path
from movietag.crawl.source_table import SOURCES, SiteSource
from movietag.errors import PermanentError, UsageError
from movietag.kafka.clients import producer
from movietag.records import Title
from movietag.rules.envelopes import MARK
from movietag.rules.movie_ids import catalogue_of
from movietag.rules.titles import is_json, parse_title, title_of
from movietag.search.failures import FailedMovie
from movietag.settings import Settings
from movietag.settings.sources import assignment

AT_A_TIME: Final = 500  # titles sent before they are waited for
OPTIONS: Final = {"urls": "url", "files": "file", "images": "images", "refresh": "refresh"}
"""Fields of a title -> the options of `movietag add` that set them."""


class Added(msgspec.Struct, frozen=True):
    """A title that was sent, and the id of its movie."""

    movie_id: str
    title: str
    year: int | None


def message(line: str, sources: Mapping[str, Sequence[str]], *, refresh: bool) -> bytes:
    """The message of a title: the line unchanged, or JSON if there are options.

    ``sources``: its `urls`, `files` and `images`. Options are merged into a line that is JSON.

    Raises:
        UsageError: the line is not a title, or its JSON contradicts an option.
    """
    extra: dict[str, object] = {name: list(values) for name, values in sources.items() if values}
    if refresh:
        extra["refresh"] = True
    if not extra:
        return line.encode("utf-8", "surrogateescape")
    title = title_of(line)
    if is_json(line):
        fields = msgspec.json.decode(line.removeprefix(MARK).strip(), type=dict[str, object])
        _refuse_contradiction(line, fields, extra)
    else:
        fields = {"title": title.title, "year": title.year} | _ids(title)
    return msgspec.json.encode(fields | extra)


def _ids(title: Title) -> dict[str, object]:
    """The ids of catalogues that a line has."""
    known = {"imdb": title.imdb, "tmdb": title.tmdb}
    return {name: value for name, value in known.items() if value is not None}


def _refuse_contradiction(
    line: str, fields: Mapping[str, object], extra: dict[str, object]
) -> None:
    """Reject options that contradict the JSON.

    Raises:
        UsageError: an option contradicts it; the text names the field.
    """
    names = " and ".join(f"--{OPTIONS[name]}" for name in extra)
    if fields.get("forget") or fields.get("cancel"):
        raise UsageError(
            f"{line[:80]!r} forgets the movie, {names} adds it: use one of the two, or one after the other."
        )
    for name, values in extra.items():
        if name in fields and fields[name] != values:
            raise UsageError(
                f"{line[:80]!r} contains another `{name}` than --{OPTIONS[name]}. Set it in one of the two."
            )


def validated(value: bytes, settings: Settings) -> Added:
    """Check a message, and return what it adds.

    Checks the URLs and paths of its videos against the settings of this machine; the stages check them again with
    theirs. Paths are not checked where they can only be another machine's.

    Raises:
        UsageError: the stages would reject it.
    """
    title = title_of(value.decode("utf-8", "surrogateescape"))
    try:
        for source in SOURCES.values():
            if isinstance(source, SiteSource):
                for url in source.named(title.sources):
                    source.check(url, settings.sites, settings.private_hosts)
            elif _reads_here(settings):
                for path in source.named(title.sources):
                    check_path(path, settings.roots, source.what)
    except PermanentError as error:
        paths = (*title.sources.files, *title.sources.images)
        folders = [Path(path).parent for path in paths]
        remedy = _remedy(folders, settings) if error.kind == "forbidden-path" else ""
        raise UsageError(f"{error.reason}{remedy}") from None
    return Added(title.movie_id, title.title, title.year)


def retry_message(movie: FailedMovie) -> bytes:
    """The message that searches and fetches a failed movie again: its title, id, and the videos that it named."""
    tmdb = movie.movie_id.removeprefix("tmdb-") if catalogue_of(movie.movie_id) == "tmdb" else None
    fields = {
        "title": movie.title,
        "year": movie.year,
        "movie_id": movie.movie_id,
        "tmdb": tmdb,
        "urls": movie.urls,
        "files": movie.files,
        "images": movie.images,
        "refresh": True,  # a retry by a person does not wait for the pause between automatic ones
    }
    return msgspec.json.encode({name: value for name, value in fields.items() if value})


def check_folder(folder: Path, settings: Settings) -> None:
    """Check a folder whose films are to be added, as ``validated`` checks the path of each.

    Raises:
        UsageError: the stages would reject all that is in it.
    """
    if not _reads_here(settings):
        return
    try:
        check_path(str(folder), settings.roots, "folder")
    except PermanentError as error:
        remedy = _remedy([folder], settings) if error.kind == "forbidden-path" else ""
        raise UsageError(f"{error.reason}{remedy}") from None


def _remedy(folders: Sequence[Path], settings: Settings) -> str:
    """The setting of MOVIETAG_ROOTS that allows these folders, too."""
    absolute = (str(folder) for folder in folders if folder.is_absolute())
    roots = list(dict.fromkeys([*map(str, settings.roots), *absolute]))
    return f" For this machine's stages and commands, e.g.: {assignment('MOVIETAG_ROOTS', roots)}"


def _reads_here(settings: Settings) -> bool:
    """Whether the stages may read this machine's disk: folders are configured here, or Kafka runs here."""
    kafka = settings.kafka or "localhost:0"  # the embedded one
    return bool(settings.roots) or all(map(_loops_back, kafka.split(",")))


def _loops_back(address: str) -> bool:
    host = address.strip().rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def send_titles(
    settings: Settings,
    values: Sequence[bytes],
    report: Callable[[int], None] = lambda _: None,
    *,
    bulk: bool = False,
) -> None:
    """Send titles, as JSON or lines of text; returns when Kafka has acknowledged them.

    The key is the movie's id, so requests for one movie are processed in the order in which they were sent.

    Args:
        settings: where Kafka is.
        values: the messages.
        report: is told how many Kafka has acknowledged, again and again.
        bulk: they are a list: planned while few videos wait, and fetched after what is sent without this.
    """
    topic = topics.BULK_TITLES if bulk else topics.TITLES
    async with producer(settings) as sender:
        for start in range(0, len(values), AT_A_TIME):
            part = values[start : start + AT_A_TIME]
            sent = [await sender.send(topic.name, value, key_of(value)) for value in part]
            await asyncio.gather(*sent)
            report(start + len(part))


def key_of(value: bytes) -> bytes | None:
    """The key of a title; None if it is invalid: the plan stage will report why."""
    try:
        return parse_title(value).movie_id.encode()
    except PermanentError:
        return None
