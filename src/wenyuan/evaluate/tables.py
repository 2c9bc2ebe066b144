"""A `Report` or `Comparison` as Markdown for people. It knows nothing of measuring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from wenyuan.contracts import Stage
from wenyuan.evaluate.compare import Comparison
from wenyuan.evaluate.report import Estimate, Miss, Report

# measure -> its name for people, in reading order
HEADLINES = {
    "answered": "Answerable questions answered right",
    "cited": "Answers whose citations hold the gold evidence",
    "verbatim": "Citations equal to their source, to the character",
    "refused": "Unanswerable questions refused",
    "false_refusal": "Answerable questions refused (lower is better)",
}
_DETAILS = {
    "accuracy": "All questions right",
    "exact": "Exact match (CMRC 2018)",
    "f1": "Character F1 (CMRC 2018)",
    "citation_precision": "Citation precision",
    "citation_recall": "Citation recall",
    "refusal_precision": "Refusal precision",
}
_SEARCH = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
_COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)


def readme_table(report: Report) -> str:
    """The headline figures of a run as a Markdown table; what stands in README.md between the run marks."""
    rows = [
        (name, _share(report.overall[measure]), str(report.overall[measure].rows))
        for measure, name in HEADLINES.items()
        if measure in report.overall
    ]
    found = report.overall.get(f"recall@10/{Stage.FUSED.value}")
    if found is not None:
        rows.append(("Gold evidence among the first ten passages", _share(found), str(found.rows)))
    if "total" in report.latency_ms:
        total = report.latency_ms["total"]
        rows.append(("Time to an answer, p50 / p95", f"{total.p50_ms:.0f} / {total.p95_ms:.0f} ms", str(len(report.rows))))
    lines = [
        f"{len(report.rows)} questions of `{report.set_name}`, run {report.run_id}, commit {_commit(report)}; 95 % bootstrap intervals.",
        "",
        *_table(("Measure", "Result", "n"), rows),
    ]
    return "\n".join(lines)


def to_markdown(report: Report) -> str:
    """All of a run that people read: figures, kinds, searches, latency, calibration and the misses."""
    overall = report.overall
    parts = [f"# Run {report.run_id} over `{report.set_name}`", "", readme_table(report), "", f"Index {report.index_id}.", ""]
    parts += ["## Answers", ""]
    parts += _table(
        ("Measure", "Result", "n"), [(name, _share(overall[m]), str(overall[m].rows)) for m, name in _DETAILS.items() if m in overall]
    )
    parts += ["", "## By kind", ""]
    parts += _table(
        ("Kind", "n", "Right", "Cited", "F1", "Recall@10"),
        [
            (
                kind,
                str(values["accuracy"].rows),
                _share(values["accuracy"]),
                *(_mean(values.get(m)) for m in ("cited", "f1", "recall@10/fused")),
            )
            for kind, values in report.kinds.items()
        ],
    )
    stages = [stage.value for stage in Stage if f"{_SEARCH[0]}/{stage.value}" in overall]
    parts += ["", "## Searches", ""]
    parts += _table(("Search", *_SEARCH), [(stage, *(_share(overall[f"{m}/{stage}"]) for m in _SEARCH)) for stage in stages])
    parts += ["", "## Latency", ""]
    parts += _table(
        ("Stage", "p50 ms", "p95 ms"), [(stage, f"{took.p50_ms:.1f}", f"{took.p95_ms:.1f}") for stage, took in report.latency_ms.items()]
    )
    parts += ["", "## Confidence", "", f"Expected calibration error {report.calibration.expected_error:.3f} (ten bins)."]
    if report.calibration.curve:
        parts += ["", *_table(("Surest answers kept", "Wrong among them"), list(_risks(report.calibration.curve)))]
    parts += ["", "## Misses", ""]
    counts = Counter(row.miss for row in report.rows)
    parts += _table(("Lost where", "Questions"), [(miss.value, str(counts[miss])) for miss in Miss if miss is not Miss.NONE])
    missed = [row for row in report.rows if row.miss is not Miss.NONE]
    if missed:
        cells = [(r.id, r.kind, r.miss.value, r.question, "；".join(r.gold) or "(refuse)", r.answer or f"({r.reason})") for r in missed]
        parts += ["", *_table(("Id", "Kind", "Lost", "Question", "Gold", "Answer"), cells)]
    return "\n".join(parts) + "\n"


def comparison_table(comparison: Comparison) -> str:
    """A comparison as Markdown: one line a measure, then the questions won and lost."""
    lines = [f"Run {comparison.run_id} against {comparison.baseline_id}, {comparison.pairs} questions in both.", ""]
    lines += _table(
        ("Measure", "Before", "Now", "Difference (95 %)", "p", "Won / lost / tied", ""),
        [
            (
                d.measure,
                f"{100 * d.baseline:.1f} %",
                f"{100 * d.now:.1f} %",
                f"{100 * (d.now - d.baseline):+.1f} ({100 * d.low:+.1f} to {100 * d.high:+.1f})",
                f"{d.p:.3f}",
                f"{d.wins} / {d.losses} / {d.ties}",
                "regressed" if d.regressed else "",
            )
            for d in comparison.differences
        ],
    )
    if not comparison.verbatim:
        lines += ["", "A quote differs from its source: regressed."]
    lines += ["", f"Won: {', '.join(comparison.won) or 'none'}", f"Lost: {', '.join(comparison.lost) or 'none'}"]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(header), _line(["---"] * len(header)), *(_line([_cell(text) for text in row]) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """``text``, which may be a stranger's, on one line and harmless inside a Markdown table."""
    shown = " ".join(text.split())
    for mark in "\\|<>*_`[]":  # the backslash first
        shown = shown.replace(mark, "\\" + mark)
    return shown


def _share(estimate: Estimate) -> str:
    return f"{100 * estimate.mean:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _mean(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{100 * estimate.mean:.1f} %"


def _commit(report: Report) -> str:
    return report.commit[:7] + (" with changes" if report.dirty else "")


def _risks(curve: Sequence[tuple[float, float]]) -> Iterable[tuple[str, str]]:
    """The curve at a few round coverages: the first point that reaches each."""
    for wanted in _COVERAGES:
        coverage, risk = next(point for point in curve if point[0] >= wanted - 1e-9)
        yield f"{100 * coverage:.0f} %", f"{100 * risk:.1f} %"
