"""Characters on a page to text in reading order: lines, columns, paragraphs.

The order is Breuel's (High Performance Document Layout Analysis, 2003): of two lines one above the other the upper is read first;
of two side by side the left one, unless a line that reaches over both lies between them. So a headline across the page comes
before the columns under it, and a column is read to its end before the next. Lengths are in ems, the size of a character.
This module knows nothing of PDF or of what the text says.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

_LINES_MAX = 3000  # on one page; the order costs their square
_LEVEL = 0.5  # share of the height that side by side lines have in common
_GAP_EMS = 1.2  # white space inside a line is narrower
_SPACE_EMS = 0.15  # a space between Latin letters or digits is so much wider than the usual distance of characters in its line
_WIDE_SPACE_EMS = 0.22  # and one between Chinese characters
_CELL_EMS = 7.0  # columns of running text are wider: newspapers set at least nine characters
_NEXT_EMS = 2.4  # to the middle of the next line of a column, or of the next row of a table
_COLUMN_EMS = 5.0  # farther down, a line begins a new run
_LARGER = 1.15  # times the usual size: a headline
_SAME_SIZE = 1.18  # ratio of character sizes within one paragraph
_SET_OFF_EMS = 0.8  # white space above a line that opens something new below the columns
_INDENT_EMS = 0.8
_WIDE_PITCH = 1.45  # times the usual distance of lines, and a paragraph ends
_SPACED = re.compile(r"[A-Za-z0-9,.;:!?)%]")  # between two of these a line break stands for a space
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FIRST_WORD = re.compile(r"[A-Za-z0-9.,%'’\-]{1,40}")
_STOPS = tuple("。！？!?…”’」』）)")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character and its box; y grows upwards."""

    character: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class _Line:
    """A run of characters side by side."""

    left: float
    bottom: float
    right: float
    top: float
    em: float
    glyphs: list[Glyph]
    text: str = ""
    reach: tuple[float, float] = (0.0, 0.0)  # from where to where it counts as lying above or under others

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


def page_text(glyphs: list[Glyph]) -> str:
    """The text of a page; "" when its characters make no lines (set upright, or far too many), so that the caller must know better."""
    lines = _lines(glyphs)
    if not lines or len(lines) > _LINES_MAX or sum(len(line.text) for line in lines) < 2 * len(lines):
        return ""
    lines = _rows(lines)
    return "\n\n".join(_paragraphs(_in_order(lines)))


# -- lines ---------------------------------------------------------------------------------------------------------------


def _lines(glyphs: list[Glyph]) -> list[_Line]:
    """Runs of characters that follow one another in the file and on the page."""
    lines: list[_Line] = []
    for glyph in glyphs:
        height = glyph.top - glyph.bottom
        em = glyph.right - glyph.left if _WIDE.match(glyph.character) else 0.75 * height  # what pdfium calls height is more than the em
        if not glyph.character.strip():
            if lines:
                lines[-1].glyphs.append(glyph)  # a space that the file sets; its box is not to be trusted
            continue
        if height <= 0 or em <= 0:
            continue
        line = lines[-1] if lines else None
        if line and _follows(line, glyph, height):
            line.glyphs.append(glyph)
            line.right = max(line.right, glyph.right)
            line.bottom, line.top = min(line.bottom, glyph.bottom), max(line.top, glyph.top)
            line.em = max(line.em, em)
        else:
            lines.append(_Line(glyph.left, glyph.bottom, glyph.right, glyph.top, em, [glyph]))
    for line in lines:
        line.text = _spaced(line)
    return [line for line in lines if line.text]


def _follows(line: _Line, glyph: Glyph, height: float) -> bool:
    """True when ``glyph`` goes on with ``line``: at its height, and close to its right end."""
    if min(line.top, glyph.top) - max(line.bottom, glyph.bottom) < _LEVEL * min(height, line.top - line.bottom):
        return False
    last = line.glyphs[-1]
    if (glyph.left, glyph.right) == (last.left, last.right):  # one picture for two characters, such as a long dash
        return True
    return -line.em <= glyph.left - line.right <= _GAP_EMS * line.em and glyph.right >= line.right


