"""What the sandbox's tests run in a child."""

from __future__ import annotations

import hashlib
import mmap
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from movietag.errors import PermanentError, TransientError, UsageError


class BusyError(TransientError):
    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def echo(job: bytes) -> Iterator[bytes]:
    print("a library that prints")  # that is what is tested
    yield job
    yield b""
    yield job[::-1]


def surroundings(_job: bytes) -> Iterator[bytes]:
    yield "\n".join(sorted(os.environ)).encode()
    yield str(Path.cwd()).encode()
    yield "\n".join(str(path) for path in sys.path).encode()
    yield str(os.getsid(0) == os.getpid()).encode()
    yield str(resource.getrlimit(resource.RLIMIT_CORE)[1]).encode()


def found(_job: bytes) -> Iterator[bytes]:
    """Its PATH, and the names of all programs on it."""
    yield os.environ["PATH"].encode()
    folders = [Path(one) for one in os.environ["PATH"].split(os.pathsep)]
    yield "\n".join(one.name for at in folders if at.is_dir() for one in at.iterdir()).encode()


def fail(job: bytes) -> Iterator[bytes]:
    yield b"before"
    match job:
        case b"permanent":
            raise PermanentError("bad-thing", "It is bad: 나쁘다.")
        case b"transient":
            raise TransientError("The server is away.")
        case b"busy":
            raise BusyError("throttled", "Come back later.")
        case b"usage":
            raise UsageError("No such setting.")
        case b"bug":
            raise ZeroDivisionError("a bug")
        case b"exit":
            os.write(2, b"x" * 100_000 + b"last words")
            os._exit(3)
        case b"segv" | b"kill" | b"xcpu":
            os.kill(os.getpid(), getattr(signal, f"SIG{job.decode().upper()}"))
        case b"babble":
            os.write(max(filter(_is_pipe, range(64))), b"Z" * 5)
            time.sleep(60)


def _is_pipe(number: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


def hang(_job: bytes) -> Iterator[bytes]:
    """Start a grandchild that would live on, say who they are and where, and wait."""
    other = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    Path("rubbish").write_bytes(b"x" * 1000)
    yield f"{os.getpid()} {other.pid} {Path.cwd()}".encode()
    time.sleep(600)


def spin(_job: bytes) -> Iterator[bytes]:
    while True:
        pass
    yield b""


def hoard(job: bytes) -> Iterator[bytes]:
    yield bytes(int(job))[:1]


def write_file(job: bytes) -> Iterator[bytes]:
    with Path("big").open("wb") as file:
        for _ in range(int(job)):
            file.write(bytes(1 << 20))
    yield b"written"


def open_files(job: bytes) -> Iterator[bytes]:
    """Hold so many files open at once."""
    held: list[int] = []
    try:
        while len(held) < int(job):
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        raise PermanentError("too-many-files", str(error)) from None
    yield str(len(held)).encode()


def burn(_job: bytes) -> Iterator[bytes]:
    """Say who it is, then use all the CPU there is, in threads that do not hold Python's lock."""
    yield str(os.getpid()).encode()
    block = bytes(16 << 20)

    def work() -> None:
        while True:
            hashlib.sha256(block)

    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(600)


def hoard_outside(job: bytes) -> Iterator[bytes]:
    """Memory that no Python object holds: a mapping of its own, as decoders make them."""
    with mmap.mmap(-1, int(job), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
        held.write(bytes(1 << 20))
        yield b"mapped"


def oversized(_job: bytes) -> Iterator[bytes]:
    """One message that is larger than any may be."""
    yield bytes(17 << 20)


def count(job: bytes) -> Iterator[bytes]:
    """Yield chunks of 1 MB, noting in a file how many were made."""
    for number in range(int(job)):
        Path("made.new").write_text(str(number))
        Path("made.new").rename("made")
        yield Path.cwd().as_posix().encode().ljust(1 << 20)


def interpreter_error(said: bytes) -> Iterator[bytes]:
    raise SystemError(said.decode())
    yield b""


def run_deno(script: bytes) -> Iterator[bytes]:
    """What a script prints in Deno, as yt-dlp runs it for YouTube."""
    from yt_dlp.extractor.youtube.jsc._builtin.deno import DenoJCP
    from yt_dlp.utils._jsruntime import DenoJsRuntime

    found = DenoJsRuntime().info
    assert found is not None
    assert found.supported
    command = [found.path, "run", *DenoJCP._DENO_BASE_OPTIONS, "--no-npm", "--cached-only", "-"]
    done = subprocess.run(command, input=script, capture_output=True, check=False)
    yield done.stdout + done.stderr


def descriptors(_job: bytes) -> Iterator[bytes]:
    """The descriptors that are open, and what kind of thing each is."""
    for number in range(256):
        with suppress(OSError):
            yield f"{number} {stat.S_IFMT(os.fstat(number).st_mode):o}".encode()


def wait_for(job: bytes) -> Iterator[bytes]:
    """Say that it runs, and wait until a file of this name is in its folder."""
    yield f"{os.getppid()} {Path.cwd()}".encode()
    while not Path(job.decode()).exists():
        time.sleep(0.01)
    yield str(os.getppid()).encode()
