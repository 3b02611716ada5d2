"""Parses a query into a tree; syntax errors carry their position."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from lark import Token, Transformer_NonRecursive, UnexpectedInput, v_args
from lark.exceptions import VisitError

from movietag.search.query import fields
from movietag.search.query.characters import StraightText, straighten
from movietag.search.query.errors import OPERAND_BEFORE, QueryError, syntax_error
from movietag.search.query.grammar import COMPARISONS, GRAMMAR
from movietag.search.query.image_counts import images_condition
from movietag.search.query.nodes import (
    EVERYTHING,
    About,
    Leaf,
    Node,
    Tag,
    TitleWords,
    both,
    conditions,
    depth,
    either,
    leaves,
    negated,
    quoted,
)
from movietag.search.query.tags import TagNames
from movietag.search.query.years import year_condition

MOST_CHARACTERS: Final = 4000
MOST_CONDITIONS: Final = 200  # each is a clause of the search; Elasticsearch limits clauses
MOST_NESTING: Final = 20  # Elasticsearch limits nesting, too

Values = Callable[[Callable[[Token], Node]], Node]
"""The values of a field in parentheses: the node that they make of the field's condition on one value."""


def read_query(query: str, names: TagNames, kind: fields.Kind = "movies") -> Node:
    """Parse a query about movies or scenes, strictly; an empty one matches everything.

    Raises:
        QueryError: it is invalid, names an unknown tag or field, or is too large; without advice.
    """
    if len(query) > MOST_CHARACTERS:
        problem = f"The query has {len(query)} characters; the maximum is {MOST_CHARACTERS}."
        raise QueryError(problem, query, MOST_CHARACTERS)
    straight = straighten(query)
    transformer = _ToNodes(straight, query, names, kind)
    try:
        node: Node = transformer.transform(GRAMMAR.parse(straight.text))
    except UnexpectedInput as error:
        raise syntax_error(straight, query, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    if (count := sum(map(_clauses, leaves(node)))) > MOST_CONDITIONS:
        problem = f"The query has {count} conditions; the maximum is {MOST_CONDITIONS}."
        raise QueryError(problem, query, 0)
    transformer.check_abouts(node)
    return node


def _clauses(leaf: Leaf) -> int:
    return max(leaf.wanted.words, 1) if isinstance(leaf, TitleWords) else 1


@v_args(inline=True)
class _ToNodes(Transformer_NonRecursive[Token, Any]):
    """Transforms lark's tree into nodes, from the leaves up; one method per rule."""

    def __init__(
        self, straight: StraightText, query: str, names: TagNames, kind: fields.Kind
    ) -> None:
        super().__init__()
        self.straight, self.query, self.names, self.kind = straight, query, names, kind
        self._abouts: list[Token] = []

    def start(self, node: Node | None) -> Node:
        return EVERYTHING if node is None else node

    def either(self, *parts: Node) -> Node:
        return self._shallow(either(*parts))

    def both(self, *parts: Node) -> Node:
        return self._shallow(both(*parts))

    def negated(self, part: Node) -> Node:
        return self._shallow(negated(part))

    def tag(self, term: Token, comparison: Token | None, ratio: Token | None) -> Node:
        if term.casefold() in {"and", "or"}:
            raise self._wrong(OPERAND_BEFORE, term)
        tag = self._tag(term)
        if comparison is None or ratio is None:
            return Tag(tag)
        if self.kind == "frames":
            problem = f"Scenes have no ratios: write {quoted(tag)} alone."
            raise self._wrong(problem, comparison)
        return Tag(tag, COMPARISONS[comparison], self._ratio(ratio))

    def year(self, condition: Token) -> Node:
        return self._in_range(year_condition, condition)

    def images(self, condition: Token) -> Node:
        if self.kind == "frames":
            problem = "Unknown field 'images' for scenes: all scenes are of counted images."
            raise self._wrong(problem, condition)
        return self._in_range(images_condition, condition)

    def field(self, field: Token, term: Token) -> Node:
        name = fields.known_field(field)
        if name == fields.TAG:
            return Tag(self._tag(term))
        if name == "about":
            self._abouts.append(field)
        text, begins = self._unquoted(term)
        try:
            return fields.parse_field(name, text, begins=begins, kind=self.kind)
        except fields.UnknownFieldError as error:
            raise self._wrong(str(error), field) from None
        except ValueError as error:
            raise self._wrong(str(error), term) from None

    def grouped(self, field: Token, values: Values) -> Node:
        return self._shallow(values(lambda term: self.field(field, term)))

    def any_value(self, *values: Values) -> Values:
        return lambda condition: either(*(one(condition) for one in values))

    def all_values(self, *values: Values) -> Values:
        return lambda condition: both(*(one(condition) for one in values))

    def not_value(self, value: Values) -> Values:
        return lambda condition: negated(value(condition))

    def one_value(self, term: Token) -> Values:
        return lambda condition: condition(term)

    def check_abouts(self, node: Node) -> None:
        """Reject a second `about:`, and one that is optional or negated: it ranks all results.

        Raises:
            QueryError: the query has one of these.
        """
        if len(self._abouts) > 1:
            raise self._wrong("A query may have only one about:.", self._abouts[1])
        if self._abouts and not any(isinstance(part, About) for part in conditions(node)):
            problem = "about: is not allowed in an `or` or after `not`."
            raise self._wrong(problem, self._abouts[0])

    def _in_range(self, read: Callable[[str], Leaf], condition: Token) -> Leaf:
        try:
            return read(condition)
        except ValueError as error:
            name = re.match(r"[a-z]+[\s:=<>]*", condition, re.IGNORECASE)
            raise self._wrong(str(error), condition, name.end() if name else 0) from None

    def _tag(self, term: Token) -> str:
        text, begins = self._unquoted(term)
        if not text.strip():
            raise self._wrong("There is nothing between these quotes.", term)
        tag = self.names.find(text)
        if tag is None:
            problem = self.names.unknown(text, quoted)
            raise self._wrong(problem, term, unknown=text[:60], near=self.names.nearest(text))
        if begins:
            raise self._wrong(f"A tag takes no *: write {quoted(tag)}.", term)
        return tag

    def _ratio(self, token: Token) -> float:
        number = Decimal(token.rstrip("%").strip().replace(",", "."))
        ratio = float(number / 100 if token.endswith("%") else number)
        if not 0 <= ratio <= 1:
            problem = "A ratio must be between 0% and 100%, or between 0 and 1 (30% is 0.3)."
            raise self._wrong(problem, token)
        return ratio

    def _unquoted(self, term: Token) -> tuple[str, bool]:
        """The text of a term, and whether a * at its end makes it a prefix."""
        begins = term.endswith("*")
        text = term[:-1] if begins else str(term)
        if text[:1] in {'"', "'"}:
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL), begins
        if not text or "*" in text:
            raise self._wrong(
                "A * is allowed only at the end of a word; elsewhere, quote it.", term
            )
        return text, begins

    def _shallow(self, node: Node) -> Node:
        if depth(node) > MOST_NESTING:
            problem = f"Conditions may be nested at most {MOST_NESTING} deep."
            raise QueryError(problem, self.query, 0)
        return node

    def _wrong(
        self,
        problem: str,
        token: Token,
        offset: int = 0,
        *,
        unknown: str = "",
        near: Sequence[str] = (),
    ) -> QueryError:
        position = self.straight.original((token.start_pos or 0) + offset)
        return QueryError(problem, self.query, position, unknown=unknown, near=near)
