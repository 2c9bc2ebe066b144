"""Text to lines without the marks that programs leave in them.

Each rule drops a mark a reader never saw as text: stars around bold words, html tags, a converter's pinyin. This module knows
nothing of what a line is to the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from wenyuan.chinese.text import GLOSS, normalised
from wenyuan.contracts import Dropped, Span, Spans

BLANK = " \t\u00a0\u2002\u2003\u2009\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u3000\ufeff\x00"
END_MARK = re.compile("(?<![。！？!?…；;：:｡])[。！？!?…；;：:｡]+[”’」』》）)\\]\"']*$|[。！？!?]$|⋯$")

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+|\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_NORMALISED_MAX_CHARS = 200  # rules about whole lines look at short lines only


@dataclass
class Line:
    """One line that is not blank, and what the rules have found out about it."""

    start: int
    end: int
    gap: int  # blank lines before it
    text: str  # without marks: what a reader sees
    marks: list[Dropped] = field(default_factory=list)
    bullet: bool = False
    level: int = 0  # of a marked-up heading, from 1; 0 = none
    rule: str = ""  # the rule that dropped the whole line, "" = kept

    @property
    def spans(self) -> Spans:
        """What is left of the line between its marks."""
        spans, at = [], self.start
        for mark in self.marks:
            if at < mark.span.start:
                spans.append(Span(at, mark.span.start))
            at = mark.span.end
        if at < self.end:
            spans.append(Span(at, self.end))
        return tuple(spans)

    @cached_property
    def plain(self) -> str:
        """The visible text normalised, for rules to look at; only the head and tail of a long line."""
        text = self.text
        if len(text) > 2 * _NORMALISED_MAX_CHARS:
            text = text[:_NORMALISED_MAX_CHARS] + "\u2026" + text[-_NORMALISED_MAX_CHARS:]
        return normalised(text).strip()

    @property
    def ended(self) -> bool:
        """True when the line ends as a sentence, clause or lead-in does."""
        return END_MARK.search(self.text[-12:]) is not None


def split_lines(text: str) -> list[Line]:
    """The lines of ``text`` that are not blank, their marks taken out."""
    lines: list[Line] = []
    breaks = 0
    glossed = _is_glossed(text)
    for match in _LINE.finditer(text):
        start, end = match.span()
        if text[start] in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029":
            breaks += text[start] != "\f"  # a page break is no gap
            continue
        while start < end and (text[start] in BLANK or text[start].isspace()):
            start += 1
        while start < end and (text[end - 1] in BLANK or text[end - 1].isspace()):
            end -= 1
        if start == end:
            continue
        line = Line(start, end, max(breaks - 1, 0) if lines else breaks, text[start:end])
        _take_out_marks(line, text, glossed)
        lines.append(line)
        breaks = 0
    return lines


# -- marks in a line -----------------------------------------------------------------------------------------------------

_TAGS = "strong|em|b|i|u|a|p|br|hr|div|span|img|font|center|h[1-6]|ul|ol|li|table|tbody|tr|td|th|blockquote|section|sup|sub|script|style"
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>\n]{{0,300}})?\s*/?>|(?<=[^<])\?/(?:{_TAGS})>|&(?:nbsp|ensp|emsp);", re.IGNORECASE)
_STARS = re.compile(r"(?<!\*)\*\*(?=[^\s*，。、,.：:；;])([^*\n]{1,80})(?<=[^\s，、,：:；;])\*\*(?!\*)")
_RULE_LINE = re.compile(r"(?:[-=_*~·—─═◆◇■□●○★☆#]\s*){3,}$")
_HEADING_MARK = re.compile(r"(#{1,6})[ \t\u3000]+(?=\S)")
_BULLET = re.compile(r"(?:[-*•·●○■◆▪►▶]|\+)[ \t\u3000]+(?=\S)")
_LABELS = re.compile(
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T]?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[，,、 ]*)?"
    r"(?:(?:正文|原标题|原题)[ \u3000]*[:：][ \u3000]*)+(?=\S)"
)
_LABELS_MAX_CHARS = 40  # a time and two labels are no longer
_GLOSSES_MIN = 3  # a writer glosses one rare character for the reader; a broken converter glosses dozens of common ones


def markup(line: str) -> Iterator[tuple[int, int]]:
    """Html tags left in text, also where the ``<`` was lost: they are instructions to a browser. And rules drawn with dashes."""
    if _RULE_LINE.match(line):
        yield 0, len(line)
    elif ">" in line or "&" in line:
        for match in _TAG.finditer(line):
            yield match.span()


def emphasis_marks(line: str) -> Iterator[tuple[int, int]]:
    """Pairs of ``**``: Markdown's sign for bold, never a Chinese character's neighbour for another reason."""
    if "**" in line:
        for match in _STARS.finditer(line):
            before, first = line[max(match.start() - 1, 0) : match.start()], match[1][0]
            if before.isascii() and before.isalnum() and first.isascii() and first.isalnum():
                continue  # 2**3: a power
            yield match.start(), match.start() + 2
            yield match.end() - 2, match.end()


def pinyin_gloss(line: str) -> Iterator[tuple[int, int]]:
    """Pinyin in half-width brackets after a common character: left behind by converters, where the text has many."""
    if ")" in line:
        for match in GLOSS.finditer(line):
            yield match.span()


def heading_mark(line: str) -> Iterator[tuple[int, int]]:
    """Markdown's ``#`` before a heading."""
    match = _HEADING_MARK.match(line)
    if match:
        yield match.span()


def list_mark(line: str) -> Iterator[tuple[int, int]]:
    """The dash or dot before an item of a list."""
    match = _BULLET.match(line)
    if match:
        yield match.span()


def page_label(line: str) -> Iterator[tuple[int, int]]:
    """What a web page's text was labelled with when it was saved: the time, then 正文： or 原标题：, in front of the first words."""
    if ":" in line[:_LABELS_MAX_CHARS] or "：" in line[:_LABELS_MAX_CHARS]:
        match = _LABELS.match(line)
        if match:
            yield match.span()


_MARK_RULES: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("page label", page_label),
    ("markup", markup),
    ("heading mark", heading_mark),
    ("list mark", list_mark),
    ("emphasis marks", emphasis_marks),
    ("pinyin gloss", pinyin_gloss),
)


def _is_glossed(text: str) -> bool:
    """True when pinyin stands after so many characters that a program must have put it there."""
    found = GLOSS.finditer(text) if ")" in text else iter(())
    return sum(1 for _ in zip(range(_GLOSSES_MIN), found, strict=False)) == _GLOSSES_MIN


def _take_out_marks(line: Line, text: str, glossed: bool) -> None:
    """Find the marks of ``line`` and set what is left; of marks that overlap the first stays."""
    whole = text[line.start : line.end]
    found = [
        (start, end, order)
        for order, (name, rule) in enumerate(_MARK_RULES)
        if glossed or name != "pinyin gloss"
        for start, end in rule(whole)
    ]
    if not found:
        return
    at = 0
    for start, end, order in sorted(found):
        if start < at:
            continue
        name = _MARK_RULES[order][0]
        line.marks.append(Dropped(name, Span(line.start + start, line.start + end)))
        line.bullet |= name == "list mark"
        if name == "heading mark":
            line.level = whole.count("#", start, end)
        at = end
    line.text = "".join(text[span.start : span.end] for span in line.spans)
    if not line.text.strip():
        line.rule = line.marks[0].rule
