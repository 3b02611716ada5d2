"""Names of files and releases, by guessit: `The.Matrix.1999.1080p.BluRay.x264-GROUP.mkv`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from movietag.rules.reading.brackets import brackets_in
from movietag.rules.reading.words import STRONG, begins_release, is_release
from movietag.rules.reading.years import year_in

FIRST_RELEASE, LAST_RELEASE = 1888, 2040
"""No release is of another year: `Blade.Runner.2049.mkv`."""

_EXTENSION: Final = re.compile(
    r"(?P<stem>.*[^\s.])\s*\.(?:mkv|mp4|m4v|avi|mov|wmv|webm|m?2?ts|mpe?g|iso|flv|f4v|og[vm]|vob|divx|3gp|rmvb|asf|nfo|strm|srt)",
    re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(r"(?<=[)\]}])\.[a-z]{2,3}(?:\.(?:forced|sdh))?$", re.IGNORECASE)
_DOTTED_YEAR: Final = re.compile(r"[^\s()\[\]{}]*[^\W_][._]+(?:19|20)\d\d")
_ABSOLUTE: Final = re.compile(r"(?:[/~][^/\\]*/|[A-Za-z]:[\\/]|\\\\|\.{1,2}[\\/])")
_NUMBER: Final = re.compile(r"(?<![^\W_])\d{4}(?![^\W_])")


def of_path(text: str) -> str | None:
    """The name that a path gives: of its file, or of the folder with a year that holds it; None if it is no path."""
    if text.casefold().startswith("file://"):
        text = unquote(text[7:])
    is_file = _EXTENSION.fullmatch(text) is not None and re.search(r"[/\\]", text)
    if not is_file and not _ABSOLUTE.match(text):
        return None
    *folders, name = [part for part in re.split(r"[/\\]+", text) if part.strip()] or [""]
    if not folders or not name:
        return None
    if not _has_year(name):
        for folder in folders[:-4:-1]:
            if _has_year(folder):
                return folder
    return name


def of_file(text: str, year: int | None) -> tuple[str, int | None] | None:
    """Title and year of the name of a file or a release; None if it is none, or names another year."""
    file = _EXTENSION.fullmatch(text)
    name = _LANGUAGE.sub("", file["stem"]) if file else text
    if file and _has_year(name):
        return name, year
    if not (file or STRONG.search(name) or _DOTTED_YEAR.fullmatch(name)):
        return None
    title, found = _cut(name)
    if not title or (year is not None and found not in {None, year}):
        return (name, year) if file else None
    return title, year or found


def _has_year(text: str) -> bool:
    return any(group.before and year_in(group.inner) is not None for group in brackets_in(text))


def _cut(name: str) -> tuple[str, int | None]:
    """The title before the last year of a name, or before its release, and that year."""
    release = STRONG.search(name)
    head = name[: release.start()] if release else name
    for found in reversed(list(_NUMBER.finditer(head))):
        before, after = head[: found.start()], head[found.end() :]
        if not any(map(str.isalnum, before)) or not FIRST_RELEASE <= int(found[0]) <= LAST_RELEASE:
            continue
        if release or not after.strip("-._ ") or begins_release(_spaced(after)):
            title = _spaced(before)
            language = title.rpartition(" ")[2]  # `Amelie.FRENCH.2001`
            shouted = len(language) > 2 and language.isupper() and not title.isupper()
            return (_guessed(name, title) if shouted else title), int(found[0])
    return _guessed(name, _spaced(head)), None


def _guessed(name: str, title: str) -> str:
    """What guessit takes for the title, if the words that it leaves out are of a release or a language.

    It takes words of titles for more than that: `Us` for a country, `Part 1`, `Life` for a channel.
    """
    from guessit import guessit  # noqa: PLC0415  # 0.6 s
    from guessit.api import GuessitException  # noqa: PLC0415

    try:
        found = guessit(name, {"type": "movie", "no_user_config": True})
    except GuessitException:
        return title
    guessed = str(found.get("title") or "")
    rest = title.removeprefix(guessed)
    left_out = rest.split()
    if not guessed or not left_out or rest == title or not rest.startswith(" "):
        return title
    known = "language" in found or is_release(rest)
    return (
        guessed if known and all(word.isupper() or is_release(word) for word in left_out) else title
    )


def _spaced(name: str) -> str:
    """A name with blanks between its words; initials keep their dots: `S.W.A.T.2003`."""
    name = name.strip("-_ ([{")
    if " " in name:
        return name
    if not re.search(r"[._]", name):
        return name.replace("-", " ") if name.count("-") > 1 else name
    words = [word for word in re.split(r"[._]+", name) if word]
    spaced = " ".join(words)
    return re.sub(
        r"(?<!\S)[^\W\d_](?: [^\W\d_])+(?!\S)",
        lambda found: f"{found[0].replace(' ', '.')}.",
        spaced,
    )
