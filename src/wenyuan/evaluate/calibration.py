"""Question sets asked without a threshold -> the calibration that ships, and what it would do at each threshold.

Logistic regression on the signals that `wenyuan.calibrate` names; its strength of regularisation is chosen by cross-validation, in which
all questions of one article stay together. Knows nothing of retrieval or rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.calibrate import names, terms
from wenyuan.contracts import Answer, Evidence, Question, Span
from wenyuan.errors import QuestionSetError
from wenyuan.evaluate import scoring
from wenyuan.evaluate.questions import UNANSWERABLE
from wenyuan.evaluate.statistics import expected_calibration_error

FOLDS = 5
_STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 17))


@dataclass(frozen=True, slots=True)
class Asked:
    """One question asked without a threshold, and what became of it."""

    group: str  # questions of one group stay on one side of every fold
    weight: float
    answerable: bool
    answered: bool  # something would be shown
    right: bool
    expected: str = ""  # type of answer that the question asks for
    signals: Mapping[str, float] | None = None


def asked(question: Question, answer: Answer, weight: float = 1.0) -> Asked:
    """``question`` with the ``answer`` it got where nothing was held back; a wrong or an uncalled-for answer is not right."""
    group = question.evidence[0].uri if question.evidence else question.id
    answerable = question.kind != UNANSWERABLE
    right = answerable and scoring.is_right(question, answer)
    return Asked(group, weight, answerable, not answer.abstained, right, answer.expected, answer.signals)


def fit(records: Sequence[Asked], seed: int = 1) -> tuple[dict[str, float], NDArray[np.float64], dict[str, float]]:
    """(weights by name, cross-validated confidence of each answered record, figures of the fit)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    answered = [record for record in records if record.answered]
    columns = {name: at for at, name in enumerate(names())}
    rows = np.zeros((len(answered), len(columns)))
    for at, record in enumerate(answered):
        for name, value in terms(record.expected, record.signals or {}):
            rows[at, columns[name]] = value
    rows = rows[:, 1:]  # the constant is the regression's own intercept
    right = np.array([record.right for record in answered])
    weight = np.array([record.weight for record in answered])
    groups = [record.group for record in answered]
    centre, scale = rows.mean(0), rows.std(0) + 1e-9
    scaled = (rows - centre) / scale
    order = list(GroupKFold(FOLDS, shuffle=True, random_state=seed).split(scaled, right, groups))

    def predicted(strength: float) -> NDArray[np.float64]:
        out = np.zeros(len(answered))
        for train, test in order:
            model = LogisticRegression(C=strength, max_iter=5000).fit(scaled[train], right[train], sample_weight=weight[train])
            out[test] = model.predict_proba(scaled[test])[:, 1]
        return out

    def loss(chances: NDArray[np.float64]) -> float:
        clipped = np.clip(chances, 1e-6, 1 - 1e-6)
        return float(-(weight * np.where(right, np.log(clipped), np.log(1 - clipped))).sum() / weight.sum())

    best = min(_STRENGTHS, key=lambda strength: loss(predicted(strength)))
    chances = predicted(best)
    model = LogisticRegression(C=best, max_iter=5000).fit(scaled, right, sample_weight=weight)
    slopes = model.coef_[0] / scale
    weights = {"1": float(model.intercept_[0] - (slopes * centre).sum())}
    weights |= {name: float(slopes[at - 1]) for name, at in columns.items() if at}
    figures = {
        "questions": len(records),
        "answered": len(answered),
        "right": float(right.mean()),
        "regularisation": best,
        "log_loss": loss(chances),
        "ece": expected_calibration_error(list(chances), list(right)),
    }
    return {name: round(value, 5) for name, value in weights.items()}, chances, figures


def at_thresholds(records: Sequence[Asked], chances: NDArray[np.float64]) -> list[dict[str, float]]:
    """For each threshold: share of answerable questions answered right and refused, of unanswerable ones refused."""
    shown = iter(chances)
    sure = [float(next(shown)) if record.answered else -1.0 for record in records]
    found = []
    for threshold in THRESHOLDS:
        kept = [(record, value >= threshold) for record, value in zip(records, sure, strict=True)]
        answerable = [(record, above) for record, above in kept if record.answerable]
        silent = [not above for record, above in kept if not record.answerable]
        found.append(
            {
                "threshold": threshold,
                "answered": float(np.mean([above and record.right for record, above in answerable])) if answerable else 0.0,
                "false_refusal": float(np.mean([not above for _, above in answerable])) if answerable else 0.0,
                "refused": float(np.mean(silent)) if silent else 0.0,
            }
        )
    return found


def write_calibration(path: Path, weights: Mapping[str, float], figures: Mapping[str, Any]) -> None:
    """Writes the JSON that `wenyuan.calibrate.read_calibration` reads."""
    path.write_text(json.dumps({"weights": dict(weights), "fitted": dict(figures)}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def labelled_questions(folder: Path, count: int, seed: int = 3, twins: bool = True) -> list[Question]:
    """``count`` questions of a labelled data folder (``corpus.jsonl``, ``questions.jsonl``), a near-miss twin of every other one after it.

    The index they are asked of is built from that ``corpus.jsonl``. Raises QuestionSetError when a file does not read.
    """
    from wenyuan.training.data import load, normaliser
    from wenyuan.training.synthesise import TwinMaker

    random = Random(seed)
    passages, examples = load([folder], normaliser())
    if not examples:
        raise QuestionSetError(f"{folder}: no labelled questions; give a folder with corpus.jsonl and questions.jsonl")
    random.shuffle(examples)
    maker = TwinMaker(passages, examples)
    found: list[Question] = []
    for number, example in enumerate(examples[:count]):
        passage = passages[example.passage]
        evidence = (Evidence(f"corpus.jsonl#{passage.id}", "", (Span(example.start, example.end),)),)
        found.append(Question(f"q{number}", example.question, "noisy", answers=example.answers, evidence=evidence))
        made = maker.twins(example.question, f"{passage.title} {passage.text}", random) if twins and number % 2 else []
        if made:
            found.append(Question(f"t{number}", made[0], UNANSWERABLE))
    return found


def summary(records: Iterable[Asked]) -> dict[str, int]:
    """How many questions, answered ones and right ones."""
    kept = list(records)
    return {"asked": len(kept), "answered": sum(r.answered for r in kept), "right": sum(r.right for r in kept)}
