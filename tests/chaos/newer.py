"""A newer movietag, for trying two versions side by side: a copy of this one with EDITS made to it.

It differs by what a version may add: plan, caption, document, the body of a document and what a ledger holds
beside a fact have a new field, ``build``, and there is a new kind of fact, ``Noted``, which it sends and counts.
``tests/wire`` of the copy has messages of these versions, so its rules hold for it as for this one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from wire.record import BODY_VERSION, PAGE_VERSION

ROOT = Path(__file__).parents[2]
CODE = ("movietag", "streams")
BUILD = "newer"  # what it writes into each new field


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a file, and what stands there instead; ``after``: what follows it."""

    path: str
    text: str
    instead: str = ""
    after: str = ""


EDITS = (
    # A field more in records.
    Edit(
        "movietag/records/facts.py",
        "        4  # since 0.1: `kept`, `asked`; 3: fields of its sampling; 4: `withdrawn_ms`\n",
        "        5\n",
    ),
    Edit(
        "movietag/records/facts.py",
        "    asked: Offset | None = None  # offset of its request at its first failure, if it was replayed\n",
        after="    build: Text = ''\n",
    ),
    Edit(
        "movietag/records/facts.py",
        "    VERSION: ClassVar[int] = 2  # since 0.1: `quality`\n",
        "    VERSION: ClassVar[int] = 3\n",
    ),
    Edit(
        "movietag/records/facts.py",
        '    quality: Name = ""  # a CaptionQuality; empty: unmarked, e.g. of a version before, or scored\n',
        after="    build: Text = ''\n",
    ),
    Edit(
        "movietag/records/documents.py",
        "    VERSION: ClassVar[int] = 2  # since 0.1: `change`\n",
        "    VERSION: ClassVar[int] = 3\n",
    ),
    Edit(
        "movietag/records/documents.py",
        '    change: Name = ""\n',
        after="    build: str = ''\n",
    ),
    Edit("movietag/records/__init__.py", "import Caption, Fact, ", "import Noted, Caption, Fact, "),
    Edit(
        "movietag/records/ledger.py",
        '    """What a ledger holds next to a fact. No field yet; a newer version\'s fields are preserved, as in any record."""\n',
        after="\n    build: str = ''\n",
    ),
    # They are written.
    Edit(
        "movietag/rules/planning.py",
        "        genres=title.genres,\n        reason=reason,\n",
        after="        build='newer',\n",
    ),
    Edit("movietag/captioning/__init__.py", "        more=info.more,\n", after="        build='newer',\n"),
    Edit(
        "movietag/rules/publishing.py",
        "Document(index_name(index, self._id), doc_id, number, raw)",
        "Document(index_name(index, self._id), doc_id, number, raw, build='newer')",
    ),
    Edit("streams/handlers/fact_counter.py", "milliseconds(event), fact)", "milliseconds(event), fact, OURS)"),
    Edit("streams/handlers/fact_counter.py", "REMEMBERED = 20_000", "OURS = Beside(build='newer')\nREMEMBERED = 20_000"),
    Edit("streams/handlers/fact_counter.py", "    Document,\n", "    Beside,\n    Document,\n"),
    Edit("streams/handlers/planner.py", "return Placed(at.offset, at.at_ms, plan)", "return Placed(at.offset, at.at_ms, plan, OURS)"),
    Edit("streams/handlers/planner.py", "return Placed(at.offset, at.at_ms, found)", "return Placed(at.offset, at.at_ms, found, OURS)"),
    Edit("streams/handlers/planner.py", "PAGES = 32", "OURS = Beside(build='newer')\nPAGES = 32"),
    Edit("streams/handlers/planner.py", "    Placed,\n", "    Beside,\n    Placed,\n"),
    # And in what people search: the index has to take the fields.
    Edit(
        "movietag/documents.py",
        "    tag_vector: tuple[float, ...] | dict[str, float] | msgspec.UnsetType = msgspec.UNSET\n",
        after="    build: str = ''\n    notes: int = 0\n",
    ),
    Edit(
        "movietag/documents.py",
        '    stems: str = ""  # the caption as `text:` compares it: movietag.rules.stems; empty: as it is\n',
        after="    build: str = ''\n",
    ),
    Edit(
        "movietag/rules/publishing.py",
        "            attempt_reason=attempt_reason,\n",
        after="            build='newer',\n            notes=tally.notes,\n",
    ),
    Edit(
        "movietag/rules/publishing.py",
        "            confidence=caption.confidence,\n",
        after="            build=caption.build,\n",
    ),
    # A kind of fact more, which is counted.
    Edit(
        "movietag/records/facts.py",
        "Fact = Plan | Manifest | Caption | SlotFailure\n",
        '''\
class Noted(Message, frozen=True, tag_field="kind", tag="noted"):
    """What was noted of a slot."""

    movie_id: MovieIdField
    generation: Generation
    video_id: VideoIdField
    slot: Number
    note: Text


Fact = Plan | Manifest | Caption | SlotFailure | Noted
''',
    ),
    Edit("movietag/rules/facts.py", "    Manifest,\n", after="    Noted,\n"),
    Edit(
        "movietag/rules/facts.py",
        "        case Unknown():\n",
        """\
        case Noted():
            return ("noted", fact.generation, fact.video_id, fact.slot)
        case Unknown():
""",
    ),
    Edit("movietag/rules/tally.py", "    Manifest,\n", after="    Noted,\n"),
    Edit(
        "movietag/rules/tally.py",
        "    confidences: dict[str, float] = field(default_factory=dict)  # tag -> their sum; where scored\n",
        after="    notes: int = 0\n",
    ),
    Edit(
        "movietag/rules/tally.py",
        "        counts=dict.fromkeys(match.vocabulary.tags, 0),\n",
        after="        notes=sum(isinstance(item.fact, Noted) for item in facts),\n",
    ),
    Edit("streams/handlers/frame_captioner.py", "    MovieId,\n", after="    Noted,\n"),
    Edit(
        "streams/handlers/frame_captioner.py",
        "        await (await self.captions.send(key=info.movie_id.encode(), value=encode(caption)))\n",
        after="""\
        if info.slot % 10 == 0:
            note = Noted(info.movie_id, info.generation, info.video_id, info.slot, "It is bright.")
            await (await self.captions.send(key=info.movie_id.encode(), value=encode(note)))
""",
    ),
)  # fmt: skip

