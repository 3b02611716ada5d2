"""The grammar of a query in plain characters, and its parser."""

from __future__ import annotations

from typing import Final

from lark import Lark

from movietag.search.query.image_counts import IMAGES_CONDITION
from movietag.search.query.nodes import WORD, Comparison
from movietag.search.query.years import YEAR_CONDITION

_RULES: Final = rf"""
start: [either]
either: both (_OR both)*
both: contrary (_AND? contrary)*
?contrary: (_NOT | _MINUS) contrary -> negated
         | "(" either ")"
         | TERM [COMPARISON RATIO]  -> tag
         | YEAR                     -> year
         | IMAGES                   -> images
         | FIELD TERM               -> field
         | FIELD "(" group ")"      -> grouped

group: values (_OR values)*                -> any_value
values: value (_AND? value)*               -> all_values
?value: (_NOT | _MINUS) value              -> not_value
      | "(" group ")"
      | TERM                               -> one_value

_AND.3: /and(?=[\s()"']|$)|&&?/i
_OR.3: /or(?=[\s()"']|$)|\|\|?/i
_NOT.3: /not(?=[\s()"']|$)|!(?!=)|~/i
_MINUS: "-"
COMPARISON: ">=" | "<=" | ">" | "<" | "=>" | "=<"
RATIO: /-?(\d+(\.\d*|,\d+)?|[.,]\d+)\s*%?(?=[\s()&|,;]|$)/
YEAR.4: /{YEAR_CONDITION.replace("/", "[/]")}/i
IMAGES.4: /{IMAGES_CONDITION}/i
FIELD.2: /[a-z_]+\s*:/i
TERM: /"(\\.|[^"\\])*"\*?|'(\\.|[^'\\])*'\*?|{WORD.replace("/", "[/]")}/s
%ignore /\s+/
"""
COMPARISONS: Final[dict[str, Comparison]] = {
    ">=": ">=", "=>": ">=", ">": ">", "<": "<", "<=": "<=", "=<": "<=",
}  # fmt: skip
GRAMMAR: Final = Lark(_RULES, parser="lalr", maybe_placeholders=True)
