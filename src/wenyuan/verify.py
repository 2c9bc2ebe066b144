"""A claim and the text it cites -> supported, contradicted or not stated, with what differs.

Works on numbers, units, dates, places and negation as Chinese writes them (二十四所 = 24所, 1.2万 = 12000). Knows nothing of questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from wenyuan.chinese.names import contains, places
from wenyuan.chinese.numbers import Quantity, QuantityKind, quantities
from wenyuan.chinese.text import normalised


class Support(str, Enum):
    """What a cited text says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check."""

    support: Support
    differs: tuple[str, ...] = ()  # the claim's figures, places and dates that the cited text does not hold


def verify(claim: str, cited: str, heading: str = "") -> Verdict:
    """Whether ``cited``, read under ``heading``, holds every figure, date and place of ``claim``."""
    said, text, over = normalised(claim), normalised(cited), normalised(heading)
    stated = quantities(text)
    missing, contradicted = [], False
    for item in quantities(said):
        if item.vague or any(_same(item, other) for other in stated):
            continue
        if not item.ordinal and _literally(said, item, text + over):
            continue
        missing.append(said[item.start : item.end])
        contradicted |= any(other.kind is item.kind and (other.unit == item.unit or item.kind is QuantityKind.DATE) for other in stated)
    held = {place.name for place in places(text + " " + over)}
    for place in places(said):
        if place.name in text or place.name in over or any(contains(place.name, name) for name in held):
            continue
        missing.append(place.name)
        contradicted |= bool(held)
    if _negated(said) != _negated(text) and _overlap(_NEGATION.sub("", said), _NEGATION.sub("", text)) >= 0.6:
        missing.append("否定")
        contradicted = True
    if not missing:
        return Verdict(Support.SUPPORTED)
    return Verdict(Support.CONTRADICTED if contradicted else Support.NOT_STATED, tuple(missing))


def _same(item: Quantity, other: Quantity) -> bool:
    if item.kind is not other.kind:
        return False
    if item.kind is QuantityKind.DATE:
        return item.value == other.value or (item.value > 0 and other.value // 10000 == item.value // 10000 and item.value % 10000 == 0)
    return item.value == other.value and item.unit == other.unit and item.ordinal == other.ordinal


def _literally(said: str, item: Quantity, text: str) -> bool:
    number = re.sub(r"[“”\"'‘’\s]", "", said[item.start : item.end])
    for match in re.finditer(re.escape(number), re.sub(r"[“”\"'‘’\s]", "", text)):
        before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
        if not (number[0].isdigit() and re.match(r"[\d.]", before)) and not (number[-1].isdigit() and re.match(r"[\d.]", after)):
            return True
    return False


_NEGATION = re.compile(r"没有|并非|不是|并未|尚未|未能|从未|不再|无法|不会|不能|不曾")


def _negated(text: str) -> bool:
    return len(_NEGATION.findall(text)) % 2 == 1


def _overlap(claim: str, text: str) -> float:
    pairs = {claim[i : i + 2] for i in range(len(claim) - 1)}
    return sum(pair in text for pair in pairs) / max(1, len(pairs))
