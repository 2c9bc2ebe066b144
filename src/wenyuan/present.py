"""How what was chosen is shown: the sentence to cite, whose and as-of-when labels, the clause set large. Knows nothing of scores."""

from __future__ import annotations

from collections.abc import Sequence

from wenyuan.binding import subjects
from wenyuan.chinese.names import contains, places
from wenyuan.chinese.numbers import QuantityKind, dates
from wenyuan.chinese.text import normalised
from wenyuan.choose import Choice
from wenyuan.contracts import Chunk, Query, Spans
from wenyuan.evidence import Line, Relevance

_LABEL_MAX_CHARS = 16  # of a title that tells one figure's scope from another's


def sentence_spans(chunk: Chunk, number: int) -> Spans:
    """The spans of one sentence without white space and ellipses at its ends."""
    start, end = chunk.sentence_bounds()[number]
    text = chunk.text
    while start < end - 1 and (text[start].isspace() or text[start] in "…"):
        start += 1
    while end - 1 > start and (text[end - 1].isspace() or text[end - 1] in "…"):
        end -= 1
    return chunk.locate(start, end)


def scope_labels(query: Query, choices: Sequence[Choice]) -> list[str]:
    """Whose or where each figure is, told apart: by its subject, and where two have one subject by the place it went to."""
    labels = ["、".join(choice.scope) or _title_label(choice.line.chunk) for choice in choices]
    for number, choice in enumerate(choices):
        if labels.count(labels[number]) > 1 or set(choice.scope) <= set(query.places):
            low, high = choice.line.segments[choice.line.segment_of(choice.candidate.start if choice.candidate else 0)]
            around = [*places(choice.line.text[low:high]), *places(choice.line.text), *places(normalised(choice.line.chunk.title))]
            known = {*query.places, *choice.scope}
            other = next((place.name for place in around if not any(contains(place.name, name) for name in known)), "")
            labels[number] = "→".join(part for part in (labels[number], other) if part)
    return [f"{label}，{period}" if (period := _period(choice)) else label for label, choice in zip(labels, choices, strict=True)]


def _title_label(chunk: Chunk) -> str:
    name = chunk.section[-1] if chunk.section else chunk.title
    return name if len(name) <= _LABEL_MAX_CHARS else f"《{name[:_LABEL_MAX_CHARS]}…》"


def _period(choice: Choice) -> str:
    """As of when, or over which period, the line gives its figure: the last date before it; "" where it gives none."""
    line, start = choice.line, choice.candidate.start if choice.candidate else 0
    found = [item for item in dates(line.text) if item.end <= start]
    if not found or (choice.candidate and choice.candidate.quantity and choice.candidate.quantity.kind is QuantityKind.DATE):
        return ""
    at = found[-1].start
    at -= 2 if line.text[max(0, at - 2) : at] == "截至" else 1 if line.text[max(0, at - 1) : at] == "自" else 0
    return line.verbatim(at, found[-1].end)


def subject_sentence(names: set[str], line: Line) -> int | None:
    """The earlier sentence of the paragraph whose subject is one of ``names`` that the line and its heading do not name."""
    wanted = {name for name in names if name not in line.text and name not in line.heading}
    if not wanted or line.number == 0:
        return None
    texts = [normalised(line.chunk.text[start:end]) for start, end in line.chunk.sentence_bounds()[: line.number]]
    acting = [number for number, text in enumerate(texts) if wanted & {place.name for place in subjects(text)}]
    named = [number for number, text in enumerate(texts) if any(name in text for name in wanted)]
    return acting[-1] if acting else named[-1] if named else None


def clause(line: Line, relevance: Relevance, max_chars: int) -> str:
    """The run of a line's segments that speaks most to the question, short enough to stand large."""
    if len(line.text) <= max_chars:
        return line.verbatim(0, len(line.text)).strip()
    best, best_score = (0, len(line.text)), -1.0
    for first, (low, _) in enumerate(line.segments):
        for _, high in line.segments[first:]:
            if high - low > max_chars and high != line.segments[first][1]:
                break
            held = (
                sum(weight * relevance.strength(term, line.text[low:high]) for term, weight in relevance.weights.items()) / relevance.total
            )
            score = held + 0.15 * min(1.0, (high - low) / max_chars)
            if score > best_score:
                best, best_score = (low, high), score
    return line.verbatim(*best).strip(" ,，;；:：。、")
