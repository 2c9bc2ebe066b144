"""Speed of the page on this machine: a real browser against a server of its own, then many people at once over HTTP. One JSON object.

- first paint: opening the page, cold cache, until the first contentful paint and until a question can be typed;
- key press to answer: from the Enter key until the new answer is painted, warm, beside what the server took for the same answers;
- people at once: each asks question after question through Gradio's queue, as the page does, for a while; once without a breath
  between them, once with pauses for reading; beside one person alone. How many were asked before, and so only looked up, is told.

Run it on a quiet machine, with Chromium installed:

    .venv/bin/python eval/bench_page.py [--people 20] [--seconds 60] [--pause 5] [--out eval/page.json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

PAGE_LOADS, ASKED_BY_KEY, ASKED_ALONE = 5, 60, 60

# In the page: the moment of the key, the moment after the frame in which the number of turns grew, in milliseconds.
WATCH = """() => {
  window.bench = [];
  let began = 0, turns = 0;
  const count = () => document.querySelectorAll("#answers .turn").length;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("#question")) { began = performance.now(); turns = count(); }
  }, true);
  new MutationObserver(() => {
    if (!began || count() <= turns) return;
    const from = began;
    began = 0;
    requestAnimationFrame(() => setTimeout(() => window.bench.push(performance.now() - from), 0));
  }).observe(document.querySelector("#answers"), { childList: true, subtree: true });
}"""
PAINT = """() => new Promise((told) => {
  const found = () => performance.getEntriesByName("first-contentful-paint")[0];
  const look = () => found() ? told(found().startTime) : setTimeout(look, 20);
  look();
})"""


def main() -> int:
    """Prints the figures; 1 when somebody who asked got no answer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", default="eval/questions/seeds.jsonl")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=5, help="seconds a person reads before the next question, on average")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in Path(arguments.questions).read_text(encoding="utf-8").splitlines()]
    questions = [line["question"] for line in lines if not line.get("context")]
    random.Random(0).shuffle(questions)
    with tempfile.TemporaryDirectory() as folder:
        wenyuan = [sys.executable, "-m", "wenyuan.cli"]
        subprocess.run(
            [*wenyuan, "build", "seeds", "--index-dir", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [*wenyuan, "chat", "--port", str(port), "--index-dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            figures = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2), "questions": len(questions)}
            figures |= in_a_browser(address, questions)
            seen = set(questions[: 10 + ASKED_BY_KEY])
            few = questions[10 + ASKED_BY_KEY :]  # alone nothing is looked up
            alone = summary(asked_for(address, few, 1, seen, answers=ASKED_ALONE))
            figures["alone"] = alone
            for name, pause in (("reading", arguments.pause), ("nonstop", 0.0)):
                run = asked_for(address, questions, arguments.people, seen, seconds=arguments.seconds, pause=pause)
                figures[name] = {"people": arguments.people, "pause_s": pause, **summary(run)}
                figures[name]["p95_over_p50_alone"] = round(figures[name]["p95_ms"] / alone["p50_ms"], 2)
            figures["resident_mb"] = resident_mb(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
        arguments.out.with_suffix(".md").write_text(table(figures), encoding="utf-8")
    return int(any(figures[name]["errors"] for name in ("alone", "reading", "nonstop")))


def table(figures: dict[str, Any]) -> str:
    """The figures beside what is asked of them, as Markdown."""
    reading, nonstop, alone = figures["reading"], figures["nonstop"], figures["alone"]
    people = f"{reading['people']} people"
    rows = [
        ("First paint, median of fresh browsers", "≤ 1500 ms", f"{figures['first_paint_ms']['median']} ms"),
        ("A question can be typed", "", f"{figures['can_type_ms']['median']} ms"),
        ("Key press to answer painted, p50", "", f"{figures['key_to_answer_ms']['p50']} ms"),
        ("The server's part of the same answers, p50", "", f"{figures['server_ms']['p50']} ms"),
        ("Key press over server, p50 over p50", "≤ 150 ms", f"{figures['key_over_server_p50_ms']} ms"),
        ("One person over HTTP, p50 / p95", "", f"{alone['p50_ms']} / {alone['p95_ms']} ms"),
        ("One person's own p95 over p50", "", f"{round(alone['p95_ms'] / alone['p50_ms'], 2)}"),
        (f"{people} who read {reading['pause_s']:g} s between questions: errors", "0", f"{reading['errors']} of {reading['answers']}"),
        ("… p50 / p95", "", f"{reading['p50_ms']} / {reading['p95_ms']} ms"),
        ("… p95 over one person's p50", "≤ 10", f"{reading['p95_over_p50_alone']}"),
        (f"{people} who ask without a breath: errors", "0", f"{nonstop['errors']} of {nonstop['answers']}"),
        ("… p50 / p95, answers a second", "", f"{nonstop['p50_ms']} / {nonstop['p95_ms']} ms, {nonstop['per_second']}"),
        ("… p95 over one person's p50", "≤ 10", f"{nonstop['p95_over_p50_alone']}"),
    ]
    lines = [f"| {name} | {target} | {value} |" for name, target, value in rows]
    said = (
        f"Made by `eval/bench_page.py` on {figures['cores']} cores, load {figures['load_before']} before it began (an idle machine has 0). "
        f"Of what was asked by {people}, {reading['asked_before']} of {reading['answers']} and {nonstop['asked_before']} of "
        f"{nonstop['answers']} had been asked before and were looked up."
    )
    return "\n".join([said, "", "| | Wanted | Measured |", "| --- | --- | --- |", *lines]) + "\n"


def in_a_browser(address: str, questions: Sequence[str]) -> dict[str, Any]:
    """First paint, and key press to answer beside the server's own time for the same answers."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        paints, ready = zip(*(opening(browser, address) for _ in range(PAGE_LOADS)), strict=True)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.locator("#question textarea").wait_for()
        page.evaluate(WATCH)
        for text in questions[:10]:  # warm
            by_key(page, text)
        both = [by_key(page, text) for text in questions[10 : 10 + ASKED_BY_KEY]]
        browser.close()
    seen, served = [one for one, _ in both], [one for _, one in both]
    return {
        "first_paint_ms": {"median": round(statistics.median(paints)), "max": round(max(paints))},
        "can_type_ms": {"median": round(statistics.median(ready)), "max": round(max(ready))},
        "key_to_answer_ms": {"asked": len(seen), "p50": middle(seen), "p95": high(seen)},
        "server_ms": {"p50": middle(served), "p95": high(served)},
        "key_over_server_p50_ms": round(middle(seen) - middle(served), 1),
        "key_over_server_each_ms": {"p50": middle([one - other for one, other in both]), "p95": high([one - other for one, other in both])},
    }


def opening(browser: Browser, address: str) -> tuple[float, float]:
    """(first contentful paint, question box ready) in milliseconds, in a browser that has kept nothing."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("#question textarea").wait_for()
    ready = 1000 * (time.perf_counter() - began)
    paint = float(page.evaluate(PAINT))
    context.close()
    return paint, ready


def by_key(page: Page, text: str) -> tuple[float, float]:
    """(milliseconds from the key press to the painted answer, those of the server) of one question.

    Each begins a new conversation, as the answers above would otherwise grow without end.
    """
    done = page.evaluate("window.bench.length")
    if page.locator("#fresh").is_visible():
        page.locator("#fresh").click()
        page.wait_for_function("document.querySelectorAll('#answers .turn').length === 0")
    page.locator("#question textarea").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_function("(done) => window.bench.length > done", arg=done)
    shown = page.locator("#answers .turn.newest .details p:not(.actions) span").last.inner_text()
    return float(page.evaluate("window.bench.at(-1)")), float(shown.removesuffix("毫秒").strip())


def asked_for(
    address: str, questions: Sequence[str], people: int, seen: set[str], seconds: float = 0, answers: int = 0, pause: float = 0
) -> dict[str, Any]:
    """What ``people`` got who ask one question after another for ``seconds``, or until each has asked ``answers``.

    ``pause``: seconds between answer and next question, on average, exponentially spread. ``seen`` grows by what is asked.
    """
    again = [0]
    took: list[float] = []
    wrong: list[str] = []
    lock = threading.Lock()
    until = time.monotonic() + seconds

    def person(number: int) -> None:
        asked = 0
        line = HTTPConnection(urlsplit(address).netloc, timeout=120)  # kept open, as browsers keep theirs
        chance = random.Random(1000 * pause + number)
        mine = chance.sample(list(questions), len(questions))
        while asked < answers if answers else time.monotonic() < until:
            if pause:
                line.close()  # the server would, while somebody reads
                time.sleep(chance.expovariate(1 / pause))
            text = mine[asked % len(mine)]
            asked += 1
            with lock:
                again[0] += text in seen
                seen.add(text)
            began = time.perf_counter()
            try:
                ask(line, text)
            except (OSError, HTTPException, ValueError) as error:
                line.close()
                with lock:
                    wrong.append(f"{text}: {error!r}")
                continue
            with lock:
                took.append(1000 * (time.perf_counter() - began))
        line.close()

    began = time.monotonic()
    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"took": took, "wrong": wrong, "again": again[0], "seconds": time.monotonic() - began}


def ask(line: HTTPConnection, text: str) -> None:
    """Asks through the queue and reads the stream to its end; ValueError where that is no answer of the contract."""
    body = json.dumps({"data": [text, None]}).encode("utf-8")
    line.request("POST", "/gradio_api/call/ask", body, {"content-type": "application/json"})
    event = json.loads(line.getresponse().read())["event_id"]
    line.request("GET", f"/gradio_api/call/ask/{event}")
    said = line.getresponse().read().decode("utf-8")
    kind, _, data = said.rpartition("event: ")[2].partition("\ndata: ")
    record = json.loads(data)[0] if kind == "complete" else None
    if not record or record["question"] != text or (bool(record["citations"]) == record["abstained"] and not record["abstained"]):
        raise ValueError(f"no answer: {said[:200]}")


def summary(run: dict[str, Any]) -> dict[str, Any]:
    """Counts and percentiles of what `asked_for` gives."""
    took = run["took"]
    return {
        "answers": len(took),
        "errors": len(run["wrong"]),
        "first_errors": run["wrong"][:3],
        "asked_before": run["again"],
        "per_second": round(len(took) / run["seconds"], 1),
        "p50_ms": middle(took),
        "p95_ms": high(took),
        "max_ms": round(max(took), 1),
    }


def middle(values: Sequence[float]) -> float:
    """The median."""
    return round(statistics.median(values), 1)


def high(values: Sequence[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(values)
    return round(ordered[int(0.95 * (len(ordered) - 1))], 1)


def resident_mb(pid: int) -> int:
    """Resident memory of a process, as Linux tells it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024)
    return 0


if __name__ == "__main__":
    sys.exit(main())
