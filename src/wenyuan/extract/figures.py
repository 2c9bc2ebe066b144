"""Figures in a line of the kind and with the measure word that a question asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wenyuan.chinese.numbers import Quantity, QuantityKind, quantities
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract.candidate import Candidate

FIGURES = {
    AnswerType.COUNT: (QuantityKind.COUNT,),
    AnswerType.AMOUNT: (QuantityKind.AMOUNT,),
    AnswerType.PERCENT: (QuantityKind.PERCENT,),
    AnswerType.DURATION: (QuantityKind.DURATION,),
    AnswerType.DATE: (QuantityKind.DATE,),
    AnswerType.NUMBER: (QuantityKind.COUNT, QuantityKind.AMOUNT, QuantityKind.PERCENT, QuantityKind.DURATION),
}


_CLASSES = (
    frozenset("人 名 位 人次 员 口".split()),
    frozenset("亩 公顷 平方米 平方公里 平方千米 平方英里 平方英尺 km2 m2".split()),
    frozenset("公里 千米 米 厘米 毫米 里 英里 英尺 英寸 海里 公尺 公分 km cm mm".split()),
    frozenset("吨 公斤 千克 斤 克 kg".split()),
    frozenset("立方米 升 毫升".split()),
    frozenset("岁 周岁".split()),
    frozenset("个 家 所 座 间 栋 幢 处 项 条 种 类 件".split()),
)


def asks_figure(query: Query) -> bool:
    """Whether a figure or date alone can answer; two words without 多少 or 几 may ask for anything."""
    return query.expected in FIGURES and (query.expected is not AnswerType.NUMBER or re.search(r"多少|几", query.text) is not None)


def units_agree(query: Query, item: Quantity) -> bool:
    """Whether the figure's measure word may answer for those that ``query`` asks with; what no class holds may."""
    if not query.units or not item.unit or item.unit in query.units:
        return True
    asked = [group for group in _CLASSES if group & set(query.units)]
    stated = [group for group in _CLASSES if item.unit in group]
    if item.unit == "个":
        return any("个" in group for group in asked)
    return not (asked and stated) or any(group in asked for group in stated)


def figures(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    """Figures of the kind and unit that ``query`` expects, with a bonus for what they count."""
    found = [item for item in quantities(line.text) if item.kind in FIGURES[query.expected]]
    duration_ages = query.expected is AnswerType.DURATION and bool({"岁", "周岁"} & set(query.units))
    asks_which = "第几" in query.text
    for place, item in enumerate(found):
        text = line.text[item.start : item.end]
        if item.ordinal != asks_which or re.sub(r"[^\w]", "", text) in re.sub(r"[^\w]", "", query.text):
            continue
        bonus = 0.0
        if item.vague:
            continue  # 一个, 几所: an article, not a figure
        if query.expected in (AnswerType.COUNT, AnswerType.DURATION) and query.units:
            if item.unit not in query.units and not (item.unit == "" and query.expected is AnswerType.COUNT):
                continue
            if duration_ages != (item.unit in ("岁", "周岁")):
                continue
            if item.unit == "":
                bonus -= 0.15
        if query.expected is AnswerType.COUNT and item.unit in ("省", "市", "县", "区", "村", "国", "镇", "乡") and not query.units:
            bonus -= 0.2
        if query.expected in (AnswerType.COUNT, AnswerType.NUMBER) and query.target:
            bound = _counted(query.target, line, item, relevance)
            if bound < 0.3 and query.units and relevance.strength(query.target, line.text) < 0.4:
                continue  # doctors are no teachers, though both are 名
            bonus += 0.16 * bound if bound >= 0.4 else -0.12 if query.expected is AnswerType.NUMBER else -0.3 if query.units else -0.22
        if query.expected is AnswerType.DATE:
            asks_year = bool(re.search(r"哪一?年|何年", query.text))
            if asks_year and not re.search(r"年|世纪", text):
                bonus -= 0.15
            if re.search(r"几月|哪个?月", query.text) and "月" not in text:
                bonus -= 0.15
            if item.unit == "period":
                bonus -= 0.1
        if query.units and re.search(rf"(?:多少|几){re.escape(item.unit)}", query.text) and item.unit:
            bonus += 0.08  # the very measure word asked with
        change = _change(line.text, item) if item.kind is not QuantityKind.DATE else ""
        if change:
            bonus += 0.08 if (change == "before") == query.wants_before else -0.12
        elif query.wants_before:
            bonus -= 0.05
        end = item.end
        start = item.start - 1 if item.ordinal and line.text[item.start - 1 : item.start] == "第" else item.start
        if query.expected is AnswerType.COUNT and len(query.units) > 1 and place + 1 < len(found):  # 几批、多少名 -> 16批26名
            following = found[place + 1]
            if re.search(r"(?:几|多少)\w+[、,和](?:几|多少)", query.text) and following.start == end:
                end, bonus = following.end, bonus + 0.1
        yield Candidate(line, start, end, bonus, item)


def _counted(target: str, line: Line, item: Quantity, relevance: Relevance) -> float:
    """[0, 1]: how surely the figure counts ``target``: the noun right after it, or the one its segment leads up to."""
    low, high = line.segments[line.segment_of(item.start)]
    after = re.match(r"[^,;:。、()“”\d]{0,12}", line.text[item.end : high])
    before = line.text[low : item.start]
    # the noun after belongs to the next figure where another figure follows at once (528批次、4628人次)
    near_before = re.split(r"\d", before)[-1][-24:]
    scores = [relevance.strength(target, near_before)]
    if after and after[0]:
        scores.append(relevance.strength(target, after[0]))
    heads = [target[-2:], target[-3:]] if len(target) > 2 else []
    scores += [0.9 * relevance.strength(head, near_before + "|" + (after[0] if after else "")) for head in heads]
    return max(scores)


def _change(text: str, item: Quantity) -> str:
    """ "before" or "after" for a figure in 由 A 提高至 B, else ""."""
    left, right = text[max(0, item.start - 14) : item.start], text[item.end : item.end + 16]
    if re.search(r"[由从](?:[^,;。]{0,10})$", left) and re.match(r"[^,;。\d]{0,8}(?:至|到|为|成)[^,;。\d]{0,8}\d", right):
        return "before"
    if re.search(r"(?:提高|下降|提升|增加|增长|减少|降低|上升|缩短|增|升|降|扩大)(?:至|到|为|了)(?:\d{4}年的?)?$", left) and re.search(
        r"[由从][^,;。]{0,24}$", text[: max(0, item.start - 3)]
    ):
        return "after"
    return ""
