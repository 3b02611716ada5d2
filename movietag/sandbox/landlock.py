"""Which files a child sees: a Landlock ruleset, built by the parent and applied by the child.

Landlock denies whatever no rule names. Rules resolve links when they are made, and apply to the files found then.
"""

from __future__ import annotations

import mimetypes
import os
import ssl
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import landlockpy
from landlockpy import AccessFS, AccessNet, Scope

from movietag.sandbox.access import Access
from movietag.sandbox.imports import OURS, import_folders

_READ: Final = AccessFS.READ_FILE | AccessFS.READ_DIR
_WRITE: Final = (
    _READ
    | AccessFS.WRITE_FILE
    | AccessFS.TRUNCATE
    | AccessFS.MAKE_REG
    | AccessFS.MAKE_DIR
    | AccessFS.REMOVE_FILE
    | AccessFS.REMOVE_DIR
    | AccessFS.REFER
)
_RUN: Final = AccessFS.EXECUTE | AccessFS.READ_FILE
# The rights that the kernel accepts for a file.
_OF_A_FILE: Final = AccessFS.EXECUTE | AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
# Read by the C library and by Python at run time; the same on every machine, or specific to the machine.
_SYSTEM: Final = (
    *("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu"),
)
_NAMES: Final = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"),
    *("/etc/services", "/etc/protocols"),
)
# Certificates of the usual distributions; /etc/ssl also has private keys next to them.
_CERTIFICATES: Final = (
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust"),
    *("/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
)
_LOADERS: Final = ("lib64/ld-linux-*", "lib/ld-linux-*", "lib/ld-musl-*")


@cache
def abi() -> int:
    """The Landlock version of this kernel, from 1; 0 without Landlock."""
    try:
        return landlockpy.abi_version()
    except OSError:  # not in the kernel, or blocked by a container's filter
        return 0


def ruleset(access: Access, folder: Path) -> landlockpy.Ruleset | None:
    """The rules of a child with this access and this folder; the caller closes them.

    Returns:
        None if the kernel has no Landlock. Rights that its version lacks are left out.

    Raises:
        OSError: a file or folder of ``access`` does not exist.
    """
    if not abi():
        return None
    # A child with network may connect to any port; one without has no sockets, and neither may listen.
    refused = AccessNet.BIND_TCP if access.network else ~AccessNet.NONE
    rules = landlockpy.Ruleset(
        handled_net=refused, scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL
    )
    try:
        for path in (folder, *access.writes):
            _allow(rules, path, _WRITE)
        for path in access.reads:
            _allow(rules, path, _READ)
        for path in access.programs:
            _allow(rules, path, _RUN)
        for path, rights in _usual(access):
            if path.exists():
                _allow(rules, path, rights)
    except BaseException:
        rules.close()
        raise
    return rules


def _usual(access: Access) -> Iterator[tuple[Path, AccessFS]]:
    """What each child with this access may read, as far as it exists."""
    yield from ((one, _READ) for one in import_folders(os.environ.get("PYTHONPATH", "")))
    yield OURS.parent, AccessFS.READ_DIR  # to find our package there
    yield from ((Path(one), _READ) for one in (*_DEVICES, *_SYSTEM, *mimetypes.knownfiles))
    yield Path("/dev/null"), _READ | AccessFS.WRITE_FILE
    if access.network:
        yield from ((Path(one), _READ) for one in (*_NAMES, *_CERTIFICATES, *_certificates()))
    if access.programs:
        yield from ((one, _RUN) for pattern in _LOADERS for one in Path("/").glob(pattern))


def _certificates() -> Iterable[str]:
    """Where this machine's OpenSSL, or the user, stores certificates."""
    paths = ssl.get_default_verify_paths()
    found = (paths.cafile, paths.capath, paths.openssl_cafile, paths.openssl_capath)
    return [one for one in found if one]


def _allow(rules: landlockpy.Ruleset, path: Path, rights: AccessFS) -> None:
    rules.allow_path(path, rights if path.is_dir() else rights & _OF_A_FILE)
