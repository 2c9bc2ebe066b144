"""Lines to blocks: titles, headings, captions and body, and the sentences that a picture or a column break has cut.

A newspaper set in columns and saved as text keeps its pictures' captions where they stood: between the halves of a sentence,
set off by more blank lines than paragraphs are. This module knows nothing of what it drops, because it drops nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from wenyuan.chinese.text import normalised
from wenyuan.clean.lines import Line
from wenyuan.contracts import Block, BlockKind, Span, Spans, merge_adjacent

_TITLE_LINES_MAX = 5
_TITLE_MAX_CHARS = 60
_HEADING_MAX_CHARS = 40
_HEADING_LINES_MAX = 4  # more short lines in a row are a list, a table or verse
_CAPTION_MAX_CHARS = 60
_CREDITED_MAX_CHARS = 90
_LABEL_MAX_CHARS = 6  # a name of a place or a section; captions say more
_EXTRA_GAP = 2  # blank lines beyond the usual that set a picture's caption off
_BODY_LINE_MIN_CHARS = 50  # headings are shorter

_INNER_END = re.compile("[。！？!?；;]")
_PEOPLE = r"[\u4e00-\u9fff·]{2,12}(?:[ 、][\u4e00-\u9fff·]{2,6}){0,3}"
# On normalised text.  摄/某某   (某某 摄)   某某/摄   资料图片   图为…
_CREDIT = re.compile(
    rf"(?:摄影?|供图|图) ?[/:|] ?{_PEOPLE}[)]?$|[ (/。](?:本报|新华社|通讯员|记者)*{_PEOPLE}[ /](?:摄影?|供图)[)]?[。.]?$"
    rf"|\((?:[^()]{{0,12}}(?:摄|供图|资料图片?|效果图|示意图|新华社发))\)[。.]?$|(?:资料图片?|视觉中国供图)$"
)
_PICTURE_SHOWS = re.compile(r"(?:上|下|左|右)?图(?:为|中为|片为|[一二三四1-9]?[::])|这是.{2,40}\((?:.{0,10}摄|资料)")
_NUMBERED = re.compile(
    r"(?:第[一二三四五六七八九十百\d]{1,4}(?P<part>[章部编篇])|第[一二三四五六七八九十百\d]{1,4}节|(?P<han>[一二三四五六七八九十]{1,3}、)"
    r"|(?P<bracket>\([一二三四五六七八九十]{1,3}\))|(?P<digit>\d{1,2}[.、](?!\d)))"
)
_PICTURES = re.compile("图片|照片|摄影|配图")  # in a dropped credit: the article has pictures
_LATIN_END = re.compile(r"[A-Za-z0-9,.;:)]$")
_LATIN_START = re.compile(r"[A-Za-z0-9(]")


@dataclass
class _Part:
    """A block in the making: one line, or several that are one paragraph."""

    kind: BlockKind
    lines: list[Line]


def arrange(lines: list[Line], text: str, stated_title: str) -> tuple[str, tuple[Block, ...]]:
    """The article's title, and its blocks in reading order with the headings above each."""
    illustrated = any(line.rule and len(line.text) <= _CREDITED_MAX_CHARS and _PICTURES.search(line.plain) for line in lines)
    page = _Page([line for line in lines if not line.rule], illustrated)
    parts = _join_cut(page)
    _set_titles(parts, page, stated_title)
    _set_headings(parts)
    title = normal_space(stated_title) or " ".join(_text(part) for part in parts if part.kind is BlockKind.TITLE)
    return title, tuple(_with_sections(parts, text))


def normal_space(title: str) -> str:
    """``title`` on one line."""
    return " ".join(title.split())


# -- what the whole page shows -------------------------------------------------------------------------------------------


