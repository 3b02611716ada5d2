"""``python -m chaos``: run, drain, account; one JSON line last. See the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import tempfile
import time
import traceback
from pathlib import Path

from support.harness_process import leave_nothing_behind, say_where_it_stands

from chaos.accounts import Accounts, Place, dead_slots, documents, elasticsearch, kept, ledger
from chaos.faults import KINDS, Faults
from chaos.feeding import REPEATED, Feeder
from chaos.field import Field
from chaos.sabotage import REMEDIES
from chaos.stories import stories
from chaos.upgrade import Upgrade, Versions
from chaos.watching import Watch
from chaos.world import make_world
from movietag.local.preflight import port_free

BASES = range(26000, 31600, 800)  # tests/conftest.py has others
PORTS = (
    0,
    92,
    97,
    200,
    390,
    391,
    392,
    393,
    492,
)  # of servers, proxies, site and stages: some of each


def claimed_base() -> tuple[int, socket.socket]:
    """A base of ports of which none is in use, and what keeps it from another run that starts now."""
    for base in BASES:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0movietag-chaos-{base}")
        except OSError:
            claim.close()
            continue
        if all(port_free(base + at) for at in PORTS):
            return base, claim
        claim.close()
    raise RuntimeError("There are too many runs: no ports are left.")


async def drained(field: Field, accounts: Accounts, seconds: float) -> bool:
    """Wait until every movie is finished and all counts in Elasticsearch agree.

    Returns False, and says which movies are open, once ``seconds`` pass in which nothing more was done.
    """
    most, moved = (-1, -1), time.monotonic()
    last, calm = "", 0
    place = Place()
    while time.monotonic() < moved + seconds:
        await asyncio.to_thread(field.mend)
        try:
            place = await elasticsearch(field.direct)
        except Exception as error:  # noqa: BLE001  # it may still be starting
            print(f"  not yet: {error!r}"[:150], file=sys.stderr)
            await asyncio.sleep(3)
            continue
        finished = accounts.finished(place)
        now = f"{finished} of {len(accounts.movies)} movies, {len(place.captions)} frames"
        calm = calm + 1 if now == last and finished == len(accounts.movies) else 0
        if now != last:
            print(f"  draining: {now}", file=sys.stderr)
        last = now
        if calm >= 4:
            return True
        if (done := (finished, len(place.captions))) > most:
            most, moved = done, time.monotonic()
        await asyncio.sleep(3)
    print(f"  open: {accounts.unfinished(place)}", file=sys.stderr)
    return False


async def tell(faults: Faults, start: float, until: float) -> None:
    """Say how far the run is, every minute."""
    minutes = (until - start) / 60
    for minute in range(1, int(minutes) + 1):
        await asyncio.sleep(start + 60 * minute - time.monotonic())
        kills, pauses = faults.count("kill"), faults.count("pause")
        others = faults.done.total() - kills - pauses
        print(
            f"  minute {minute} of {minutes:g}: {kills} kills, {pauses} pauses, {others} other faults",
            file=sys.stderr,
        )


async def run(given: argparse.Namespace) -> dict[str, object]:
    """One run; the account."""
    began = time.monotonic()
    leave_nothing_behind()
    seconds = given.minutes * 60
    movies = make_world(
        given.seed, given.movies or max(8, round(given.minutes * 5)), seconds, plain=given.plain
    )
    base, claim = claimed_base()
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    folder.chmod(0o755)
    versions = Versions(folder / "versions") if given.upgrade else None
    field = Field(
        folder, base, movies, given.without, given.linger, versions.folder if versions else None
    )
    upgrade = Upgrade(field, versions) if versions else None
    feeder = Feeder(field, movies, given.seed, given.repeat, given.repeated, direct=given.direct)
    faults = Faults(field, given.seed, given.faults, given.victims, given.hold)
    accounts = Accounts(movies, feeder.crossed)
    watch = Watch(field.direct, movies)
    starting = asyncio.create_task(asyncio.to_thread(field.up))
    try:
        await asyncio.shield(starting)
        start = time.monotonic()
        print(f"up after {start - began:.0f} s: {len(movies)} movies to come", file=sys.stderr)
        until = start + seconds
        await asyncio.gather(
            asyncio.sleep(seconds),
            feeder.titles(start, seconds),
            feeder.fade(watch, until),
            feeder.repeat(until),
            watch.run(until),
            faults.run(until, given.gap),
            tell(faults, start, until),
            *([upgrade.run(start, seconds)] if upgrade else []),
        )
        field.order(mode="ok")
        print(f"faults: {dict(sorted(faults.done.items()))}", file=sys.stderr)
        complete = await drained(field, accounts, given.drain)
        await feeder.add_again((await elasticsearch(field.direct)).tagger)
        await feeder.mend()
        complete = complete and await drained(field, accounts, given.drain)
        places = {
            "ledger": await ledger(field.direct),
            "documents": await documents(field.direct),
            "elasticsearch": await elasticsearch(field.direct),
        }
        dead = await dead_slots(field.direct, places["ledger"].generation)
        told = {name: accounts.check(name, place, set(dead)) for name, place in places.items()}
        left = accounts.returned(kept(field.direct))
        accounts.differences += [f"frame store: returned: {one}" for one in left.items()]
        accounts.differences += [f"worse: {one}" for one in watch.worse.items()]
        upgraded = {"upgrade": await upgrade.account(accounts.differences)} if upgrade else {}
        unsettled = [slot for slot in dead if slot not in places["ledger"].failed]
        return {
            "seed": given.seed,
            **({"without": given.without} if given.without else {}),
            "minutes": given.minutes,
            **upgraded,
            "expected": len(accounts.expected),
            "counted": min(place["counted"] for place in told.values()),
            "lost": max(place["lost"] for place in told.values()),
            "double": max(place["double"] for place in told.values()),
            "returned": max(left.total(), *(place["returned"] for place in told.values())),
            "worse": len(watch.worse),
            "dead_lettered": told["elasticsearch"]["dead_lettered"],
            "drained": complete,
            "replaced_letters": len(unsettled),
            "places": told,
            "kills": faults.count("kill"),
            "pauses": faults.count("pause"),
            "faults": dict(sorted(faults.done.items())),
            "repeated": feeder.repeated,
            "replayed": feeder.replayed,
            "crossed": len(feeder.crossed),
            "forgotten": len(accounts.forgotten),
            "searched_in_vain": sum(movie.search is not None for movie in movies),
            "disk_quota": field.mounted,
            "seconds": round(time.monotonic() - began),
            "differences": accounts.differences[:20],
            "stories": await stories(field.direct, accounts.suspects),
        }
    except BaseException:  # said at once: stopping all takes long, and may fail itself
        traceback.print_exc()
        raise
    finally:
        await asyncio.wait({starting})  # a thread goes on; what it starts must not be left behind
        await asyncio.to_thread(field.down, keep=given.keep)
        claim.close()


def exact(found: dict[str, object]) -> bool:
    """Whether nothing is lost, double or otherwise than the generator has it."""
    return bool(found["drained"]) and not found["differences"]


def main() -> None:
    """Read the arguments, run, print; ends with 1 when something is not exact."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--movies", type=int, default=0, help="default: five a minute")
    parser.add_argument("--gap", type=float, default=3.5, help="mean seconds between faults")
    parser.add_argument(
        "--faults", default=",".join(KINDS), help=f"of {', '.join(KINDS)}; kind:weight"
    )
    parser.add_argument("--victims", default="", help="programs to kill and pause; default: any")
    parser.add_argument(
        "--repeat", type=float, default=0.03, help="part of messages that come twice"
    )
    every = ",".join(spec.name for spec in REPEATED)
    parser.add_argument("--repeated", default=every, help="the topics of these messages")
    parser.add_argument(
        "--plain", action="store_true", help="no movie is forgotten, and no search fails"
    )
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="workers are exchanged for a newer version's, and back (chaos.upgrade)",
    )
    parser.add_argument("--direct", action="store_true", help="titles come past the proxy")
    parser.add_argument("--hold", type=float, default=3, help="seconds that a slow broker takes")
    parser.add_argument(
        "--linger",
        type=float,
        default=0,
        help="seconds that the site takes for the first video of a movie",
    )
    parser.add_argument(
        "--drain",
        type=float,
        default=300,
        help="seconds without a step after which the rest is given up",
    )
    parser.add_argument(
        "--without", default="", choices=["", *REMEDIES], help="a remedy to take out"
    )
    parser.add_argument("--keep", action="store_true", help="keep data and logs")
    given = parser.parse_args()
    if given.upgrade and given.without:
        parser.error("--upgrade or --without")
    given.faults = [kind for kind in given.faults.split(",") if kind]
    given.repeated = given.repeated.split(",")
    given.victims = [name for name in given.victims.split(",") if name]
    say_where_it_stands()
    found = asyncio.run(run(given))
    print(json.dumps(found))
    sys.exit(0 if exact(found) else 1)


if __name__ == "__main__":
    main()
