"""Files that a worker lacks: others are asked, a video goes to one that has it, and failures name who was asked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support.fetch_bench import WHOLE, Fetching, job
from support.lookup_fleet import LookupFleet

from movietag import topics
from movietag.errors import MachineError, PermanentError
from movietag.fleet.lookups import Answer, FileLookup, read_lookup
from movietag.records import Video, VideoId, VideoJob, decode, encode
from movietag.settings import Settings
from movietag.streams.failures.tries import MOST
from movietag.streams.handlers.files_elsewhere import MOST_HOPS, FilesElsewhere, held_here
from movietag.streams.other_workers import UnansweredError

PATH = "/films/heat.mkv"
MISSING = PermanentError("missing-path", "The path is not a regular file on this machine (alpha).")
HEAT = Video(VideoId("file:heat"), "file", PATH)
OTHER = Video(VideoId("file:other"), "file", PATH)  # other bytes at the same path


def of_file(**changed: Any) -> Any:
    one = job()
    one.message.value = encode(
        msgspec.structs.replace(decode(VideoJob, one.message.value), video=HEAT, **changed)
    )
    one.message.key = HEAT.video_id.encode()
    return one


async def test_a_title_is_planned_with_the_file_as_another_worker_has_it() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}, "gamma": {PATH: HEAT}})
    files = FilesElsewhere(fleet.of("alpha"))
    assert await files.video("file", PATH, MISSING) == HEAT


async def test_a_file_that_nobody_has_fails_with_the_hosts_that_were_asked() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}, "gamma": {}})
    with pytest.raises(PermanentError) as caught:
        await FilesElsewhere(fleet.of("alpha")).video("file", PATH, MISSING)
    assert caught.value.kind == "missing-path"
    assert caught.value.reason == f"{MISSING.reason} No fetch worker on beta, gamma has it either."


@pytest.mark.parametrize(
    ("source", "kind"),
    [("file", "forbidden-url"), ("images", "missing-path")],
    ids=["no fault of a path", "beta has a file, not a folder"],
)
async def test_what_another_worker_cannot_have_is_not_taken_from_it(source: str, kind: str) -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    with pytest.raises(PermanentError) as caught:
        await FilesElsewhere(fleet.of("alpha")).video(source, PATH, PermanentError(kind, "No."))
    assert caught.value.kind == kind


async def test_nobody_is_asked_where_all_workers_have_the_same_files() -> None:
    fleet = LookupFleet({"alpha": {}})
    with pytest.raises(PermanentError, match=r"\(alpha\)\.$"):
        await FilesElsewhere(fleet.of("alpha")).video("file", PATH, MISSING)
    assert not fleet.sent


async def test_a_silent_worker_is_named_and_asked_again() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}}, seconds=0)
    fleet.silent.add("beta")
    with pytest.raises(UnansweredError, match=r"\(alpha\)\. The fetch worker on beta did not"):
        await FilesElsewhere(fleet.of("alpha")).video("file", PATH, MISSING)


async def test_it_is_not_counted_that_nobody_can_be_asked() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}})
    fleet.state = "PreparingRebalance"
    with pytest.raises(MachineError, match="shared out"):
        await FilesElsewhere(fleet.of("alpha")).video("file", PATH, MISSING)
    fleet.away = True
    with pytest.raises(MachineError, match="Kafka"):
        await FilesElsewhere(fleet.of("alpha")).video("file", PATH, MISSING)


async def test_a_video_goes_to_a_partition_of_the_worker_that_has_its_file() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: OTHER}, "gamma": {PATH: HEAT}})
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    one = of_file()
    one.headers[topics.LETTER_HEADER] = b"letter"
    assert await alpha.fetch(one) == ["videos <- fetch file:heat", "acked 0"]
    ((key, sent, headers),) = alpha.videos.sent
    assert alpha.videos.partitions == [2]  # gamma's: beta has another file there
    assert (key, sent) == (b"file:heat", decode(VideoJob, one.message.value))
    assert headers == {topics.LETTER_HEADER: b"letter", topics.HOPS_HEADER: b"1"}
    gamma = Fetching(2, others=fleet.of("gamma"))
    assert (await gamma.fetch(of_file()))[-1] == "acked 0"
    assert len(gamma.captions.records) == 1


async def test_a_replay_sends_it_again_to_the_same_partition() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    for _ in range(2):
        alpha = Fetching(MISSING, others=fleet.of("alpha"))
        await alpha.fetch(of_file())
        assert alpha.videos.partitions == [1]


async def test_a_video_whose_file_nobody_has_fails_once_all_were_asked() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: OTHER}})
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    assert await alpha.fetch(of_file()) == ["requests <- failed file:heat: missing-path", "acked 0"]
    (failed,) = alpha.requests.records
    assert failed.failure.reason.endswith("No fetch worker on beta has it either.")


async def test_a_file_that_appears_meanwhile_is_fetched_here() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}})
    fleet.state = "PreparingRebalance"
    alpha = Fetching(MISSING, MISSING, 2, others=fleet.of("alpha"))
    assert (await alpha.fetch(of_file()))[-3:] == [
        "noted",
        "captions <- manifest file:heat",
        "acked 0",
    ]
    assert not alpha.counts.counts


async def test_a_silent_worker_does_not_hold_a_video_up_for_ever() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {}}, seconds=0)
    fleet.silent.add("beta")
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    assert await alpha.fetch(of_file()) == ["requests <- failed file:heat: no-answer", "acked 0"]
    reason = alpha.requests.records[0].failure.reason
    assert "(alpha)" in reason
    assert "beta did not answer" in reason
    assert f"{MOST} tries" in reason


async def test_a_worker_without_partitions_is_named() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    fleet.spare.add("beta")
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    await alpha.fetch(of_file())
    assert "beta has it, and no partition" in alpha.requests.records[0].failure.reason


async def test_a_video_is_passed_on_a_few_times_only() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    one = of_file()
    one.headers[topics.HOPS_HEADER] = b"%d" % MOST_HOPS
    assert await alpha.fetch(one) == ["requests <- failed file:heat: missing-path", "acked 0"]


async def test_videos_of_sites_and_kept_frames_are_passed_on_to_nobody() -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    alpha = Fetching(MISSING, others=fleet.of("alpha"))
    assert await alpha.fetch(job()) == ["requests <- failed a: missing-path", "acked 0"]
    assert await Fetching(2, others=fleet.of("alpha")).fetch(job()) == [*WHOLE, "acked 0"]
    assert not fleet.sent
    assert not alpha.videos.sent


async def test_a_worker_answers_what_it_has_below_its_roots(tmp_path: Any) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mkv").write_bytes(b"x")
    (tmp_path / "secret.mkv").write_bytes(b"x")
    settings = Settings(roots=(tmp_path / "films",), home=tmp_path)

    async def held(path: str, source: str = "file") -> Video | None:
        return (await held_here(settings, FileLookup("1", source, path))).video

    found = await held(f"{tmp_path}/films/a.mkv")
    assert found is not None
    assert found.url == f"{tmp_path}/films/a.mkv"
    assert await held(f"{tmp_path}/secret.mkv") is None
    assert await held(f"{tmp_path}/films/a.mkv", "url") is None
    assert await held(f"{tmp_path}/films/a.mkv", "hologram") is None


@pytest.mark.parametrize(
    "value", [None, b"", b"{}", b'{"type": "wish"}', b"\xff", b'{"type":"answer"}']
)
async def test_messages_of_others_and_of_newer_versions_are_ignored(value: bytes | None) -> None:
    fleet = LookupFleet({"alpha": {}, "beta": {PATH: HEAT}})
    await fleet.of("beta").take(value)
    assert not fleet.sent


@pytest.mark.parametrize(
    "where", ["", '"video": {"video_id": "a", "source": "file", "url": "/a", %s},']
)
def test_an_answer_of_a_newer_version_is_read_all_the_same(where: str) -> None:
    more = '"newer": 1'
    text = (
        '{"type": "answer", "id": "1", "client_id": "c", '
        + (where % more if where else "")
        + more
        + "}"
    )
    answer = read_lookup(text.encode())
    assert isinstance(answer, Answer)
    assert answer.client_id == "c"
