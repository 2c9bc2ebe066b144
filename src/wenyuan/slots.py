"""How well a mention in a cited text stands where a claim's stands: by the words around both, by dates and other figures, by from and to.

Texts given here are normalised. Knows nothing of verdicts.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from wenyuan.cited_text import CitedText, content_words, segment_of, segments_of
from wenyuan.evidence import synonyms
from wenyuan.mentions import Mention, Part, mentions, same

_WITHIN = 20.0  # characters over which a word's bearing falls to 1/e, within its segment
_WITHIN_FLOOR = 0.45
_BEFORE, _BEFORE_FLOOR = 0.3, 0.22  # per segment from an earlier word, which may open the sentence
_AFTER = 0.58  # per segment from a later word
_CONTINUED = 0.5  # at least, of a word in the segment that this one goes on about
_NEW_TOPIC = 0.08  # of a word in a later segment that opens with a noun of its own: 货值约78亿元, …
_OVER = 0.5  # of a word that only the heading has
_OUTSIDE_CLAIM = 0.8  # of the weight of a claim's word in another segment than the mention
_ADJACENT, _ADJACENT_CHARS = 0.1, 8  # for each character, up to so many on a side, in which the surroundings agree without a gap
_BESIDE = 0.14  # for the word that stands nearest to the mention, where it stands near the other
_STRANGE = 0.24  # for a surrounding that the claim speaks nothing of
_NEAREST = 4  # dates, and figures, of a claim that are looked at for one of its mentions
_ANCHOR = 0.5  # of another figure of the claim, as if it were a word
_DATED = 0.8  # of a date of the claim, as if it were a word
_OTHER_DATE = 0.5  # of a date's nearness to a figure that another date governs
_HEADS = "市县区镇乡村校院厂馆桥路线站"
_FROM_TO = 0.25
_FROM = re.compile(r"(?:由|从|自)[^,;。、]{0,3}$|原来|(?:之前|以前|前)[是为]?$")
_TO = re.compile(r"(?:到|至|达|为)[^,;。、]{0,2}$")


def fit(claim: str, claimed: Mention, cited: CitedText, stated: Mention) -> float:
    """About [-1, 1.5]: how well the surroundings of ``stated`` are those of ``claimed``; to be compared between mentions of one text."""
    weights = _surroundings(claim, claimed)
    total = sum(weight for _, weight in weights)
    held = sum(weight * _bearing(word, cited, stated) for word, weight in weights)
    for beside in _fixed_by(claim, claimed):
        if beside.part is Part.DATE:
            total += _DATED
            held += _DATED * _dated(beside, cited, stated)
        else:
            total += _ANCHOR
            held += _ANCHOR * max(
                (_nearness(cited, other.start, other.end, stated) for other in mentions(cited.text) if same(beside, other)), default=0.0
            )
    share = held / total if total else 0.5
    return (
        share
        + adjacent(claim, claimed, cited.text, stated)
        + _beside(claim, claimed, cited, stated)
        + _direction(claim, claimed, cited.text, stated)
        - _STRANGE * _strange(claim, claimed, cited, stated)
    )


@lru_cache(maxsize=2048)
def _fixed_by(claim: str, claimed: Mention) -> tuple[Mention, ...]:
    """The nearest of the claim's dates and, for a figure, of its other figures: they tell where it stands as words do."""
    dates = [mention for mention in mentions(claim) if mention.part is Part.DATE and claimed.part is not Part.DATE]
    figures = [
        mention
        for mention in mentions(claim)
        if mention.part is claimed.part is Part.FIGURE and mention.start != claimed.start and mention.text != claimed.text
    ]
    return tuple(
        one for kind in (dates, figures) for one in sorted(kind, key=lambda mention: abs(mention.start - claimed.start))[:_NEAREST]
    )


def _strange(claim: str, claimed: Mention, cited: CitedText, stated: Mention) -> float:
    """[0, 1]: how much of what the text says straight around ``stated`` the claim does not speak of: 三级手术 where it says 微创手术."""
    if claimed.part is not Part.FIGURE:
        return 0.0
    own = first = segment_of(cited.segments, stated.start)
    while first > 0 and own - first < 2 and cited.continues[first]:
        first -= 1
    low, high = cited.segments[first][0], cited.segments[own][1]
    total = strange = 0.0
    for word in content_words(cited.text):
        if word.start < low or word.end > high or len(word.text) < 2 or (word.start < stated.end and stated.start < word.end):
            continue
        gap = max(0, stated.start - word.end, word.start - stated.end)
        weight = math.exp(-gap / _WITHIN)
        total += weight
        strange += weight * (1.0 - max((worth for form, worth in _forms(word.text) if form in claim), default=0.0))
    return strange / total if total else 0.0


def _dated(moment: Mention, cited: CitedText, stated: Mention) -> float:
    """[0, 1]: how far ``stated`` is said of ``moment``: the date that governs it is the last one before it in its sentence or bracket."""
    found = [other for other in mentions(cited.text) if other.part is Part.DATE]
    alike = [other for other in found if same(moment, other)]
    if not alike:
        return 0.0
    governing = [other for other in found if other.end <= stated.start and not re.search("[。)]", cited.text[other.end : stated.start])]
    if governing:
        return 1.0 if same(moment, governing[-1]) else _OTHER_DATE * max(_nearness(cited, o.start, o.end, stated) for o in alike)
    return max(_nearness(cited, other.start, other.end, stated) for other in alike)


