"""Choices and a reader's word on them -> the order in which they answer the question, and the chance that the best does.

Two steps, both linear in the same features. Which: a conditional logit over all choices of a question, P(i) = exp(w·xᵢ) / Σⱼ exp(w·xⱼ)
(McFadden 1974). Whether: a logistic regression on the features of the one chosen, its share in the first step, and what the best reading
and the best rule score are at all. Weights ship as JSON, one file with a reader and one without, and are fitted by ``wenyuan calibrate``.
Knows nothing of how choices were found or of what is shown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from wenyuan.chinese.numbers import han_value, quantities
from wenyuan.choose import Choice
from wenyuan.consult import Consulted
from wenyuan.contracts import AnswerType, BlockKind, Query
from wenyuan.errors import ModelError
from wenyuan.evidence import Line
from wenyuan.extract.figures import FIGURES, asks_figure

# Features that weigh differently in each family.
_BY_FAMILY = ("1", "rule", "span", "overlap", "lead", "whole", "near", "bonus", "before", "after", "top")
_SPAN_LEAST, _SPAN_MOST, _SPAN_SCALE = -8.0, 12.0, 8.0  # log odds of a reader's span
_LEAD_LEAST, _LEAD_SCALE = -2.0, 3.0  # log odds behind the best span of the passage
_OVERLAP_SHARE = 4.0  # of the log of an overlap, beside log odds
_PRESENT_MOST = 6.0  # log odds that a passage answers
_CONTRADICTED = 2.0  # beside 1 for all that identifies missing
_RELEVANCE_SHARE = 0.1  # of a logit beside the log odds of a span; the fused rank counts twice its logarithm: see eval/LOG.md


def family_of(query: Query) -> str:
    """What the answers to ``query`` are weighed as: "figure", "date", "name", "list", "why" or "open"."""
    expected = query.expected
    if asks_figure(query):
        return "date" if expected is AnswerType.DATE else "figure"
    if expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE):
        return "name"
    if expected is AnswerType.LIST:
        return "list"
    return "why" if expected is AnswerType.HOW_OR_WHY else "open"


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by name; what has none counts nothing."""

    order: Mapping[str, float]  # of `Choice.features`; ``family:feature`` for those of one family
    chance: Mapping[str, float]  # of `whether`
    verdict: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # of a yes and of a no: see `verdict`


def weighed(query: Query, choices: Sequence[Choice], consulted: Consulted, weights: Weights) -> list[Choice]:
    """``choices`` with their features and the chance of each, were it the one chosen; the one that answers best first."""
    described = [replace(choice, features=features) for choice, features in zip(choices, _features(query, choices, consulted), strict=True)]
    utilities = [_weighted(weights.order, choice.features) for choice in described]
    order = sorted(range(len(described)), key=lambda at: (-utilities[at], described[at].line.rank, described[at].line.number))
    says = whether(described, utilities, family_of(query))
    return [replace(described[at], chance=_logistic(_weighted(weights.chance, says(at)))) for at in order]


def whether(choices: Sequence[Choice], utilities: Sequence[float], family: str) -> Callable[[int], dict[str, float]]:
    """Gives, for a place in ``choices``, what says whether that choice is an answer at all.

    That is its features, its share among all, and the best that any of them has.
    """
    highest = max(utilities, default=0.0)
    total = sum(math.exp(utility - highest) for utility in utilities)
    most = {f"most {name}": max((choice.features.get(name, -1.0) for choice in choices), default=-1.0) for name in _MOST}
    return lambda at: _whether(choices[at].features, utilities[at], math.exp(utilities[at] - highest) / total, most, family)


def _whether(own: Mapping[str, float], utility: float, share: float, most: Mapping[str, float], family: str) -> dict[str, float]:
    found = {name: own.get(name, 0.0) for name in _WHETHER}
    found |= most
    found |= {"1": 1.0, "share": math.log(share / (1 - share + 1e-3) + 1e-6) / 3, "utility": utility / 5}
    found |= {f"{family}:1": 1.0, f"{family}:span": own.get("span", 0.0), f"{family}:rule": own.get("rule", 0.0)}
    return found


_WHETHER = (
    *(
        "rule",
        "coverage",
        "missing",
        "span",
        "overlap",
        "lead",
        "best",
        "present",
        "relevance",
        "top",
        "typed",
        "kind",
        "unit",
        "rank",
        "length",
    ),
    *("whole", "unread", "title", "near", "bonus", "before", "after", "close", "behind", "without place"),
)
_MOST = ("span", "present", "rule", "coverage")


