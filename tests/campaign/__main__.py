"""Run the campaign: ``python tests/campaign --count 100 --seed 0``, or one harness, or one case."""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from harness import Case, Tally, campaign


def harnesses() -> dict[str, tuple[Case, float]]:
    """Return every harness by name, with its share of the count."""
    import fuzz_pages
    import fuzz_runs
    import fuzz_sounds
    import fuzz_tables
    import kills
    import kills_voices
    import limits

    return {
        "kill training": (kills.training, 0.2),
        "kill store": (kills.store, 0.3),
        "kill convert": (kills_voices.convert, 0.2),
        "kill jobs": (kills_voices.jobs, 0.02),
        "kill adapt": (kills_voices.adaptation, 0.05),
        "kill record": (kills.record, 0.5),
        "kill papermill": (kills.papermill, 0.01),
        "audio": (fuzz_sounds.audio, 1.5),
        "folders": (fuzz_sounds.folders, 1.0),
        "metadata": (fuzz_tables.metadata, 1.5),
        "manifests": (fuzz_tables.manifests, 1.5),
        "runs": (fuzz_runs.runs, 1.0),
        "packed runs": (fuzz_runs.packed, 1.0),
        "parameters": (fuzz_runs.parameters, 1.5),
        "command line": (fuzz_runs.command_line, 1.5),
        "records": (fuzz_pages.records, 1.0),
        "front matter": (fuzz_pages.front_matter, 0.5),
        "full disk": (limits.full_disk, 0.5),
        "little memory": (limits.little_memory, 0.3),
        "three at once": (limits.together, 0.05),
        "many files": (limits.many_files, 0.01),
    }


def main() -> int:
    """Run what was asked for, print the table, and return 1 where there is a fault."""
    known = harnesses()
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all")
    parser.add_argument("--count", type=int, default=20, help="cases of each (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of every draw (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--json", type=Path, help="write what came of it here too")
    parser.add_argument("--reasons", action="store_true", help="say why what was refused was")
    parser.add_argument("--many", type=int, default=50_000, help="files (%(default)s)")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no such harness: {', '.join(sorted(unknown))}")
    import kills
    from workshop import warm

    warm()
    tallies = []
    for name in given.names or known:
        case, share = known[name]
        if name == "many files":
            case = partial(case, count=given.many)
        count = max(1, round(given.count * share))
        before = kills.taken["kills"]
        tallies.append(tally := campaign(name, case, count, given.seed, given.first))
        tally.kills = kills.taken["kills"] - before
        print(table([tally]).splitlines()[1], flush=True)  # an hour is long to wait for a table
        for number, verdict in tally.faults:
            print(f"FAULT {name} --seed {given.seed} --first {number} --count 1: {verdict.what}")
            print(f"      {verdict.why}", flush=True)
        for reason, often in tally.refusals.most_common() if given.reasons else ():
            print(f"{name}: {often} refused: {reason}")
    print(table(tallies))
    if given.json:
        told = {
            t.name: {"tried": t.tried, "kills": t.kills, "faults": [
                [n, v.what, v.why] for n, v in t.faults]} for t in tallies
        }  # fmt: skip
        given.json.write_text(json.dumps(told))
    return int(any(t.faults for t in tallies))


def table(tallies: list[Tally]) -> str:
    """Return a line a harness: tried, of which kills, worked, refused clearly, faults."""
    head = ("", "tried", "kills", "worked", "refused", "faults", "seconds")
    rows = [
        (t.name, t.tried, t.kills, t.counts["worked"], t.counts["refused"], t.counts["fault"],
         round(t.seconds))
        for t in tallies
    ]  # fmt: skip
    sums = [sum(row[i] for row in rows) for i in range(1, len(head))]
    lines = [head, *rows, ("together", *sums)]
    return "\n".join(
        f"{line[0]:<20}" + "".join(f"{cell!s:>9}" for cell in line[1:]) for line in lines
    )


if __name__ == "__main__":
    began = time.monotonic()
    status = main()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(status)
