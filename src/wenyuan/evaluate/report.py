"""`Report`: one run over a question set, as rows, means and intervals; to JSON and back.

It knows nothing of how a row was measured. Two equal runs give equal files but for `run_id`, timings and latency.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wenyuan.evaluate.statistics import bootstrap_interval, percentiles

FORMAT = 1  # of the JSON file
_DIGITS = 6  # kept of every number in the file


class Miss(str, Enum):
    """Where the answer to a missed question was lost; the first that is true."""

    NONE = ""
    NOT_REFUSED = "not refused"  # the sources do not say, and yet it was answered
    NOT_INDEXED = "not indexed"  # no chunk holds the evidence: cleaning or cutting lost it
    NOT_RETRIEVED = "not retrieved"  # chunks hold it, but none was among the hits
    REFUSED = "refused"  # it was among the hits, but the assistant abstained
    NOT_READ = "not read"  # it was among the hits, but not cited
    NOT_EXTRACTED = "not extracted"  # it was cited, but the answer is wrong


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a run."""

    id: str
    question: str
    kind: str
    answer: str  # the short answer; "" when abstaining
    gold: tuple[str, ...]
    reason: str
    confidence: float  # [0, 1]
    abstained: bool
    miss: Miss
    values: Mapping[str, float]  # measure -> value in [0, 1]; a measure that says nothing here is absent
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over rows and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of one stage over the rows that went through it."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidence tells right from wrong, over the questions that were answered."""

    expected_error: float  # ECE, [0, 1], lower is better
    curve: tuple[tuple[float, float], ...]  # (coverage, risk), surest answers first


@dataclass(frozen=True, slots=True)
class Report:
    """One run over a question set."""

    run_id: str  # UTC, as 20250131T235959Z
    commit: str  # 40 hex digits, or "unknown"
    dirty: bool  # code, questions or settings differ from the commit
    index_id: str
    set_name: str
    settings: Mapping[str, Any]
    rows: tuple[Row, ...]
    overall: Mapping[str, Estimate]  # by measure
    kinds: Mapping[str, Mapping[str, Estimate]]  # by kind, then measure
    latency_ms: Mapping[str, Latency]  # by stage
    calibration: Calibration

    def to_json(self) -> str:
        """The report as JSON text: keys sorted, rows in order, one row a line, Chinese as it is."""
        record = {"format": FORMAT, **_rounded(dataclasses.asdict(self))}
        rows = record.pop("rows")
        head = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1)
        lines = ",\n  ".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
        return f'{head[:-2]},\n "rows": [\n  {lines}\n ]\n}}\n'

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report that ``to_json`` wrote; raises ValueError, KeyError or TypeError on anything else."""
        record = json.loads(text)
        if record.pop("format") != FORMAT:
            raise ValueError("written by another version")
        rows = tuple(Row(**{**row, "gold": tuple(row["gold"]), "miss": Miss(row["miss"])}) for row in record.pop("rows"))
        calibration = record.pop("calibration")
        return cls(
            rows=rows,
            overall=_estimates(record.pop("overall")),
            kinds={kind: _estimates(estimates) for kind, estimates in record.pop("kinds").items()},
            latency_ms={stage: Latency(**latency) for stage, latency in record.pop("latency_ms").items()},
            calibration=Calibration(calibration["expected_error"], tuple((x, y) for x, y in calibration["curve"])),
            **record,
        )


def estimates(rows: Iterable[Row]) -> dict[str, Estimate]:
    """Measure -> mean and interval over the rows that have it, by name."""
    values: dict[str, list[float]] = {}
    for row in rows:
        for measure, value in row.values.items():
            values.setdefault(measure, []).append(value)
    return {measure: Estimate(sum(found) / len(found), *bootstrap_interval(found), len(found)) for measure, found in sorted(values.items())}


def latencies(rows: Iterable[Row]) -> dict[str, Latency]:
    """Stage -> percentiles over the rows that have it, by name."""
    timings: dict[str, list[float]] = {}
    for row in rows:
        for stage, took_ms in row.timings_ms.items():
            timings.setdefault(stage, []).append(took_ms)
    return {stage: Latency(*percentiles(found)) for stage, found in sorted(timings.items())}


def _estimates(record: Mapping[str, Any]) -> dict[str, Estimate]:
    return {measure: Estimate(**estimate) for measure, estimate in record.items()}


def _rounded(value: Any) -> Any:
    """``value`` with every float rounded, all the way down."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return value
