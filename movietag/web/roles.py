"""Roles of API keys: what a caller may do, and the check that a route makes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final

from fastapi import HTTPException, Request

from movietag.errors import UsageError
from movietag.web.origins import is_json_body


class Role(IntEnum):
    """What a caller may do; each role includes those before it.

    ``ADD``: add titles, try failed movies again, save searches. ``OPERATE``: what takes something away or stops it.
    """

    READ = 1
    ADD = 2
    OPERATE = 3

    @property
    def word(self) -> str:
        """As it is written in the file of keys."""
        return self.name.lower()


ROLES: Final = {role.word: role for role in Role}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the name of the key, never the key itself, and its role."""

    name: str
    role: Role


WITHOUT_KEYS: Final = Caller("no key", Role.OPERATE)
"""Any caller of a server that needs no key: it is on loopback. What deletes something is refused all the same."""


class RoleError(UsageError):
    """The caller's role does not include what was requested."""

    def __init__(self, caller: Caller, needed: Role) -> None:
        super().__init__(
            f"This needs the role `{needed.word}`; the caller ({caller.name}) has `{caller.role.word}`. A line"
            f" `{needed.word} NAME KEY` in the file of MOVIETAG_WEB_KEYS makes a key with that role."
        )


class KeyNeededError(UsageError):
    """A request deletes something, and nobody knows who sent it: the server has no keys."""

    def __init__(self) -> None:
        super().__init__(
            "This deletes something, which over HTTP needs a key, and this server has none. A line `operate NAME KEY`"
            " in the file of MOVIETAG_WEB_KEYS makes one; or use the command line: `movietag forget`, `movietag"
            " cancel`, `movietag dead purge`."
        )


def caller_of(request: Request) -> Caller:
    """Who sent a request that the guard let pass."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


def require_role(
    role: Role, *, deletes: bool = False
) -> Callable[[Request], Coroutine[Any, Any, Caller]]:
    """A dependency of a route of the API that writes: the caller, who has this role; a ``POST`` is JSON.

    ``deletes``: the route deletes something that cannot be brought back, so a server without keys refuses it.

    Raises:
        RoleError: when it is called for one who has not.
        KeyNeededError: it deletes, and there are no keys.
        HTTPException: the body is not said to be JSON, which pages of other sites can send unasked.
    """

    async def checked(request: Request) -> Caller:
        caller = caller_of(request)
        if caller.role < role:
            raise RoleError(caller, role)
        if deletes and caller is WITHOUT_KEYS:
            raise KeyNeededError
        if request.method == "POST" and not is_json_body(dict(request.scope["headers"])):
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return caller

    return checked
