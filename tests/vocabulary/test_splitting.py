# ruff: noqa: RUF001  # letters that look alike are what it is about
"""What is a word, in scripts and spellings of the world; version 2 of the rule `words`."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from movietag.vocabulary import MatchRule, Misfit, Vocabulary, load
from movietag.vocabulary.splitting import Splitter, form_words

ALIASES = load("mpst-aliases", "words")


@pytest.mark.parametrize(
    ("tags", "caption", "matched"),
    [
        # `_`, camel case, hashtags
        ("plot twist|sci-fi", "plot_twist SciFi", "plot twist|sci-fi"),
        ("plot twist|sci-fi", "#plottwist #SciFi #sci_fi", "plot twist|sci-fi"),
        ("plot twist", "plottwist", ""),
        ("long_hair|PlotTwist", "long hair, plot twist", "long_hair|PlotTwist"),
        ("long_hair|PlotTwist", "Long_Hair plottwist", "long_hair|PlotTwist"),
        ("javascript", "JavaScript", "javascript"),
        ("horror", "HoRRoR", "horror"),
        ("ufo movie", "a UFOMovie", "ufo movie"),
        ("1girl|3d", "1girl in 3D", "1girl|3d"),
        ("vs", "many TVs", ""),
        # letters and their marks
        ("dr\u00f4le", "dro\u0302le", "dr\u00f4le"),
        ("dro", "dro\u0302le dro\u0302", ""),
        ("horror", "hor\u00adror", "horror"),
        ("मेल", "वह मिल गया", ""),
        ("मेल", "मेल की रात", "मेल"),
        ("क्षत्रिय", "एक क्षत्रिय है", "क्षत्रिय"),
        ("komedi|ışık", "KOMEDİ IŞIK", "komedi|ışık"),
        ("п’єса", "ця п\u02bcєса", "п’єса"),
        # Arabic and Hebrew
        ("كوميديا|رعب", "فيلم الكُومِيدِيَا والرعب", "كوميديا|رعب"),
        ("أكشن", "مشهد اكشن", "أكشن"),
        ("حب", "كحب", ""),
        ("رعب", "مرعب", ""),
        ("מתח|אימה", "סרט המתח ואימה", "מתח|אימה"),
        ("מתח", "מֶתַח", "מתח"),
        ("מתח", "מתחיל", ""),
        # without spaces
        ("恐怖|喜剧", "这是一部恐怖电影", "恐怖"),
        ("恐怖|恐怖电影", "恐怖电影的场景", "恐怖电影"),
        ("恐怖", "恐怖horror", "恐怖"),
        ("ホラー", "ホラー映画とホラーハウス", "ホラー"),
        ("アクション", "リアクション芸", ""),
        ("ホラー|コメディ", "ホラーコメディ", "ホラー|コメディ"),
        ("ﾎﾗｰ", "ホラー", "ﾎﾗｰ"),
        ("怖い|かわいい", "とてもかわいい、怖いもの", "怖い|かわいい"),
        ("こい", "すごいこいぬ", ""),
        ("SF映画", "これはSF映画です", "SF映画"),
        ("ตลก", "หนังตลกมาก", "ตลก"),
        ("รก", "รกี", ""),
        ("로맨스|공포", "로맨스를 그린 공포영화", "로맨스|공포"),
        ("코미디", "코미디언", ""),
        ("공포|코미디", "공포코미디입니다", "공포|코미디"),
        ("horror", "horror를", "horror"),
    ],
)  # fmt: skip
def test_words(tags: str, caption: str, matched: str) -> None:
    vocabulary = Vocabulary("mine", dict.fromkeys(tags.split("|"), ()), "words")
    assert vocabulary.match(caption) == set(filter(None, matched.split("|")))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_captions_are_split_alike_on_both_ways(text: str) -> None:
    split = Splitter(ALIASES_FORMS)
    assert split(text) == [token.word for token in split.tokens(text)[1]]


ALIASES_FORMS = [form_words(form) for t in ALIASES.tags for form in (t, *ALIASES.aliases[t])]
SCRIPTS = [
    "恐怖",
    "ホラー",
    "怖い",
    "공포",
    "ตลก",
    "मेल",
    "رعب",
    "מתח",
    "ışık",
    "drôle",
    "PlotTwist",
    "long_hair",
    "1girl",
]
PIECES = st.one_of(
    st.sampled_from([*SCRIPTS, "_", "#", "\u00ad", "A", "\u0301", "이", "ー"]), st.text(max_size=3)
)


@given(st.lists(PIECES).map("".join))
def test_positions_are_those_of_the_words(text: str) -> None:
    plain, tokens = Splitter(map(form_words, SCRIPTS)).tokens(text)
    assert all(0 <= one.start < one.end <= len(plain) for one in tokens)
    assert [one.start for one in tokens] == sorted(one.start for one in tokens)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
TAGS = st.one_of(WORDS, st.lists(WORDS, max_size=3).map(" ".join), st.sampled_from(SCRIPTS))
AROUND = st.lists(st.one_of(WORDS, st.sampled_from([*SCRIPTS, "good", "film"]))).map(" ".join)


def vocabulary_of(tag: str, rule: MatchRule) -> Vocabulary:
    try:
        return Vocabulary("mine", {tag: ()}, rule)
    except Misfit:
        reject()


@given(TAGS, st.sampled_from(get_args(MatchRule)))
@example("0. 0", "words")  # a number is a mark of a list only where the list has another
def test_a_tag_is_in_itself(tag: str, rule: MatchRule) -> None:
    assert vocabulary_of(tag, rule).match(tag) == {tag}


@given(AROUND, TAGS, AROUND)
@example("", "0`0", "")  # within a word, a mark of emphasis separates
@example("a", "rock*n*roll", "b")
@example("", "0```0", "")
def test_a_tag_is_found_between_other_words(before: str, tag: str, after: str) -> None:
    assert vocabulary_of(tag, "words").match(f"{before} {tag} {after}") == {tag}
