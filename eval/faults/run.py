"""Faults injected into real processes, and what became of the index: the table, and JSON beside it.

    python eval/faults/run.py [--quick] [--minutes 10] [--seed 1] [--out eval/faults]

The embedder is the packaged one, the commands are those of the command line, each fault happens in a process of its own. After each fault
the index must open at the old or at the new generation, hold to the byte what a fresh build of the same documents holds, give
its answers, and the doctor must say what is wrong and what to do, or that nothing is. Exits with 1 when anything did not survive.
A full disk needs root, for mounting one; without it that is reported as skipped. ``--quick`` takes about a minute.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before anything loads it: a forked child must not wait for threads that were not forked

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import crowd
import damage
import kills
from world import World

HERE = Path(__file__).resolve().parent
OLDER_FORMAT = HERE / "format_1"


@dataclass
class Tally:
    """How many faults of one kind were injected, and what did not survive them."""

    name: str
    injected: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    @property
    def skipped(self) -> bool:
        """True when nothing could be injected here."""
        return any(kind.startswith("skipped") for kind in self.kinds)


def faults(world: World, quick: bool, seed: int, minutes: float) -> dict[str, Iterator[tuple[str, list[str]]]]:
    """Kind of fault -> the injections of it, done as they are asked for."""
    share = minutes / 10
    return {
        "kill -9 at a random moment": kills.at_random_moments(world, 12 if quick else max(200, int(200 * share)), seed, 0 if quick else 10),
        "kill -9 before a step in the folder": kills.before_every_step(world, seed, 40 if quick else max(1, round(2 / share))),
        "flipped bit": damage.flipped_bits(world, 4 if quick else int(200 * share), seed),
        "cut, lost or replaced file": damage.cut_and_lost_files(world),
        "flipped bit in finished vectors": damage.damaged_finished_vectors(world, 2 if quick else 40, seed),
        "full disk": damage.full_disk(world, 3 if quick else 1),
        "no rights": damage.forbidden_folders(world),
        "8 writers and 16 readers": crowd.writers_and_readers(world, 8, 16, 4 if quick else 45 * share),
        "held generation replaced and collected": crowd.held_generation(world, 2 if quick else 8),
        "clock jump": damage.clock_jumps(world, 3 if quick else 12, seed),
        "format of another version": damage.formats(world, OLDER_FORMAT),
    }


def run(quick: bool, seed: int, minutes: float, only: str = "") -> list[Tally]:
    """All faults, one after the other, in a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="faults "))
    tallies = []
    try:
        world = World(folder)
        for name, injections in faults(world, quick, seed, minutes).items():
            if only not in name:
                continue
            tally = Tally(name)
            began = time.monotonic()
            for kind, wrong in injections:
                tally.kinds[kind] += 1
                tally.injected += not kind.startswith("skipped")
                if wrong:
                    tally.lost.append(f"{kind}: {'; '.join(wrong)}")
                    print(f"{name}: {tally.lost[-1]}", file=sys.stderr)
            tally.seconds = time.monotonic() - began
            tallies.append(tally)
            print(f"{name}: {tally.injected} injected, {len(tally.lost)} not survived, {tally.seconds:.0f} s", file=sys.stderr)
    finally:
        shutil.rmtree(folder)
    return tallies


def table(tallies: list[Tally]) -> str:
    """The tallies as Markdown."""
    lines = ["| fault | injected | survived | of these |", "| --- | ---: | ---: | --- |"]
    for tally in tallies:
        kinds = ", ".join(f"{kind} {count}" for kind, count in tally.kinds.items() if not kind.startswith("skipped"))
        survived = "skipped" if tally.skipped else f"{tally.injected - len(tally.lost)}"
        lines.append(f"| {tally.name} | {tally.injected} | {survived} | {kinds} |")
    total, lost = sum(tally.injected for tally in tallies), sum(len(tally.lost) for tally in tallies)
    return "\n".join([*lines, f"| **all** | **{total}** | **{total - lost}** | |"]) + "\n"


def main() -> int:
    """Prints the table and writes it where ``--out`` says; 1 when anything did not survive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a short run, as the tests do it")
    parser.add_argument("--minutes", type=float, default=10, help="about how long the full run may take; more minutes, more faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="just the faults whose name holds this")
    parser.add_argument("--out", type=Path, help="a folder for table.md and table.json")
    arguments = parser.parse_args()
    began = time.monotonic()
    tallies = run(arguments.quick, arguments.seed, arguments.minutes, arguments.only)
    print(table(tallies))
    if arguments.out is not None:
        how = f"`python eval/faults/run.py{' --quick' if arguments.quick else ''}`, seed {arguments.seed}"
        head = f"Faults injected into real processes: {how}, "
        text = f"# Faults\n\n{head}{(time.monotonic() - began) / 60:.1f} minutes.\n\n{table(tallies)}"
        (arguments.out / "table.md").write_text(text, encoding="utf-8")
        rows = [{"fault": one.name, "injected": one.injected, "kinds": dict(one.kinds), "not survived": one.lost} for one in tallies]
        (arguments.out / "table.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(tally.lost for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
