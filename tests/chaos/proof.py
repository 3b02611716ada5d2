"""Is each remedy missed? ``python -m chaos.proof [REMEDY …]`` runs the harness without each in turn.

For each remedy the arguments of a run are kept in which its lack breaks the counts. The same run with
all remedies must be exact, and drained within the same time; the status is 1 when it is not, or when
the run without the remedy is. Remedies that no search has found a seed for are said, and not run. The
table in docs/guarantees.md is checked against this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from chaos.sabotage import REMEDIES

KEPT = {  # remedy: arguments of ``python -m chaos``
    "external versions": "--seed 1 --minutes 0.7 --movies 4 --faults cut --gap 9 --repeat 0.3 --repeated movietag.documents",
    "sent again on a replay": "--seed 1 --repeat 0 --minutes 1.5 --movies 24 --faults kill,slow:8 --victims plan --gap 1.5 --hold 10",
    "the recovery fix": "--seed 1 --repeat 0 --minutes 1.5 --movies 24 --faults worker --victims plan,count --gap 3",
    "facts as rows": "--repeat 0 --seed 1 --minutes 1.5 --movies 12 --faults pause --victims count --gap 3",
}
COMMON = "--drain 150"


def run(arguments: str, without: str = "") -> dict[str, object]:
    """One run, with all remedies or without one; its account."""
    command = [sys.executable, "-m", "chaos", "--without", without, *COMMON.split()]
    done = subprocess.run(
        [*command, *arguments.split()],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"the harness itself has failed with {arguments}")
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found | {"exact": done.returncode == 0}


def told(found: dict[str, object]) -> str:
    """What a run has broken, in words."""
    if found["exact"]:
        return "exact"
    wrong = {
        f"{place} {what}": count
        for place, counts in found["places"].items()  # type: ignore[attr-defined]
        for what, count in counts.items()
        if what in ("lost", "double", "wrong", "movies_wrong") and count
    }
    return ", ".join(f"{what} {count}" for what, count in wrong.items()) or "not drained"


def main() -> None:
    """Try those of the command line, or all."""
    unknown = set(sys.argv[1:]) - set(REMEDIES)
    if unknown:
        sys.exit(f"no remedy: {', '.join(unknown)}; there are: {', '.join(REMEDIES)}")
    proven = True
    for remedy in sys.argv[1:] or REMEDIES:
        arguments = KEPT.get(remedy)
        if arguments is None:
            print(f"{remedy}: no seed is known that breaks the counts without it", flush=True)
            continue
        without, with_all = run(arguments, remedy), run(arguments)
        proven = proven and bool(with_all["exact"]) and not without["exact"]
        print(f"{remedy} ({arguments})", flush=True)
        print(f"  without it: {told(without)}; with all: {told(with_all)}", flush=True)
    sys.exit(0 if proven else 1)


if __name__ == "__main__":
    main()