def _spaced(line: _Line) -> str:
    """The text of ``line``, with a space where characters stand farther apart than the line's usual distance.

    Many files set no spaces, and a line stretched to the width of its column has white space between all its characters.
    Between a Chinese character and a Latin one typesetters leave a little room, which is no space.
    """
    pairs = list(pairwise(line.glyphs))
    gaps = [second.left - first.right for first, second in pairs if first.character.strip() and second.character.strip()]
    usual = max(median(gaps), 0.0) if len(gaps) > 2 else 0.0
    pieces = [line.glyphs[0].character]
    for first, second in pairs:
        seen = first.character.strip() and second.character.strip()
        wide, mixed = bool(_WIDE.match(first.character)), bool(_WIDE.match(first.character)) != bool(_WIDE.match(second.character))
        if seen and not mixed and second.left - first.right - usual > (_WIDE_SPACE_EMS if wide else _SPACE_EMS) * line.em:
            pieces.append(" ")
        pieces.append(second.character)
    return " ".join("".join(pieces).split())


def _overlap(first: _Line, second: _Line) -> float:
    """How far two lines lie above one another, as a share of the shorter."""
    shared = min(first.right, second.right) - max(first.left, second.left)
    return shared / max(min(first.right - first.left, second.right - second.left), 1e-6)


def _rows(lines: list[_Line]) -> list[_Line]:
    """The lines, with cells of a table that stand in one row put into one, a tab between; columns of running text stay apart."""
    cells = _cells(lines)
    kept: dict[int, _Line] = {}
    for row in _levels(lines):
        head: int | None = None
        for first, second in zip([None, *row], row, strict=False):
            if first is None or head is None or lines[first].right > lines[second].left or not (cells[first] and cells[second]):
                head, kept[second] = second, lines[second]
                continue
            whole, cell = kept[head], lines[second]
            whole.text += "\t" + cell.text
            whole.right, whole.bottom, whole.top = max(whole.right, cell.right), min(whole.bottom, cell.bottom), max(whole.top, cell.top)
    return [kept[number] for number in sorted(kept)]


def _cells(lines: list[_Line]) -> list[bool]:
    """For each line whether it may be a cell of a table: short, and so is the next above or below, or there is none."""
    left, right, middle, em = (np.array([getattr(line, name) for line in lines]) for name in ("left", "right", "middle", "em"))
    short = (right - left) / em < _CELL_EMS
    cells = []
    for number, line in enumerate(lines):
        over = (np.minimum(right, line.right) > np.maximum(left, line.left)) & (np.abs(middle - line.middle) <= _NEXT_EMS * line.em)
        over[number] = False
        cells.append(bool(short[number] and (not over.any() or short[over].any())))
    return cells


def _levels(lines: list[_Line]) -> list[list[int]]:
    """The numbers of the lines that stand at one height, from the left, for each height."""
    rows: list[list[int]] = []
    for number in sorted(range(len(lines)), key=lambda number: -lines[number].middle):
        if rows and lines[rows[-1][0]].middle - lines[number].middle < _LEVEL * min(lines[rows[-1][0]].em, lines[number].em):
            rows[-1].append(number)
        else:
            rows.append([number])
    return [sorted(row, key=lambda number: lines[number].left) for row in rows]


# -- order ---------------------------------------------------------------------------------------------------------------


def _set_reach(lines: list[_Line]) -> None:
    """Headlines, and lines that open something new under the columns, reach over the page though their words may be few."""
    whole = min(line.left for line in lines), max(line.right for line in lines)
    usual = median(line.em for line in lines)
    left, right, bottom, top = (np.array([getattr(line, name) for line in lines]) for name in ("left", "right", "bottom", "top"))
    for line in lines:
        line.reach = line.left, line.right
        level = np.minimum(top, line.top) - np.maximum(bottom, line.bottom) > 0.2 * (line.top - line.bottom)
        beside = (right <= line.left) | (left >= line.right)
        if (level & beside).any():
            continue
        above = bottom[(bottom + top) / 2 > line.top]
        if line.em >= _LARGER * usual or not len(above) or above.min() - line.top >= _SET_OFF_EMS * line.em:
            line.reach = whole


