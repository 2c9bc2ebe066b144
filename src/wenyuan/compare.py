"""The figures found for the sides of a comparison -> the one that is more or less, or what they come to together, all shown.

A figure must be its own side's and of one kind and unit with the others. Knows nothing of searching or of confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from wenyuan.analyse import COMPATIBLE_UNITS
from wenyuan.chinese.amounts import (
    Amount,
    Nature,
    agree,
    amount,
    asks_change,
    asks_money,
    base_unit,
    exact_value,
    is_change,
    is_of_dimension,
)
from wenyuan.chinese.names import places
from wenyuan.chinese.numbers import Quantity, QuantityKind, dates, quantities
from wenyuan.chinese.tags import tagged
from wenyuan.choose import Choice, rivals
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line
from wenyuan.extract import Candidate
from wenyuan.sides import Compared, Wanted, rows, told_by_place

_TRIED = 4  # figures of a side that may be the one that goes with the others'
_AS_GOOD = 0.15  # of score, below the best of the side
_RIGHT_AFTER = 4  # code points between a figure and the noun it counts
_SUMMED = ({"人", "名", "位", "员"}, {"所", "家", "座", "间"})  # measure words of one thing, whose figures add up
_SCALES = (("万亿", 10**12), ("亿", 10**8), ("万", 10**4))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sides of a comparison, each with the figure found for it."""

    query: Query
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Figure:
    """The figure of one side."""

    name: str
    choice: Choice
    candidate: Candidate
    quantity: Quantity
    value: Decimal  # exact, as it is written; of a date yyyymmdd with the year that its text gives it
    amount: Amount | None  # what it may stand for, in the unit that all units of its kind are told in; None where that is not sure

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands."""
        return (self.choice.line.chunk.id, self.choice.line.number, self.candidate.start)

    @property
    def told(self) -> str:
        """The figure behind its side's name, with what bounds it."""
        start, end = self.candidate.start, self.candidate.end
        if self.amount is not None and self.quantity.kind is not QuantityKind.DATE:
            start, end = min(start, self.amount.start), max(end, self.amount.end)
        return self.name + self.candidate.line.verbatim(start, end).strip()

    @property
    def is_about(self) -> bool:
        """Whether it is told with 约."""
        return self.amount is not None and self.amount.nature is Nature.ABOUT

    @property
    def adds_up(self) -> bool:
        """Whether one number is meant, exactly or 约, so that it can be added; 十多万 cannot."""
        return self.amount is not None and self.amount.nature is not Nature.OPEN


def compare_figures(query: Query, asked: Compared, found: Sequence[tuple[Query, Sequence[Choice]]]) -> Comparison | None:
    """The comparison of the best figures of the sides, ``found`` for the question of each, in their order.

    None when a side has none that fits the others', or several that answer its question alike.
    """
    names = [side.name for side in asked.sides]
    by_place = told_by_place(asked.sides)
    owned = [
        [figure for choice in choices if (figure := _figure(side, name, choice)) is not None and _is_own(figure, names, by_place)]
        for name, (side, choices) in zip(names, found, strict=True)
    ]
    likely = [[figure for figure in own[:_TRIED] if figure.choice.score >= own[0].choice.score - _AS_GOOD] for own in owned]
    fitting = [group for group in product(*likely) if _go_together(group, asked.wanted)]
    if not fitting:
        return None
    best = max(fitting, key=lambda group: sum(figure.choice.score for figure in group))
    if any(_is_rivalled(side, figure, own) for (side, _), figure, own in zip(found, best, owned, strict=True)):
        return None
    text = _text(asked, best)
    return None if text is None else Comparison(query, text, tuple(figure.choice for figure in best))


def _is_rivalled(query: Query, best: _Figure, own: Sequence[_Figure]) -> bool:
    """Whether the text gives the side several such figures, each of another scope, so that none is the one to compare."""
    alike = [figure.choice for figure in own if figure is not best and figure.quantity.unit == best.quantity.unit]
    kept = rivals(query, [best.choice, *alike])
    return len({choice.candidate.quantity.value for choice in kept if choice.candidate and choice.candidate.quantity}) > 1


def _figure(query: Query, name: str, choice: Choice) -> _Figure | None:
    """The figure that ``choice`` is for the question of a side; None where it tells a change or a dimension that is not asked for."""
    candidate = choice.candidate
    if candidate is None or candidate.quantity is None:
        return None
    item, text = candidate.quantity, candidate.line.text
    if item.kind is not QuantityKind.DATE:
        if (is_change(text, item) and not asks_change(query.text)) or not is_of_dimension(query.text, text, item):
            return None
        if item.kind is QuantityKind.AMOUNT and query.expected is AnswerType.NUMBER and not asks_money(query.text):
            return None  # 亿元 for 人口有多少
        return _Figure(name, choice, candidate, item, exact_value(text, item), amount(text, item))
    day = _dated(query, candidate)
    if day is None:
        return None
    return _Figure(name, choice, candidate, item, Decimal(day), Amount(Decimal(day), Decimal(day), item.unit, Decimal(day)))


