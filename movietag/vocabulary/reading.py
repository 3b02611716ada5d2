"""Vocabularies as files: reading plain lines or TOML, with errors that name file and line; writing TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from movietag.errors import UsageError
from movietag.vocabulary.forms import Misfit
from movietag.vocabulary.lines import line_of
from movietag.vocabulary.model import DEFAULT_RULE, MatchRule, Vocabulary
from movietag.vocabulary.texts import words

BUILT_IN = Path(__file__).resolve().parent.parent / "vocabularies"
MOST_BYTES = 4 * 2**20  # 5,000 tags with a dozen aliases each are a tenth of it
EXAMPLE = 'Expected TOML such as:\n[tags]\nhorror = ["scary"]\ncomedy = []'
_DELETE = "\x7f"  # JSON allows it unescaped, TOML does not

Forms = dict[str, tuple[str, ...]]


@cache
def built_in_vocabularies() -> tuple[str, ...]:
    """The names of the built-in vocabularies."""
    return tuple(sorted(file.stem for file in BUILT_IN.glob("*.toml")))


def load(name_or_path: str, rule: MatchRule = DEFAULT_RULE) -> Vocabulary:
    """A built-in vocabulary by name, or a file: TOML if its name ends in `.toml`, else plain lines.

    Raises:
        UsageError: no such vocabulary, or an invalid one; the text names file and line.
    """
    built_in = name_or_path in built_in_vocabularies()
    path = BUILT_IN / f"{name_or_path}.toml" if built_in else Path(name_or_path)
    text = _text(path, name_or_path)
    if path.suffix == ".toml":
        return _from_toml(path, text, rule, 0)
    return from_lines(path.stem, text.splitlines(), rule, source=f"Vocabulary file {path}")


def from_text(name: str, text: str, rule: MatchRule = DEFAULT_RULE) -> Vocabulary:
    """A vocabulary from the text that ``movietag.vocabulary.to_toml`` wrote, in the version of its rule.

    Raises:
        UsageError: it is invalid.
    """
    return _from_toml(Path(f"{name}.toml"), text, rule, 1)


def from_lines(
    name: str, lines: Iterable[str], rule: MatchRule = DEFAULT_RULE, *, source: str = ""
) -> Vocabulary:
    """A vocabulary of plain lines, one tag each; blank lines and `#` comments are skipped.

    Raises:
        UsageError: it is invalid; the text names ``source`` (the vocabulary's name) and the line.
    """
    source = source or f"Vocabulary {name}"
    line_by_tag: dict[str, int] = {}
    first: dict[tuple[str, ...], int] = {}  # the words of a tag -> its line
    for number, line in enumerate(lines, 1):
        tag = line.split("#", 1)[0].strip()
        if not tag:
            continue
        same = first.setdefault(words(tag), number)
        if same != number and words(tag):
            raise UsageError(
                f"{source}, line {number}: {tag!r} is listed twice (line {same}); keep one."
            )
        line_by_tag[tag] = number
    try:
        return Vocabulary(name, dict.fromkeys(line_by_tag, ()), rule)
    except Misfit as error:
        raise _located(source, error, line_by_tag.get(error.key)) from None


def _text(path: Path, name: str) -> str:
    """The text of a file; its size is checked before it is read."""
    try:
        if path.is_dir():
            raise UsageError(f"Vocabulary {path} is a folder; name a file in it.")
        if path.exists() and not path.is_file():
            raise UsageError(f"Vocabulary {path} is not a regular file; save the tags in one.")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise UsageError(
                f"Vocabulary file {path} has {size:,} bytes, more than {MOST_BYTES:,}: it is not a list of"
                " tags. Name a file with one tag a line."
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"No vocabulary {name!r} ({reason}). Built in: {', '.join(built_in_vocabularies())}; or name a"
            " file of UTF-8 text with one tag a line."
        ) from None
    if (at := content.find(0)) >= 0:
        line = content.count(b"\n", 0, at) + 1
        raise UsageError(
            f"Vocabulary file {path}, line {line}: a NUL byte; this is not text, or UTF-16. Save it"
            " as UTF-8."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"Vocabulary file {path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8."
            " Save it as UTF-8."
        ) from None


def _from_toml(path: Path, text: str, rule: MatchRule, matcher: int) -> Vocabulary:
    """The vocabulary of a text; ``matcher`` where it names none."""
    source = f"Vocabulary file {path}"
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{source}: {error}. {EXAMPLE}") from None
    if unknown := sorted(table.keys() - {"tags", "groups", "not", "matcher"}):
        line = line_of(text, "", unknown[0], 0)
        raise UsageError(
            f"{_at(source, line)}: {unknown[0]!r} is neither [tags] nor [groups], nor `not` or `matcher` above"
            f" them. {EXAMPLE}"
        )
    aliases = _lists(source, text, "tags", table.get("tags"))
    groups = _lists(source, text, "groups", table.get("groups", {}))
    no_tag, named = table.get("not", []), table.get("matcher", matcher)
    if not isinstance(no_tag, list) or not all(isinstance(one, str) for one in no_tag):
        raise UsageError(
            f"{_at(source, line_of(text, '', 'not', 0))}: `not` needs a list of strings, e.g."
            ' not = ["comic book"].'
        )
    if type(named) is not int or (named < 1 and "matcher" in table):
        raise UsageError(
            f"{_at(source, line_of(text, '', 'matcher', 0))}: `matcher` needs the version of a rule, e.g."
            " matcher = 1; leave it out for the current one."
        )
    try:
        return Vocabulary(path.stem, aliases, rule, groups, tuple(no_tag), named)
    except Misfit as error:
        line = line_of(text, error.table, error.key, error.number) if error.key else None
        raise _located(source, error, line) from None


def _lists(source: str, text: str, name: str, table: Any) -> Forms:
    """The table `[name]`, each value of which must be a list of strings (or numbers)."""
    if not isinstance(table, dict):
        missing = "is missing" if table is None else "is not a table"
        line = None if table is None else line_of(text, "", name, 0)
        raise UsageError(f"{_at(source, line)}: [{name}] {missing}. {EXAMPLE}")
    for key, forms in table.items():
        if not isinstance(forms, list) or not all(
            isinstance(form, str | int | float) for form in forms
        ):
            line = line_of(text, name, key, 0)
            raise UsageError(
                f"{_at(source, line)}: {key!r} needs a list of strings, e.g."
                f' {key!r} = ["another form"], or [] for none.'
            )
    return {key: tuple(str(form) for form in forms) for key, forms in table.items()}


def _located(source: str, error: Misfit, line: int | None) -> UsageError:
    return UsageError(f"{_at(source, line)}: {error.problem}")


def _at(source: str, line: int | None) -> str:
    return f"{source}, line {line}" if line else source


def to_toml(vocabulary: Vocabulary, *, pinned: bool = False) -> str:
    """TOML with the tags in their order, their aliases, and the groups; comments are lost.

    Saved as ``NAME.toml`` and read by ``from_text`` with the same rule, it has the same id; if ``pinned``, by
    ``load``, too.
    """
    lines = [f"matcher = {vocabulary.matcher}"] if pinned or vocabulary.matcher > 1 else []
    if vocabulary.no_tag:
        lines.append(_toml_line("not", vocabulary.no_tag))
    lines += ["", "[tags]"] if lines else ["[tags]"]
    lines += [_toml_line(tag, forms) for tag, forms in vocabulary.aliases.items()]
    if vocabulary.named_groups:
        lines += ["", "[groups]"]
        lines += [_toml_line(group, members) for group, members in vocabulary.named_groups.items()]
    return "\n".join(lines) + "\n"


def _toml_line(key: str, values: tuple[str, ...]) -> str:
    return f"{_quoted(key)} = [{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    """A JSON string is a basic string of TOML, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
