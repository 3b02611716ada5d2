"""The captioner that answers from a dict, beyond what every captioner does; and one for each model."""

from __future__ import annotations

import pytest

from movietag.captioning import NOTHING_KNOWN, Captioned, Captioner, CaptionFailed
from movietag.captioning.captioners import MOST, Captioners
from movietag.captioning.fake import FAKE_TAGGER, FakeCall, FakeCaptioner
from movietag.errors import TransientError
from movietag.records import Context, TaggerId
from movietag.settings import Settings

FIRST, SECOND = TaggerId("first@1"), TaggerId("second@1")


async def test_a_frame_gets_what_the_dict_says_and_every_other_one_the_rest() -> None:
    whole = Captioned("horror", "?", SECOND, 2.0, {"horror": 0.9}, "mpst-1")
    fake = FakeCaptioner({b"a": "murder", b"b": whole}, otherwise="nothing")
    assert await fake.caption(b"a") == Captioned("murder", "Describe.", FAKE_TAGGER, 0.0)
    assert await fake.caption(b"b") == whole
    assert (await fake.caption(b"c")).caption == "nothing"


async def test_of_several_outcomes_each_call_takes_the_next() -> None:
    fake = FakeCaptioner({b"a": [CaptionFailed("Out of memory."), "horror"]})
    with pytest.raises(CaptionFailed):
        await fake.caption(b"a")
    assert [(await fake.caption(b"a")).caption for _ in range(2)] == ["horror"] * 2


async def test_it_remembers_what_it_was_asked() -> None:
    fake = FakeCaptioner()
    await fake.caption(b"a")
    await fake.caption(b"b", Context(title="Heat"), FIRST)
    assert fake.calls == [
        FakeCall(b"a", NOTHING_KNOWN, None),
        FakeCall(b"b", Context(title="Heat"), FIRST),
    ]


async def test_taggers_are_served_side_by_side() -> None:
    fake = FakeCaptioner(taggers=[FIRST, SECOND])
    assert (await fake.tagger(), await fake.tagger(like=FIRST)) == (SECOND, FIRST)
    assert (await fake.caption(b"a", tagger=FIRST)).tagger == FIRST
    assert await fake.versions() == {FIRST: "1", SECOND: "2"}


async def test_while_it_is_away_nothing_is_answered() -> None:
    fake = FakeCaptioner()
    fake.away = TransientError("The tagger is away.")
    for call in (fake.caption(b"a"), fake.tagger(), fake.versions()):
        with pytest.raises(TransientError, match="is away"):
            await call
    fake.away = None
    assert await fake.tagger() == FAKE_TAGGER


def test_each_model_has_one_captioner() -> None:
    made: list[str] = []

    def make(settings: Settings, model: str) -> Captioner:
        made.append(model)
        return FakeCaptioner()

    captioners = Captioners(Settings(model="llava"), make)
    assert captioners.named("") is captioners.named("llava")
    assert captioners.named("other") is not captioners.named("")
    for number in range(MOST):  # whoever names ever new ones does not keep all of them open
        captioners.named(f"model {number}")
    assert made == ["llava", "other", *(f"model {number}" for number in range(MOST))]
    captioners.named("")
    assert made[-1] == "llava"