def _dated(query: Query, candidate: Candidate) -> int | None:
    """yyyymmdd of a date, its year from the text before it or from the question; None when neither gives one."""
    item, line = candidate.quantity, candidate.line
    if item is None or item.unit in ("今年", "period"):
        return None
    if item.value >= 10000:
        return int(item.value)
    before = [int(date.value // 10000) for date in dates(line.paragraph + line.text[: candidate.start]) if date.value >= 10000]
    years = before[-1:] or [int(year) for year in query.years if year.isdigit()][:1]
    return years[0] * 10000 + int(item.value) if years and item.value else None


def _go_together(group: Sequence[_Figure], wanted: Wanted) -> bool:
    """Whether figures can be compared: each another one's place, of one kind and unit; added up only where units are one."""
    first = group[0].quantity
    if len({figure.place for figure in group}) < len(group) or any(figure.quantity.kind is not first.kind for figure in group):
        return False
    if first.kind is QuantityKind.DATE:
        return wanted in (Wanted.WHICH, Wanted.WHETHER) and _tell_apart([int(figure.value) for figure in group])
    if wanted in (Wanted.WHICH, Wanted.WHETHER):
        return all(agree(base_unit(figure.quantity), base_unit(first), COMPATIBLE_UNITS) for figure in group)
    if wanted is Wanted.SUM and first.kind is QuantityKind.PERCENT:
        return False
    return all(agree(figure.quantity.unit, first.unit, _SUMMED) for figure in group)


def _tell_apart(days: Sequence[int]) -> bool:
    """Whether dates, some of them a mere month or year, come one after the other for sure."""
    unit = max(10000 if day % 10000 == 0 else 100 if day % 100 == 0 else 1 for day in days)
    return len({day // unit for day in days}) == len(days) or all(
        (day % 10000 == 0, day % 100 == 0) == (days[0] % 10000 == 0, days[0] % 100 == 0) for day in days
    )


# -- whose figure ---------------------------------------------------------------------------------------------------------


def _is_own(figure: _Figure, names: Sequence[str], by_place: bool) -> bool:
    """Whether the figure is of its side and of it alone: that of 甲、乙等 is neither's."""
    line, start = figure.choice.line, figure.candidate.start
    if not by_place or figure.quantity.kind is QuantityKind.DATE:
        return owner(line, figure.candidate, names) == figure.name
    before = line.text[:start]
    mentioned = [at.start() for at in re.finditer(re.escape(figure.name), before)]
    together = any(row[0].start <= mentioned[-1] <= row[-1].start for row in rows(before)) if mentioned else False
    return not together or re.search(r"分别|依次|各", line.text) is not None


def owner(line: Line, candidate: Candidate, names: Sequence[str]) -> str | None:
    """Which of ``names`` the figure is of: what it counts, else what is named before it, else after it in its clause."""
    over = len(line.paragraph)
    text = line.paragraph + line.text
    start, end = over + candidate.start, over + candidate.end
    clause, rest = (over + edge for edge in line.segments[line.segment_of(candidate.start)])
    mentions = _mentions(text, names)
    figures = [item for item in quantities(text) if item.kind is not QuantityKind.DATE]
    after = [(at, last, name) for at, last, name in mentions if at >= end]
    if candidate.quantity is not None and candidate.quantity.kind is QuantityKind.DATE:
        if after and not any(end <= day.start < after[0][0] for day in dates(text)):
            return after[0][2]
    elif (
        after
        and after[0][0] <= min(end + _RIGHT_AFTER, rest - 1)
        and not re.search("、", text[end : after[0][0]])
        and not places(text[slice(*after[0][:2])])
    ):
        return after[0][2]
    before = [mention for mention in mentions if mention[0] < start and not _counted(text, mention[0], figures, start)]
    if before and (before[-1][0] >= clause or not after or after[0][0] >= rest):
        _, last, name = before[-1]
        return None if _another_named(text, last, start, name, names) else name
    if after and after[0][0] < rest and not any(end <= item.start < after[0][0] for item in figures):
        return after[0][2]
    heads = _mentions(line.heading, names) or _mentions(line.previous, names)
    return None if before or not heads else heads[-1][2]


def _another_named(text: str, low: int, high: int, name: str, names: Sequence[str]) -> bool:
    """Whether between ``name`` and its figure one more of the same sort is named (长风集团 after 远航集团), or another opens a clause."""
    shared = max(size for size in range(len(name) + 1) if all(other.endswith(name[len(name) - size :]) for other in names))
    sort = name[-max(2, shared) :]
    between = text[low:high]
    if re.search(rf"[^\W\d](?<![该本此这]){re.escape(sort)}", between):
        return True
    return any(
        word.is_name and word.start >= low and word.end <= high and text[word.start - 1] in ",;:。" and word.text not in name
        for word in tagged(text)
    )


def _counted(text: str, at: int, figures: Sequence[Quantity], start: int) -> bool:
    """Whether the name at ``at`` is what another figure right before it counts."""
    return any(
        item.end <= at <= item.end + _RIGHT_AFTER and item.end < start and not re.search(r"[,;:。、]", text[item.end : at])
        for item in figures
    )


def _mentions(text: str, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """(start, end, name) of every mention of ``names`` in ``text``; of two that make one name (山东省威海市) the inner one."""
    found = []
    for name in names:
        others = [other for other in names if other != name]
        found += [(*span, name) for span in _said(name, others, text)]
    found.sort()
    return [
        one
        for number, one in enumerate(found)
        if not any(other[2] != one[2] and one[1] == other[0] and text[one[0] : one[1]][-1:] in "省市县区" for other in found[number + 1 :])
    ]


def _said(name: str, others: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """Where ``name`` stands in ``text``: whole, else what tells it from ``others``, or most of that; 箱量 as 个标箱."""
    core = _own_part(name, others)
    forms = [name] + [form for size in range(len(core), max(1, len(core) // 2), -1) for form in (core[-size:], core[:size])]
    for form in forms:
        if form in text and not any(form in other for other in others):
            yield from ((match.start(), match.end()) for match in re.finditer(re.escape(form), text))
            return
    if len(name) == 2 and name[-1] in "数量":
        for item in quantities(text):
            if name[0] in text[item.number[1] : item.end + 2]:
                yield item.start, item.end


def _own_part(name: str, others: Sequence[str]) -> str:
    """``name`` without the beginning and the end that all the names share: 民生 of 民生项目 beside 产业项目."""
    head = max(size for size in range(len(name) + 1) if all(other.startswith(name[:size]) for other in others))
    tail = max(size for size in range(len(name) + 1) if all(other.endswith(name[len(name) - size :]) for other in others))
    own = name[head : len(name) - tail]
    return own if len(own) > 1 else name


# -- what is said of them -------------------------------------------------------------------------------------------------


def _text(asked: Compared, group: Sequence[_Figure]) -> str | None:
    if asked.wanted is Wanted.SUM:
        return _summed(group)
    if asked.wanted is Wanted.DIFFERENCE:
        return _apart(group)
    stated = "，".join(figure.told for figure in group)
    leading = _leading(group, asked.least)
    if not leading:
        return None  # 31所 and 30多所
    if len(leading) == len(group):
        return f"一样：{stated}"
    if asked.wanted is Wanted.WHETHER:
        return f"{'是' if leading[0] is group[0] else '不是'}，{stated}"
    return f"{'、'.join(figure.name for figure in leading)}（{stated}）"


def _leading(group: Sequence[_Figure], least: bool) -> list[_Figure]:
    """The figures that are for sure no less than any other, or no more for ``least``; none where that is not sure."""

    def leads(one: Amount, other: Amount) -> bool:
        return one.is_same(other) or (one.is_below(other) if least else other.is_below(one))

    sizes = [figure.amount for figure in group if figure.amount is not None]
    if len(sizes) < len(group):
        return []
    return [figure for figure, size in zip(group, sizes, strict=True) if all(size is other or leads(size, other) for other in sizes)]


def _summed(group: Sequence[_Figure]) -> str | None:
    if not all(figure.adds_up for figure in group):
        return None
    total = sum((figure.value for figure in group), Decimal(0))
    return f"共{_written(total, group)}（{' + '.join(figure.told for figure in group)}）"


def _apart(group: Sequence[_Figure]) -> str | None:
    if len(group) != 2 or not all(figure.adds_up for figure in group):
        return None
    more, less = sorted(group, key=lambda figure: -figure.value)
    if any(figure.is_about for figure in group) and not _leading(group, False):
        return None  # 约100人 and 105人
    if more.value == less.value:
        return f"一样：{'，'.join(figure.told for figure in group)}"
    return f"{more.name}多{_written(more.value - less.value, group)}（{more.told} - {less.told}）"


def _written(value: Decimal, group: Sequence[_Figure]) -> str:
    """A figure worked out, in the largest fitting scale of those that it was worked out from."""
    sizes = [(scale, size) for scale, size in _SCALES if any(scale in figure.candidate.text for figure in group)] or [("", 1)]
    scale, size = next(((scale, size) for scale, size in sizes if value >= size), sizes[-1])
    rough = "约" if any(figure.is_about for figure in group) else ""
    unit = "个百分点" if group[0].quantity.kind is QuantityKind.PERCENT else group[0].quantity.unit
    return f"{rough}{(value / size).normalize():f}{scale}{unit}"
