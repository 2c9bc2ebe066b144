"""A yes/no question and lines -> the polarity first, then the fact that corrects or bears it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from wenyuan.analyse import COMPATIBLE_UNITS, analyse
from wenyuan.binding import missing_places
from wenyuan.chinese.amounts import Amount, Nature, agree, amount, asks_change, asks_money, is_change, is_of_dimension
from wenyuan.chinese.names import contains, level, places
from wenyuan.chinese.numbers import Quantity, QuantityKind, dates, quantities
from wenyuan.chinese.tags import tagged
from wenyuan.choose import Choice, choose_lines
from wenyuan.contracts import BlockKind, Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract import Candidate

_ONLY = re.compile(r"唯一|仅有|只有|独有|仅此")
_NOT = re.compile(r"没有|并非|不是|未能|尚未|从未|并未|无法|不再|不会|不能|不得|不可|不允许|未[造写说提公出达获被能]|没[能被]")
_MIN_COVERAGE = 0.6
_SUBJECT_CHARS = 24
_WORDED = 4  # code points before a figure of which only its words are known
_LIKELY = 0.35  # chance from which the answer to what is supposed corrects or bears it out


@dataclass(frozen=True, slots=True)
class Judgement:
    """A yes or a no, with the line that says so."""

    query: Query
    text: str
    choice: Choice
    holds: bool
    how: str  # the rule: "only", "figure", "date", "place", "opposed", "words", "corrected"


def judge(query: Query, lines: Sequence[Line], relevance: Relevance, answers: Callable[[Query], list[Choice]]) -> Judgement | None:
    """Whether ``lines`` bear out what ``query`` supposes; None when they do not say.

    ``answers`` gives weighed choices for the question that asks after what is supposed (多少, 哪年, 哪里), the most likely first.
    """
    ranked = choose_lines(query, lines, relevance)
    if not ranked:
        return None
    if re.search(r"除了|除.+(?:以外|之外)|(?:别的|其他|其它|另外)", query.text):
        for choice in ranked[:6]:
            if _ONLY.search(choice.line.text) and not missing_places(query, choice.line):
                return Judgement(query, "没有，是唯一的", choice, False, "only")
    for how, suppose in (("figure", _supposed_figure), ("date", _supposed_date), ("place", _supposed_place)):
        if (supposed := suppose(query)) is not None:
            choices = answers(supposed.asked)
            if choices and choices[0].candidate is not None and choices[0].chance >= _LIKELY:
                judged = supposed.judged(choices[0])
                if judged is not None:
                    return Judgement(query, judged, choices[0], judged.startswith("是"), how)
                if how == "figure" and choices[0].candidate.quantity is not None:
                    return None  # 35台吗 where 30多台 are told
    whole = [choice for choice in ranked if not missing_places(query, choice.line) and choice.coverage >= _MIN_COVERAGE]
    if not (whole and all(name in whole[0].line.text + whole[0].line.section for name in query.places)):
        corrected = _corrected(query, lines, relevance)
        if corrected is not None:
            return corrected
    if whole:
        best = whole[0]
        if _opposed(query.text, _near(best.line, relevance)):
            return Judgement(query, "没有，恰好相反", best, False, "opposed")
        if not _states_figure(query, best.line) or (_beside_another(query.text) and not _beside_another(_near(best.line, relevance))):
            return None
        negative = _denies(_near(best.line, relevance)) != _denies(re.sub(r"有没有|是不是", "", query.text))
        return Judgement(query, "不是" if negative else "是", best, not negative, "words")
    return _corrected(query, lines, relevance)


_UP = re.compile(r"变长|变多|变大|增加|增长|提高|上升|提升|上涨|扩大|延长")
_DOWN = re.compile(r"变短|变少|变小|减少|下降|降低|缩短|下跌|缩小|下滑")


def _opposed(asked: str, said: str) -> bool:
    """Whether one says more and the other less."""
    return bool(
        (_UP.search(asked) and _DOWN.search(said) and not _UP.search(said))
        or (_DOWN.search(asked) and _UP.search(said) and not _DOWN.search(said))
    )


_NUMERAL = r"[约近\d几数一二两三四五六七八九十百千万亿半]"
_BESIDE = re.compile(
    r"(?<![占对同环])比(?![例重率赛价值分如])|不如|不及|一样|同样|相同|相等|相当于?"
    rf"|(?:超过|[高低大小多少早晚长短]于)(?!了?{_NUMERAL})"
    rf"|没?有(?!{_NUMERAL})[^,\d]+?(?<![增减提升降扩加缩成延变])[多少高低大小长短早晚快慢重轻远近](?:[吗吧么]|$)"
)


def _beside_another(text: str) -> bool:
    """Whether one thing is held against another: a sentence that tells of both says nothing of which is more."""
    return _BESIDE.search(text) is not None


def _denies(text: str) -> bool:
    """Whether something is denied other than by what bounds a figure (没有超过900米)."""
    amounts = (amount(text, item, supposed=True) for item in quantities(text) if item.kind in _FIGURES)
    bounds = [(told.start, told.end) for told in amounts if told is not None]
    return any(not any(low <= match.start() < high for low, high in bounds) for match in _NOT.finditer(text))


def _near(line: Line, relevance: Relevance) -> str:
    """The segment of ``line`` that speaks most to the question."""
    low, high = max(
        line.segments,
        key=lambda bounds: sum(weight * relevance.strength(term, line.text[slice(*bounds)]) for term, weight in relevance.weights.items()),
    )
    return line.text[low:high]


@dataclass(frozen=True, slots=True)
class _Supposed:
    """What a yes/no question takes for granted, and the question that asks after it."""

    asked: Query
    amount: Amount | None = None
    beside: tuple[Amount, ...] = ()  # other figures listed with it: 学校26所、卫生院17所
    changes: bool = False  # by so much: 增加了20吨
    before: str = ""  # what stands before the figure
    words: str = ""  # a date or a place

    def judged(self, choice: Choice) -> str | None:
        """Yes or no with what is stated; None when what is stated cannot be held against what is supposed."""
        item = choice.candidate
        if item is None:
            return None
        if self.words:
            named = [place.name for place in places(item.text)]
            if not dates(item.text) and not named:
                return None
            same = self.words in item.text or any(contains(self.words, name) or contains(name, self.words) for name in named)
            return f"是，{item.verbatim}" if same else f"不是，是{item.verbatim}"
        return None if item.quantity is None or self.amount is None else self._measured(item, item.quantity, self.amount)

    def judged_by(self, line: Line, figure: Quantity) -> str | None:
        """The same with one figure of a line."""
        if self.amount is None or figure.kind is QuantityKind.DATE:
            return None
        return self._measured(Candidate(line, figure.start, figure.end, 0.0, figure), figure, self.amount)

    def _measured(self, item: Candidate, figure: Quantity, supposed: Amount) -> str | None:
        text = item.line.text
        stated = amount(text, figure)
        if stated is None or not _alike(stated, supposed) or _is_anothers(self.asked.text, item):
            return None
        changes = is_change(text, figure)
        if (
            (self.changes and not changes)
            or (changes and not asks_change(self.asked.text))
            or not is_of_dimension(self.before, text, figure)
        ):
            return None
        if figure.kind is QuantityKind.AMOUNT and not supposed.unit and not asks_money(self.asked.text):
            return None
        said = item.line.verbatim(min(item.start, stated.start), max(item.end, stated.end)).strip()
        if _bears_out(stated, supposed):
            told = item.line.paragraph + text
            return f"是，{said}" if all(_is_told(other, told) for other in self.beside) else None
        if not stated.is_apart(supposed):
            return None
        return f"{'没有' if supposed.high.is_infinite() else '不是'}，是{said}"


def _is_anothers(asked: str, item: Candidate) -> bool:
    """Whether another of the sort that the question begins with is named nearer before the figure: 松岭大桥 after 柳湾大桥."""
    text = item.line.paragraph + item.line.text
    before = text[: len(item.line.paragraph) + item.start]
    size = next((size for size in range(min(len(asked), _SUBJECT_CHARS), 1, -1) if asked[:size] in text), 0)
    subject = asked[:size]
    between = before[before.rfind(subject) + size :] if subject in before else before
    return any(
        re.search(rf"[^\W\d](?<![该本此这的]){re.escape(word.text)}", between) is not None
        for word in tagged(subject)
        if word.start and len(word.text) > 1 and word.tag[0] in "nl"
    )


def _alike(stated: Amount, supposed: Amount) -> bool:
    """Whether two figures are of one kind; a bare number (阅读量过万) is of any that is counted."""
    return "" in (stated.unit, supposed.unit) or agree(stated.unit, supposed.unit, COMPATIBLE_UNITS)


def _bears_out(stated: Amount, supposed: Amount) -> bool:
    """Whether what is stated makes what is supposed true: 1250米 that it is over 900米, 约980米 that it is 980米."""
    return stated.is_within(supposed) or (
        supposed.nature is Nature.EXACT and stated.nature is Nature.ABOUT and stated.value == supposed.value
    )


def _is_told(supposed: Amount, text: str) -> bool:
    """Whether a figure of ``text`` makes true what is supposed."""
    found = (amount(text, item) for item in quantities(text) if item.kind is not QuantityKind.DATE)
    return any(stated is not None and _alike(stated, supposed) and _bears_out(stated, supposed) for stated in found)


_TAG = re.compile(r"[,，。]?(?:是不是|对不对|对吗|对吧|对么|没错吧|是吧|是吗|真的吗)$|(?:了没有|了没)$")


def _stem(text: str) -> str:
    """A yes/no question without what makes it one."""
    text = re.sub(r"^(?:听说|据说|都说|请问)[,，]?", "", text)
    return re.sub(r"(?:了)?[吗吧么]$", "", _TAG.sub("", text)).rstrip(",，")


_ASKED_WHETHER = (  # what asks whether before a figure, without the asking
    (re.compile(r"有没有(?=\d|[一二两三四五六七八九十百千半])"), "达到"),
    (re.compile(r"有没有|是不是|是否|(?P<word>[超够足])[不没](?=(?P=word))|(?P<reach>到|达)[不没](?=(?P=reach)到?)"), ""),
)
_BARE = re.compile(r"(?<=[过超破达到足逾近])(?P<figure>[十百千][万亿]|[万亿])(?=$|大关|[了人次户辆台吨])")  # 年产量过万吨
_SCALE = re.compile(r"^[十百千万亿]*[多余来几]?[十百千万亿]*[多余]?(?P<unit>.*?)[多余]?$")
_SHARE = re.compile(r"过半|半数|一半|[\d一二三四五六七八九两几][成倍]|[\d一二三四五六七八九]+分之[\d一二三四五六七八九]+|翻[一两]?番")
_FIGURES = (QuantityKind.COUNT, QuantityKind.AMOUNT, QuantityKind.PERCENT, QuantityKind.DURATION)


def _plain(text: str) -> str:
    """A yes/no question as a statement: 有没有超过900米 is 超过900米."""
    stem = _stem(text)
    for pattern, said in _ASKED_WHETHER:
        stem = pattern.sub(said, stem)
    return stem


def _figures(stem: str) -> list[Quantity]:
    """The figures that a statement tells, left to right."""
    found = [item for item in quantities(stem) if item.unit and not item.vague and not item.ordinal and item.kind in _FIGURES]
    if not found:  # 人口超过80万
        found = [item for item in quantities(stem) if item.kind is QuantityKind.COUNT and not item.unit and stem[item.end - 1] in "万亿"]
    if not found and (bare := _BARE.search(stem)):
        scale = {"十": 10.0, "百": 100.0, "千": 1000.0}.get(bare["figure"][0], 1.0) * (1e8 if bare["figure"][-1] == "亿" else 1e4)
        found = [Quantity(*bare.span("figure"), QuantityKind.COUNT, scale, "", number=bare.span("figure"))]
    return found


def _supposed_figure(query: Query) -> _Supposed | None:
    """天津援建了26所学校吗 -> 天津援建了多少所学校, 26; None where no figure is supposed, or its words are not understood."""
    stem = _plain(query.text)
    found = _figures(stem)
    if not found:
        return None
    item = found[-1]
    supposed = amount(stem, item, supposed=True)
    if supposed is None or _NOT.search(stem[: supposed.start]):
        return None
    before, after = stem[: min(supposed.start, item.start)], stem[max(supposed.end, item.end) :]
    if supposed.nature is not Nature.EXACT:
        before = re.sub(r"[有在是为]$", "", before) + ("" if item.kind is QuantityKind.PERCENT else "有")
    listed = [amount(stem, other) for other in found[:-1] if re.search(r"[、,和与及]", stem[other.end : item.start])]
    how_many = _how_many(stem, item)
    asked = analyse(f"{before}{how_many}{after}")
    if supposed.unit in ("米", "公斤", "平方米", "秒"):  # told in one unit as well as another: 1公里 asked, 300米 stated
        asked = replace(analyse(f"{before}多少{after}"), expected=asked.expected, units=asked.units, target=asked.target)
    beside = tuple(other for other in listed if other is not None)
    return _Supposed(asked, _at_least(supposed, before), beside, is_change(stem, item), before.removesuffix("有"))


def _at_least(supposed: Amount, before: str) -> Amount:
    """能容纳400人 is true of what holds 500."""
    able = supposed.nature is Nature.EXACT and re.search(r"(?:能够?|可以?)[^,]{1,6}$", before)
    return replace(supposed, high=Decimal("Infinity"), high_in=False, nature=Nature.OPEN) if able else supposed


def _how_many(stem: str, item: Quantity) -> str:
    """多少所 for 26所."""
    if item.kind is QuantityKind.PERCENT:
        return "多少" + item.unit if item.unit != "%" else "百分之多少"
    match = _SCALE.match(stem[item.number[1] : item.end])
    return "多少" + (match["unit"].replace("个多月", "个月") if match and item.unit else "")


def _states_figure(query: Query, line: Line) -> bool:
    """Whether ``line`` tells the figure that ``query`` supposes, if it supposes one."""
    stem = _plain(query.text)
    figures = _figures(stem)
    if not figures:
        share = _SHARE.search(stem)
        return share is None or share[0] in line.text
    if amount(stem, figures[-1], supposed=True) is None:  # 1米78, 3到5米
        figure = re.match(r"[\d.,%〇零一二两三四五六七八九十百千万亿几半至到~-]*", stem[figures[-1].end :])
        last = figures[-1].end + (figure.end() if figure else 0)
        return stem[max(0, figures[-1].start - _WORDED) : last] in line.text
    supposed = _supposed_figure(query)
    told = [] if supposed is None else [supposed.judged_by(line, item) for item in quantities(line.text)]
    return any(text is not None and text.startswith("是") for text in told)


def _supposed_date(query: Query) -> _Supposed | None:
    """小桔灯是2023年才开始营业的吗 -> 小桔灯是什么时候开始营业的, 2023年; only where the date is what is doubted."""
    stem = _stem(query.text)
    match = re.search(r"(?:是从|是在|是|从|在)(?P<date>(?:1\d|20)\d\d年(?:\d{1,2}月)?)(?:才|就)?", stem)
    if match is None or (not stem.endswith("的") and "才" not in match[0]):
        return None
    asked = f"{stem[: match.start()]}是什么时候{stem[match.end() :]}"
    return _Supposed(analyse(asked), words=match["date"])


def _supposed_place(query: Query) -> _Supposed | None:
    """幼师幼儿园是天津盖的吧 -> 幼师幼儿园是哪里盖的, 天津; only where the place is what is doubted."""
    stem = _stem(query.text)
    for name in query.places:
        match = re.search(rf"(?:是|是在|在|是由|由){name}[省市县区]?", stem)
        if match and ("是" in match[0] or re.search(rf"在{name}[省市县区]?[^,，]{{1,4}}的$", stem)):
            rest = stem[match.end() :]
            prefix = match[0][: match[0].index(name)]
            return _Supposed(analyse(f"{stem[: match.start()]}{prefix}哪里{rest}"), words=name)
    return None


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
                if place.name not in query.places
                and not place.in_institution
                and level(place.name) == level(supposed)
                and not any(contains(place.name, other) for other in others)
            ]
            score = held / total - 0.1 * (choice.line.chunk.kind is not BlockKind.BODY) + 0.3 * relevance.own_coverage(choice.line)
            if right and score >= 0.7 and (best is None or score > best[0]):
                best = (score, right[0], replace(choice, score=score * 0.9))
    if best is None:
        return None
    return Judgement(query, f"不是，是{best[1]}", best[2], False, "corrected")
