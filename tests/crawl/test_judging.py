# ruff: noqa: RUF001  # letters that look alike are what it is about
"""The judgement of titles in its parts: letters, numbers, names, what stands beside them, other results."""

from __future__ import annotations

import time

import pytest

from movietag.crawl.judging.folding import Gap, fold
from movietag.crawl.judging.judge import Judge
from movietag.crawl.judging.lexicon import lexicon
from movietag.crawl.judging.names import names_of
from movietag.crawl.known_film import KnownFilm
from movietag.crawl.ranking import THRESHOLD, Ranking, rank
from movietag.crawl.search_job import SearchHit


def accepts(title: str, year: int | None, video: str, *, verified: bool = False) -> bool:
    return Judge(title, year).score(video, verified=verified)[0] >= THRESHOLD


def searched(title: str, year: int, *videos: str) -> Ranking:
    hits = [
        SearchHit("youtube", f"id{at}", f"https://y.test/{at}", video, at, seconds=90.0)
        for at, video in enumerate(videos)
    ]
    return rank(title, year, hits, min_seconds=1, max_seconds=100)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kış Uykusu", "KIS UYKUSU"),
        ("ﬁlm noir", "Film Noir"),
        ("Straße", "STRASSE"),
        ("Brødre", "Brodre"),
        ("Æon Flux", "Aeon Flux"),
        ("Żywioł", "Zywiol"),
        ("Ёлки", "Елки"),
        ("Ζορμπάς", "ΖΟΡΜΠΑΣ"),
        ("أصحاب ولا أعز", "اصحاب ولا اعز"),
        ("القاهرة", "القاهره"),
        ("می‌خواهم", "میخواهم"),
        ("ज़मीन", "जमीन"),
        ("モノノケ姫", "もののけ姫"),
        ("臥虎藏龍", "卧虎藏龙"),
        ("国宝", "國寶"),
        ("ｍａｎ", "man"),
        ("Alien³", "ALIEN 3"),
        ("8½", "8 1/2"),
        ("Nine and a Half Weeks", "9½ Weeks"),
        ("Nineteen Eighty-Four", "1984"),
        ("Twenty Thousand Leagues", "20000 leagues"),
        ("One Hundred and One Dalmatians", "101 Dalmatians"),
        ("Se7en", "Seven"),
        ("Thir13en Ghosts", "Thirteen Ghosts"),
        ("The Sixth Sense", "the 6th sense"),
        ("LEGO® Movie", "Lego Movie"),
    ],
)
def test_spellings_of_one_title(one: str, other: str) -> None:
    assert [word.text for word in fold(one)] == [word.text for word in fold(other)]


