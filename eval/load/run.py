"""Thirty-two questioners at once while documents are added, changed and removed: errors, mixed generations, memory, throughput.

    python eval/load/run.py [--minutes 10] [--questioners 32] [--reader none] [--out eval/load]

One process, as the page is served by one: each questioner is a thread that calls the function behind the HTTP endpoint ``ask``, on the
assistant in force at that moment, and has its next question ready when it is answered. Meanwhile one thread changes the corpus and puts
each new generation in force. Gradio and the network are not part of it; the page's queue would let four questions run at once, here
all do.

Every answer is checked: its quotes must all be verbatim in the sources of one generation that was in force while it was made. Memory
is the resident set, after a quarter of the time for warming up. Exits with 1 when an answer was wrong or an error came up, or when
memory went further than 5 % from its median.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

from wenyuan.answer import Assistant
from wenyuan.chat.api import functions
from wenyuan.chat.desk import OpenIndex
from wenyuan.config import DEFAULT_READER, Settings
from wenyuan.corpus import Corpus

ROOT = Path(__file__).resolve().parents[2]
FLAT = 0.05  # of the median
_PLACES = "东岭县 西川市 南屏镇 中和市 上坪乡 下关镇".split()


@dataclass
class Log:
    """What happened; each list is appended to by many threads, which needs no lock."""

    seconds: list[float] = field(default_factory=list)
    abstained: list[bool] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    resident: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, megabytes


@dataclass
class Generations:
    """The texts of each generation that was in force, by number in the order of their coming into force."""

    texts: list[dict[str, str]]  # uri -> text
    in_force: int = 0  # the one that surely is; one that is just coming into force is written down already

    @property
    def newest(self) -> int:
        """The last that was written down."""
        return len(self.texts) - 1

    def hold(self, first: int, last: int, citations: list[dict[str, Any]]) -> bool:
        """True when one generation from ``first`` to ``last`` holds every quote where its citation says."""

        def verbatim(texts: dict[str, str], citation: dict[str, Any]) -> bool:
            text = texts.get(citation["uri"])
            return text is not None and "".join(text[start:end] for start, end in citation["spans"]) == citation["quote"]

        return any(all(verbatim(texts, citation) for citation in citations) for texts in self.texts[first : last + 1])


def edition(number: int) -> dict[str, str]:
    """Documents whose figures tell the edition; every edition has the same names."""
    return {
        f"{place}.txt": f"{place}援建记\n\n"
        f"{place}援建了{31 + place_number + 10 * number}所学校，总投资{place_number + 2}.{number % 10}亿元。\n\n"
        f"{place}还新建了{12 + place_number + 7 * number}座桥，都在前年通车，两岸居民往来方便多了。\n"
        for place_number, place in enumerate(_PLACES)
    }


def questions() -> list[str]:
    """Questions about the seed articles, and about the documents that change."""
    lines = (ROOT / "eval" / "questions" / "seeds.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [record["question"] for record in map(json.loads, filter(None, lines)) if not record.get("context")]
    changing = [f"{place}{rest}" for place in _PLACES for rest in ("援建了多少所学校", "新建了多少座桥", "总投资多少")]
    return asked[:: max(1, len(asked) // 40)] + changing * 3 + ["东岭县和西川市哪个援建的学校多", "南屏镇和中和市哪个新建的桥多"] * 6


def ask_on(opened: OpenIndex, generations: Generations, log: Log, seed: int, until: float) -> None:
    """One questioner."""
    random, asked = Random(seed), questions()
    ask = functions(opened, Settings().question_max_chars)["ask"]
    while time.monotonic() < until:
        question = random.choice(asked)
        first, began = generations.in_force, time.monotonic()
        try:
            record = ask(question)
        except Exception:
            log.errors.append(f"{question}: {traceback.format_exc()[-600:]}")
            continue
        log.seconds.append(time.monotonic() - began)
        log.abstained.append(record["abstained"])
        # The next generation is written down before it comes into force, so that none can be seen before it is known.
        if not generations.hold(first, generations.newest, record["citations"]):
            log.mixed.append(f"{question}: {record['citations']}")


def change(opened: OpenIndex, corpus: Corpus, generations: Generations, folder: Path, log: Log, until: float) -> None:
    """The one who changes the corpus."""
    random, number = Random(1), 0
    while time.monotonic() < until:
        number += 1
        held = dict(generations.texts[-1])
        added, gone = edition(number), [uri for uri in held if uri.startswith("附")]
        if number % 3 == 0:
            added = {f"附{number}-{half}.txt": f"附记{number}\n\n附记{number}说，{half}地修了{number}里路，已经通行。\n" for half in "甲乙"}
        try:
            if number % 3 == 2 and gone:
                report = corpus.remove(gone)
                held = {uri: text for uri, text in held.items() if uri not in gone}
            else:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                for uri, text in added.items():
                    (folder / uri).write_text(text, encoding="utf-8")
                report = corpus.add(sorted(folder.iterdir()))
                held |= added
            generations.texts.append(held)
            opened.reopen()
            generations.in_force = generations.newest
            if report.failed or opened.assistant.index.generation != report.generation:
                log.errors.append(f"change {number}: {report.failed}")
            corpus.collect(2)
        except Exception:
            log.errors.append(f"change {number}: {traceback.format_exc()[-600:]}")
        log.changes.append(report.generation)
        time.sleep(random.uniform(0.5, 3.0))


def resident_megabytes() -> float:
    """Of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(minutes: float, questioners: int, reader: str, articles: bool = True) -> Log:
    """The load, from the first question to the last answer; ``articles``: the seed articles are in the corpus too."""
    folder = Path(tempfile.mkdtemp(prefix="load "))
    try:
        settings = Settings(index_dir=str(folder / "index"), reader=reader)
        from wenyuan.embed import open_embedder

        corpus = Corpus(settings, open_embedder(settings.embedder, settings.cache_dir, settings.threads))
        start = folder / "start"
        start.mkdir()
        for uri, text in edition(0).items():
            (start / uri).write_text(text, encoding="utf-8")
        corpus.add([start, ROOT / "seeds"] if articles else [start])
        opened = OpenIndex(Assistant.open(settings))
        generations = Generations([{source.uri: source.text for source in opened.assistant.index.sources.values()}])
        log, began = Log(), time.monotonic()
        until = began + minutes * 60
        threads = [
            threading.Thread(target=ask_on, args=(opened, generations, log, number, until), daemon=True) for number in range(questioners)
        ]
        threads.append(threading.Thread(target=change, args=(opened, corpus, generations, folder / "changed", log, until), daemon=True))
        for thread in threads:
            thread.start()
        while time.monotonic() < until:
            time.sleep(1)
            log.resident.append((time.monotonic() - began, resident_megabytes()))
        for thread in threads:
            thread.join()
        return log
    finally:
        shutil.rmtree(folder)


