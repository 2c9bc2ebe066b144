"""A query and lines -> candidates: places in a line that could be the short answer, of the right type.

Each finder looks for one type. Whether a candidate is *the* answer is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wenyuan.chinese.numbers import quantities
from wenyuan.chinese.words import word_bounds
from wenyuan.consult import Consulted
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract.candidate import Candidate
from wenyuan.extract.figures import FIGURES, asks_figure, figures, units_agree
from wenyuan.extract.lists import enumerations, quoted
from wenyuan.extract.names import names

__all__ = ["Candidate", "candidates", "offered"]


def candidates(query: Query, lines: Iterable[Line], relevance: Relevance) -> list[Candidate]:
    """Possible short answers in ``lines`` for what ``query`` expects; none where whole sentences answer."""
    found: list[Candidate] = []
    for line in lines:
        if query.expected in FIGURES:
            found += figures(query, line, relevance)
        elif query.expected is AnswerType.PLACE or query.expected is AnswerType.PERSON_OR_ORG:
            found += names(query, line, relevance)
        elif query.expected is AnswerType.LIST:
            found += enumerations(query, line, relevance)
        elif query.expected in (AnswerType.DEFINITION, AnswerType.ANY) and re.search(
            r"叫|名字|名称|原则|模式|口号|称号|主题|目标|誓言|理念", query.text
        ):
            found += quoted(query, line, relevance)
    return found


_NAME_MAX_CHARS = 24  # of who or where
_FIGURE_MAX_CHARS = 32

_TIME = re.compile(r"[年月日号时点分秒天周季代朝期初末晚晨夜春夏秋冬]|世纪|\d|古|昔|今")
_JOINED = re.compile(r"[至到~\-—、和及]?")  # between the figures of a range or a pair


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """``[start, end)`` widened to whole words where an edge cuts one."""
    for _, low, high in word_bounds(text):
        if low < start < high:
            start = low
        if low < end < high:
            end = high
    return start, end


def offered(query: Query, lines: Iterable[Line], consulted: Consulted, known: Iterable[Candidate] = ()) -> list[Candidate]:
    """Spans the reader points at that are none of the ``known`` candidates; around the figure where one of the kind asked for is in it."""
    taken = {(candidate.line.chunk.id, candidate.line.number, candidate.start, candidate.end) for candidate in known}
    kinds = FIGURES[query.expected] if asks_figure(query) else ()
    longest = _FIGURE_MAX_CHARS if kinds else _NAME_MAX_CHARS if query.expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE) else 0
    found: list[Candidate] = []
    for line in lines:
        for start, end in consulted.spans(line):
            text = line.text[start:end].strip()
            if not text or text in query.text or (longest and len(text) > longest):
                continue
            figure = None
            if kinds and query.expected is not AnswerType.DATE:
                inside = [item for item in quantities(line.text) if item.kind in kinds and item.start < end and start < item.end]
                if inside:  # the figure alone, or a range or pair of them: what stands around it is in the sentence
                    last = 0
                    while last + 1 < len(inside) and _JOINED.fullmatch(line.text[inside[last].end : inside[last + 1].start]):
                        last += 1
                    start, end, figure = inside[0].start, inside[last].end, inside[0] if last == 0 else None
                elif not re.search(r"\d", line.text[start:end]):
                    continue
                if any(item.vague or not units_agree(query, item) for item in inside):
                    continue  # no figure answers how many but one, and 一个 is none; 56个 is no answer to 多少户
            else:
                start, end = _to_words(line.text, start, end)
            if query.expected is AnswerType.DATE and not _TIME.search(line.text[start:end]):
                continue
            place = (line.chunk.id, line.number, start, end)
            if place not in taken:
                taken.add(place)
                found.append(Candidate(line, start, end, 0.0, figure))
    return found
