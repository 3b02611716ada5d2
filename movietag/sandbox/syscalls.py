"""Which system calls a child may not make: a seccomp filter, built by libseccomp.

Everything is allowed except what is named here: a list of all calls needed would change with every release of
Python, FFmpeg and Deno. Calls of another architecture (32 bit, x32) end the child.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

# Other processes, the kernel's own keys, mounts, modules and the like: not needed here.
_NEVER: Final = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),
    *("add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd"),
    *(
        "unshare",
        "setns",
        "chroot",
        "pivot_root",
        "mount",
        "umount2",
        "fsopen",
        "fsmount",
        "fspick",
    ),
    *("open_tree", "move_mount", "name_to_handle_at", "open_by_handle_at", "quotactl", "acct"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("swapon", "swapoff", "syslog", "settimeofday", "clock_settime", "sethostname"),
    *("shmget", "msgget", "semget", "mq_open"),  # shared between processes of one user
    *(
        "setsid",
        "setpgid",
    ),  # the parent ends the whole group, so no descendant of a child outlives it
)
# Another way to make any call, sockets included; programs that use it fall back on the usual calls.
_UNKNOWN: Final = ("io_uring_setup", "io_uring_enter", "io_uring_register")
_CLONE_NEWUSER: Final = 0x10000000
_LISTENING: Final = ("listen", "accept", "accept4")
_TYPE: Final = 0xF  # mask of a socket's type; the higher bits are flags
_PROTOCOLS: Final = (0, socket.IPPROTO_TCP, socket.IPPROTO_UDP)
_LAST_OLD_PROTOCOL: Final = socket.IPPROTO_UDP


@cache
def program(*, network: bool, programs: bool) -> bytes | None:
    """The filter in the kernel's form; None if libseccomp or the kernel's support is missing.

    Args:
        network: whether sockets for TCP and UDP are allowed.
        programs: whether executing other programs is allowed.
    """
    if not Path("/proc/sys/kernel/seccomp").is_dir():
        return None
    try:
        import pyseccomp as seccomp  # noqa: PLC0415  # raises RuntimeError without the library
    except (ImportError, OSError, RuntimeError):
        return None
    made = seccomp.SyscallFilter(seccomp.ALLOW)
    made.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)

    def refuse(name: str, *conditions: Any, code: int = errno.EPERM) -> None:
        made.add_rule(seccomp.ERRNO(code), name, *conditions)

    for name in _NEVER:
        refuse(name)
    for name in _UNKNOWN:
        refuse(name, code=errno.ENOSYS)
    # A filter cannot see the flags of clone3; the C library falls back on clone.
    refuse("clone3", code=errno.ENOSYS)
    refuse("clone", seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_NEWUSER, _CLONE_NEWUSER))
    if not programs:
        refuse("execve")
        refuse("execveat")
    if network:
        _only_tcp_and_udp(seccomp, refuse)
    else:
        refuse("socket", code=errno.EACCES)
        refuse("socketpair", code=errno.EACCES)
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def _only_tcp_and_udp(seccomp: Any, refuse: Any) -> None:
    """Refuse sockets of every other family, type and protocol, and listening.

    A rule checks each argument once, so it lists what is refused, not what is allowed.
    """
    families = (socket.AF_INET, socket.AF_INET6)
    first, last = min(families), max(families)
    refuse("socket", seccomp.Arg(0, seccomp.LT, first), code=errno.EAFNOSUPPORT)
    refuse("socket", seccomp.Arg(0, seccomp.GT, last), code=errno.EAFNOSUPPORT)
    for family in range(first, last):
        if family not in families:
            refuse("socket", seccomp.Arg(0, seccomp.EQ, family), code=errno.EAFNOSUPPORT)
    for kind in range(_TYPE + 1):
        if kind not in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            refuse("socket", seccomp.Arg(1, seccomp.MASKED_EQ, _TYPE, kind), code=errno.EACCES)
    refuse("socket", seccomp.Arg(2, seccomp.GT, _LAST_OLD_PROTOCOL), code=errno.EACCES)
    for protocol in range(_LAST_OLD_PROTOCOL):
        if protocol not in _PROTOCOLS:
            refuse("socket", seccomp.Arg(2, seccomp.EQ, protocol), code=errno.EACCES)
        # A socket pair is a pipe: Deno's runtime uses one to wake itself.
    refuse("socketpair", seccomp.Arg(0, seccomp.NE, socket.AF_UNIX), code=errno.EAFNOSUPPORT)
    for name in _LISTENING:
        refuse(name)