class _Page:
    """The kept lines and what can be said only of all of them together."""

    def __init__(self, lines: list[Line], illustrated: bool) -> None:
        self.lines = lines
        gaps = Counter(line.gap for line in lines[1:])
        self.usual_gap = min((gap for gap, count in gaps.items() if count == max(gaps.values())), default=1)
        self.wrapped_at = _wrapped_at(lines) if self.usual_gap == 0 else 0
        cut_by_caption = (
            self.is_open(line) and self.is_set_off(after) and len(after.text) <= _CAPTION_MAX_CHARS for line, after in pairwise(lines)
        )
        self.has_pictures = illustrated or any(self.is_credited(line) for line in lines) or any(cut_by_caption)

    def is_set_off(self, line: Line) -> bool:
        """True when more blank lines than usual stand before ``line``."""
        return line is not self.lines[0] and line.gap >= self.usual_gap + _EXTRA_GAP

    def is_credited(self, line: Line) -> bool:
        """True when ``line`` names its photographer or says what a picture shows."""
        if len(line.text) > _CREDITED_MAX_CHARS:
            return False
        return _CREDIT.search(line.plain) is not None or (_PICTURE_SHOWS.match(line.plain) is not None and self.is_set_off(line))

    def is_caption(self, line: Line, *, in_cut: bool) -> bool:
        """True for a caption; ``in_cut`` when the paragraph before it stops in the middle of a sentence."""
        if self.is_credited(line):
            return True
        if not self.is_set_off(line) or line.level or line.bullet or len(line.text) > _CAPTION_MAX_CHARS:
            return False
        if not (self.has_pictures or in_cut) or _INNER_END.search(line.text.rstrip("。！？!?”’」』）)")):
            return False
        if line.ended or in_cut:
            return True
        return len(line.text) > _LABEL_MAX_CHARS and " " not in line.plain and not _NUMBERED.match(line.plain)

    def is_open(self, line: Line, *, cut_by_caption: bool = True) -> bool:
        """True when ``line`` is running text that stops before its sentence does."""
        if line.ended or line.level or self.is_credited(line):
            return False
        size = len(line.text)
        if _INNER_END.search(line.text) or size >= _BODY_LINE_MIN_CHARS or (self.wrapped_at and size >= self.wrapped_at * 0.7):
            return True
        has_comma = any(mark in line.text for mark in "，,")
        return has_comma and " " not in line.plain and size >= (12 if cut_by_caption else _HEADING_MAX_CHARS)

    def goes_on(self, line: Line) -> bool:
        """True when ``line`` can be the second half of a sentence."""
        if line.level or line.bullet or self.is_set_off(line) or _NUMBERED.match(line.plain):
            return False
        return line.ended or self.is_open(line) or bool(self.wrapped_at) or any(mark in line.text for mark in "，,。、")