@pytest.mark.parametrize(
    ("title", "video"),
    [
        ("Das Mädchen Rosemarie", "Das Maedchen Rosemarie Trailer"),
        ("Das Maedchen Rosemarie", "Das Mädchen Rosemarie Trailer"),
        ("Ford v Ferrari", "Ford versus Ferrari trailer"),
        ("Kill Bill: Vol. 1", "Kill Bill Volume One trailer"),
        ("Dr. No", "Doctor No trailer"),
        ("Romeo + Juliet", "Romeo & Juliet trailer"),
        ("Ocho apellidos vascos", "8 apellidos vascos tráiler"),
        ("Face/Off", "FACE OFF trailer"),
        ("Bridget Jones's Diary", "Bridget Jones' Diary trailer"),
        ("Matrix, The", "The Matrix trailer"),
        ("Adventure, The (Avventura, L’)", "L'avventura trailer"),
        ("Seven (a.k.a. Se7en)", "SE7EN trailer"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars: A New Hope trailer"),
        ("Terminator 2: Judgment Day", "Terminator 2 trailer"),
        ("Rogue One: A Star Wars Story", "Rogue One | Official Trailer"),
        ("Men in Black", "MIB - Men in Black trailer"),
        ("Wonder Woman 1984", "WW84: Wonder Woman 1984 trailer"),
        ("The Lord of the Rings: The Two Towers", "LOTR The Two Towers trailer"),
        ("Terminator 2: Judgment Day", "T2: Judgment Day trailer"),
        ("Captain America: Civil War", "Captain America 3: Civil War trailer"),
        ("Captain America: Civil War", "Captain America III - Civil War trailer"),
        ("シン・ゴジラ", "シンゴジラ 予告編"),
        ("Burning", "버닝 Burning trailer"),
    ],
)
def test_names_that_a_film_goes_by(title: str, video: str) -> None:
    assert accepts(title, None, video)


@pytest.mark.parametrize(
    ("title", "year", "video"),
    [
        ("Dune: Part One", 2021, "Dune | Official Trailer"),
        ("E.T. the Extra-Terrestrial", 1982, "E.T. trailer"),
        ("Precious: Based on the Novel 'Push' by Sapphire", 2009, "Precious trailer"),
    ],
)
def test_a_short_name_needs_the_films_own_year(title: str, year: int, video: str) -> None:
    assert not accepts(title, year, video, verified=True)
    assert not accepts(title, year, f"{video} ({year + 1})", verified=True)
    assert accepts(title, year, f"{video} ({year})")


def test_titles_in_other_languages_are_as_good_as_the_first() -> None:
    hits = [SearchHit("youtube", "a", "https://y.test/a", "千と千尋の神隠し 予告", 0, seconds=90.0)]
    bounds = {"min_seconds": 1.0, "max_seconds": 100.0}
    assert not rank("Spirited Away", 2001, hits, **bounds).accepted
    assert rank(
        "Spirited Away", 2001, hits, film=KnownFilm(titles=("千と千尋の神隠し",)), **bounds
    ).accepted


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(
    ("title", "year", "video", "why"),
    [
        ("Paddington", 2014, "Paddington in Peru - Official Trailer", "after the title: in peru"),
        ("Deadpool", 2016, "Deadpool & Wolverine | Trailer", "after the title: & wolverine"),
        ("Fast", 2001, "2 Fast 2 Furious trailer", "another part: 2"),
        ("X", 2022, "Fast X | Official Trailer", "before the title: fast"),
        ("Creed", 2015, "Assassin's Creed | Official Trailer", "before the title: assassins"),
        ("Rocky", 1976, "Rocky: Part Three trailer", "another part: 3"),
        ("Up", 2009, "Up in the Air (2009) Trailer", "after the title: in the air"),
        ("1984", 1984, "Ghostbusters (1984) Trailer", "more likely a word beside 'ghostbusters'"),
        ("Moon", 2009, "New Moon (2009) trailer", "before the title: new"),
        ("It", 2017, "This Is It - Official Trailer", "before the title: is"),
        ("Heat", 1995, "The Heat | Official Trailer", "before the title: the"),
        ("Us", 2019, "PARASITE | US Trailer", "more likely a word beside 'parasite'"),
        ("9", 2009, "Nine (2009) Official Trailer", "the title is not in it"),
        ("Frozen", 2013, "Frozen (2010) Trailer", "another year: 2010"),
        ("Inception", 2010, "Inception trailer but it's LEGO", "parody: "),
        ("Inception", 2010, "Inception Trailer Music", "music: trailer music"),
        ("Mad Max", 1979, "Mad Max - Launch Trailer", "game: launch trailer"),
        ("Us", 2019, "Us trailer reaction", "talk: trailer reaction"),
        ("Moana", 2016, "Moana live action concept trailer", "fan: concept trailer"),
        ("Super Mario Bros.", 1993, "The Super Mario Bros. Movie trailer", "before the title: the"),
    ],
)
def test_every_refusal_says_why(
    title: str, year: int, video: str, why: str, verified: bool
) -> None:
    score, reasons = Judge(title, year).score(video, verified=verified)
    assert score < THRESHOLD
    assert any(why in reason for reason in reasons), reasons


@pytest.mark.parametrize(
    ("title", "year", "video"),
    [
        ("Titanic", 1997, '"I\'m flying" | Titanic'),
        ("Heat", 1995, "Bank Robbery Scene - Heat"),
        ("Inception", 2010, "New Inception trailer"),
        ("Super Troopers", 2001, "Super Troopers (2/5) Movie CLIP - The Cat Game (2001) HD"),
        ("하나 코리아", 2026, "하나 코리아 HANA KOREA | 메인 예고편"),
        ("Левиафан", 2014, "Левиафан. Русский трейлер"),
        ("Leviathan", 2014, "Leviathan Левиафан trailer"),
        ("Heat", 1995, "Michael Mann's Heat | Coffee Shop"),
        ("Inception", 2010, "Inception hallway fight scene"),
        ("Ben-Hur", 1959, "Ben Hur chariot race scene"),
        ("Casino Royale", 2006, "Casino Royale poker game scene"),
        ("Inception", 2010, "Inception by Christopher Nolan trailer"),
        ("Alien", 1979, "Alien | 45th Anniversary Re-release Trailer (2024)"),
        ("Get Out", 2017, "Get Out - In Theaters February 24 - Official Trailer"),
        ("Iron Man", 2008, 'Iron Man | "I am Iron Man" | Final scene'),
        ("Fight Club", 1999, "Fight Club - first rule of fight club scene"),
        ("M", 1931, "M - Eine Stadt sucht einen Mörder (1931)"),
        ("기생충", 2019, "기생충의 명장면 모음"),
    ],
)
def test_what_is_beside_a_name_and_explained(title: str, year: int, video: str) -> None:
    assert accepts(title, year, video)


FALLOUT = (
    "Mission: Impossible - Fallout | Official Trailer",
    "Mission Impossible - Fallout trailer",
    "Mission: Impossible - Fallout (2018) Trailer 2",
)


@pytest.mark.parametrize(
    "video",
    [
        "Mission: Impossible - Fallout Bathroom Fight Scene",
        "Mission: Impossible | Fallout | Official Clip",
    ],
)
def test_three_results_with_one_longer_title_are_of_that_film(video: str) -> None:
    alone = searched("Mission: Impossible", 1996, video, *FALLOUT[:2])
    assert [one.title for one in alone.accepted] == [video]
    together = searched("Mission: Impossible", 1996, video, *FALLOUT)
    assert not together.accepted
    assert "3 results name 'fallout' beside the title" in " ".join(together.rejected[0].reasons)


def test_a_longer_title_with_the_films_own_year_is_its_own() -> None:
    videos = ["Star Wars: A New Hope | Trailer", "Star Wars - A New Hope trailer HD"]
    assert not searched("Star Wars", 1977, *videos).accepted
    own = searched("Star Wars", 1977, *videos, "Star Wars: A New Hope (1977) trailer")
    assert len(own.accepted) == 3


def test_words_know_what_is_between_them() -> None:
    gaps = [word.gap for word in fold("WALL·E: the - film | (HD) X-Men 3 - 4")]
    assert gaps == [
        *(Gap.HARD, Gap.GLUE, Gap.COLON, Gap.DASH, Gap.HARD, Gap.HARD, Gap.GLUE, Gap.GLUE, Gap.DASH)
    ]


def test_the_lexicon_finds_the_longest_phrase() -> None:
    words = fold("Trailer reaction: launch trailer, 予告編映像")
    assert [label and label.group for label in lexicon().labels(words)] == [
        *["talk"] * 2, *["game"] * 2, *["kind"] * 5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "video"),
    [("a: b - c " * 33, "x"), ("v & x i " * 37, "v & x i " * 120), ("一" * 300, "一" * 1000),
     ("the " * 75, "the " * 250), ("(a) " * 75, "(a) " * 250), ("x: " * 100, "x: " * 333)],
)  # fmt: skip
def test_hostile_names_take_no_time(title: str, video: str) -> None:
    lexicon()
    start = time.process_time()
    Judge(title, 2000).score(video, verified=False)
    assert time.process_time() - start < 1.0


def test_names_are_few() -> None:
    assert len(names_of("Heat")) == 1
    assert len(names_of("Star Wars: Episode IV - A New Hope")) == 11