def _beside(claim: str, claimed: Mention, cited: CitedText, stated: Mention) -> float:
    """More where what is counted or measured, the noun nearest to the mention, stands as near to the other."""
    noun = _nearest_noun(claim, claimed)
    if not noun:
        return 0.0
    own = cited.segments[segment_of(cited.segments, stated.start)]
    best = 0.0
    head = ((noun[-1], 0.5),) if len(noun) > 2 and noun[-1] in _HEADS else ()  # 4个地级市, where 4个市 stands
    for form, worth in (*_forms(noun), *head):
        for match in re.finditer(re.escape(form), cited.text[own[0] : own[1]]):
            gap = max(0, stated.start - own[0] - match.end(), match.start() - (stated.end - own[0]))
            best = max(best, worth * math.exp(-gap / 8))
    return _BESIDE * best


@lru_cache(maxsize=2048)
def _nearest_noun(claim: str, claimed: Mention) -> str:
    """The head of what follows the mention in its segment, else the noun before it."""
    low, high = segments_of(claim)[segment_of(segments_of(claim), claimed.start)]
    after = [word for word in content_words(claim) if claimed.end <= word.start < high and len(word.text) > 1]
    head = ""
    at = claimed.end
    for word in after:
        if word.start > at + 1 or not re.match(r"n|vn|j|l", word.tag):
            break
        head, at = word.text, word.end
    if head:
        return head
    before = [
        word
        for word in content_words(claim)
        if low <= word.start and word.end <= claimed.start and re.match(r"n(?!s)|vn|j", word.tag) and len(word.text) > 1
    ]
    return before[-1].text if before else ""


@lru_cache(maxsize=2048)
def _surroundings(claim: str, claimed: Mention) -> tuple[tuple[str, float], ...]:
    """The claim's other words, with how much each says of where ``claimed`` stands."""
    segments = segments_of(claim)
    own = segment_of(segments, claimed.start)
    found: dict[str, float] = {}
    for word in content_words(claim):
        if word.start < claimed.end and claimed.start < word.end:
            continue
        gap = claimed.start - word.end if word.end <= claimed.start else word.start - claimed.end
        weight = max(math.exp(-gap / _WITHIN), _WITHIN_FLOOR)
        if segment_of(segments, word.start) != own:
            weight *= _OUTSIDE_CLAIM
        weight *= 1.0 if len(word.text) > 1 else 0.3
        found[word.text] = max(found.get(word.text, 0.0), weight)
    return tuple(found.items())


def _bearing(word: str, cited: CitedText, stated: Mention) -> float:
    """[0, 1]: how near ``stated`` the cited text has ``word``, or a word used for it."""
    best = _OVER if word in cited.heading else 0.0
    for form, worth in _forms(word):
        at = cited.text.find(form)
        while at >= 0:
            end = at + len(form)
            if not (at < stated.end and stated.start < end):
                best = max(best, worth * _nearness(cited, at, end, stated))
            at = cited.text.find(form, at + 1)
    return best


@lru_cache(maxsize=8192)
def _forms(word: str) -> tuple[tuple[str, float], ...]:
    forms = [(word, 1.0), *((other, 0.85) for other in sorted(synonyms().get(word, ())) if len(other) > 1 or len(word) == 1)]
    if len(word) > 2:
        forms += [(word[-2:], 0.7), (word[:2], 0.6)]
    return tuple(forms)


def _nearness(cited: CitedText, start: int, end: int, stated: Mention) -> float:
    own, other = segment_of(cited.segments, stated.start), segment_of(cited.segments, start)
    if own == other:
        gap = max(0, stated.start - end, start - stated.end)
        return max(math.exp(-gap / _WITHIN), _WITHIN_FLOOR)
    if other < own:
        share = max(0.8 * _BEFORE ** (own - other), _BEFORE_FLOOR) * (0.6 if "。" in cited.text[end : stated.start] else 1.0)
        return max(share, _CONTINUED) if all(cited.continues[number] for number in range(other + 1, own + 1)) else share
    if re.search("[。;]", cited.text[stated.end : start]):
        return _NEW_TOPIC
    return float(0.8 * _AFTER ** (other - own)) if cited.continues[own + 1] else _NEW_TOPIC


def adjacent(claim: str, claimed: Mention, text: str, stated: Mention) -> float:
    """A little for each character in which the texts straight before, and straight after, agree without a gap."""
    before = _common(claim[: claimed.start][::-1], text[: stated.start][::-1])
    return _ADJACENT * (before + _common(claim[claimed.end :], text[stated.end :]))


def _common(one: str, other: str) -> int:
    size = 0
    while size < min(len(one), len(other), _ADJACENT_CHARS) and one[size] == other[size]:
        size += 1
    return size


def _direction(claim: str, claimed: Mention, text: str, stated: Mention) -> float:
    """More where both are what something rose or fell from, or both to; less where one is the one and one the other."""
    one, other = _end(claim, claimed), _end(text, stated)
    return _FROM_TO * one * other if claimed.part is Part.FIGURE else 0.0


def _end(text: str, mention: Mention) -> int:
    before = text[max(0, mention.start - 8) : mention.start]
    return -1 if _FROM.search(before) else 1 if _TO.search(before) else 0
