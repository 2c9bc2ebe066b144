"""Candidates and lines -> the ones to show, best first, each with a score in [0, 1] and what holds it back.

Gates come first (whose figure, which year), then coverage of the question near the candidate. Knows nothing of citations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wenyuan.binding import belongs_to_another, in_aside, missing_places, runs_the_other_way, scope_of, year_fits
from wenyuan.chinese.numbers import QuantityKind, quantities
from wenyuan.contracts import AnswerType, BlockKind, Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract import Candidate

_NEAR_SHARE = 0.5  # of the score: coverage near the candidate; the rest is coverage of the line and what stands over it
_CLOSE_SHARE = 0.1  # more, for terms within a few characters of the candidate
_RANK_PENALTY = 0.004  # per fused rank of the passage
_TITLE_PENALTY = 0.08  # a title says it shorter and rounder than the text
_MISSING_PLACE_PENALTY = 0.35
_AS_LIKELY = 0.5  # a rival's chance beside that of the best
_SAME_PATTERN = 0.09  # figures this close in score answer the question as asked alike


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate or a whole line, scored."""

    line: Line
    score: float
    coverage: float
    candidate: Candidate | None = None
    scope: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)  # what the score was made of, each in about [0, 1]
    features: Mapping[str, float] = field(default_factory=dict)  # what it was weighed by
    chance: float = 0.0  # [0, 1]: that it answers the question, once weighed against all others


def choose_candidates(query: Query, found: Iterable[Candidate], relevance: Relevance) -> list[Choice]:
    """Candidates that pass the gates, best first; the same text in the same sentence once."""
    choices = []
    for item in found:
        line = item.line
        missing = missing_places(query, line)
        named = query.expected in (AnswerType.PLACE, AnswerType.PERSON_OR_ORG, AnswerType.DATE)  # gates below ask whose figure it is
        if missing and not named:
            continue
        if belongs_to_another(query, line, item.start) and query.expected is not AnswerType.PERSON_OR_ORG:
            continue
        if query.expected is not AnswerType.DATE and runs_the_other_way(query, line, item.start):
            continue
        if query.expected is not AnswerType.DATE and not year_fits(query, line, item.start, item.end):
            continue
        coverage = relevance.coverage(line)
        # a date opens what it dates; a figure closes what it counts
        decay = (0.6, 0.85) if query.expected is AnswerType.DATE else ()
        near = relevance.nearness(line, item.start, item.end, *decay)
        close = relevance.closeness(line, item.start, item.end)
        score = (
            _NEAR_SHARE * near
            + (1 - _NEAR_SHARE) * coverage
            + item.bonus * min(1.0, coverage + 0.15)
            + _CLOSE_SHARE * close
            - _RANK_PENALTY * (line.rank - 1)
        )
        score -= _MISSING_PLACE_PENALTY * len(missing)
        if line.chunk.kind in (BlockKind.TITLE, BlockKind.HEADING):
            score -= _TITLE_PENALTY
        if in_aside(line, item.start) and not query.years and "今年" not in query.text and "去年" not in query.text:
            score -= 0.1
        if query.expected is AnswerType.AMOUNT:
            score -= _another_kind_of_money(query.text, line, item.start)
        if query.expected in (AnswerType.LIST, AnswerType.DEFINITION) and _lacks_figure(query.text, line.text):
            score -= 0.3
        if not query.years and re.search(r"累计|截至|共计|以来", line.text[: item.start]):
            score += 0.03  # the figure up to date, before one of a single year or place
        if re.search(r"该[乡镇村县区市省校院企公司]", line.text[: item.start]):
            score -= 0.06  # of one part only
        before, after = relevance.beside(line, item.start, item.end)
        parts = {"near": near, "close": close, "bonus": item.bonus, "before": before, "after": after, "without place": float(len(missing))}
        choices.append(Choice(line, score, coverage, item, scope_of(line, item.start), parts))
    choices.sort(
        key=lambda choice: (-choice.score, choice.line.rank, choice.line.number, choice.candidate.start if choice.candidate else 0)
    )
    return choices


