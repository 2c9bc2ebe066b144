"""A question and its gold answer → the sentence that says so. Shares no code with what it tests.

Only questions whose asking words stand where the answer would stand make a statement; others make none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNIT = r"(?:个|名|位|人次|人|所|家|项(?!目)|座|栋|对|批次|批|次|例|件|户|亩|吨|列|条|期|班(?!列)|支|辆|种|类|倍|天|趟|斤|亿|元|钱)"
_HOW_MANY = re.compile(rf"百分之(?:多少|几)|几月几号|(?:几批、)?(?:多少|几)[万亿]?{_UNIT}?(?:人次)?(?:元|钱)?")
_WHAT = re.compile(
    r"哪[一两三四五六七八九十几]?[个座所家位条些](?:国家|省份|省市|省|城市|县|区|镇|街道|村|学校|大学|部门|医院|单位|企业|港口|港|月)?|哪一?[年天]|哪座城市|哪条路|哪座山|哪里|哪儿|什么时候|什么地方|谁|什么"
)
_TRAILING = re.compile(r"[?？。！!]+$")


def statement(question: str, kind: str, answers: Sequence[str]) -> str:
    """The sentence that ``question`` and its gold answer make; "" where they make none."""
    asked = _TRAILING.sub("", question.strip())
    if kind in ("count", "amount", "percent", "date"):
        return _put(asked, answers[0], _HOW_MANY if kind != "date" else _WHAT) or _put(asked, answers[0], _WHAT)
    if kind in ("person_or_org", "place", "definition_or_what"):
        return _put(asked, answers[0], _WHAT)
    return ""


def premise(question: str) -> str:
    """What a yes/no question supposes: 天津援建了学校吗 -> 天津援建了学校."""
    asked = re.sub(r"(?:了没有|吗|吧|么)$", "", _TRAILING.sub("", question.strip()))
    return re.sub(r"有没有", "", asked)


def _put(asked: str, answer: str, asking: re.Pattern[str]) -> str:
    found = list(asking.finditer(asked))
    if len(found) != 1:
        return ""
    match = found[0]
    before, after = asked[: match.start()], asked[match.end() :]
    if match.group().startswith("百分之"):
        return before + answer + after
    if before.endswith(answer) or after.startswith(("样", "么")):
        return ""
    # what the question still has of the answer's own end, or of the class it asks for: 3.05亿元|亿, 太平洋|海洋
    overlap = next((size for size in range(min(len(answer), len(after)), 0, -1) if answer.endswith(after[:size])), 0)
    after = after[overlap:]
    if match.group() in ("什么", "哪个", "哪一个") and 0 < len(after) <= 3 and not after.startswith(("的", "了", "过")):
        after = ""
    return before + answer + after
