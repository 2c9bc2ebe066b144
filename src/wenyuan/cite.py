"""`Answer` -> what a reader sees: footnotes, text around a quote, plain text, escaped Markdown and HTML, JSON records.

Quotes and questions come from strangers: everything that leaves this module for a terminal or a page has its control and
direction characters made visible, and its markup escaped. It knows nothing of how an answer was found.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenyuan.contracts import Answer, Citation, Hit, Reason, Source, Span, merge_adjacent

REASON_LABELS: Mapping[Reason, str] = {
    Reason.FOUND: "有依据",
    Reason.NOTHING_RELEVANT: "没有找到",
    Reason.FACT_NOT_STATED: "文中没有写",
    Reason.SOURCES_DISAGREE: "说法不一",
    Reason.NOT_A_QUESTION: "请提一个问题",
}
WRITTEN_LABEL = "由模型转述，已逐句核对"
CLOSEST_HITS = 3  # passages shown under an abstention


@dataclass(frozen=True, slots=True)
class Context:
    """A quote with the text on both sides of it, all verbatim slices of the source."""

    before: str
    quote: str
    after: str


def context(source: Source, spans: Sequence[Span], width: int = 60) -> Context:
    """The quote under ``spans`` with up to ``width`` code points of its own paragraph on either side.

    ``spans`` are in reading order; SpanError when one lies outside the text.
    """
    quote = source.slice(spans)
    first, last = spans[0].start, spans[-1].end
    before = source.text[max(0, first - width) : first].splitlines(keepends=True)
    after = source.text[last : last + width].splitlines()
    left = before[-1] if before and not before[-1].endswith(("\n", "\r")) else ""
    return Context(left, quote, after[0] if after else "")


def location(citation: Citation) -> str:
    """Where a quote stands: file and code points, ``000.txt [10, 20) [25, 30)``."""
    return " ".join([citation.uri, *(f"[{span.start}, {span.end})" for span in citation.spans)])


def headline(citation: Citation) -> str:
    """Title and section of a citation, ``标题 · 小节``; the file name where there is no title."""
    return " · ".join(part for part in (citation.title or citation.uri, citation.section) if part)


def footnote_marks(citations: Iterable[Citation]) -> str:
    """Marks of the citations that support the answer, ``[1][2]``."""
    return "".join(f"[{citation.number}]" for citation in citations if citation.supports)


# Control characters (a terminal obeys them), direction overrides and marks (they reorder what is read), separators that end a
# line in some places only, and lone surrogates (they cannot be encoded).
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")


def visible(text: str) -> str:
    """``text`` with control and direction characters shown as symbols such as ␛ or ⟨U+202E⟩; tabs and line ends stay."""
    return _UNSAFE.sub(_symbol, text.replace("\r\n", "\n").replace("\r", "\n"))


def _symbol(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟨U+{code:04X}⟩"


def one_line(text: str) -> str:
    """``text`` made visible, each run of white space with a line end in it as one space."""
    return re.sub(r"(?<![ \t\u3000])[ \t\u3000]*\n\s*", " ", visible(text)).strip()


def escape_html(text: str) -> str:
    """``text`` safe inside an HTML element or a quoted attribute."""
    return html.escape(visible(text), quote=True)


def escape_markdown(text: str) -> str:
    """``text`` as Markdown that shows it and nothing else: every ASCII punctuation mark escaped, white space at line starts gone."""
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", visible(text))
    return re.sub(r"(?m)^[ \t]+", "", escaped)


def as_text(answer: Answer) -> str:
    """The answer for a terminal: short answer, sentence with marks, then numbered quotes with their places."""
    if answer.abstained:
        return _abstention_as_text(answer)
    lines = [one_line(answer.text)]
    if answer.sentence not in ("", answer.text):
        lines += ["", f"{one_line(answer.sentence)} {footnote_marks(answer.citations)}"]
    if answer.reason is Reason.SOURCES_DISAGREE:
        lines += ["", "各处说法或所指范围不同，请对照原文。"]
    if answer.written:
        lines += ["", f"{one_line(answer.written)}（{WRITTEN_LABEL}）"]
    if answer.notice:
        lines += ["", answer.notice]
    return "\n".join([*lines, "", "依据", *footnotes_as_text(answer.citations)])


def _abstention_as_text(answer: Answer) -> str:
    lines = [one_line(answer.sentence)]
    hits = answer.hits[:CLOSEST_HITS] if answer.reason is not Reason.NOT_A_QUESTION else ()
    if answer.citations:
        lines += ["", "最接近的原文，没有回答这个问题", *footnotes_as_text(answer.citations)]
    elif hits:
        lines += ["", "最接近的原文，没有回答这个问题"]
        lines += [f"{hit.rank}. {one_line(hit.chunk.text)}\n   {hit.chunk.id}  {one_line(hit.chunk.heading)}" for hit in hits]
    return "\n".join(lines)


def footnotes_as_text(citations: Iterable[Citation]) -> list[str]:
    """Numbered quotes with their places, each of three lines."""
    return [
        f"[{citation.number}] {one_line(citation.quote)}\n    {one_line(headline(citation))}\n    {one_line(location(citation))}"
        for citation in citations
    ]


def hits_as_text(hits: Sequence[Hit], sources: Mapping[str, Source]) -> str:
    """Hits for a terminal: rank, title and section, place, score, text; ``sources`` by source id."""
    if not hits:
        return "没有找到相关段落。"
    return "\n\n".join(
        f"{hit.rank}. {one_line(hit.chunk.text)}\n"
        f"   {one_line(' · '.join(part for part in (hit.chunk.title, *hit.chunk.section) if part))}\n"
        f"   {one_line(sources[hit.chunk.source_id].uri)}  {hit.chunk.id}  {hit.score:.4f}"
        for hit in hits
    )


def as_markdown(answer: Answer) -> str:
    """The answer as escaped Markdown: short answer in bold, sentence, quotes as block quotes."""
    if answer.abstained:
        parts = [escape_markdown(one_line(answer.sentence)), f"*{REASON_LABELS[answer.reason]}*"]
    else:
        parts = [f"**{escape_markdown(one_line(answer.text))}**"]
        marks = escape_markdown(footnote_marks(answer.citations))
        parts.append(f"{escape_markdown(one_line(answer.sentence))} {marks}")
    parts += [
        f"> {escape_markdown(one_line(citation.quote))}  \n"
        f"> \\[{citation.number}\\] {escape_markdown(one_line(headline(citation)))}（{escape_markdown(location(citation))}）"
        for citation in answer.citations
    ]
    return "\n\n".join(parts)


def answer_record(answer: Answer, id: str | int | None = None) -> dict[str, Any]:
    """The answer as the JSON line of the contract; ``id`` is that of the question line, None for a single question."""
    return {
        "id": id,
        "question": answer.question,
        "standalone": answer.standalone,
        "answer": answer.text,
        "sentence": answer.sentence,
        "abstained": answer.abstained,
        "reason": answer.reason.value,
        "confidence": round(answer.confidence, 4),
        "citations": [citation_record(citation) for citation in answer.citations],
        "timings_ms": {name: round(value, 3) for name, value in answer.timings_ms.items()},
        **({"written": answer.written, "notice": answer.notice} if answer.written or answer.notice else {}),
    }


def citation_record(citation: Citation) -> dict[str, Any]:
    """One citation as the contract writes it."""
    return {
        "number": citation.number,
        "source_id": citation.source_id,
        "uri": citation.uri,
        "title": citation.title,
        "section": citation.section,
        "spans": _pairs(citation.spans),
        "quote": citation.quote,
        "supports": citation.supports,
    }


def search_record(question: str, hits: Iterable[Hit], sources: Mapping[str, Source], id: str | int | None = None) -> dict[str, Any]:
    """The hits of a question as the JSON line of the contract; ``sources`` by source id."""
    return {"id": id, "question": question, "hits": [_hit_record(hit, sources[hit.chunk.source_id]) for hit in hits]}


def _hit_record(hit: Hit, source: Source) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "source_id": source.id,
        "uri": source.uri,
        "doc_id": document_id(source.uri),
        "chunk_id": hit.chunk.id,
        "spans": _pairs(merge_adjacent(hit.chunk.spans)),
        "text": hit.chunk.text,
    }


def document_id(uri: str) -> str:
    """The id inside a jsonl file for ``FILE.jsonl#id``, else the uri itself."""
    match = re.search(r"\.jsonl#", uri, re.IGNORECASE)
    return uri[match.end() :] if match else uri


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]
