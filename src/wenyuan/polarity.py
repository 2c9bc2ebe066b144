"""Whether a claim and a cited text say a thing the same way round: not denied where affirmed, not risen where fallen.

Texts given here are normalised. Knows nothing of figures, places or verdicts.
"""

from __future__ import annotations

import itertools
import re

from wenyuan.chinese.tags import negations
from wenyuan.cited_text import CitedText, content_words
from wenyuan.mentions import Part, mentions, same

_UP = re.compile(r"增加|增长|提高|上升|提升|上涨|增至|升至|扩大|延长|变长|变多|变大|超过|高于|多于")
_DOWN = re.compile(r"减少|下降|降低|缩短|下跌|降至|减至|缩小|下滑|变短|变少|变小|低于|少于|不足|不到")
_CLAUSE = re.compile(r"[^,;:。!?()]+")
_DENIALS = frozenset(("没有", "并未", "并非", "不是", "尚未", "从未", "未能"))
_BARELY_ALIGNED = 0.25  # share from which a clause is the nearest that a denial can be held against
_ALIGNED = 0.5  # share of a clause's words that another must hold to be about the same


def opposed(claim: str, cited: CitedText) -> str:
    """What is turned round: the negation ("没有") or the direction ("增长") at fault, "" for nothing."""
    for match in _CLAUSE.finditer(claim):
        clause = match.group()
        denied = _denials(claim, match.start(), match.end())
        if not denied and not _UP.search(clause) and not _DOWN.search(clause) and not negations(cited.text):
            continue
        found = _aligned(clause, cited.text)
        if found is None:
            turned = "" if denied else _turned_at_a_figure(clause, cited.text)
            if turned:
                return turned
            if denied:
                nearest = _aligned(clause, cited.text, _BARELY_ALIGNED)
                if nearest is None and not negations(cited.text):
                    return denied[-1]
                if nearest is not None and len(denied) % 2 and not _denials(cited.text, *nearest):
                    return denied[-1]
            continue
        low, high = found
        stated = cited.text[low:high]
        denies = _denials(cited.text, low, high)
        if len(denied) % 2 != len(denies) % 2 and not _indifferent(clause, stated, denied, denies):
            return (denied or denies)[-1]
        turned = _turned(clause, stated) or _turned_at_a_figure(clause, cited.text)
        if turned and not denied and not denies:
            return turned
    return ""


def _denials(text: str, low: int, high: int) -> list[str]:
    return [text[start:end] for start, end in negations(text) if low <= start < high]


def _aligned(clause: str, text: str, least: float = _ALIGNED) -> tuple[int, int] | None:
    """The clause of ``text``, or two running, that holds most of the words of ``clause``; None where none holds ``least`` of them."""
    named = [mention for mention in mentions(clause) if mention.part in (Part.PLACE, Part.NAME)]  # whose it is may stand elsewhere
    words = [word for word in content_words(clause) if len(word.text) > 1 and word.text not in _DENIALS]
    own = {
        word.text
        for word in words
        if not (_UP.fullmatch(word.text) or _DOWN.fullmatch(word.text))
        and not any(mention.start < word.end and word.start < mention.end for mention in named)
    }
    wanted = own if len(own) > 1 else {word.text for word in words}
    if not wanted:
        return None
    runs = [match.span() for match in _CLAUSE.finditer(text)]
    runs += [(one[0], other[1]) for one, other in itertools.pairwise(runs)]
    best, best_score = None, 0.0
    for low, high in runs:
        part = text[low:high]
        held = sum(_holds(part, word) for word in wanted) / len(wanted)
        score = held - 0.002 * (high - low)
        if held >= least and score > best_score:
            best, best_score = (low, high), score
    return best


def _holds(part: str, word: str) -> float:
    if word in part:
        return 1.0
    return 0.5 if len(word) > 2 and (word[:2] in part or word[-2:] in part) else 0.0


def _indifferent(clause: str, stated: str, denied: list[str], denies: list[str]) -> bool:
    """Whether what one denies is not spoken of by the other: the cited clause says more than the claim does."""
    if denied:
        return False
    for start, end in negations(stated):
        after = [word.text for word in content_words(stated) if word.start >= end and word.start - end < 6]
        if any(word in clause for word in after[:2]):
            return False
        if not after and stated[start:end] in denies:
            return False
    return True


def _turned_at_a_figure(clause: str, text: str) -> str:
    """The direction of ``clause`` where each clause of ``text`` with one of its figures has the other direction."""
    for figure in mentions(clause):
        if figure.part is not Part.FIGURE:
            continue
        places = [other.start for other in mentions(text) if same(figure, other)]
        around = [match.group() for match in _CLAUSE.finditer(text) if any(match.start() <= at < match.end() for at in places)]
        turned = [_turned(clause, part) for part in around]
        if turned and all(turned):
            return turned[0]
    return ""


def _turned(clause: str, stated: str) -> str:
    up, down = _UP.search(clause), _DOWN.search(clause)
    if up and not down and _DOWN.search(stated) and not _UP.search(stated):
        return up.group()
    if down and not up and _UP.search(stated) and not _DOWN.search(stated):
        return down.group()
    return ""
