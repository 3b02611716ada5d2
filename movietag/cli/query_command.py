"""Commands whose words are a query, so `-horror` is a word of it and not an option."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class QueryCommand(TyperCommand):
    """A command that takes a query: `movietag search comedy -horror` needs no quotes and no `--`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options, and everything else as words of the query, in their order.

        Raises:
            UsageError: a word is the name of an option after one dash, e.g. `-limit`.
        """
        flags, valued = _option_names(self.get_params(ctx))
        options: list[str] = []
        words: list[str] = []
        rest = list(args)
        while rest:
            one = rest.pop(0)
            name = one.partition("=")[0]
            if one == "--":
                words += rest
                break
            if one in valued:
                if not rest:
                    return super().parse_args(ctx, args)  # it reports the missing value
                options += [one, rest.pop(0)]
            elif len(name) > 2 and not name.startswith("--") and f"-{name}" in flags | valued:
                ctx.fail(f"No such option: {name}. Did you mean -{name}?")
            elif one.startswith("--") or (one.startswith("-") and len(one) == 2):
                options.append(one)
            else:
                words.append(one)
        return super().parse_args(ctx, [*options, *(["--", *words] if words else [])])


def _option_names(params: list[Any]) -> tuple[set[str], set[str]]:
    """The names of options without and with a value, as they are typed."""
    flags: set[str] = set()
    valued: set[str] = set()
    for param in params:
        if param.param_type_name == "option":
            (flags if param.is_flag else valued).update(param.opts, param.secondary_opts)
    return flags, valued