def figures(log: Log, minutes: float, questioners: int, reader: str) -> dict[str, Any]:
    """What the table tells."""
    centiles = quantiles(log.seconds, n=100, method="inclusive") if len(log.seconds) > 1 else [0.0] * 99
    warm = [megabytes for at, megabytes in log.resident if at > minutes * 60 / 4] or [0.0]
    middle = median(warm)
    return {
        "minutes": minutes,
        "questioners": questioners,
        "reader": reader,
        "answers": len(log.seconds),
        "abstained": sum(log.abstained),
        "changes of the corpus": len(log.changes),
        "errors": len(log.errors),
        "answers of mixed generations": len(log.mixed),
        "answers a second": round(len(log.seconds) / (minutes * 60), 2),
        "p50, s": round(centiles[49], 2),
        "p95, s": round(centiles[94], 2),
        "p99, s": round(centiles[98], 2),
        "memory after warming up, median, MB": round(middle),
        "lowest": f"{100 * (min(warm) / middle - 1):+.1f} %" if middle else "",
        "highest": f"{100 * (max(warm) / middle - 1):+.1f} %" if middle else "",
        "flat": bool(middle) and max(max(warm) / middle - 1, 1 - min(warm) / middle) <= FLAT,
    }


def main() -> int:
    """Prints the figures and writes them where ``--out`` says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--questioners", type=int, default=32)
    parser.add_argument("--reader", default=DEFAULT_READER)
    parser.add_argument("--out", type=Path, help="a folder for table.md and table.json")
    arguments = parser.parse_args()
    log = run(arguments.minutes, arguments.questioners, arguments.reader)
    found = figures(log, arguments.minutes, arguments.questioners, arguments.reader)
    for line in [*log.errors[:10], *log.mixed[:10]]:
        print(line, file=sys.stderr)
    table = "| | |\n| --- | ---: |\n" + "".join(f"| {name} | {value} |\n" for name, value in found.items())
    print(table)
    if arguments.out is not None:
        head = f"# Load\n\n`python eval/load/run.py --minutes {arguments.minutes:g} --questioners {arguments.questioners}`\n\n"
        (arguments.out / "table.md").write_text(head + table, encoding="utf-8")
        rows = {**found, "resident, MB, every 10 s": [round(megabytes) for _, megabytes in log.resident[::10]]}
        (arguments.out / "table.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(bool(log.errors or log.mixed or not found["flat"]))


if __name__ == "__main__":
    sys.exit(main())
