"""A yes/no question and lines -> the polarity first, then the fact that corrects or bears it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wenyuan.analyse import analyse
from wenyuan.binding import missing_places
from wenyuan.chinese.names import contains, level, places
from wenyuan.chinese.numbers import quantities
from wenyuan.choose import Choice, choose_lines
from wenyuan.contracts import BlockKind, Query
from wenyuan.evidence import Line, Relevance

_ONLY = re.compile(r"唯一|仅有|只有|独有|仅此")
_NOT = re.compile(r"没有|并非|不是|未能|尚未|从未|并未|无法|不再")
_MIN_COVERAGE = 0.6


@dataclass(frozen=True, slots=True)
class Judgement:
    """A yes or a no, with the line that says so."""

    query: Query
    text: str
    choice: Choice


def judge(query: Query, lines: Sequence[Line], relevance: Relevance, figures: Callable[[Query], list[Choice]]) -> Judgement | None:
    """Whether ``lines`` bear out what ``query`` supposes; None when they do not say."""
    ranked = choose_lines(query, lines, relevance)
    if not ranked:
        return None
    if re.search(r"除了|除.+(?:以外|之外)|(?:别的|其他|其它|另外)", query.text):
        for choice in ranked[:6]:
            if _ONLY.search(choice.line.text) and not missing_places(query, choice.line):
                return Judgement(query, "没有，是唯一的", replace(choice, score=max(choice.score, 0.7)))
    if supposed := _supposed_figure(query):
        choices = figures(supposed[0])
        if choices and choices[0].candidate is not None and choices[0].candidate.quantity is not None:
            best = choices[0]
            stated = best.candidate.verbatim if best.candidate else ""
            same = best.candidate is not None and best.candidate.quantity is not None and best.candidate.quantity.value == supposed[1]
            return Judgement(query, f"是，{stated}" if same else f"不是，是{stated}", best)
    whole = [choice for choice in ranked if not missing_places(query, choice.line) and choice.coverage >= _MIN_COVERAGE]
    if not (whole and all(name in whole[0].line.text + whole[0].line.section for name in query.places)):
        corrected = _corrected(query, lines, relevance)
        if corrected is not None:
            return corrected
    if whole:
        best = whole[0]
        if _opposed(query.text, _near(best.line, relevance)):
            return Judgement(query, "没有，恰好相反", replace(best, score=best.coverage))
        negative = bool(_NOT.search(_near(best.line, relevance))) != bool(_NOT.search(re.sub(r"有没有|是不是", "", query.text)))
        return Judgement(query, "不是" if negative else "是", replace(best, score=best.coverage))
    return _corrected(query, lines, relevance)


_UP = re.compile(r"变长|变多|变大|增加|增长|提高|上升|提升|上涨|扩大|延长")
_DOWN = re.compile(r"变短|变少|变小|减少|下降|降低|缩短|下跌|缩小|下滑")


def _opposed(asked: str, said: str) -> bool:
    """Whether one says more and the other less."""
    return bool(
        (_UP.search(asked) and _DOWN.search(said) and not _UP.search(said))
        or (_DOWN.search(asked) and _UP.search(said) and not _DOWN.search(said))
    )


def _near(line: Line, relevance: Relevance) -> str:
    """The segment of ``line`` that speaks most to the question."""
    low, high = max(
        line.segments,
        key=lambda bounds: sum(weight * relevance.strength(term, line.text[slice(*bounds)]) for term, weight in relevance.weights.items()),
    )
    return line.text[low:high]


def _supposed_figure(query: Query) -> tuple[Query, float] | None:
    """The question behind 天津援建了26所学校吗 (多少所学校), and the figure supposed."""
    found = [
        item
        for item in quantities(query.text)
        if not item.vague and not item.ordinal and item.kind.value in ("count", "amount", "percent", "duration")
    ]
    if not found:
        return None
    item = found[-1]
    stem = re.sub(r"(?:是|对)?[吗吧么]$", "", query.text)
    unit = stem[item.start : item.end].lstrip("约近超过0123456789.,一二三四五六七八九十百千万亿两零多余")
    asked = f"{stem[: item.start]}多少{unit}{stem[item.end :]}"
    return analyse(asked), item.value


def _corrected(query: Query, lines: Sequence[Line], relevance: Relevance) -> Judgement | None:
    """不是，是…: all is stated but one place, and where it should stand the articles name another."""
    best: tuple[float, str, Choice] | None = None
    for supposed in query.places:
        others = tuple(name for name in query.places if name != supposed)
        # the supposed place is what the question doubts: the one after 是 or 在, or else the last
        doubted = bool(re.search(rf"(?:是|在|到|给){supposed}", query.text)) or supposed == query.places[-1]
        if not doubted:
            continue
        rest = replace(query, places=others, terms=tuple(term for term in query.terms if supposed not in term))
        for choice in choose_lines(rest, lines, relevance):
            if missing_places(rest, choice.line):
                continue
            held = sum(
                weight * max(relevance.strength(term, choice.line.text), relevance.strength(term, choice.line.context))
                for term, weight in relevance.weights.items()
                if supposed not in term
            )
            total = sum(weight for term, weight in relevance.weights.items() if supposed not in term) or 1.0
            right = [
                place.name
                for place in places(choice.line.text)
                if place.name not in others
                and not place.in_institution
                and level(place.name) == level(supposed)
                and not any(contains(place.name, other) for other in others)
            ]
            score = held / total - 0.1 * (choice.line.chunk.kind is not BlockKind.BODY) + 0.3 * relevance.own_coverage(choice.line)
            if right and score >= 0.7 and (best is None or score > best[0]):
                best = (score, right[0], replace(choice, score=score * 0.9))
    if best is None:
        return None
    return Judgement(query, f"不是，是{best[1]}", best[2])
