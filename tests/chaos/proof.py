"""Is each remedy missed? ``python -m chaos.proof [REMEDY …]`` runs stages without each in turn.

For each remedy a run is kept in which its lack breaks the counts: the arguments of ``python -m chaos``, or,
where what it protects from is too rare for chance to meet, the contract that is broken (tests/contract, of
which the gates and the moment of the kill are chosen, not drawn). The same run with all remedies must be
exact, and drained within the same time; the status is 1 when it is not, or when the run without the remedy
is. The table in docs/guarantees.md is checked against this one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from chaos.sabotage import REMEDIES

KEPT = {  # remedy: arguments of ``python -m chaos``, or a contract
    "ordered acknowledgement": "test_nothing_is_committed_past_what_is_still_in_work",
    "awaited sends": "test_what_was_not_taken_for_minutes_is_sent_although_it_is_killed",
    "awaited changelog": "test_what_was_not_taken_for_minutes_is_sent_although_it_is_killed of count",
    "the manifest last": "test_a_slow_downstream_bounds_the_work_in_flight_and_loses_nothing",
    "external versions": "--seed 1 --minutes 0.7 --movies 4 --faults cut --gap 9 --repeat 0.3 --repeated movietag.documents",
    "sent again on a replay": "test_what_was_decided_is_sent_although_it_is_killed_in_between of plan",
    "the recovery fix": "--seed 1 --repeat 0 --minutes 1.5 --movies 24 --faults worker --victims plan,count --gap 3",
    "facts as rows": "--repeat 0 --seed 1 --minutes 1.5 --movies 12 --faults pause --victims count --gap 3",
}
COMMON = "--plain --drain 150"
TESTS = Path(__file__).parents[1]
TOLD = 150  # characters of what is broken
BROKEN = 1  # pytest's status when tests have failed
WRONG = re.compile(r"(Assertion|Timeout)Error\b")


class HarnessError(RuntimeError):
    """What should have proven something did not run."""


def run(kept: str, without: str = "") -> str:
    """What a run with all remedies, or without one, has broken, in words; "exact" if nothing.

    Raises:
        HarnessError: it did not run.
    """
    return _contract(kept, without) if kept.startswith("test_") else _chaos(kept, without)


def _chaos(arguments: str, without: str) -> str:
    command = [sys.executable, "-m", "chaos", "--without", without, *COMMON.split()]
    done = _done([*command, *arguments.split()], {})
    if not done.stdout:
        raise HarnessError(f"the harness itself has failed with {arguments}")
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told(found | {"exact": done.returncode == 0})


def _contract(kept: str, without: str) -> str:
    test, _, only = kept.partition(" of ")
    command = [sys.executable, "-m", "pytest", "-q", "contract", "-k", test]
    done = _done(command, {"CONTRACT_WITHOUT": without, "CONTRACT_ONLY": only})
    if done.returncode == 0:
        return "exact"
    lines = [line.strip(" |E") for line in done.stdout.splitlines()]
    broken = [line for line in lines if WRONG.match(line)]
    if done.returncode != BROKEN or not broken:
        raise HarnessError(f"{kept} has not run: {done.stdout[-2000:]}")
    return "; ".join(dict.fromkeys(line[:TOLD] for line in broken))


def _done(command: list[str], changed: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **changed}
    return subprocess.run(
        command, cwd=TESTS, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )


def told(found: dict[str, object]) -> str:
    """What the account of a chaos run says is broken, in words."""
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
        kept = KEPT[remedy]
        print(f"{remedy} ({kept})", flush=True)
        without = run(kept, remedy)
        print(f"  without it: {without}", flush=True)
        with_all = run(kept)
        print(f"  with all: {with_all}", flush=True)
        proven = proven and with_all == "exact" != without
    sys.exit(0 if proven else 1)


if __name__ == "__main__":
    main()
