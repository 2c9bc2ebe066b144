"""Enumerations and quoted names in a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wenyuan.chinese.words import word_bounds
from wenyuan.contracts import Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract.candidate import Candidate
from wenyuan.extract.names import STOPS

_LIST_OPENERS = frozenset(
    ("引导 包括 分别 实施 通过 借助 参加 重点 如 像 邀请 推出 助推 支持 提供 依托 带动 先后 围绕 聚焦 引进 援建").split()
)
_ITEM = r"[^,;:。、!?()\d“”‘’\s]{2,16}|“[^”]{1,20}”"
_ENUMERATION = re.compile(rf"(?:{_ITEM})(?:[、和及](?:{_ITEM}))+|(?:“[^”]{{1,20}}”){{2,}}")


def enumerations(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    """Enumerations: items joined by 、 or quoted one after another."""
    for match in _ENUMERATION.finditer(line.text):
        start, end = match.span()
        tail = re.search(r"等(?:各类|多?[个家项所种])?[^,;。、]{0,14}$", match[0])
        if tail:
            end = match.start() + tail.start()
        start = _first_item(line.text, start, end)
        if end - start < 3 or line.text[max(0, start - 1)].isdigit():
            continue
        after = line.text[end : end + 14]
        bonus = 0.06 if tail or after.startswith("等") else 0.0
        if query.target:
            bound = max(
                relevance.strength(query.target, line.text[start:end]),
                relevance.strength(query.target, after),
                relevance.strength(query.target[-2:], after),
            )
            if bound < 0.4 and re.search(r"分别|叫什么|名字", query.text):
                continue  # its items are not of the class whose names are asked for
            bonus += 0.14 * bound if bound >= 0.4 else -0.15
        yield Candidate(line, start, end, bonus)


def _first_item(text: str, start: int, end: int) -> int:
    """Where the first item of an enumeration really begins: after the last word that cannot be part of it."""
    first = re.search(r"[、和及“]", text[start:end])
    if not first or text[start] == "“":
        return start
    stop, begin = start + first.start(), start
    for word, _, high in word_bounds(text[start:stop]):
        if (word in STOPS or word in _LIST_OPENERS) and start + high < stop:
            begin = start + high
    return begin


def quoted(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    """Quoted phrases, and what follows 名为, 叫做 and the like."""
    naming = re.search(r"叫|名字|名称", query.text)
    for match in re.finditer(r"[“\"『「]([^”\"』」]{2,40})[”\"』」]", line.text):
        after = line.text[match.end() : match.end() + 10]
        target = [term for term in query.terms if relevance.strength(term, after) >= 0.85]
        yield Candidate(line, match.start(1), match.end(1), 0.15 if target and re.match(r"的|等|这", after) else -0.1 if naming else 0.0)
    for match in re.finditer(
        r"(?:名为|取名为?|叫做?|称为|命名为|名叫|称作|又称|俗称|别称|简称)[“\"《]?([^,;:。、()“”\"》]{2,20})", line.text
    ):
        yield Candidate(line, match.start(1), match.end(1), 0.15)
