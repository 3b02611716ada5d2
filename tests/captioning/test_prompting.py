"""What is asked about a frame: templates, strategies, and what a user may get wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from movietag.captioning.prompt_files import built_in_prompts, load_prompt
from movietag.errors import UsageError
from movietag.records import Context
from movietag.vocabulary import Vocabulary, load

SMALL = Vocabulary("small", {"horror": (), "comedy": (), "gothic": (), "violence": ()})
MPST = load("mpst")


def write(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", built_in_prompts())
def test_each_built_in_prompt_asks_whatever_is_known(name: str) -> None:
    prompt = load_prompt(name)
    for context in (Context(), Context("Heat", 1995, ("crime",), "Heat - Official Trailer")):
        assert len(prompt.render(MPST, context).split()) > 3


def test_tags_of_the_known_prompt_are_all_in_the_vocabulary() -> None:
    known = load_prompt("known").known
    named = {*known.always}
    for table in (known.genres, known.years, known.videos):
        named |= {tag for tags in table.values() for tag in tags}
    assert named <= set(MPST.tags)


def test_a_text_is_asked_as_it_stands() -> None:
    assert load_prompt("What is here?").render(SMALL) == "What is here?"


def test_a_text_may_name_what_is_known() -> None:
    prompt = load_prompt("A scene of {{ title }} ({{ year }}). Describe it.")
    assert prompt.render(SMALL, Context("Heat", 1995)) == "A scene of Heat (1995). Describe it."


def test_the_whole_vocabulary_in_its_order() -> None:
    asked = load_prompt("vocabulary").render(SMALL)
    assert "horror, comedy, gothic, violence" in asked


@pytest.mark.parametrize(
    ("context", "tags"),
    [
        (Context(), ("violence",)),
        (Context(genres=("HORROR",)), ("horror", "gothic", "violence")),
        (Context(genres=("western",)), ("violence",)),
        (Context(year=1975), ("comedy", "violence")),
        (Context(year=1990), ("violence",)),
        (Context(video="Bloopers, a gag reel"), ("comedy", "violence")),
        (Context(video="reel"), ("violence",)),
    ],
)
def test_tags_are_chosen_by_what_is_known(
    tmp_path: Path, context: Context, tags: tuple[str, ...]
) -> None:
    prompt = load_prompt(
        write(
            tmp_path,
            """
            text = "Which? {{ tags | join(', ') }}"
            strategy = "known"
            [known]
            always = ["violence", "not in the vocabulary"]
            [known.genres]
            horror = ["gothic", "horror"]
            [known.years]
            "-1979" = ["comedy"]
            [known.videos]
            "gag reel" = ["comedy"]
            """,
        )
    )
    assert prompt.tags(SMALL, context) == tags
    assert prompt.render(SMALL, context) == f"Which? {', '.join(tags)}"


def test_what_an_earlier_pass_found_is_named_the_most_frequent_first() -> None:
    prompt = load_prompt("found")
    context = Context(found=("violence", "not in the vocabulary", "horror"))
    assert prompt.tags(SMALL, context) == ("violence", "horror")
    assert "show these: violence, horror." in prompt.render(SMALL, context)
    assert prompt.render(SMALL) == "Describe this scene of a movie."


def test_a_hostile_title_is_text_and_no_template() -> None:
    prompt = load_prompt("A scene of {{ title }}. Describe it.")
    title = "{{ ''.__class__ }} {% for x in range(9) %}"
    assert title in prompt.render(SMALL, Context(title))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "text is missing"),
        ('text = "  "', "text is missing"),
        ('text = "Which one"\nstrategy = "best"', "strategy is 'best'"),
        ('text = "Which one"\ntexts = 1', "unknown: texts"),
        ('text = "Which one"\nstrategy = "known"', r"\[known\] belongs"),
        ('text = "Which one"\n[known]\nalways = ["a"]', r"\[known\] belongs"),
        ('text = "W"\nstrategy = "known"\n[known]\nalways = "a"', "is no list of tags"),
        ('text = "W"\nstrategy = "known"\n[known]\nalways = [1]', "is no list of tags"),
        ('text = "W"\nstrategy = "known"\n[known]\nseldom = ["a"]', "unknown: seldom"),
        ('text = "W"\nstrategy = "known"\n[known.years]\nearly = ["a"]', "no span of years"),
        ('text = "W"\nstrategy = "known"\n[known]\ngenres = 3', "known"),
        ('text = "{{ titel }} which"', "'titel' is undefined"),
        ('text = "{% for %} which"', "Prompt mine"),
        ('text = "{{ title.__class__.__mro__ }}"', "Prompt mine"),
        ('text = "{% if title %}Which?{% endif %}"', "blank when nothing is known"),
        ('text = "Which"\nanswer = "list"', "answer is 'list', not text or tags"),
        ('text = "Which"\nlist = "{tag}; {tag}"', 'list belongs to answer = "tags"'),
        (
            'text = "Which"\nanswer = "tags"\nlist = "{tag}"',
            "'{tag}' is no list: write {tag} twice",
        ),
        ('text = "Which"\nanswer = "tags"\nnone = 1', "list and none are texts"),
        ("text = ", "Expected TOML"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_prompt(write(tmp_path, text))


def test_answers_may_be_lists_of_tags(tmp_path: Path) -> None:
    file = tmp_path / "ask.toml"
    file.write_text('text = "Which?"\nanswer = "tags"\nlist = "<{tag}; {tag}>"\nnone = "-"\n')
    form = load_prompt(str(file)).lists
    assert form
    assert [form.text(tags) for tags in (["a", "b"], ["a"], [])] == ["<a; b>", "<a>", "-"]
    assert load_prompt("describe").lists is None


def test_a_prompt_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Built in: describe, found, known, tags, vocabulary"):
        load_prompt("vocabularly")
    with pytest.raises(UsageError, match="cannot be read"):
        load_prompt(str(tmp_path / "gone.toml"))
