"""Sources, articles and chunks as lines of JSON, and back.

A chunk's text is not written: it is sliced from its source again, so what is read can only be what the source says.
This module knows nothing of folders, digests or vectors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from wenyuan.contracts import Article, Block, BlockKind, Chunk, Dropped, Source, Span, Spans

Record = dict[str, Any]


def to_lines(records: Iterable[Record]) -> bytes:
    """One JSON object a line, UTF-8. A lone surrogate, which JSON can smuggle in, survives."""
    lines = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    return "".join(lines).encode("utf-8", "surrogatepass")


def from_lines(data: bytes) -> Iterator[Record]:
    """The objects of :func:`to_lines`; raises ValueError on a line that is none."""
    for line in data.split(b"\n"):  # not splitlines: U+2028 is no line end in JSON
        if line:
            record = json.loads(line.decode("utf-8", "surrogatepass"))
            if not isinstance(record, dict):
                raise ValueError("a line is not a JSON object")
            yield record


def source_to_record(source: Source) -> Record:
    """All fields of a source, its text among them."""
    return {
        "id": source.id,
        "uri": source.uri,
        "title": source.title,
        "text": source.text,
        "encoding": source.encoding,
        "sha256": source.sha256,
        "published": source.published.isoformat() if source.published else None,
    }


def source_from_record(record: Record) -> Source:
    """The source of :func:`source_to_record`."""
    published = record["published"]
    return Source(
        id=record["id"],
        uri=record["uri"],
        title=record["title"],
        text=record["text"],
        encoding=record["encoding"],
        sha256=record["sha256"],
        published=date.fromisoformat(published) if published else None,
    )


def article_to_record(article: Article) -> Record:
    """Blocks and dropped runs of an article; its source is named, not repeated."""
    return {
        "source_id": article.source.id,
        "title": article.title,
        "blocks": [{"kind": block.kind.value, "spans": _pairs(block.spans), "section": block.section} for block in article.blocks],
        "dropped": [[item.rule, item.span.start, item.span.end] for item in article.dropped_spans],
    }


def article_from_record(record: Record, sources: Mapping[str, Source]) -> Article:
    """The article of :func:`article_to_record`; KeyError when its source is not among ``sources``."""
    return Article(
        source=sources[record["source_id"]],
        title=record["title"],
        blocks=tuple(Block(BlockKind(item["kind"]), _spans(item["spans"]), tuple(item["section"])) for item in record["blocks"]),
        dropped_spans=tuple(Dropped(rule, Span(start, end)) for rule, start, end in record["dropped"]),
    )


def chunk_to_record(chunk: Chunk) -> Record:
    """All fields of a chunk but its text."""
    return {
        "id": chunk.id,
        "source_id": chunk.source_id,
        "ordinal": chunk.ordinal,
        "kind": chunk.kind.value,
        "sentences": [_pairs(sentence) for sentence in chunk.sentences],
        "title": chunk.title,
        "section": chunk.section,
    }


def chunk_from_record(record: Record, sources: Mapping[str, Source]) -> Chunk:
    """The chunk of :func:`chunk_to_record`; KeyError without its source, SpanError when a span lies outside it."""
    sentences = tuple(_spans(pairs) for pairs in record["sentences"])
    return Chunk(
        id=record["id"],
        source_id=record["source_id"],
        ordinal=record["ordinal"],
        kind=BlockKind(record["kind"]),
        sentences=sentences,
        text=sources[record["source_id"]].slice(span for sentence in sentences for span in sentence),
        title=record["title"],
        section=tuple(record["section"]),
    )


def _pairs(spans: Spans) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(pairs: Iterable[tuple[int, int]]) -> Spans:
    return tuple(Span(start, end) for start, end in pairs)
