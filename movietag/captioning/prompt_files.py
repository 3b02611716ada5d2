"""Prompts out of TOML files: those that come with movietag, and one's own.

``text`` is the template, ``strategy`` chooses the tags it may name, and the tables under ``[known]`` belong
to the strategy of that name. With ``answer = "tags"`` answers are lists of tags, which look like ``list``, or ``none``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.list_form import NONE, PLAIN, ListForm
from movietag.captioning.prompting import Known, Prompt, Strategy
from movietag.errors import UsageError
from movietag.records import Context
from movietag.vocabulary import Vocabulary

BUILT_IN: Final = Path(__file__).resolve().parent / "prompts"
EXAMPLE: Final = 'text = "Which of these does this scene show? {{ tags | join(\', \') }}"\nstrategy = "vocabulary"'
TABLES: Final = ("genres", "years", "videos")
_NAME: Final = re.compile(r"[\w-]*")
_YEARS: Final = re.compile(r"(\d{4})?-(\d{4})?")


def load_prompt(setting: str) -> Prompt:
    """A built-in prompt by name, a TOML file by its path, or a text as it stands (more than one plain word).

    A text may name what is known of a frame, too: ``Describe this scene of {{ title }}.``

    Raises:
        UsageError: no such prompt, or one that does not fit; the text says where, and how it looks.
    """
    built_in = BUILT_IN / f"{setting}.toml"
    if not built_in.is_file() and not setting.endswith(".toml"):
        if _NAME.fullmatch(setting):
            raise UsageError(
                f"No prompt {setting!r}. Built in: {', '.join(built_in_prompts())}; or give a text of several"
                f" words, or the path of a TOML file such as:\n{EXAMPLE}"
            )
        return _tried(Prompt("text", setting, "fixed", content={"text": setting}))
    path = built_in if built_in.is_file() else Path(setting)
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Prompt {setting}: it cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"Prompt {path}: {error}. Expected TOML such as:\n{EXAMPLE}") from None
    return _tried(_read(path.stem, table))


def _tried(prompt: Prompt) -> Prompt:
    """The prompt, once it has been rendered for a frame of which all is known, and for one of which nothing."""
    some = Vocabulary("any", {"any": ()})
    for context in (Context("Any", 2000, ("any",), "any", ("any",)), NOTHING_KNOWN):
        if not prompt.render(some, context):
            raise UsageError(f"Prompt {prompt.name}: it is blank when nothing is known of a frame.")
    return prompt


def built_in_prompts() -> list[str]:
    """The prompts that come with movietag."""
    return sorted(path.stem for path in BUILT_IN.glob("*.toml"))


def _read(name: str, table: Mapping[str, Any]) -> Prompt:
    def refuse(what: str) -> UsageError:
        return UsageError(f"Prompt {name}: {what}. Expected TOML such as:\n{EXAMPLE}")

    unknown = set(table) - {"text", "strategy", "known", "answer", "list", "none"}
    if unknown:
        raise refuse(f"unknown: {', '.join(sorted(unknown))}")
    text, strategy = table.get("text"), table.get("strategy", "fixed")
    if not isinstance(text, str) or not text.strip():
        raise refuse("text is missing or blank")
    if strategy not in get_args(Strategy):
        raise refuse(f"strategy is {strategy!r}, not one of {', '.join(get_args(Strategy))}")
    given = table.get("known", {})
    if (strategy == "known") != bool(given):
        raise refuse("a table [known] belongs to the strategy known, and only to it")
    try:
        return Prompt(name, text, strategy, _known(given), dict(table), _lists(table))
    except ListError as error:
        raise refuse(str(error)) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise refuse(f"[known]: {error}") from None


class ListError(ValueError):
    """What is said of the answer does not fit."""


def _lists(table: Mapping[str, Any]) -> ListForm | None:
    answer, pattern, none = (
        table.get(key, default)
        for key, default in (("answer", "text"), ("list", PLAIN), ("none", NONE))
    )
    if answer not in ("text", "tags"):
        raise ListError(f"answer is {answer!r}, not text or tags")
    if answer == "text":
        if extra := {"list", "none"} & table.keys():
            raise ListError(f'{", ".join(sorted(extra))} belongs to answer = "tags"')
        return None
    if not isinstance(pattern, str) or not isinstance(none, str):
        raise ListError("list and none are texts")
    try:
        return ListForm.read(pattern, none)
    except ValueError as error:
        raise ListError(f"list: {error}") from None


def _known(table: Mapping[str, Any]) -> Known:
    unknown = set(table) - {"always", *TABLES}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    genres, years, videos = (
        {key: _tags(tags) for key, tags in table.get(name, {}).items()} for name in TABLES
    )
    return Known(
        always=_tags(table.get("always", ())),
        genres=genres,
        years={_span(key): tags for key, tags in years.items()},
        videos=videos,
    )


def _tags(values: Iterable[object]) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(tag, str) for tag in values):
        raise TypeError(f"{values!r} is no list of tags")
    return tuple(str(tag) for tag in values)


def _span(text: str) -> tuple[int, int]:
    match = _YEARS.fullmatch(text)
    if not match or text == "-":
        raise ValueError(f"{text!r} is no span of years such as 1960-1989, -1959 or 2000-")
    return int(match[1] or 0), int(match[2] or 9999)
