"""A query and lines -> candidates: places in a line that could be the short answer, of the right type.

Each finder looks for one type. Whether a candidate is *the* answer is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wenyuan.consult import Consulted
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line, Relevance
from wenyuan.extract.candidate import Candidate
from wenyuan.extract.figures import FIGURES, figures
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


_OFFERED_BONUS = 0.25  # of a span the reader is sure of
_MIN_CHANCE = 0.1  # of a span worth offering
_NAMING_MIN_CHANCE = 0.5  # where a name is asked for: anything may look like one
_NAME_MAX_CHARS = 20  # of who or where
_REASON_MIN_CHARS = 6  # of a how or why


def offered(query: Query, lines: Iterable[Line], consulted: Consulted) -> list[Candidate]:
    """Spans the reader points at; none for a question after a figure or a list, whose parts the rules find better."""
    found: list[Candidate] = []
    if query.expected in FIGURES or query.expected is AnswerType.LIST:
        return found
    naming = re.search(r"叫什么|名字|名称", query.text) is not None
    named = query.expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE)
    for line in lines:
        for start, end, chance in consulted.spans(line):
            text = line.text[start:end].strip()
            if not text or text in query.text or (named and len(text) > _NAME_MAX_CHARS):
                continue
            if chance < (_NAMING_MIN_CHANCE if naming else _MIN_CHANCE):
                continue
            if query.expected is AnswerType.HOW_OR_WHY and len(text) < _REASON_MIN_CHARS:
                continue
            found.append(Candidate(line, start, end, _OFFERED_BONUS * chance))
    return found
