"""What rules, the reader and reranking each add, in one run: paired by question, with risk–coverage and quality–latency curves.

    python eval/ablation.py SET[@INDEX]… [--split test] [--out eval/ablation]

Ways of answering: by rules alone (`reader = "none"`), by the reader alone (its best span over the passages it reads, confidence its
own), and by both, weighed, as shipped. Ways of searching: fused, and fused then reranked. Then passages read, 1 to 8: what is right
against what a question takes. SET is a question file of ours; OUT.json, OUT.md and OUT.png are written.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.analyse import analyse
from wenyuan.answer import Assistant
from wenyuan.config import NO_READER, Settings
from wenyuan.contracts import Answer, Citation, Hit, Question, Reason, Stage
from wenyuan.evaluate import measures, scoring
from wenyuan.evaluate.questions import UNANSWERABLE, load_questions
from wenyuan.evaluate.statistics import bootstrap_interval, paired_bootstrap, percentiles, risk_coverage

PASSAGES = (1, 2, 3, 4, 5, 6, 8)
_WAYS = ("rules", "reader", "both")


@dataclass(frozen=True)
class Given:
    """What one way gave to one question."""

    right: bool  # were it never held back
    f1: float | None  # None where it says nothing
    refused: bool
    confidence: float
    ms: float


def main() -> None:
    """Runs all ways over all sets and writes what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sets", metavar="SET[@INDEX]", nargs="+")
    parser.add_argument("--split")
    parser.add_argument("--out", type=Path, default=Path("eval/ablation"))
    parser.add_argument("--most", type=int, default=0, help="questions of each set (default: all)")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    for name in arguments.sets:
        path, _, index = name.partition("@")
        called = f"{Path(path).parent.name}/{Path(path).stem}"
        figures[called] = measure(Path(path), index or "index", arguments.split, arguments.most)
        print(called, "done", flush=True)
    arguments.out.with_suffix(".json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    arguments.out.with_suffix(".md").write_text(table(figures), encoding="utf-8")
    plot(figures, arguments.out.with_suffix(".png"))


def measure(path: Path, index: str, split: str | None, most: int) -> dict[str, Any]:
    """All figures of one set."""
    settings = Settings(index_dir=index)
    both = Assistant.open(settings)
    rules = Assistant(both.index, both.embedder, replace(settings, reader=NO_READER))
    questions = list(load_questions(path, both.index.sources, split))
    questions = questions[: most or len(questions)]
    asked = {
        "rules": ask_all(rules, questions),
        "reader": [read_alone(both, question) for question in questions],
        "both": ask_all(both, questions),
    }
    by_passages = {}
    for count in PASSAGES:
        given = ask_all(
            Assistant(both.index, both.embedder, replace(settings, reader_passages=count, reader_first=count), both.reader), questions
        )
        by_passages[count] = {**shares(questions, given), "p50_ms": percentiles([one.ms for one in given])[0]}
    return {
        "questions": len(questions),
        "ways": {way: shares(questions, given) for way, given in asked.items()},
        "gain of both": {way: gains(questions, asked[way], asked["both"]) for way in _WAYS[:-1]},
        "risk_coverage": {
            way: risk_coverage([one.confidence for one in given], [one.right for one in given]) for way, given in asked.items()
        },
        "passages read": by_passages,
        "search": searches(both, questions),
    }


def ask_all(assistant: Assistant, questions: Sequence[Question]) -> list[Given]:
    """Every question asked twice: as set, and with nothing held back, to know what an answer would have been."""
    open_handed = Assistant(assistant.index, assistant.embedder, replace(assistant.settings, min_confidence=0.0), assistant.reader)
    given = []
    for question in questions:
        began = time.perf_counter()
        answer = assistant.ask(question.text, question.context)
        ms = (time.perf_counter() - began) * 1000
        shown = answer if not answer.abstained else open_handed.ask(question.text, question.context)
        right = question.kind != UNANSWERABLE and not shown.abstained and scoring.is_right(question, shown)
        f1 = scoring.f1(question, answer.text) if scoring.is_extractive(question) else None
        given.append(Given(right, f1, answer.abstained, answer.confidence, ms))
    return given


def read_alone(assistant: Assistant, question: Question) -> Given:
    """The reader's best span over the fused passages; confidence is its word that the passage answers."""
    began = time.perf_counter()
    query = analyse(question.text, question.context)
    hits = assistant.search_stages(question.text, question.context, assistant.settings.reader_passages)[Stage.FUSED]
    assert assistant.reader is not None
    readings = assistant.reader.read(query.standalone, [(hit.chunk.heading, hit.chunk.text) for hit in hits])
    best, text, confidence = -math.inf, "", 0.0
    best_hit: Hit | None = None
    for rank, (hit, reading) in enumerate(zip(hits, readings, strict=True), 1):
        for start, end, score in reading.spans[:1]:
            value = score + 0.1 * reading.relevance - 2 * math.log(rank)
            if value > best:
                best, text, confidence, best_hit = value, hit.chunk.text[start:end], 1 - reading.no_answer, hit
    ms = (time.perf_counter() - began) * 1000
    answer = Answer(question.text, question.text, text, "", (), confidence, Reason.FOUND)
    if best_hit is not None:
        chunk = best_hit.chunk
        cited = (Citation.of(assistant.index.sources[chunk.source_id], chunk.spans, 1),)
        answer = Answer(question.text, question.text, text, chunk.text, cited, confidence, Reason.FOUND)
    right = question.kind not in (UNANSWERABLE, "yes_no") and scoring.is_right(question, answer)  # it says neither yes nor no
    refused = confidence < assistant.settings.min_confidence
    f1 = scoring.f1(question, "" if refused else text) if scoring.is_extractive(question) else None
    return Given(right, f1, refused, confidence, ms)


def shares(questions: Sequence[Question], given: Sequence[Given]) -> dict[str, Any]:
    """Means with 95 % intervals, in percent."""
    pairs = list(zip(questions, given, strict=True))
    answerable = [one for question, one in pairs if question.kind != UNANSWERABLE]
    silent = [one for question, one in pairs if question.kind == UNANSWERABLE]
    found = {
        "answered": [float(one.right and not one.refused) for one in answerable],
        "f1": [one.f1 for one in answerable if one.f1 is not None],
        "refused": [float(one.refused) for one in silent],
        "false refusal": [float(one.refused) for one in answerable],
    }
    return {
        name: [round(100 * float(np.mean(values)), 1), *(round(100 * bound, 1) for bound in bootstrap_interval(values))]
        for name, values in found.items()
        if values
    }


def gains(questions: Sequence[Question], before: Sequence[Given], after: Sequence[Given]) -> dict[str, list[float]]:
    """Paired difference in percent: [mean, low, high, p] of being right (refusals of what is not said included), and of F1."""

    def good(question: Question, one: Given) -> float:
        return float(one.refused if question.kind == UNANSWERABLE else one.right and not one.refused)

    triples = list(zip(questions, before, after, strict=True))
    differences = {
        "right": [good(question, new) - good(question, old) for question, old, new in triples],
        "f1": [
            new.f1 - old.f1 for question, old, new in triples if question.kind != UNANSWERABLE and old.f1 is not None and new.f1 is not None
        ],
    }
    found = {}
    for name, values in differences.items():
        if values:
            low, high, p = paired_bootstrap(values)
            found[name] = [round(100 * float(np.mean(values)), 1), round(100 * low, 1), round(100 * high, 1), round(p, 4)]
    return found


def searches(assistant: Assistant, questions: Sequence[Question]) -> dict[str, Any]:
    """nDCG@10 and recall@1 of the fused and of the reranked order, and the paired difference."""
    values: dict[str, list[tuple[float, float]]] = {"fused": [], "read": []}
    sources = assistant.index.sources
    for question in questions:
        if question.kind == UNANSWERABLE:
            continue
        relevant = sum(measures.is_relevant(question, chunk, sources) for chunk in assistant.index.chunks)
        stages = assistant.search_stages(question.text, question.context, 10)
        for stage in (Stage.FUSED, Stage.READ):
            hits = stages[stage]
            values[stage.value].append((measures.ndcg(question, hits, sources, relevant), measures.recall(question, hits, sources, 1)))
    found: dict[str, Any] = {
        name: {"ndcg@10": round(float(np.mean([n for n, _ in pairs])), 4), "recall@1": round(float(np.mean([r for _, r in pairs])), 4)}
        for name, pairs in values.items()
    }
    low, high, p = paired_bootstrap([new[0] - old[0] for old, new in zip(values["fused"], values["read"], strict=True)])
    return {**found, "ndcg gain": [round(found["read"]["ndcg@10"] - found["fused"]["ndcg@10"], 4), round(low, 4), round(high, 4), p]}


def table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""

    def cell(value: Sequence[float] | None) -> str:
        return "" if value is None else f"{value[0]:.1f} [{value[1]:.1f}, {value[2]:.1f}]"

    lines = ["# Ablation", "", "Percent, 95 % bootstrap intervals; differences are paired by question. Written by `eval/ablation.py`.", ""]
    for name, found in figures.items():
        lines += [
            f"## {name}: {found['questions']} questions",
            "",
            "| | answered right | F1 | refused | false refusals |",
            "|---|---|---|---|---|",
        ]
        for way in _WAYS:
            values = found["ways"][way]
            lines.append(f"| {way} | " + " | ".join(cell(values.get(key)) for key in ("answered", "f1", "refused", "false refusal")) + " |")
        lines.append("")
        for way, gain in found["gain of both"].items():
            said = "; ".join(f"{what} {v[0]:+.1f} [{v[1]:.1f}, {v[2]:.1f}], p {v[3]:g}" for what, v in gain.items())
            lines.append(f"Both against {way} alone: {said}.")
        search = found["search"]
        gain = search["ndcg gain"]
        lines += [
            f"Search, nDCG@10 / recall@1: fused {search['fused']['ndcg@10']:.3f} / {search['fused']['recall@1']:.3f}, reranked"
            f" {search['read']['ndcg@10']:.3f} / {search['read']['recall@1']:.3f};"
            f" nDCG {gain[0]:+.3f} [{gain[1]:.3f}, {gain[2]:.3f}], p {gain[3]:g}.",
            "",
            "| passages read | answered right | refused | false refusals | p50 ms |",
            "|---|---|---|---|---|",
        ]
        for count, values in found["passages read"].items():
            shown = " | ".join(cell(values.get(key)) for key in ("answered", "refused", "false refusal"))
            lines.append(f"| {count} | {shown} | {values['p50_ms']:.0f} |")
        lines.append("")
    return "\n".join(lines)


def plot(figures: dict[str, Any], path: Path) -> None:
    """Risk against coverage, and what is right against what a question takes, a row a set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6 * len(figures)), layout="constrained")
    axes = figure.subplots(len(figures), 2, squeeze=False)
    for (name, found), (left, right) in zip(figures.items(), axes, strict=True):
        for way, curve in found["risk_coverage"].items():
            left.plot([x for x, _ in curve], [y for _, y in curve], label=way)
        left.set(title=name, xlabel="coverage: share of all questions answered", ylabel="risk: share wrong of those", ylim=(0, 1))
        left.legend()
        points = [(values["p50_ms"], values["answered"][0], count) for count, values in found["passages read"].items()]
        right.plot([x for x, _, _ in points], [y for _, y, _ in points], marker="o")
        for x, y, count in points:
            right.annotate(str(count), (x, y), textcoords="offset points", xytext=(4, 4))
        right.set(title=f"{name}: passages read", xlabel="p50 of a question, ms", ylabel="answered right, %")
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