_MONEY = {
    "aid": r"无偿|援助|捐|资助|补贴|补助|专项",
    "investment": r"投资|协议|签约|投入|斥资|造价|花|投了",
    "income": r"收入|增收|赚|营收|利润|工资|薪",
    "sales": r"销售|卖|出售|售出",
    "output": r"产值|生产总值|gdp",
    "value": r"货值|价值|估值|市值",
    "price": r"单价|价格|售价|票价|市场价|运费|租金|流转费|费用|[元块]一",
}


def _another_kind_of_money(asked: str, line: Line, start: int) -> float:
    """What to take off the score when the money at ``start`` is of a kind (aid, investment, income…) that the question does not ask for."""
    own = line.segment_of(start)
    wanted = {kind for kind, pattern in _MONEY.items() if re.search(pattern, asked)}
    if not wanted:
        return 0.0
    for number in (own, own - 1):
        if number >= 0:
            said = {kind for kind, pattern in _MONEY.items() if re.search(pattern, line.text[slice(*line.segments[number])])}
            if said:
                if said & wanted:
                    return 0.0
                # aid pays for things, so what was spent and what was given may be one sum
                return 0.1 if {"aid", "investment"} >= said | wanted and "无偿" not in asked else 0.3
    return 0.0


def _lacks_figure(asked: str, text: str) -> bool:
    """Whether the question counts what it asks for (13家医院都叫什么) and the line does not give that count."""
    counted = [item for item in quantities(asked) if item.kind is QuantityKind.COUNT and not item.vague and not item.ordinal and item.unit]
    return bool(counted) and not any(item.value == other.value for item in counted for other in quantities(text))


def choose_lines(query: Query, lines: Sequence[Line], relevance: Relevance) -> list[Choice]:
    """Lines that speak to the question, best first."""
    choices = []
    for line in lines:
        coverage, own = relevance.coverage(line), relevance.own_coverage(line)
        score = 0.5 * coverage + 0.5 * own - _RANK_PENALTY * (line.rank - 1)
        score -= _MISSING_PLACE_PENALTY * len(missing_places(query, line))
        if line.chunk.kind in (BlockKind.TITLE, BlockKind.HEADING):
            score -= 2 * _TITLE_PENALTY
        if not year_fits(query, line, 0, 1):
            score -= 0.3
        choices.append(Choice(line, score, coverage))
    choices.sort(key=lambda choice: (-choice.score, choice.line.rank, choice.line.number))
    return choices


def rivals(query: Query, choices: Sequence[Choice]) -> list[Choice]:
    """The best choice and those that answer the question as asked just as well with another figure of another scope.

    A question that leaves open whose or where (江苏无偿援助多少) may have several right figures; each needs its scope.
    """
    best = choices[0]
    kept = [best]
    if best.candidate is None or best.candidate.quantity is None:
        return kept
    for choice in choices[1:]:
        if (
            choice.score < best.score - _SAME_PATTERN
            or choice.coverage < best.coverage - _SAME_PATTERN
            or choice.candidate is None
            or choice.candidate.quantity is None
            or choice.chance < _AS_LIKELY * best.chance
        ):
            continue
        if any(_same_figure(choice, other) or not _other_scope(query, choice, other) for other in kept):
            continue
        kept.append(choice)
    return kept


def _same_figure(choice: Choice, other: Choice) -> bool:
    one, two = choice.candidate, other.candidate
    if one is None or two is None or one.quantity is None or two.quantity is None:
        return True
    return (
        one.quantity.value == two.quantity.value
        and choice.scope == other.scope
        and choice.line.chunk.source_id == other.line.chunk.source_id
    )


def _other_scope(query: Query, choice: Choice, other: Choice) -> bool:
    """Whether two figures stand in different articles, sections or clauses' subjects that the question does not decide between."""
    one, two = choice.line.chunk, other.line.chunk
    if one.source_id != two.source_id:
        return True
    return choice.scope != other.scope and not (set(choice.scope) & set(query.places) or set(other.scope) & set(query.places))