def _in_order(lines: list[_Line]) -> list[_Line]:
    """The lines in reading order; where the rules leave two free, or contradict each other, the higher and then the left one first."""
    _set_reach(lines)
    left, right = np.array([line.reach for line in lines]).T
    middle = np.array([line.middle for line in lines])
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    over = shared > 0.1 * np.minimum((right - left)[:, None], right - left)  # [a, b]: above one another, whichever is higher
    higher = middle[:, None] > middle
    down = (over & higher).astype(np.float32)
    between = (down @ down) > 0  # [a, b]: a line reaches over both and lies between them, a being higher
    beside = ~over & (left[:, None] < left) & ~(between | between.T)
    before = (over & higher) | beside
    waits = before.sum(axis=0)
    free = [(-middle[number], left[number], number) for number in range(len(lines)) if waits[number] == 0]
    heapq.heapify(free)
    # One column is read to its end: among the free lines the one that goes on with the last comes first.
    order: list[int] = []
    done = np.zeros(len(lines), dtype=bool)
    while len(order) < len(lines):
        if not free:  # a circle: break it at the highest line
            rest = np.flatnonzero(~done)
            chosen = int(rest[np.lexsort((left[rest], -middle[rest]))[0]])
        else:
            chosen = _next(free, order, over)
            if done[chosen]:
                continue
        done[chosen] = True
        order.append(chosen)
        for number in np.flatnonzero(before[chosen] & ~done):
            waits[number] -= 1
            if waits[number] == 0:
                heapq.heappush(free, (-middle[number], left[number], int(number)))
    return [lines[number] for number in order]


def _next(free: list[tuple[float, float, int]], order: list[int], over: np.ndarray) -> int:
    """Of the free lines the highest under the last one read, else the highest."""
    if order:
        under = [entry for entry in free if over[order[-1], entry[2]]]
        if under:
            entry = min(under)
            free.remove(entry)
            heapq.heapify(free)
            return entry[2]
    return heapq.heappop(free)[2]


# -- paragraphs ----------------------------------------------------------------------------------------------------------


def _paragraphs(lines: list[_Line]) -> list[str]:
    """Lines put together where one goes on with the sentence of the one before."""
    runs: list[list[_Line]] = []  # lines under one another in one column, of one size
    for line in lines:
        if runs and _is_under(runs[-1][-1], line):
            runs[-1].append(line)
        else:
            runs.append([line])
    paragraphs: list[str] = []
    before: tuple[_Line, float] | None = None  # the last line, and the right edge of its column, where that is one of running text
    for run in runs:
        column_left, column_right = min(line.left for line in run), max(line.right for line in run)
        pitch = median([above.middle - line.middle for above, line in pairwise(run)]) if len(run) > 1 else 0.0
        for number, line in enumerate(run):
            if number:
                joins = (run[number - 1].middle - line.middle) <= _WIDE_PITCH * pitch and _goes_on(
                    run[number - 1], column_right, line, column_left
                )
            else:  # from the foot of one column to the head of the next
                joins = (
                    before is not None
                    and column_right - column_left >= _CELL_EMS * line.em
                    and _same_size(before[0], line)
                    and not before[0].text.endswith(_STOPS)
                    and _goes_on(*before, line, column_left)
                )
            if joins:
                space = " " if _SPACED.match(paragraphs[-1][-1]) and _SPACED.match(line.text) else ""
                paragraphs[-1] += space + line.text
            else:
                paragraphs.append(line.text)
        before = (run[-1], column_right) if column_right - column_left >= _CELL_EMS * run[-1].em else None
    return paragraphs


def _same_size(first: _Line, second: _Line) -> bool:
    return max(first.em, second.em) <= _SAME_SIZE * min(first.em, second.em)


def _is_under(above: _Line, line: _Line) -> bool:
    """True when ``line`` is the next in the column of ``above``."""
    distance = above.middle - line.middle
    return _same_size(above, line) and 0 < distance <= _COLUMN_EMS * line.em and _overlap(above, line) > 0.5


def _goes_on(above: _Line, column_right: float, line: _Line, column_left: float) -> bool:
    """True when ``above`` fills its column, or the next word would not have fitted, and ``line`` is not indented."""
    if line.left - column_left > _INDENT_EMS * line.em or "\t" in above.text or "\t" in line.text:
        return False
    word = _FIRST_WORD.match(line.text)
    needed = 0.55 * line.em * (len(word[0]) + 1) if word else 1.6 * line.em
    return column_right - above.right < needed
