"""A comparison -> a question for each side, and from the figures found the one that is more or less, both shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.analyse import COMPATIBLE_UNITS
from wenyuan.chinese.names import level, places
from wenyuan.choose import Choice
from wenyuan.contracts import Query

_COORDINATED = r"(?:[、，,和与跟或]|还是)"
_SUFFIX = re.compile(
    r"[,，]?(?:谁|哪[边个家省市县里方一]*|两[者地边])?(?:的)?(?:更|最|比较|要|会|得|给得|花得)?(?P<what>[^,，]{0,6}?)(?:更|最|比较)?(?:多|少|高|低|大|小|早|晚|长|短)(?:一些|一点)?(?:吗|么|呢)?$"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sides of a comparison, each with the figure found for it."""

    query: Query
    text: str
    choices: tuple[Choice, ...]


def sides(query: Query) -> list[tuple[str, str]]:
    """(name, question for its figure) of each side compared; fewer than two when the question is not understood."""
    text = query.text
    what = (
        "多少钱" if re.search(r"钱|资金|金额|援助|投资|收入|产值", text) and not re.search(r"项目|人|学校|医院|干部|企业", text) else "多少"
    )
    if match := re.match(r"(?P<head>.*?)(?P<one>[^\s的,]{1,10})[多少高低大小](?:,|，)?还是(?P<two>[^\s,]{1,10}?)[多少高低大小]", text):
        one = match["one"]
        head, one = (match["head"], one) if match["head"] else ("", one)
        return [(name, f"{head}{name}有多少") for name in (one, match["two"])]
    if match := re.match(r"(?P<one>.+?)比(?P<two>.+?)(?:更|还|要)?[多少高低大小](?:吗|么|呢)?$", text):
        one, two = match["one"], match["two"]
        noun = one.rsplit("的", 1)[-1] if "的" in one else ""
        two = two + noun if two.endswith("的") else two
        return [(_name(side), f"{side.replace('的' + noun, noun) if noun else side}有{what}") for side in (one, two)]
    found = list(places(text))
    groups: list[list[int]] = []
    for number, place in enumerate(found):
        if groups and re.fullmatch(rf"[省市县区]?{_COORDINATED}", text[found[groups[-1][-1]].end : place.start]):
            groups[-1].append(number)
        else:
            groups.append([number])
    group = max(groups, key=len, default=[])
    if len(group) < 2:
        return []
    low, high = found[group[0]].start, found[group[-1]].end
    rest = text[high:]
    rest = re.sub(r"^[省市县区]?(?:三|两|几)?(?:个?省市?|地|家|个|者)?(?:里|中|之间|当中)?", "", rest)
    tail = _SUFFIX.search(rest)
    stated = rest[: tail.start()] if tail else rest
    stated = re.sub(r"谁|哪[边个家省市县里方一]*", "", stated).rstrip("的")
    return [(found[number].name, f"{text[:low]}{found[number].name}{stated}{what}") for number in group]


def _one_unit(units: Sequence[str]) -> bool:
    """Whether figures with these measure words count things alike: 126名 and 19所 do not."""
    return all(unit == units[0] or any({unit, units[0]} <= family for family in COMPATIBLE_UNITS) for unit in units)


def _name(side: str) -> str:
    found = places(side)
    return found[0].name if found and level(found[0].name) else side


def compare_figures(query: Query, found: Sequence[tuple[str, Sequence[Choice]]]) -> Comparison | None:
    """The comparison of the best figure of each side, or None when a side has none or the units differ."""
    figures = []
    for name, choices in found:
        usable = [choice for choice in choices if choice.candidate is not None and choice.candidate.quantity is not None]
        if not usable:
            return None
        figures.append((name, usable[0]))
    kinds = {choice.candidate.quantity.kind for _, choice in figures if choice.candidate and choice.candidate.quantity}
    if len(kinds) != 1 or not _one_unit(
        [choice.candidate.quantity.unit for _, choice in figures if choice.candidate and choice.candidate.quantity]
    ):
        return None
    values = [(choice.candidate.quantity.value, name, choice) for name, choice in figures if choice.candidate and choice.candidate.quantity]
    ordered = sorted(values, key=lambda item: item[0], reverse=not query.wants_least)
    stated = "，".join(f"{name}{choice.candidate.verbatim}" for _, name, choice in values if choice.candidate)
    if ordered[0][0] == ordered[1][0]:
        text = f"一样：{stated}"
    elif re.search(r"比.*(?:吗|么)$", query.text):
        text = f"{'是' if ordered[0][1] == values[0][1] else '不是'}，{stated}"
    else:
        text = f"{ordered[0][1]}（{stated}）"
    return Comparison(query, text, tuple(choice for _, choice in figures))
