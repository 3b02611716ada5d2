"""What a child does that wants to get at more than its job: run in a child, by the tests beside it."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypedDict

# Numbers of <asm/unistd_64.h>, and what is asked of each call: nothing happens by it, and it fails for
# another reason than a filter's where none stands in the way.
CALLS = {
    "ptrace": (101, -1, 0, 0, 0),
    "process_vm_readv": (310, 0, 0, 0, 0, 0, 0),
    "keyctl": (250, -1, 0, 0),
    "unshare": (272, 0),
    "clone of a user namespace": (56, 0x10010000, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "open_by_handle_at": (304, -1, 0, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "userfaultfd": (323, 1),
    "shmget": (29, 0, 0, 0),
    "io_uring_setup": (425, 1, 0),
    "clone3": (435, 0, 0),
}


class Job(TypedDict):
    """Where to look: files to read, folders to write into, programs to run."""

    read: list[str]
    write: list[str]
    run: list[str]


def attack(job: bytes) -> Iterator[bytes]:
    """Try everything; yield what was had, as JSON: kind -> names."""
    wanted: Job = json.loads(job)
    found = {
        "read": [path for path in wanted["read"] if had(lambda path=path: read(Path(path)))],
        "write": [path for path in wanted["write"] if had(lambda path=path: write(Path(path)))],
        "run": [path for path in wanted["run"] if had(lambda path=path: start(path))],
        "sockets": sorted(name for name, make in SOCKETS.items() if had(make)),
        "signals": ["the parent"] if had(lambda: os.kill(os.getppid(), 0)) else [],
        "parent": [
            name for name in ("environ", "mem", "maps") if had(lambda name=name: peek(name))
        ],
        "calls": [name for name, call in CALLS.items() if not refused(*call)],
        "become": ["root"] if had(lambda: os.setresuid(0, 0, 0)) and os.getuid() == 0 else [],
    }
    yield json.dumps(found).encode()


def who(_job: bytes) -> Iterator[bytes]:
    """Who this is, as JSON."""
    libc = ctypes.CDLL(None)
    sets = (ctypes.c_uint32 * 6)()
    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    yield json.dumps(
        {
            "uids": os.getresuid(),
            "gids": os.getresgid(),
            "groups": os.getgroups(),
            "capabilities": sorted({*sets[:3]}),
            "no new privileges": libc.prctl(39, 0, 0, 0, 0),
            "seccomp": libc.prctl(21, 0, 0, 0, 0),
            "stdin": os.read(0, 1).decode(),
        }
    ).encode()


def flee(_job: bytes) -> Iterator[bytes]:
    """Whether something that this starts can leave the group that the parent ends."""
    ours, theirs = os.pipe()
    if not os.fork():
        fled = had(os.setsid) or had(lambda: os.setpgid(0, 0))
        os.write(theirs, str(fled).encode())
        os._exit(0)
    os.wait()
    yield os.read(ours, 10)


def x32(_job: bytes) -> Iterator[bytes]:
    """A socket by the numbers of the x32 interface, which a list of names would miss."""
    yield str(ctypes.CDLL(None).syscall(0x40000000 | 41, 2, 1, 0)).encode()


def threads(_job: bytes) -> Iterator[bytes]:
    """Threads, as decoders use them."""
    import threading

    done: list[int] = []
    made = [threading.Thread(target=done.append, args=(one,)) for one in range(4)]
    for one in made:
        one.start()
    for one in made:
        one.join()
    yield str(sorted(done)).encode()


def resolve(name: bytes) -> Iterator[bytes]:
    """An address by the resolver, and a connection to it: ``name`` is host:port."""
    host, port = name.decode().split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(b"hello\n\n")
        yield sock.recv(5)


def scratch(_job: bytes) -> Iterator[bytes]:
    """Everything that a library may do in its own folder."""
    here = Path.cwd()
    (here / "a" / "b").mkdir(parents=True)
    (here / "a" / "file.part").write_bytes(b"x")
    (here / "a" / "file.part").rename(here / "a" / "file")
    with (here / "a" / "file").open("r+b") as file:
        file.truncate(0)
    (here / "a" / "file").unlink()
    with tempfile.NamedTemporaryFile() as file:
        yield str(Path(file.name).is_relative_to(here)).encode()
    yield str(had(lambda: (here / "link").symlink_to("/etc/passwd"))).encode()
    yield str(had(lambda: os.mkfifo(here / "pipe"))).encode()
    yield str(had(lambda: os.mknod(here / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3)))).encode()


def had(attempt: Callable[[], Any]) -> bool:
    """Whether an attempt got somewhere."""
    try:
        attempt()
    except OSError:
        return False
    return True


def read(path: Path) -> None:
    """Read a file, or list a folder."""
    if stat.S_ISDIR(path.stat().st_mode):
        os.listdir(path)  # noqa: PTH208
    else:
        path.read_bytes()


def write(folder: Path) -> None:
    """Leave a file in a folder."""
    file = folder / f"left-{os.getpid()}"
    file.write_text("x")
    file.unlink()


def start(program: str) -> None:
    """Run a program."""
    subprocess.run([program], check=True)


def peek(name: str) -> None:
    """Read something of the parent's that only its own account, or root, may."""
    with Path(f"/proc/{os.getppid()}/{name}").open("rb") as file:
        file.read(1)


def refused(number: int, *arguments: int) -> bool:
    """Whether a filter refuses a call."""
    if platform.machine() != "x86_64":
        return True
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    got = libc.syscall(number, *map(ctypes.c_long, arguments))
    return got == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS, errno.EACCES)


def _socket(family: int, kind: int, protocol: int = 0) -> Callable[[], None]:
    def make() -> None:
        socket.socket(family, kind, protocol).close()

    return make


def _listening() -> None:
    with socket.socket() as sock:
        sock.listen()


def _pair() -> None:
    for end in socket.socketpair():
        end.close()


SOCKETS: dict[str, Callable[[], None]] = {
    "tcp": _socket(socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": _socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": _socket(socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": _socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK),
    "unix": _socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink": _socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "packet": _socket(socket.AF_PACKET, socket.SOCK_RAW),
    "vsock": _socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "alg": _socket(socket.AF_ALG, socket.SOCK_SEQPACKET),
    "raw": _socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "ping": _socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
    "mptcp": _socket(socket.AF_INET, socket.SOCK_STREAM, 262),
    "pair": _pair,
    "listening": _listening,
}

__all__ = ["attack", "flee", "resolve", "scratch", "threads", "who", "x32"]
