"""Correcting the message of a dead letter: which of its fields change, and sending it again as the same letter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer

from movietag import topics
from movietag.adding import key_of, validated
from movietag.documents import LetterBody
from movietag.errors import PermanentError, UsageError
from movietag.letters.reading import FailedMessage
from movietag.letters.replaying import ReplayOutcome, replay
from movietag.rules.envelopes import content_of
from movietag.rules.title_fields import NAMES, TitleFields
from movietag.settings import Settings

LISTS: Final = ("urls", "files", "images")
SWITCHES: Final = [
    field.name for field in msgspec.structs.fields(TitleFields) if field.type is bool
]


def require_title(letter: LetterBody) -> None:
    """Refuse a letter whose message nobody but a stage has written.

    Raises:
        UsageError: it is not of a topic of titles.
    """
    if letter.topic not in (topics.TITLES.name, topics.BULK_TITLES.name):
        raise UsageError(
            f"Letter {letter.letter_id} holds a message of {letter.topic}, which a stage has made: only titles can be"
            f" corrected. Remove the cause, then: movietag dead replay {letter.letter_id}"
        )


def corrected_title(value: bytes | None, changes: Sequence[str], settings: Settings) -> bytes:
    """The message of a title with some fields changed, as JSON without an envelope.

    Args:
        value: the message that failed; a line of text is its field `title`.
        changes: `FIELD=VALUE`; an empty value removes the field; urls, files and images take several.
        settings: by which the title is checked.

    Raises:
        UsageError: a change is invalid, the message cannot be read, or the stages would refuse what comes of it.
    """
    fields = _fields(value)
    for name, values in _changes(changes).items():
        if not any(values):
            fields.pop(name, None)
        elif name not in NAMES:
            raise UsageError(
                f"{name[:80]!r} is not a field of a title; these are: {', '.join(NAMES)}."
                f" To remove it: --set {name[:80]}="
            )
        else:
            fields[name] = _value(name, values)
    made = msgspec.json.encode(fields)
    validated(made, settings)
    return made


def _fields(value: bytes | None) -> dict[str, Any]:
    try:
        content = content_of(value)
    except PermanentError as error:
        raise UsageError(
            f"Its fields cannot be read: {error.reason} Give the whole message: --message TEXT"
        ) from None
    if isinstance(content, str):
        return {"title": content.strip()}
    if isinstance(content, Mapping):
        return dict(content)
    raise UsageError(
        "The message says that something was removed: give the whole one: --message TEXT"
    )


def _changes(changes: Sequence[str]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not (equals and name.strip()):
            raise UsageError(f"{change[:80]!r} is not FIELD=VALUE, e.g. --set year=1995.")
        made.setdefault(name.strip(), []).append(text.strip())
    return made


def _value(name: str, values: list[str]) -> Any:
    if name in LISTS:
        return [one for one in values if one]
    if len(values) > 1:
        raise UsageError(f"The field {name} is set {len(values)} times.")
    if name in SWITCHES:
        if values[0] not in ("true", "false"):
            raise UsageError(f"The field {name} is true or false, not {values[0][:80]!r}.")
        return values[0] == "true"
    return values[0]


async def send_corrected(
    settings: Settings, sender: AIOKafkaProducer, letter: LetterBody, value: bytes
) -> ReplayOutcome:
    """Send a corrected message as a replay of its letter: where it fails again, it is the same letter.

    Raises:
        TransientError: Kafka became unreachable; the message may have been sent.
    """

    async def only() -> AsyncIterator[LetterBody]:
        yield letter

    def change(failed: FailedMessage) -> FailedMessage:
        return replace(failed, key=key_of(value), value=value)

    return await replay(settings, sender, only(), change=change)
