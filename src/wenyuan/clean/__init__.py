"""`Source` to `Article`: the blocks a reader came for, and what was dropped, by the name of the rule that dropped it.

Cleaning drops and groups; it never rewrites. Blocks and dropped runs together are a partition of the source's text: every
code point lies in exactly one of them. The rules are facts about Chinese, newspapers and web pages in general, in the order
they are asked: `lines` takes marks out of lines, `furniture` drops lines that are no part of the article, `structure` tells
titles, headings, captions and body apart and puts sentences together that a picture or a column break has cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wenyuan.clean.furniture import drop_furniture
from wenyuan.clean.lines import Line, split_lines
from wenyuan.clean.structure import arrange
from wenyuan.contracts import Article, Dropped, Source, Span

WHITE_SPACE = "white space"


def clean(source: Source) -> Article:
    """The article in ``source``: blocks in reading order, each with the headings above it, and all that was dropped."""
    lines = split_lines(source.text)
    drop_furniture(lines)
    title, blocks = arrange(lines, source.text, source.title)
    marked = [
        *((span, "") for block in blocks for span in block.spans),
        *((span, rule) for line in lines for span, rule in _dropped_in(line)),
    ]
    return Article(source, title, blocks, tuple(_dropped(sorted(marked), len(source.text))))


def _dropped_in(line: Line) -> Iterator[tuple[Span, str]]:
    """The runs of ``line`` that a rule dropped."""
    for mark in line.marks:
        yield mark.span, mark.rule
    if line.rule:
        for span in line.spans:
            yield span, line.rule


def _dropped(marked: Iterable[tuple[Span, str]], length: int) -> Iterator[Dropped]:
    """Dropped runs in order; what neither a block nor a rule claims is the white space between lines."""
    at = 0
    for span, rule in marked:
        if at < span.start:
            yield Dropped(WHITE_SPACE, Span(at, span.start))
        if rule:
            yield Dropped(rule, span)
        at = span.end
    if at < length:
        yield Dropped(WHITE_SPACE, Span(at, length))