def _wrapped_at(lines: list[Line]) -> int:
    """The width in code points at which lines were broken by a program; 0 when they were not."""
    if len(lines) < 5:
        return 0
    width = max(len(line.text) for line in lines)
    full = [line for line in lines if len(line.text) >= width - max(4, width // 8)]
    return width if 20 <= width <= 120 and len(full) >= len(lines) * 0.5 and sum(not line.ended for line in full) * 2 >= len(full) else 0


# -- paragraphs ----------------------------------------------------------------------------------------------------------


def _join_cut(page: _Page) -> list[_Part]:
    """Body paragraphs and captions in order; lines that are one paragraph are together, whatever stood between them."""
    parts: list[_Part] = []
    lines = page.lines
    at = 0
    while at < len(lines):
        line = lines[at]
        if page.is_caption(line, in_cut=False) and (parts or page.is_credited(line)):
            parts.append(_Part(BlockKind.CAPTION, [line]))
            at += 1
            continue
        paragraph = _Part(BlockKind.BODY, [line])
        parts.append(paragraph)
        at += 1
        while at < len(lines):
            after = at
            last = paragraph.lines[-1]
            joined = len(paragraph.lines) > 1 and not last.ended
            while after < len(lines) and page.is_caption(lines[after], in_cut=joined or page.is_open(last)):
                after += 1
            opened = joined or page.is_open(last, cut_by_caption=after > at)
            if after == len(lines) or not opened or not page.goes_on(lines[after]):
                break
            parts += (_Part(BlockKind.CAPTION, [caption]) for caption in lines[at:after])
            paragraph.lines.append(lines[after])
            at = after + 1
    return parts


def _is_short(part: _Part, max_chars: int) -> bool:
    """True for a single line of body that may be a title or heading: short, and not ended like a sentence."""
    line = part.lines[0]
    return (
        part.kind is BlockKind.BODY
        and len(part.lines) == 1
        and not line.bullet
        and len(line.text) <= max_chars
        and not _INNER_END.search(line.text.rstrip("！？!?"))
        and not line.text.endswith(tuple("。；;，,、：:…"))
        and "\t" not in line.text
        and "|" not in line.text
    )


def _set_titles(parts: list[_Part], page: _Page, stated_title: str) -> None:
    """Make the head of the page, up to the first paragraph, picture or wide gap, its title: kicker, main title, subtitle.

    A document that states its title elsewhere has only that line as a title.
    """
    if not any(part.kind is BlockKind.BODY and not _is_short(part, _TITLE_MAX_CHARS) for part in parts):
        return
    head: list[_Part] = []
    for part in parts:
        if not _is_short(part, _TITLE_MAX_CHARS) or (head and page.is_set_off(part.lines[0])) or _NUMBERED.match(part.lines[0].plain):
            break
        head.append(part)
    if stated_title.strip():
        stated = normalised(stated_title).strip()
        head = [part for part in head if part.lines[0].plain in stated]
    elif len(head) > _TITLE_LINES_MAX or (head and head[0].lines[0].level):
        head = head[:1]
    for part in head:
        part.kind = BlockKind.TITLE


# -- headings ------------------------------------------------------------------------------------------------------------


def _set_headings(parts: list[_Part]) -> None:
    """Make short lines that are not sentences, few at a time, headings."""
    run: list[_Part] = []
    body_seen = any(part.kind is BlockKind.BODY and not _is_heading(part) for part in parts)
    for part in [*parts, None]:
        if part is not None and _is_heading(part):
            run.append(part)
        elif part is None or part.kind is BlockKind.BODY:
            if len(run) <= _HEADING_LINES_MAX and body_seen:
                for heading in run:
                    heading.kind = BlockKind.HEADING
            run = []


def _is_heading(part: _Part) -> bool:
    """True for a line marked up as a heading, or short and without the marks of running text."""
    line = part.lines[0]
    if part.kind is BlockKind.BODY and line.level and len(part.lines) == 1:
        return True
    return _is_short(part, _HEADING_MAX_CHARS) and not line.text.endswith(tuple("！？!?"))


def _level(line: Line) -> int:
    """Depth of a heading, from 1: marked up, then parts, chapters and numbers, then plain lines."""
    if line.level:
        return line.level
    match = _NUMBERED.match(line.plain)
    if not match:
        return 20
    return {"part": 7, None: 8, "han": 9, "bracket": 10, "digit": 11}[match.lastgroup]


def _with_sections(parts: list[_Part], text: str) -> list[Block]:
    """Blocks in reading order, each with the headings above it. A heading with nothing under it opens no section."""
    blocks: list[Block] = []
    open_headings: list[tuple[int, str]] = []
    for part, before, follows in zip(parts, [None, *parts], _followed_by_body(parts), strict=False):
        opens = part.kind is BlockKind.HEADING and follows
        level = _level(part.lines[0])
        if opens:
            same_run = before is not None and before.kind is BlockKind.HEADING  # lines of one heading lie within each other
            while open_headings and (open_headings[-1][0] > level or (open_headings[-1][0] == level and not same_run)):
                open_headings.pop()
        section = () if part.kind is BlockKind.TITLE else tuple(heading for _, heading in open_headings)
        blocks.append(Block(part.kind, _spans(part, text), section))
        if opens:
            heading = _text(part)
            # 链接》 points at what stands below, as an arrow does
            open_headings.append((level, heading if "《" in heading else heading.rstrip("》> ") or heading))
    return blocks


def _followed_by_body(parts: list[_Part]) -> list[bool]:
    """For each part, whether the next that is neither heading nor caption is body."""
    answers: list[bool] = []
    follows = False
    for part in reversed(parts):
        answers.append(follows)
        if part.kind not in (BlockKind.HEADING, BlockKind.CAPTION):
            follows = part.kind is BlockKind.BODY
    return answers[::-1]


def _text(part: _Part) -> str:
    """The visible text of a title or heading."""
    return normal_space("".join(line.text for line in part.lines))


def _spans(part: _Part, text: str) -> Spans:
    """The spans of a block. Between two Latin words the white space of a broken line stays, as it stands for a space."""
    spans: list[Span] = []
    before: Line | None = None
    for line in part.lines:
        if before and _LATIN_END.search(before.text[-1:]) and _LATIN_START.match(line.text) and text[before.end : line.start].isspace():
            spans.append(Span(before.end, line.start))
        before = line
        spans += line.spans
    return merge_adjacent(spans)
