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
from wenyuan.chinese.names import places
from wenyuan.chinese.numbers import Quantity, QuantityKind, dates, quantities
from wenyuan.chinese.tags import tagged
from wenyuan.choose import Choice, rivals
from wenyuan.contracts import Query
from wenyuan.evidence import Line
from wenyuan.extract import Candidate
from wenyuan.sides import Compared, Wanted, rows, told_by_place

_TRIED = 4  # figures of a side that may be the one that goes with the others'
_AS_GOOD = 0.15  # of score, below the best of the side
_RIGHT_AFTER = 4  # code points between a figure and the noun it counts
_SUMMED = ({"人", "名", "位", "员"}, {"所", "家", "座", "间"})  # measure words of one thing, whose figures add up
# How many metres, kilograms or square metres: 1.2公里 is more than 980米.
_IN_BASE = {
    **dict.fromkeys(("公里", "千米", "km"), Decimal(1000)),
    **dict.fromkeys(("厘米", "公分", "cm"), Decimal("0.01")),
    **dict.fromkeys(("毫米", "mm"), Decimal("0.001")),
    **{"里": Decimal(500), "英里": Decimal("1609.344"), "英尺": Decimal("0.3048"), "英寸": Decimal("0.0254"), "海里": Decimal(1852)},
    **{"吨": Decimal(1000), "t": Decimal(1000), "斤": Decimal("0.5"), "克": Decimal("0.001")},
    **{"亩": Decimal(2000) / 3, "公顷": Decimal(10000), "平方公里": Decimal(10**6)},
}
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

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands."""
        return (self.choice.line.chunk.id, self.choice.line.number, self.candidate.start)

    @property
    def size(self) -> Decimal:
        """The value in the unit that all units of its kind are told in."""
        return self.value * _IN_BASE.get(self.quantity.unit, Decimal(1))

    @property
    def told(self) -> str:
        """The figure behind its side's name."""
        return f"{self.name}{self.candidate.verbatim}"

    @property
    def is_open(self) -> bool:
        """Whether more than the number is meant (十多万), so that it adds up to nothing."""
        return re.search(r"[多余几来数超]", self.quantity.approximate + self.candidate.text) is not None


def compare_figures(query: Query, asked: Compared, found: Sequence[tuple[Query, Sequence[Choice]]]) -> Comparison | None:
    """The comparison of the best figures of the sides, ``found`` for the question of each, in their order.

    None when a side has none that fits the others', or several that answer its question alike.
    """
    names = [side.name for side in asked.sides]
    by_place = told_by_place(asked.sides)
    owned = [
        [figure for choice in choices if (figure := _figure(query, name, choice)) is not None and _is_own(figure, names, by_place)]
        for name, (_, choices) in zip(names, found, strict=True)
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
    candidate = choice.candidate
    if candidate is None or candidate.quantity is None:
        return None
    if candidate.quantity.kind is not QuantityKind.DATE:
        return _Figure(name, choice, candidate, candidate.quantity, _exactly(candidate.line.text, candidate.quantity))
    day = _dated(query, candidate)
    return None if day is None else _Figure(name, choice, candidate, candidate.quantity, Decimal(day))


def _exactly(text: str, item: Quantity) -> Decimal:
    """The value of a figure of ``text`` without the error of binary fractions: 1.1亿 is 11000万."""
    number = text[slice(*item.number)].replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", number) and float(number):
        scale = item.value / float(number)
        return Decimal(number) * (round(scale) if scale >= 1 else Decimal(repr(scale)))
    return Decimal(repr(item.value))


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
    """Whether figures can be compared: each another one's place, of one kind, unit and exactness; added up only where units are one."""
    first = group[0].quantity
    if len({figure.place for figure in group}) < len(group) or any(figure.quantity.kind is not first.kind for figure in group):
        return False
    if first.kind is QuantityKind.DATE:
        return wanted in (Wanted.WHICH, Wanted.WHETHER) and _tell_apart([int(figure.value) for figure in group])
    families: Sequence[set[str]] = COMPATIBLE_UNITS if wanted in (Wanted.WHICH, Wanted.WHETHER) else _SUMMED
    if wanted is Wanted.SUM and first.kind is QuantityKind.PERCENT:
        return False
    return all(
        figure.quantity.unit == first.unit or any({figure.quantity.unit, first.unit} <= family for family in families) for figure in group
    )


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
    ordered = sorted(group, key=lambda figure: figure.size, reverse=not asked.least)
    leading = [figure for figure in group if figure.size == ordered[0].size]
    if len(leading) > 1 and any(figure.quantity.approximate for figure in leading):
        return None  # 100人 and 100多人
    if len(leading) == len(group):
        return f"一样：{stated}"
    if asked.wanted is Wanted.WHETHER:
        return f"{'是' if leading[0] is group[0] else '不是'}，{stated}"
    return f"{'、'.join(figure.name for figure in leading)}（{stated}）"


def _summed(group: Sequence[_Figure]) -> str | None:
    if any(figure.is_open for figure in group):
        return None
    total = sum((figure.value for figure in group), Decimal(0))
    return f"共{_written(total, group)}（{' + '.join(figure.told for figure in group)}）"


def _apart(group: Sequence[_Figure]) -> str | None:
    if len(group) != 2 or any(figure.is_open for figure in group):
        return None
    more, less = sorted(group, key=lambda figure: -figure.value)
    if more.value == less.value:
        return f"一样：{'，'.join(figure.told for figure in group)}"
    return f"{more.name}多{_written(more.value - less.value, group)}（{more.told} - {less.told}）"


def _written(value: Decimal, group: Sequence[_Figure]) -> str:
    """A figure worked out, in the largest fitting scale of those that it was worked out from."""
    sizes = [(scale, size) for scale, size in _SCALES if any(scale in figure.candidate.text for figure in group)] or [("", 1)]
    scale, size = next(((scale, size) for scale, size in sizes if value >= size), sizes[-1])
    rough = "约" if any(figure.quantity.approximate for figure in group) else ""
    unit = "个百分点" if group[0].quantity.kind is QuantityKind.PERCENT else group[0].quantity.unit
    return f"{rough}{(value / size).normalize():f}{scale}{unit}"
