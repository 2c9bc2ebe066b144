"""A long run of the fuzz targets: how many inputs each was given, and what broke it.

    python eval/fuzz/run.py [--inputs 1000000] [--seed 1] [--only NAME] [--out eval/fuzz]
    python eval/fuzz/run.py --engine atheris --only pdf --inputs 100000

Each target runs in a process of its own, so that a crash in a library's machine code, or an endless loop, is seen as one. The input at hand
is kept in a file before it is tried. Inputs that took more than a second are counted and the slowest is named. ``--engine atheris`` lets
libFuzzer choose the inputs by the branches they reach, where atheris is installed; it stops at the first crash. Exits with 1 on any crash.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from mutate import inputs, seeds
from targets import TARGETS, Target

HANG_SECONDS = 60
_SLOW_SECONDS = 1.0


def main() -> int:
    """Prints a table, and writes it where ``--out`` says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="over all targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="just the target of this name")
    parser.add_argument("--engine", choices=["mutate", "atheris"], default="mutate")
    parser.add_argument("--out", type=Path, help="a folder for table.md, table.json and the inputs that broke something")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    targets = [target for target in TARGETS if arguments.only in ("", target.name)]
    if arguments.child:
        run = _with_atheris if arguments.engine == "atheris" else _with_mutations
        run(targets[0], arguments.inputs, arguments.seed, arguments.child)
        return 0
    whole = sum(target.share for target in targets)
    rows = []
    for target in targets:
        rows.append(_in_a_process(target, max(1, round(arguments.inputs * target.share / whole)), arguments.seed, arguments.engine))
        print(json.dumps(rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
    print(table(rows))
    if arguments.out is not None:
        written = kept(arguments.out / "table.json", rows)
        head = "# Fuzzing\n\nOf each target the newest run: `python eval/fuzz/run.py [--only TARGET] --inputs N --seed S --engine E`.\n\n"
        (arguments.out / "table.md").write_text(head + table(written), encoding="utf-8")
        (arguments.out / "table.json").write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(row["crashes"] for row in rows))


def kept(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows written before, with those of this run in their places; targets that are gone go."""
    before = json.loads(path.read_bytes()) if path.exists() else []
    by_name = {row["target"]: row for row in [*before, *rows]}
    return [by_name[target.name] for target in TARGETS if target.name in by_name]


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| target | inputs | seed | crashes | over a second | slowest, s |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {row['target']} | {row['inputs']:,} | {row['seed']} | {len(row['crashes'])} | {row['slow']} | {row['slowest']:.2f} |"
        for row in rows
    ]
    lines.append(f"| **all** | **{sum(row['inputs'] for row in rows):,}** | | **{sum(len(row['crashes']) for row in rows)}** | | |")
    return "\n".join(lines) + "\n"


def _in_a_process(target: Target, count: int, seed: int, engine: str) -> dict[str, Any]:
    """The row of one target; a process that dies is started again behind the input that it died of."""
    crashes: list[dict[str, Any]] = []
    row: dict[str, Any] = {"target": target.name, "inputs": 0, "crashes": crashes, "slow": 0, "slowest": 0.0, "seed": seed}
    row["engine"] = engine
    with tempfile.TemporaryDirectory() as folder:
        while row["inputs"] < count and len(crashes) < 20:
            state = Path(folder)
            words = ["--only", target.name, "--inputs", str(count - row["inputs"]), "--seed", str(seed + len(crashes)), "--engine", engine]
            done = subprocess.run([sys.executable, __file__, *words, "--child", folder], capture_output=True)
            report = json.loads((state / "report").read_bytes()) if (state / "report").exists() else {"inputs": 0, "crashes": []}
            row["inputs"] += report["inputs"]
            row["slow"] += report.get("slow", 0)
            row["slowest"] = max(row["slowest"], report.get("slowest", 0.0))
            crashes += report["crashes"]
            if done.returncode:
                last = (state / "input").read_bytes() if (state / "input").exists() else b""
                said = done.stderr.decode("utf-8", "replace")[-1500:]
                crashes.append({"input": last.hex()[:20_000], "error": f"the process ended with {done.returncode}: {said}"})
            (state / "report").unlink(missing_ok=True)
            if engine == "atheris":
                break
    return row


def _with_mutations(target: Target, count: int, seed: int, folder: Path) -> None:
    """Writes ``report`` into the folder: every few thousand inputs, and at the end."""
    crashes: list[dict[str, str]] = []
    seen: set[str] = set()
    slow, slowest, tried = 0, 0.0, 0
    keep = target.seeds in (".pdf", ".html", ".docx", ".zip")  # read by libraries in C, which can take the process with them
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    target.check("问源".encode())  # dictionaries and models are opened outside of what is timed

    def report() -> None:
        data = json.dumps({"inputs": tried, "crashes": crashes, "slow": slow, "slowest": slowest})
        (folder / "report.new").write_text(data, encoding="utf-8")
        (folder / "report.new").replace(folder / "report")

    for data in inputs(target.seeds, seed):
        if tried == count or len(crashes) >= 20:
            break
        if keep or tried % 2000 == 0:
            report()
        if keep:
            (folder / "input").write_bytes(data)
            signal.alarm(HANG_SECONDS)
        tried += 1
        began = time.perf_counter()
        try:
            target.check(data)
        except Exception:
            told = traceback.format_exc()
            where = "\n".join(line for line in told.splitlines() if "File " in line)[-400:]
            if where not in seen:
                seen.add(where)
                crashes.append({"input": data.hex()[:20_000], "error": told[-1500:]})
        seconds = time.perf_counter() - began
        slow += seconds > _SLOW_SECONDS
        slowest = max(slowest, seconds)
    signal.alarm(0)
    report()


def _with_atheris(target: Target, count: int, seed: int, folder: Path) -> None:
    """As `_with_mutations`, with libFuzzer choosing; it ends the process itself, so the report is written on the way."""
    import atheris

    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(seeds(target.seeds)[:400]):
        (corpus / str(number)).write_bytes(data[:50_000])
    tried = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("wenyuan."):
            for value in vars(module).values():
                if callable(value) and getattr(value, "__module__", "") == name and hasattr(value, "__code__"):
                    atheris.instrument_func(value)

    def one(data: bytes) -> None:
        nonlocal tried
        tried += 1
        if tried % 500 == 0 or tried == count:
            (folder / "report").write_text(json.dumps({"inputs": tried, "crashes": []}), encoding="utf-8")
        target.check(data)

    options = [f"-runs={count}", f"-seed={seed}", f"-timeout={HANG_SECONDS}", "-max_len=20000", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
