"""Two runs over the same questions -> `Comparison`: wins and losses pair by pair, and whether the later one is a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wenyuan.errors import QuestionSetError
from wenyuan.evaluate.report import Report
from wenyuan.evaluate.statistics import paired_bootstrap

# A fall of these is a regression; the sign says which way is better.
GUARDED: Mapping[str, int] = {
    "accuracy": 1,
    "answered": 1,
    "cited": 1,
    "citation_precision": 1,
    "citation_recall": 1,
    "refused": 1,
    "refusal_precision": 1,
    "false_refusal": -1,
}
TOLERANCE = 0.01  # a fall of one point or less is let pass


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure over the questions that have it in both runs."""

    measure: str
    baseline: float  # mean over the pairs
    now: float  # mean over the pairs
    low: float  # 95 % paired bootstrap interval of now - baseline
    high: float
    p: float  # two-sided
    wins: int  # pairs where the value rose (for false_refusal: fell)
    losses: int
    ties: int
    regressed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A later run against an earlier one, pair by pair."""

    baseline_id: str
    run_id: str
    pairs: int
    differences: tuple[Difference, ...]  # by measure
    lost: tuple[str, ...]  # ids right in the baseline, wrong now
    won: tuple[str, ...]  # ids wrong in the baseline, right now
    verbatim: bool  # every quote of the later run equals its source

    @property
    def regressed(self) -> bool:
        """True when a guarded measure fell by more than a point, the interval excluding zero, or a quote is not verbatim."""
        return not self.verbatim or any(difference.regressed for difference in self.differences)


def compare(baseline: Report, report: Report) -> Comparison:
    """``report`` against ``baseline``, over the questions both asked in the same words.

    Raises QuestionSetError when they share none.
    """
    earlier = {row.id: row for row in baseline.rows}
    pairs = [
        (earlier[row.id], row)
        for row in report.rows
        if row.id in earlier and (earlier[row.id].question, earlier[row.id].kind) == (row.question, row.kind)
    ]
    if not pairs:
        raise QuestionSetError("the baseline shares no question with this run; give a run over the same question set")
    measures = sorted({measure for before, now in pairs for measure in before.values.keys() & now.values.keys()})
    differences = tuple(
        _difference(
            measure,
            [(before.values[measure], now.values[measure]) for before, now in pairs if measure in before.values and measure in now.values],
        )
        for measure in measures
    )
    return Comparison(
        baseline_id=baseline.run_id,
        run_id=report.run_id,
        pairs=len(pairs),
        differences=differences,
        lost=tuple(now.id for before, now in pairs if before.values["accuracy"] > now.values["accuracy"]),
        won=tuple(now.id for before, now in pairs if before.values["accuracy"] < now.values["accuracy"]),
        verbatim="verbatim" not in report.overall or report.overall["verbatim"].mean == 1.0,
    )


def _difference(measure: str, pairs: list[tuple[float, float]]) -> Difference:
    sign = GUARDED.get(measure, 1)
    before = sum(value for value, _ in pairs) / len(pairs)
    now = sum(value for _, value in pairs) / len(pairs)
    low, high, p = paired_bootstrap([value - earlier for earlier, value in pairs])
    certain = high < 0 if sign > 0 else low > 0
    return Difference(
        measure=measure,
        baseline=before,
        now=now,
        low=low,
        high=high,
        p=p,
        wins=sum(sign * value > sign * earlier for earlier, value in pairs),
        losses=sum(sign * value < sign * earlier for earlier, value in pairs),
        ties=sum(value == earlier for earlier, value in pairs),
        regressed=measure in GUARDED and sign * (now - before) < -TOLERANCE and certain,
    )
