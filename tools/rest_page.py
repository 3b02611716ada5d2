"""docs/rest.md, every call of the REST API and every record: ``python -m tools.rest_page`` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from movietag.settings import Settings
from movietag.web.app import make_web_app

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "rest.md"
HEAD: Final = """\
# REST reference

Generated from the OpenAPI of `movietag serve` by `python -m tools.rest_page`; do not edit.

How to use it, with examples: [The REST API](api.md). The same for programs: `GET /api/openapi.json`.

## Calls
"""
METHODS: Final = ("get", "put", "post", "delete")
FIRST_ERROR: Final = "400"
ERRORS: Final = (
    "An error is a [Problem](#problem) (`application/problem+json`), whichever call it answers."
)
REFERENCE: Final = "#/components/schemas/"
LIMITS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "minLength": "characters at least",
    "maxLength": "characters at most",
}


def rest_page() -> str:
    """The text of docs/rest.md: a section for each call, then one for each record."""
    described = make_web_app(Settings()).openapi()
    calls = (
        _call(method.upper(), path, methods[method])
        for path, methods in described["paths"].items()
        for method in METHODS
        if method in methods
    )
    records = (_record(*one) for one in sorted(described["components"]["schemas"].items()))
    return HEAD + "".join(calls) + _errors(described["paths"]) + "\n## Records\n" + "".join(records)


def _errors(paths: Mapping[str, Any]) -> str:
    """The section of all errors: each once, as every call describes them alike."""
    errors = {
        (status, answer["description"])
        for methods in paths.values()
        for call in methods.values()
        for status, answer in call["responses"].items()
        if status >= FIRST_ERROR
    }
    rows = (f"| {status} | {_cell(when)} |\n" for status, when in sorted(errors))
    return f"\n## Errors\n\n{ERRORS}\n\n| status | when |\n|---|---|\n{''.join(rows)}"


def _call(method: str, path: str, call: Mapping[str, Any]) -> str:
    text = f"\n### `{method} {path}`\n\n{_cell(call.get('description', ''))}\n"
    rows = [_parameter(one) for one in call.get("parameters", ())]
    if rows:
        text += "\n| parameter | in | type | default | what it is |\n|---|---|---|---|---|\n"
    text += "".join(rows)
    if "requestBody" in call:
        ((media, body),) = call["requestBody"]["content"].items()
        text += f"\nBody: {_body(media, body['schema'])}, `{media}`.\n"
    text += "\n| status | answers with | when |\n|---|---|---|\n"
    answers = {status: one for status, one in call["responses"].items() if status < FIRST_ERROR}
    return text + "".join(_answer(*one) for one in sorted(answers.items()))


def _parameter(one: Mapping[str, Any]) -> str:
    schema = one["schema"]
    default = "required" if one["required"] else _default(schema)
    cells = (f"`{one['name']}`", one["in"], _kind(schema), default, _cell(one["description"]))
    return f"| {' | '.join(cells)} |\n"


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    bodies = answer.get("content", {})
    kinds = ", ".join(_body(media, body.get("schema", {})) for media, body in bodies.items())
    return f"| {status} | {kinds or 'nothing'} | {_cell(answer['description'])} |\n"


def _body(media: str, schema: Mapping[str, Any]) -> str:
    return _kind(schema) if "$ref" in schema else f"`{media}`"


def _record(name: str, schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = (
        f"| `{field}` | {_kind(kind)} | {'always' if field in required else 'where it says something'} |\n"
        for field, kind in schema.get("properties", {}).items()
    )
    text = f"\n### {name}\n\n{_cell(schema.get('description', ''))}\n"
    return f"{text}\n| field | type | there |\n|---|---|---|\n{''.join(rows)}"


def _kind(schema: Mapping[str, Any]) -> str:
    """A type in words; a record as a link to its section."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(_kind(one) for one in schema[word] if one.get("type") != "null")
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    return "".join(_plain_kind(schema)) + "".join(_limits(schema))


def _plain_kind(schema: Mapping[str, Any]) -> Iterator[str]:
    match schema.get("type"):
        case "array":
            yield f"list of {_kind(schema.get('items', {})) if schema.get('items') else 'anything'}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            yield f"object of {_kind(schema['additionalProperties'])}"
        case [*kinds]:
            yield " or ".join(kind for kind in kinds if kind != "null")
        case None:
            yield "anything"
        case kind:
            yield str(kind)


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for limit, words in LIMITS.items():
        if limit in schema:
            number = schema[limit]
            yield f", {number} {words}" if "Length" in limit else f", {words} {number}"


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    return "none" if value in (None, "", []) else f"`{value}`"


def _cell(text: str) -> str:
    """A description as one line of Markdown."""
    line = " ".join(text.split()).replace("``", "`")
    return line.replace("|", r"\|").replace("<", r"\<")


if __name__ == "__main__":
    PAGE.write_text(rest_page(), "utf-8")
