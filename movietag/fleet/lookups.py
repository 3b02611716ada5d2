"""What workers ask each other, and the answers: messages of the topic ``movietag.lookups``.

A worker that lacks a file asks all fetch workers for it; a fetch worker that reaches no site asks whether others do. Nothing
rests on a lookup: one that is lost, repeated or late is asked again, or ignored.
"""

from __future__ import annotations

import msgspec

from movietag.kafka.members import ConsumerGroup
from movietag.kafka.workers import WorkerName, worker_name
from movietag.records import Video
from movietag.records.wire import read

Installation = tuple[str, str]
"""``WorkerName.installation``: workers that have it in common have the same files."""


class FileLookup(msgspec.Struct, frozen=True, tag="file"):
    """Who can read a file or folder?

    Attributes:
        id: of this lookup.
        source: a ``SourceKind`` of the disk.
        path: as the title names it.
        subfolders: whether pictures in sub-folders belong to a folder.
    """

    id: str
    source: str
    path: str
    subfolders: bool = False


class SitesLookup(msgspec.Struct, frozen=True, tag="sites"):
    """Who can connect to one of these sites?

    Attributes:
        id: of this lookup.
        sites: hosts, each with its port if that is not the usual one.
    """

    id: str
    sites: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The answer of a worker.

    Attributes:
        id: of the lookup.
        client_id: of the worker; see ``WorkerName``.
        video: what the worker has at the path; None: nothing that it may read.
        sites: those that it can connect to.
        reason: why there is no video.
    """

    id: str
    client_id: str
    video: Video | None = None
    sites: tuple[str, ...] = ()
    reason: str = ""


Lookup = FileLookup | SitesLookup
Message = Lookup | Answer


def lookup_value(message: Message) -> bytes:
    """A lookup or an answer as a message."""
    return msgspec.json.encode(message)


def read_lookup(value: bytes | None) -> Message:
    """The lookup or answer in a message.

    Raises:
        PermanentError: it is neither, or of a newer version.
    """
    message: Message = read(Message, value, "lookup")
    return message


def installations(group: ConsumerGroup, but: WorkerName) -> dict[Installation, str]:
    """The installations of a group's members, each with its host, without that of one worker.

    Members of versions without a ``WorkerName`` do not answer, and are left out.
    """
    names = [name for member in group.members if (name := worker_name(member.client_id))]
    return {name.installation: name.host for name in names if name.installation != but.installation}


def partitions_of_installation(group: ConsumerGroup, client_id: str, topic: str) -> list[int]:
    """The partitions of a topic that the worker with this client id has, or another one of its installation."""
    wanted = worker_name(client_id)
    return sorted(
        at.partition
        for member in group.members
        if wanted
        and (name := worker_name(member.client_id))
        and name.installation == wanted.installation
        for at in member.partitions
        if at.topic == topic
    )
