"""The titles that nobody has planned yet: what the plan stage has not read of its topics."""

from __future__ import annotations

from movietag.errors import PermanentError
from movietag.kafka.clients import admin, kafka_errors, make_consumer
from movietag.kafka.lag import first_and_end, start_of
from movietag.kafka.unread import our_groups
from movietag.kafka.whole import partitions_of, read_whole
from movietag.records import MovieId, Title
from movietag.rules.title_fields import TitleForm
from movietag.rules.titles import parse_title
from movietag.settings import Settings
from movietag.topics import BULK_TITLES, TITLES, stage_group


async def unread_titles(settings: Settings) -> dict[MovieId, Title]:
    """The titles that wait, by movie, in no order; without what forgets or cancels a movie, and what is no title.

    Raises:
        TransientError: Kafka is unreachable.
    """
    form = TitleForm(settings.title_fields, settings.title_deletes)
    found: dict[MovieId, Title] = {}
    for value in await _unread(settings):
        try:
            title = parse_title(value, form)
        except PermanentError:
            continue  # it becomes a letter
        if not (title.forget or title.cancel):
            found[title.movie_id] = title
    return found


async def _unread(settings: Settings) -> list[bytes | None]:
    places = [
        at
        for topic in (TITLES, BULK_TITLES)
        for at in partitions_of(topic, settings.kafka_partitions)
    ]
    group = stage_group("plan")
    async with admin(settings) as client:  # a Kafka without groups has no coordinator to be asked
        known = group in await our_groups(client)
        committed = await client.list_consumer_group_offsets(group) if known else {}
    first, last = await first_and_end(settings, places)
    starts = {at: start_of(committed, first, at) for at in places}
    unread = [at for at in places if starts[at] < last[at]]
    if not unread:
        return []
    with kafka_errors(settings):
        async with make_consumer(settings) as consumer:
            return [
                record.value
                async for records in read_whole(consumer, unread, starts=starts)
                for record in records
            ]
