"""The users of the embedded Elasticsearch: the files of its file realm, rewritten at each start.

API keys and users created by API calls need modules that its bare distribution lacks; the file realm needs none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from pathlib import Path
from typing import Final

from movietag.search.index import role
from movietag.settings.credentials import Login

ITERATIONS: Final = 10_000  # Elasticsearch's own default; the passwords are random
ROLES: Final = {"movietag_stages": role.STAGES, "movietag_reader": role.READER}
ANONYMOUS: Final = """\
xpack.security.authc.anonymous.username: anonymous
xpack.security.authc.anonymous.roles: movietag_reader
"""


def security_config(*, anonymous: bool) -> str:
    """The lines of elasticsearch.yml: users come from the files only, and the rights of anonymous requests."""
    return f"""\
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.authc.realms.file.users.order: 0
xpack.security.authc.realms.native.none.enabled: false
xpack.security.authc.reserved_realm.enabled: false
xpack.security.authc.api_key.enabled: false
{ANONYMOUS if anonymous else ""}"""


def write_users(folder: Path, stages: Login, administrator: Login) -> None:
    """Write users and roles into Elasticsearch's configuration folder.

    Raises:
        OSError: it cannot be written.
    """
    users = (stages, administrator)
    # JSON is YAML; but Elasticsearch splits the file at lines that begin with a name.
    roles = (f"{name}: {json.dumps(rights)}\n" for name, rights in ROLES.items())
    _write(folder / "roles.yml", "".join(roles))
    _write(folder / "users", "".join(f"{one.username}:{_hash(one.password)}\n" for one in users))
    _write(
        folder / "users_roles",
        f"movietag_stages:{stages.username}\nsuperuser:{administrator.username}\n",
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _hash(password: str) -> str:
    """A password's hash in Elasticsearch's format: PBKDF2 with HMAC-SHA512, salt and hash of 32 bytes."""
    salt = secrets.token_bytes(32)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 32)
    parts = (base64.b64encode(part).decode() for part in (salt, made))
    return f"{{PBKDF2}}{ITERATIONS}${'$'.join(parts)}"
