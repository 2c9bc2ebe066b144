"""An answer's words against the accepted ones -> right or wrong, exact match, F1.

All comparing is done on normalised text (simplified characters, NFKC, lower case) without white space or emphasis marks.
It knows nothing of evidence, citations or searches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wenyuan.chinese.text import normalised
from wenyuan.contracts import Answer, Question
from wenyuan.evaluate.questions import UNANSWERABLE

# The answer of these may be a sentence; of all others the short answer itself must hold the fact.
_LONG_KINDS = frozenset({"how_or_why", "definition_or_what", "list", "conflict", "comparison", "yes_no"})
# Exact match and F1 compare strings, which says something only where the answer is a string of the article.
_EXTRACTIVE_KINDS = frozenset(
    {"count", "amount", "date", "percent", "person_or_org", "place", "list", "definition_or_what", "noisy", "followup"}
)
_NO = ("不是", "否", "没有", "没", "不", "并非", "未")
_YES = ("是", "有", "对", "可以", "能", "出口过")
_SHORT_ANSWER_MAX_CHARS = 40  # code points, or three times the accepted answer: more is no short answer
_UNITS = re.compile(r"\d+(?:\.\d+)*|[a-z]+|[^\W_]")


def plain(text: str) -> str:
    """``text`` as it is compared."""
    return re.sub(r"[\s*]+", "", normalised(text))


def contains(text: str, wanted: str) -> bool:
    """Whether ``wanted`` stands in ``text`` on number boundaries: ``3亿`` is not in ``83亿``, nor ``2`` in ``2.5``."""
    text, wanted = plain(text), plain(wanted)
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        cut_before = wanted[0].isdigit() and re.match(r"[\d.]", text[max(0, start - 1) : start])
        cut_after = wanted[-1].isdigit() and re.match(r"\d|\.\d", text[end : end + 2])
        if not (cut_before or cut_after):
            return True
        start = text.find(wanted, start + 1)
    return False


def polarity(text: str) -> int:
    """1 when ``text`` begins with a yes, -1 with a no, else 0."""
    text = plain(text).lstrip(",。.:")
    if text.startswith(_NO):
        return -1
    return 1 if text.startswith(_YES) else 0


def is_right(question: Question, answer: Answer) -> bool:
    """Whether ``answer`` is right: by the rule of the question's kind, as described in eval/README.md."""
    if question.kind == UNANSWERABLE:
        return answer.abstained
    if answer.abstained:
        return False
    short, whole, gold = answer.text, f"{answer.text}。{answer.sentence}", question.answers
    if question.kind == "yes_no":
        wanted = next((sign for sign in map(polarity, gold) if sign), 1)
        given = polarity(short or answer.sentence)
        return (given or int(any(contains(short, item) for item in gold))) == wanted
    if question.kind == "conflict":
        shown = "。".join([whole, *(citation.quote for citation in answer.citations)])
        return all(contains(shown, item) for item in gold)
    if question.all_required:
        return all(contains(whole, item) for item in gold)
    if question.kind in _LONG_KINDS:
        return any(contains(whole, item) for item in gold)
    limit = max(_SHORT_ANSWER_MAX_CHARS, 3 * max(map(len, gold)))
    return len(short) <= limit and any(contains(short, item) for item in gold)


def is_extractive(question: Question) -> bool:
    """Whether exact match and F1 say something about ``question``."""
    return question.kind in _EXTRACTIVE_KINDS


def exact_match(question: Question, text: str) -> float:
    """1.0 when ``text`` equals an accepted answer, punctuation aside, else 0.0 (CMRC 2018, Cui et al. 2019)."""
    given = _units(text)
    return float(any(given == gold for gold in _golds(question)))


def f1(question: Question, text: str) -> float:
    """2PR/(P+R) over the longest common contiguous run of units, best over accepted answers (CMRC 2018, Cui et al. 2019).

    A unit is a Chinese character, a number or a Latin word; P = run / units given, R = run / units accepted. In [0, 1].
    """
    given = _units(text)
    best = 0.0
    for gold in _golds(question):
        run = _longest_common_run(given, gold)
        if run:
            best = max(best, 2 * run / (len(given) + len(gold)))  # = 2PR/(P+R)
    return best


def _golds(question: Question) -> list[list[str]]:
    """Accepted answers as units; where every item is required, all of them are one answer."""
    answers = ["、".join(question.answers)] if question.all_required else question.answers
    return [_units(answer) for answer in answers]


def _units(text: str) -> list[str]:
    return _UNITS.findall(plain(text))


def _longest_common_run(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest contiguous run that both hold."""
    best = 0
    before = [0] * (len(right) + 1)
    for unit in left:
        now = [0] * (len(right) + 1)
        for at, other in enumerate(right):
            if unit == other:
                now[at + 1] = before[at] + 1
                best = max(best, now[at + 1])
        before = now
    return best
