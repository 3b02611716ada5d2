"""The English words and phrases by which something is denied, doubted, or only seems to be denied.

Phrases are written as ``movietag.vocabulary.negation.clauses`` makes words of them: `isn't` is `is not`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

Phrase = tuple[str, ...]


class Reach(StrEnum):
    """How far a cue reaches."""

    THING = "thing"  # `no`: ends where a place begins, e.g. `in the dark room`, or `in a dark room`
    ACT = "act"  # `not`: as above, but `set in a dark room` belongs to it
    NOUN = "noun"  # `lack of`: also ends at the next verb
    NEXT = "next"  # `non-`: one word only
    LIST = "list"  # `rejected`: only the list behind its colon, or in its brackets


def listed(words: str) -> frozenset[str]:
    """Words with spaces between them."""
    return frozenset(words.split())


def comma_separated(text: str) -> frozenset[Phrase]:
    """Phrases with commas between them."""
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


def phrases(kind: Reach, text: str) -> dict[Phrase, Reach]:
    """Cues of one kind."""
    return dict.fromkeys(comma_separated(text), kind)


CUES: Final = {
    **phrases(
        Reach.THING,
        "no, without, without any, sans, minus, zero, little to no, neither of, none, none of, nothing, lacks, lacked,"
        " lack, lacking, lacking in, free of, free from, devoid of, void of, bereft of, empty of, avoids, avoiding,"
        " excludes, excluding, omits, omitting, instead of, rather than, as opposed to, absent, missing, excluded",
    ),
    **phrases(
        Reach.ACT,
        "not, never, nowhere, neither, nor, hardly, barely, scarcely, by no means, in no way, no longer, far from, anything but,"
        " fails to, fail to, failed to, failing to, unable to, impossible to, hard to tell, hard to say,"
        " difficult to tell, difficult to say, difficult to determine, no way to, unclear whether, unclear if,"
        " less a, less an, uncertain whether, uncertain if, no one would call, no one could call, nobody would call,"
        " nobody could call, unsure whether, unsure if, insufficient information, insufficient evidence",
    ),
    **phrases(Reach.NOUN, "lack of, absence of"),
    **phrases(Reach.NEXT, "non"),
    **phrases(
        Reach.LIST,
        "rejected, ruled out, left out, discarded, inapplicable, irrelevant, unsuitable, non matching, non applicable",
    ),
}

HEDGES: Final = phrases(
    Reach.ACT,
    "may, might, could, possibly, perhaps, maybe, potentially, conceivably, seems, seem, seemingly, appears to,"
    " appear to, apparently, likely, probably, presumably, arguably",
)

NOT_CUES: Final = comma_separated(
    "no doubt, without a doubt, without doubt, without any doubt, without question, no question, no "
    "wonder, no mistake, no mistaking, no denying, no matter, no one, no less, no exception, no lack, "
    "no lack of, no shortage, no shortage of, no end of, no absence of, no stranger to, not only, not "
    "just, not merely, not simply, not solely, not to mention, not without, not lack, not lacking, "
    "not devoid of, not free of, not free from, not absent, not missing, not fail to, never fail to, "
    "never fails to, never failing to, not avoid, not deny, not be denied, not be overlooked, not be "
    "ignored, not unlike, not wrong, not be wrong, not help but, not miss, not escape, not overstate, "
    "not surprisingly, nothing but, nothing less than, nothing short of, nothing other than, none "
    "other than, no other than, if not, or not, why not, far from the, could not be more, can not be "
    "more, not guess, never guess, not see the, not notice the, not hear the, not know the, no "
    "nonsense, no coincidence, no accident, no surprise, no secret, no escaping, not afraid of, not "
    "shy away from, not get enough of, not hide, "
    "never cease to, never ceases to, never ceasing to, not cease to, not uncommon, not unusual, not rare, "
    "not impossible, impossible not to, hard not to, difficult not to, nothing more, nothing quite, not often, "
    "not a bad, not bad, not hesitate, not surprising, hardly surprising, not a surprise, hardly a surprise"
)
"""What denies nothing, or denies a denial: what follows counts."""

EXISTS: Final = listed(
    "present shown visible depicted applicable apply applies seen evident identified found suggested "
    "detected included featured appear exist fit indicated portrayed displayed conveyed implied "
    "relevant obvious there observed represented"
)
"""`TAG is not …`: the tag before it is denied."""
ABSENT: Final = listed("absent missing lacking nonexistent excluded nowhere")
ABSENT_PAIRS: Final = frozenset({("ruled", "out"), ("left", "out"), ("out", "of")})
DENIALS: Final = frozenset(["no", "none", "false", "absent", "never", "nope"])  # `TAG: …`
AUXILIARIES: Final = listed(
    "is are was were be do does did can could has have had will would should s"
)
ADVERBS: Final = listed(
    "be been to really clearly directly explicitly actually currently necessarily immediately"
)
SUBJECTS: Final = listed(
    "the a an any this that these those and or nor of such as like element elements theme themes tag "
    "tags genre genres label labels scene scenes content aspect aspects tone mood film"
)
"""What may stand in a subject besides the tags that a predicate denies."""

ENDS: Final = listed(
    "but however although though yet except excepting besides while whereas instead only just rather "
    "because since so then despite unless still nevertheless nonetheless merely which who whose when "
    "where until otherwise than"
)
NOT_AT_ONCE: Final = listed("so just only merely rather still yet then")
TWO_WORD_ENDS: Final = frozenset(
    {("other", "than"), ("apart", "from"), ("aside", "from"), ("full", "of"), ("and", "full")}
)
PREPOSITIONS: Final = listed(
    "in on at about within inside during from throughout behind beneath under near above across by through"
    " into onto along toward towards among around over against beside"
)
THE: Final = listed("the this that these those its his her their our my")
A: Final = frozenset(["a", "an", "one", "each", "every", "another"])
PICTURES: Final = listed(
    "image frame picture photo scene shot still clip video screenshot list given provided"
)
STARTERS: Final = listed(
    "the it this that there he she they we i you its his her their everything everyone people much many"
    " plenty lots some more several"
)
VERBS: Final = AUXILIARIES - {"s", "be"} | listed(
    "may might looks look feels feel seems seem appears appear makes make shows show remains becomes "
    "gives creates takes stands sits says adds leaves turns sets"
)
SAYING: Final = listed("say tell determine know identify decide see sure clear certain")
"""Before `which`: `I cannot say which of horror or comedy applies`."""
LIST_WORDS: Final = listed(
    "of the these those this following tags tag listed apply applies applicable present to in image "
    "scene frame picture here are is be genres genre themes theme elements labels label from list fit "
    "match provided given any seen shown found detected above below which that do does identify "
    "assign see detect determine find confirm name recognize recognise label use select choose pick"
)
"""Words between a cue and a colon or bracket behind which a list of what is denied follows."""

CUE_WORDS: Final = frozenset(
    {phrase[0] for phrase in (*CUES, *ABSENT_PAIRS)} | ABSENT | DENIALS | {"t", "n", "free"}
)
"""A caption without any of these, and without a contracted `not`, denies nothing."""


def at(words: list[str], begin: int, listed: Iterable[Phrase]) -> int:
    """The length of the longest listed phrase at a position; 0 for none."""
    rest = tuple(words[begin : begin + 4])
    return max((len(one) for one in listed if one == rest[: len(one)]), default=0)
