"""Question sets -> the weights by which answers are ordered and their confidence is computed (`wenyuan.weigh`, `wenyuan.verdict`).

Both steps are fitted by penalised maximum likelihood. The order is learnt from questions that have a right choice, whether to answer
from all, on orders that were learnt without the question at hand. All that is reported is cross-validated, questions on one article
together. Knows nothing of retrieval or rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.choose import Choice
from wenyuan.contracts import Answer, Query, Question, Source
from wenyuan.evaluate import measures, scoring
from wenyuan.evaluate.questions import UNANSWERABLE
from wenyuan.evaluate.statistics import expected_calibration_error
from wenyuan.judge import Judgement
from wenyuan.present import sentence_spans
from wenyuan.verdict import NO, NOT_SAID, YES, Told, chances, described, verdict_of
from wenyuan.weigh import family_of, whether

FOLDS = 8
_INNER_FOLDS = 4
_PENALTY = 0.5  # on the squared weights of the order; twice that on those of one family
# What weights are drawn to: a reader is trusted where an answer is words of any kind, until the sets say otherwise.
_PRIOR = {f"{family}:{name}": 2.0 for family in ("name", "open", "date", "why") for name in ("top", "span", "overlap", "lead")}
_CHANCE_STRENGTH = 0.05  # inverse of the penalty on standardised weights of the chance
_VERDICT_STRENGTH = 0.5  # inverse of the penalty on weights of verdicts
_OUTCOMES = 3
_EXTRACTIVE_F1 = 0.5  # a short answer must be about as long as the accepted one to be learnt from
_WHOLE_IS_RIGHT = ("definition_or_what", "list")  # kinds that a whole sentence answers as well as a part of it
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(4, 17))


@dataclass(frozen=True, slots=True)
class Pool:
    """Everything that could answer one question, and which of it does."""

    group: str  # questions of one group stay on one side of every fold
    family: str
    answerable: bool
    choices: tuple[Choice, ...]
    right: tuple[float, ...]  # F1 with the accepted answer where that says something, else 1; 0 where the choice is wrong


def pool(question: Question, query: Query, choices: Sequence[Choice], shown: Callable[[Choice], Answer | None]) -> Pool:
    """``choices`` for ``question``, each right when what would be ``shown`` of it is right and rests on the evidence."""
    right: list[float] = []
    for choice in choices:
        answer = shown(choice) if question.kind != UNANSWERABLE else None
        good = (
            answer is not None
            and scoring.is_right(question, answer)
            and measures.rests_on_evidence(question, measures.spans_of_citations(answer.citations))
        )
        gain = float(good)
        if good and answer is not None and choice.candidate is not None and scoring.is_extractive(question) and not question.all_required:
            gain = scoring.f1(question, answer.text)
        right.append(gain if gain >= _EXTRACTIVE_F1 else 0.0)
    if scoring.is_extractive(question) and question.kind not in _WHOLE_IS_RIGHT:
        # where a part of a sentence is right, the whole of it is second best
        parts = {_place(choice) for choice, gain in zip(choices, right, strict=True) if gain and choice.candidate is not None}
        right = [0.0 if choice.candidate is None and _place(choice) in parts else gain for choice, gain in zip(choices, right, strict=True)]
    return Pool(_group(question), family_of(query), question.kind != UNANSWERABLE, tuple(choices), tuple(right))


def _place(choice: Choice) -> tuple[str, int]:
    return choice.line.chunk.id, choice.line.number


@dataclass(frozen=True, slots=True)
class Judged:
    """What says whether one yes/no question's supposition holds, and what is true."""

    group: str
    features: Mapping[str, float]
    outcome: str  # `verdict.YES`, NO, or NOT_SAID where nothing the verdict would stand on says it