WIRE_EDITS = (  # the examples, from which `python -m wire.record` writes a message of each new version
    Edit("tests/wire/examples.py", "        asked=16,\n", after="        build='newer',\n"),
    Edit("tests/wire/examples.py", '{"murder": 0.75}, "cut"),', '{"murder": 0.75}, "cut", "newer"),'),
    Edit("tests/wire/examples.py", "msgspec.Raw(b'{\"title\":\"Heat\"}'), \"failed\"", "msgspec.Raw(b'{\"title\":\"Heat\"}'), 'failed', 'newer'"),
    Edit("tests/wire/examples.py", "    Answered(MOVIE,", "    Noted(MOVIE, 2, VIDEO, 7, 'It is bright.'),\n    Answered(MOVIE,"),
    Edit("tests/wire/examples.py", "    Message,\n", after="    Noted,\n"),
    Edit("tests/wire/record.py", f"PAGE_VERSION = {PAGE_VERSION}", f"PAGE_VERSION = {PAGE_VERSION + 1}"),
    Edit("tests/wire/record.py", f"BODY_VERSION = {BODY_VERSION}", f"BODY_VERSION = {BODY_VERSION + 1}"),
    Edit("tests/wire/record.py", "import LedgerFact,", "import Beside, LedgerFact,"),
    Edit("tests/wire/record.py", "1_700_000_000_000 + at, one)", "1_700_000_000_000 + at, one, Beside(build='newer'))"),
)  # fmt: skip


def make_newer(folder: Path, *, wire: bool = False) -> Path:
    """Make the newer movietag in a folder, with its tests/wire or without; what goes on PYTHONPATH.

    Raises:
        ValueError: a text does not stand where it is to be edited (any more).
    """
    for name in (*CODE, *(["tests/wire"] if wire else [])):
        shutil.copytree(
            ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for edit in (*EDITS, *(WIRE_EDITS if wire else ())):
        path = folder / edit.path
        before = path.read_text()
        if before.count(edit.text) != 1:
            raise ValueError(
                f"{edit.path} has this {before.count(edit.text)} times; mend tests/chaos/newer.py: {edit.text}"
            )
        path.write_text(before.replace(edit.text, edit.instead or edit.text + edit.after))
    return folder
