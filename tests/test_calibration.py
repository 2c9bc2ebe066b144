"""Fitting the weights: what separates is found, silence is learnt, and a question without a candidate counts as refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from wenyuan.choose import Choice
from wenyuan.evaluate.calibration import Pool, at_thresholds, fit, write_weights
from wenyuan.weigh import read_weights


def choice(rule: float, rank: float = 0.0) -> Choice:
    return cast(Choice, SimpleNamespace(features={"1": 1.0, "rule": rule, "rank": rank}))


def pools() -> list[Pool]:
    """Forty questions: the stronger candidate answers; where nothing is strong, nothing answers; two have no candidate at all."""
    found = [Pool(f"a{n}", "figure", True, (choice(-0.4, 1.0), choice(0.5 + n / 100)), (0.0, 1.0)) for n in range(20)]
    found += [Pool(f"u{n}", "figure", False, (choice(-0.5, 1.0), choice(-0.3 - n / 100)), (0.0, 0.0)) for n in range(20)]
    return [*found, Pool("none", "figure", True, (), ()), Pool("nothing", "figure", False, (), ())]


def test_what_separates_is_found_and_silence_is_learnt() -> None:
    weights, judged, figures = fit(pools())
    assert weights["order"]["rule"] > 0 > weights["order"]["rank"]
    assert weights["chance"]["rule"] > 0
    assert figures["questions"] == 42
    assert figures["with a right choice"] == pytest.approx(20 / 21)
    assert figures["best choice right where there is one"] == 1.0
    assert judged.shape == (42, 2)
    assert min(judged[:20, 1]) > 0.5 > max(judged[20:40, 1])


def test_a_question_without_a_candidate_counts_as_refused() -> None:
    made = pools()
    _, judged, _ = fit(made)
    assert judged[40:].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    half = next(row for row in at_thresholds(made, judged) if row["threshold"] == 0.5)
    assert half["answered"] == pytest.approx(20 / 21)
    assert half["false_refusal"] == pytest.approx(1 / 21)
    assert half["refused"] == 1.0


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    write_weights(path, {"order": {"rule": 1.5}, "chance": {"1": -0.5}}, {"questions": 3})
    read = read_weights(path)
    assert (read.order, read.chance) == ({"rule": 1.5}, {"1": -0.5})
    assert json.loads(path.read_text(encoding="utf-8"))["fitted"] == {"questions": 3}