def _weighted(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in features.items())


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _features(query: Query, choices: Sequence[Choice], consulted: Consulted) -> list[dict[str, float]]:
    """What each choice is weighed by, each about 1 in size."""
    family = family_of(query)
    best_rule = max((choice.score for choice in choices if choice.candidate is not None), default=0.0)
    readings = consulted.readings
    ranks = {choice.line.chunk.id: choice.line.rank for choice in choices}
    adjusted = {
        (id, left, right): score + _RELEVANCE_SHARE * reading.relevance - 2 * math.log(ranks.get(id, 24))
        for id, reading in readings.items()
        for left, right, score in reading.spans
    }
    top = max(adjusted.values(), default=0.0)
    most_relevant = max((reading.relevance for reading in readings.values()), default=0.0)
    asked = identifiers(query.text)
    found = []
    for choice in choices:
        item, line = choice.candidate, choice.line
        own: dict[str, float] = {"1": 1.0, "rule": choice.score - 0.6, "whole": float(item is None)}
        shared: dict[str, float] = {
            "rank": -math.log(line.rank),
            "coverage": choice.coverage - 0.6,
            "behind": choice.score - best_rule if item is not None else 0.0,
            "title": float(line.chunk.kind in (BlockKind.TITLE, BlockKind.HEADING)),
            "missing": _missing(asked, line),
        }
        if item is not None:
            shared["length"] = math.log(len(item.text) / 8)
            shared["typed"] = float(item.quantity is not None or item.bonus != 0.0)
            own |= {name: value for name, value in choice.parts.items() if name in _BY_FAMILY}
            shared["close"] = choice.parts.get("close", 0.0)
            shared["without place"] = min(2.0, choice.parts.get("without place", 0.0))
            kinds = FIGURES.get(query.expected, ())
            inside = [one for one in quantities(line.text) if item.start <= one.start and one.end <= item.end] if kinds else []
            shared["kind"] = float(any(one.kind in kinds for one in inside))
            shared["unit"] = float(bool(query.units) and any(one.unit in query.units for one in inside))
            shared["asked_unit"] = float(any(one.unit and re.search(rf"[多几][少]?{re.escape(one.unit)}", query.text) for one in inside))
        reading = consulted.reading(line)
        if readings:
            shared["unread"] = float(reading is None)
            own["lead"] = _LEAD_LEAST
            shared["best"] = max(_SPAN_LEAST, min(_SPAN_MOST, top)) / _SPAN_SCALE
        if reading is not None:
            if item is not None:
                score, overlap = consulted.pointed(line, item.start, item.end)
            else:
                odds_inside = consulted.inside(line)
                score, overlap = (0.0, 0.0) if odds_inside is None else (odds_inside, 1.0)
            own["span"] = max(_SPAN_LEAST, min(_SPAN_MOST, score)) / _SPAN_SCALE if overlap else -1.0
            own["overlap"] = overlap
            if overlap and reading.spans:
                behind = score + _OVERLAP_SHARE * math.log(overlap) - reading.spans[0][2]
                own["lead"] = max(_LEAD_LEAST, behind / _LEAD_SCALE)
            odds = math.log((1 - reading.no_answer + 1e-4) / (reading.no_answer + 1e-4))
            shared["present"] = max(-_PRESENT_MOST, min(_PRESENT_MOST, odds)) / _PRESENT_MOST
            shared["relevance"] = max(-1.0, (reading.relevance - most_relevant) / 8)
            own["top"] = float(
                overlap > 0.5
                and any(adjusted[(line.chunk.id, left, right)] == top for left, right, value in reading.spans if value == score)
            )
        found.append({**{f"{family}:{name}": own[name] for name in _BY_FAMILY if name in own}, **own, **shared})
    return found


_IDENTIFIER = re.compile(
    r"第[\d零一二三四五六七八九十百]+(?:届|次|期|批|号|轮|版|季度|季|集|代|任|名|位|章|条)|(?<!\d)(?:1\d|20)\d\d(?=年)|\d{1,2}月\d{1,2}[日号]?"
    r"|(?<![\da-z])[a-z]+[\d-]*[a-z\d]*|《[^》]{1,40}》"
)


def identifiers(text: str) -> frozenset[str]:
    """What tells one thing from its likes in normalised ``text``: ordinals, years, days, Latin names, titles; numerals in Arabic digits."""
    return frozenset(_plain(match[0]) for match in _IDENTIFIER.finditer(text))


def _plain(identifier: str) -> str:
    if identifier.startswith("第") and (value := han_value(re.sub(r"[^零一二三四五六七八九十百]", "", identifier))) is not None:
        return f"第{value:g}{identifier[-1]}"
    return identifier.rstrip("日号") if identifier[0].isdigit() else identifier


def _missing(asked: frozenset[str], line: Line) -> float:
    """Share of the question's identifiers that neither the line nor what stands over it has; 2 where the line has another of its kind."""
    if not asked:
        return 0.0
    held = f"{line.text} {line.context}"
    have = _identifiers_of(held)
    if any(one not in have and _another_of_its_kind(one, _identifiers_of(line.text)) for one in asked):
        return _CONTRADICTED
    return sum(one not in have and one not in held for one in asked) / len(asked)


def _another_of_its_kind(one: str, stated: frozenset[str]) -> bool:
    """Whether ``stated`` has 第7届 where 第6届 is asked for, or 8月7 where 8月8 is."""
    if one.startswith("第"):
        return any(other.startswith("第") and other[-1] == one[-1] for other in stated)
    return "月" in one and any("月" in other for other in stated)


@lru_cache(maxsize=4096)
def _identifiers_of(text: str) -> frozenset[str]:
    return identifiers(text)


def read_weights(path: Path) -> Weights:
    """The weights in a JSON file; raises ModelError when it does not read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        order, chance = (_floats(record[key]) for key in ("order", "chance"))
        return Weights(order, chance, {str(outcome): _floats(weights) for outcome, weights in record.get("verdict", {}).items()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{path} does not read ({error}): reinstall wenyuan, or make it with `wenyuan calibrate`") from error


def _floats(record: Mapping[str, float]) -> dict[str, float]:
    return {str(name): float(value) for name, value in record.items()}


@lru_cache(maxsize=2)
def packaged_weights(with_reader: bool) -> Weights:
    """The shipped weights, for answers with a reader's word or by rules alone."""
    return read_weights(packaged_path(with_reader))


def packaged_path(with_reader: bool) -> Path:
    """Where the shipped weights lie."""
    return Path(__file__).parent / "reader_model" / ("weights.json" if with_reader else "weights.rules.json")