def judged_question(question: Question, judgement: Judgement | None, said: Told | None, sources: Mapping[str, Source]) -> Judged:
    """``question`` of kind yes_no or unanswerable, with what rules and reader say to it."""
    holds = next((sign for sign in map(scoring.polarity, question.answers) if sign), 1) > 0
    features = described(judgement, said)
    outcome = NOT_SAID
    if question.kind != UNANSWERABLE and (right := verdict_of(holds, judgement, said, features)) is not None:
        chunk = right.choice.line.chunk
        spans = {sources[chunk.source_id].uri: sentence_spans(chunk, right.choice.line.number)}
        if measures.rests_on_evidence(question, spans):
            outcome = YES if holds else NO
    return Judged(_group(question), features, outcome)


def _group(question: Question) -> str:
    """Questions on one article stand together; one without evidence stands alone."""
    return question.evidence[0].uri if question.evidence else question.id


def fit_verdicts(judged: Sequence[Judged]) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """(weights of a yes and of a no for `wenyuan.verdict`, cross-validated figures); empty where an outcome never occurs."""
    from sklearn.model_selection import GroupKFold

    groups = [one.group for one in judged]
    if len({one.outcome for one in judged}) < _OUTCOMES or len(set(groups)) < FOLDS:
        return {}, {}
    given: list[tuple[str, float]] = [(NOT_SAID, 0.0)] * len(judged)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=1).split(judged, groups=groups):
        weights = _verdicts([judged[at] for at in train])
        for at in test:
            yes, no = chances(judged[at].features, weights)
            given[at] = (YES, yes) if yes >= no else (NO, no)
    right = [outcome == one.outcome for (outcome, _), one in zip(given, judged, strict=True)]
    said = [is_right for is_right, one in zip(right, judged, strict=True) if one.outcome != NOT_SAID]
    figures = {
        "yes or no": float(len(judged)),
        "polarity right where it is said": float(np.mean(said)),
        "ece of yes or no": expected_calibration_error([chance for _, chance in given], right),
    }
    return {outcome: {name: round(value, 5) for name, value in one.items()} for outcome, one in _verdicts(judged).items()}, figures


