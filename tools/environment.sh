#!/bin/sh
# Make .venv what requirements.lock says, on any x86-64 Linux; one line names what the machine lacks.
#   tools/environment.sh [auto|cuda|cpu]
# auto: without an NVIDIA GPU what tools/without-gpu.txt names is left out; cuda: nothing is left out; cpu:
# PyTorch's own CPU wheels, from its index. Without a word: as last time.
set -eu

MEMORY_MB=3000  # README: what a machine needs
DISK_MB=8000
CGROUP=${CGROUP:-/sys/fs/cgroup}
VERSIONS="3.11 or 3.12"
VENV="Debian, Ubuntu: apt-get install python3-venv; Fedora: dnf install python3"
LIBRARY="Ubuntu 24.04: apt-get install python3.12 libpython3.12; Fedora: dnf install python3.12"

cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '%s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }
last_line() { tail -n 1 "$scratch/log" 2>/dev/null | sed "s/^ *//" || true; }

# -- the machine

check_machine() {
  [ "$(uname -sm)" = "Linux x86_64" ] || stop "This needs Linux on x86-64; here is $(uname -sm)."
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=""
  case $libc in
    "glibc "[3-9]* | "glibc 2."[4-9][0-9] | "glibc 2.3"[5-9]) ;;
    *) stop "This needs glibc 2.35 or newer (Debian 12, Ubuntu 22.04, Fedora 36); here is ${libc:-another C library}." ;;
  esac
  [ "$(memory_mb)" -ge $MEMORY_MB ] ||
    stop "This needs $MEMORY_MB MB of memory; here are $(memory_mb) MB. Give the machine or the container more."
  free_mb=$(df -Pk . | awk 'NR == 2 { printf "%d", $4 * 1024 / 1000000 }')
  [ -e .venv/.installed ] || [ "$free_mb" -ge $DISK_MB ] ||
    stop "This needs $DISK_MB MB free where the checkout lies; here are $free_mb MB. Make room."
}

memory_mb() {  # of the machine, or of the container if that has less
  pages=$(getconf _PHYS_PAGES)
  limit=max
  for file in memory.max memory/memory.limit_in_bytes; do
    if [ -r "$CGROUP/$file" ]; then limit=$(cat "$CGROUP/$file"); fi
  done
  awk -v all="$((pages * $(getconf PAGE_SIZE)))" -v limit="$limit" \
    'BEGIN { if (limit != "max" && limit + 0 < all) all = limit; printf "%d\n", all / 1000000 }'
}

# -- Python

version_of() {  # "3.12"; nothing if it does not run (a shim of pyenv, a broken link)
  "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

has_library() {  # Triton's python stub links to libpython, which Debian and Ubuntu have in a package of its own
  "$1" - 2>/dev/null <<'PYTHON'
import ctypes, os, ssl, sys
name = "libpython%d.%d.so.1.0" % sys.version_info[:2]
inside = os.path.join(sys.base_prefix, "lib", name)
ctypes.CDLL(inside if os.path.exists(inside) else name)
PYTHON
}

find_python() {  # sets python, or why there is none
  python="" why="no Python $VERSIONS with libpython is on PATH"
  for name in python3.11 python3.12 python3 python; do
    case $(version_of "$name") in
      3.11 | 3.12)
        if has_library "$name"; then python=$(command -v "$name"); return; fi
        why="the Python $(version_of "$name") here has no libpython$(version_of "$name")" ;;
    esac
  done
}

find_uv() {  # sets uv: that of .venv, one on PATH, or the locked one, fetched by whatever Python is here
  sed -n '/^uv==/,/# via/{s/ ;.*/ \\/;p;}' requirements.lock >"$scratch/uv.txt"
  for uv in .venv/bin/uv uv; do
    if "$uv" --version >/dev/null 2>&1; then return; fi
  done
  seen=""
  for any in "$python" python3.12 python3.11 python3 python3.13 python3.14 python; do
    version=$(version_of "${any:-none}")
    [ -n "$version" ] || continue
    if "$any" -m pip --version >/dev/null 2>&1; then fetch_uv "$any"; return; fi
    if "$any" -m venv "$scratch/venv" >/dev/null 2>&1; then fetch_uv "$scratch/venv/bin/python"; return; fi
    seen=${seen:-$version}
  done
  [ -n "$seen" ] || stop "No Python is here: install one with venv ($VENV), or uv."
  stop "The Python $seen here has neither venv nor pip: install them ($VENV), or uv."
}

fetch_uv() {
  "$1" -m pip install --quiet --no-deps --target "$scratch/uv" --require-hashes \
    --requirement "$scratch/uv.txt" >"$scratch/log" 2>&1 ||
    stop "pip could not fetch uv. It said: $(last_line)"
  uv=$scratch/uv/bin/uv
}

make_venv() {
  if [ -n "$python" ]; then
    "$uv" venv --quiet --python "$python" .venv
    return
  fi
  say "uv fetches a managed Python for .venv: $why."
  "$uv" venv --quiet --managed-python --python '>=3.11,<3.13' .venv >"$scratch/log" 2>&1 ||
    stop "uv could not fetch one: install Python $VERSIONS with libpython ($LIBRARY). uv said: $(last_line)"
}

check_venv() {
  version=$(version_of .venv/bin/python)
  case $version in
    3.11 | 3.12) ;;
    *) stop "The Python of .venv is ${version:-gone}, and $VERSIONS is needed. Run: make clean" ;;
  esac
}

# -- packages

has_gpu() { [ -n "$(nvidia-smi -L 2>/dev/null)" ]; }

install() {  # exactly the lock, by its hashes, without what the arguments exclude
  .venv/bin/uv pip install --quiet --exact --compile-bytecode --require-hashes --python .venv/bin/python \
    --requirement requirements.lock "$@"
}

install_cpu_wheels() {  # in the lock's versions, but not by its hashes: they are other files
  pins=$(grep -oE '^(torch|torchvision)==[^ ]+' requirements.lock)
  # shellcheck disable=SC2086  # two words
  set -- .venv/bin/uv pip install --quiet --no-deps --torch-backend cpu --python .venv/bin/python $pins
  "$@" --dry-run --reinstall >"$scratch/log" 2>&1 ||
    stop "PyTorch's own index is out of reach: run without TORCH=cpu. uv said: $(last_line)"
  grep -oE '^(torch|torchvision|nvidia-[a-z0-9-]+)==' requirements.lock | tr -d = |
    grep -v '^nvidia-pytriton$' >"$scratch/torch.txt"
  install --excludes tools/without-gpu.txt --excludes "$scratch/torch.txt"
  "$@"
}

torch=${1:-$(cat .venv/.torch 2>/dev/null || echo auto)}
check_machine
if [ -e .venv ]; then check_venv; python=.venv/bin/python; else find_python; fi
find_uv
[ -e .venv ] || make_venv
"$uv" pip install --quiet --no-deps --require-hashes --python .venv/bin/python --requirement "$scratch/uv.txt"
case $torch in
  cpu) install_cpu_wheels ;;
  cuda) install ;;
  auto) if has_gpu; then install; else install --excludes tools/without-gpu.txt; fi ;;
  *) stop "TORCH is auto, cuda or cpu, not '$torch'." ;;
esac
.venv/bin/uv pip install --quiet --no-deps --python .venv/bin/python --editable .
echo "$torch" >.venv/.torch
