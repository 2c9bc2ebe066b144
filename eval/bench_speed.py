"""Speed and memory of the installed project on this machine, as one line of JSON.

Measures building the index from seeds/, a cold `wenyuan ask` from process start to answer, and warm questions in one process:
median and 95th percentile of the total and of each stage, and resident memory after them. Run it on a quiet machine.

    .venv/bin/python eval/bench_speed.py [--questions eval/questions/seeds.jsonl] [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "天津援建了多少学校"


def seconds(command: list[str]) -> float:
    """Wall seconds of one run of ``command``; raises CalledProcessError when it fails."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", default="eval/questions/seeds.jsonl")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    wenyuan = [sys.executable, "-m", "wenyuan.cli"]
    with tempfile.TemporaryDirectory() as folder:
        index = ["--index-dir", folder]
        figures: dict[str, object] = {"cores": os.cpu_count()}
        seconds([*wenyuan, "build", "seeds", *index])  # the model is unpacked and in the page cache from here on
        with tempfile.TemporaryDirectory() as fresh:
            figures["build_s"] = round(seconds([*wenyuan, "build", "seeds", "--index-dir", fresh]), 2)
        cold = [seconds([*wenyuan, "ask", QUESTION, *index]) for _ in range(arguments.repeats)]
        figures["cold_ask_s"] = {"median": round(statistics.median(cold), 2), "max": round(max(cold), 2)}

        from wenyuan.answer import Assistant
        from wenyuan.config import Settings

        assistant = Assistant.open(Settings.load(index_dir=folder))
        lines = [json.loads(line) for line in Path(arguments.questions).read_text(encoding="utf-8").splitlines()]
        for line in lines[:20]:
            assistant.ask(line["question"], line.get("context", ()))
        timings = [assistant.ask(line["question"], line.get("context", ())).timings_ms for line in lines]
        for stage in ("total", *sorted({name for item in timings for name in item} - {"total"})):
            values = sorted(item[stage] for item in timings if stage in item)
            figures[f"{stage}_ms"] = {"p50": round(statistics.median(values), 1), "p95": round(values[int(0.95 * (len(values) - 1))], 1)}
        figures["resident_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