def _verdicts(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Weights of a yes and of a no beside those of neither."""
    from sklearn.linear_model import LogisticRegression

    names = sorted({name for one in judged for name in one.features} - {"1"})
    matrix = np.array([[one.features.get(name, 0.0) for name in names] for one in judged])
    model = LogisticRegression(C=_VERDICT_STRENGTH, max_iter=5000).fit(matrix, [one.outcome for one in judged])
    rows = {outcome: np.append(slopes, base) for outcome, slopes, base in zip(model.classes_, model.coef_, model.intercept_, strict=True)}
    return {outcome: dict(zip([*names, "1"], map(float, rows[outcome] - rows[NOT_SAID]), strict=True)) for outcome in (YES, NO)}


def fit(pools: Sequence[Pool], also: Sequence[Pool] = ()) -> tuple[dict[str, dict[str, float]], NDArray[np.float64], dict[str, float]]:
    """(weights for `wenyuan.weigh.read_weights`, cross-validated (right, chance) of each question's best choice, figures of the fit).

    ``also`` is learnt from as well, but not reported on.
    """
    from sklearn.model_selection import GroupKFold

    judged = np.zeros((len(pools), 2))  # a question that nothing could answer stays at no chance: it is refused
    held = [at for at, one in enumerate(pools) if one.choices]
    kept = [pools[at] for at in held]
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=1).split(kept, groups=[one.group for one in kept]):
        out = {kept[at].group for at in test}
        order, chance = _both([*(kept[at] for at in train), *(one for one in also if one.choices and one.group not in out)])
        for at in test:
            best, described = _best(kept[at], order)
            judged[held[at]] = kept[at].right[best] > 0, _chance(described, chance)
    order, chance = _both([*kept, *(one for one in also if one.choices)])
    answerable = np.array([one.answerable for one in pools])
    found = np.array([any(one.right) for one in pools])
    figures = {
        "questions": float(len(pools)),
        "with a right choice": float(found[answerable].mean()),
        "best choice right where there is one": float(judged[found, 0].mean()),
        "ece": expected_calibration_error(list(judged[held, 1]), [bool(right) for right in judged[held, 0]]),
    }
    weights = {"order": order, "chance": chance}
    return {name: {key: round(value, 5) for key, value in one.items()} for name, one in weights.items()}, judged, figures


def _both(pools: Sequence[Pool]) -> tuple[dict[str, float], dict[str, float]]:
    """Weights of the order and of the chance; the latter from orders learnt on other folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    rows: list[dict[str, float]] = [{} for _ in pools]
    right = np.zeros(len(pools), bool)
    for train, test in GroupKFold(_INNER_FOLDS, shuffle=True, random_state=2).split(pools, groups=[one.group for one in pools]):
        order = _order([pools[at] for at in train])
        for at in test:
            best, rows[at] = _best(pools[at], order)
            right[at] = pools[at].right[best] > 0
    names = sorted({name for row in rows for name in row} - {"1"})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    centre, scale = matrix.mean(0), matrix.std(0) + 1e-6
    model = LogisticRegression(C=_CHANCE_STRENGTH, max_iter=5000).fit((matrix - centre) / scale, right)
    slopes = model.coef_[0] / scale
    chance = {"1": float(model.intercept_[0] - slopes @ centre), **dict(zip(names, map(float, slopes), strict=True))}
    return _order(pools), chance


def _order(pools: Sequence[Pool]) -> dict[str, float]:
    """Weights of the conditional logit: the most of Σ log Σ right · P(choice), less the penalty."""
    from scipy.optimize import minimize

    kept = [one for one in pools if any(one.right) and not all(one.right)]
    names = sorted({name for one in kept for choice in one.choices for name in choice.features})
    matrix = np.array([[choice.features.get(name, 0.0) for name in names] for one in kept for choice in one.choices])
    of = np.repeat(np.arange(len(kept)), [len(one.choices) for one in kept])
    right = np.array([gain for one in kept for gain in one.right])
    with_reader = "span" in names
    drawn_to = np.array([_PRIOR.get(name, 0.0) if with_reader else 0.0 for name in names])
    penalty = _PENALTY * np.array([1.0 if ":" in name else 0.5 for name in names])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        utility = matrix @ weights
        highest = np.full(len(kept), -np.inf)
        np.maximum.at(highest, of, utility)
        mass = np.exp(utility - highest[of])
        total = np.bincount(of, mass, len(kept))
        good = np.maximum(np.bincount(of, mass * right, len(kept)), 1e-300)
        gradient = matrix.T @ (mass / total[of] - mass * right / good[of])
        return float(-(np.log(good) - np.log(total)).sum() + (penalty * (weights - drawn_to) ** 2).sum()), gradient + 2 * penalty * (
            weights - drawn_to
        )

    solved = minimize(loss, drawn_to, jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    return dict(zip(names, map(float, solved.x), strict=True))


def _best(one: Pool, order: Mapping[str, float]) -> tuple[int, dict[str, float]]:
    """The choice that comes first, and what says whether it is an answer."""
    utilities = [sum(order.get(name, 0.0) * value for name, value in choice.features.items()) for choice in one.choices]
    best = int(np.argmax(utilities))
    return best, whether(one.choices, utilities, one.family)(best)


def _chance(described: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return float(1 / (1 + np.exp(-sum(weights.get(name, 0.0) * value for name, value in described.items()))))


def at_thresholds(pools: Sequence[Pool], judged: NDArray[np.float64]) -> list[dict[str, float]]:
    """For each threshold: share of answerable questions answered right and refused, of unanswerable ones refused; in [0, 1]."""
    answerable = np.array([one.answerable for one in pools])
    return [
        {
            "threshold": threshold,
            "answered": _share(judged[answerable, 0] * (judged[answerable, 1] >= threshold)),
            "false_refusal": _share(judged[answerable, 1] < threshold),
            "refused": _share(judged[~answerable, 1] < threshold),
        }
        for threshold in THRESHOLDS
    ]


def _share(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def write_weights(path: Path, weights: Mapping[str, Mapping[str, Any]], figures: Mapping[str, Any]) -> None:
    """Writes the JSON that `wenyuan.weigh.read_weights` reads."""
    path.write_text(json.dumps({**weights, "fitted": dict(figures)}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
