"""`Article` to `Chunk`s: whole sentences up to a length, each sentence a tuple of spans of the source.

Sentences are found in a block's kept text, so that one a picture has cut in two is one sentence with two spans. Chunks do not
overlap and never cross a heading. This module knows nothing of vectors, words or questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wenyuan.chinese.text import sentence_bounds
from wenyuan.contracts import Article, Block, BlockKind, Chunk, Source, Span, Spans, merge_adjacent

SHORT_PARAGRAPH_CHARS = 60  # code points; a shorter paragraph shares a chunk with the next of its section
HEADING_MIN_CHARS = 7  # shorter titles and headings say nothing alone


@dataclass
class _Paragraph:
    """The sentences of one block, or of several short ones of one section."""

    kind: BlockKind
    section: tuple[str, ...]
    sentences: list[Spans]
    size: int  # code points


def chunk(article: Article, chunk_max_chars: int) -> tuple[Chunk, ...]:
    """The chunks of ``article`` in reading order, each of at most ``chunk_max_chars`` code points, or of a single sentence."""
    source = article.source
    chunks: list[Chunk] = []
    for paragraph in _gathered(article, chunk_max_chars):
        for sentences in _portions(paragraph, chunk_max_chars):
            chunks.append(
                Chunk(
                    id=f"{source.id}:{len(chunks)}",
                    source_id=source.id,
                    ordinal=len(chunks),
                    kind=paragraph.kind,
                    sentences=sentences,
                    text=source.slice(span for sentence in sentences for span in sentence),
                    title=article.title,
                    section=paragraph.section,
                )
            )
    return tuple(chunks)


def sentences_of(block: Block, source: Source) -> list[Spans]:
    """The sentences of ``block`` as spans of ``source``; separators between sentences belong to none."""
    text = source.slice(block.spans)
    sentences = []
    spans = iter(block.spans)
    span = next(spans)
    before = 0  # code points of the block's text before the present span
    for start, end in sentence_bounds(text):
        found = []
        while start < end:
            while start >= before + len(span):
                before += len(span)
                span = next(spans)
            stop = min(end, before + len(span))
            found.append(Span(span.start + start - before, span.start + stop - before))
            start = stop
        sentences.append(merge_adjacent(found))
    return sentences


def _gathered(article: Article, chunk_max_chars: int) -> Iterator[_Paragraph]:
    """Paragraphs to divide, short ones put together with what follows in their section; captions and headings alone."""
    pending: _Paragraph | None = None
    aside: list[_Paragraph] = []  # captions between two paragraphs that are put together come after them
    for block in article.blocks:
        sentences = sentences_of(block, article.source)
        if not sentences:
            continue
        size = sum(len(span) for sentence in sentences for span in sentence)
        paragraph = _Paragraph(block.kind, block.section, sentences, size)
        if block.kind is BlockKind.CAPTION:
            aside.append(paragraph)
            continue
        if (
            pending
            and block.kind is BlockKind.BODY
            and pending.section == block.section
            and pending.size < SHORT_PARAGRAPH_CHARS
            and pending.size + size <= chunk_max_chars
        ):
            pending.sentences += sentences
            pending.size += size
            continue
        if pending:
            yield pending
        yield from aside
        pending, aside = None, []
        if block.kind is BlockKind.BODY:
            pending = paragraph
        elif size >= HEADING_MIN_CHARS:
            yield paragraph
    if pending:
        yield pending
    yield from aside


def _portions(paragraph: _Paragraph, chunk_max_chars: int) -> Iterator[tuple[Spans, ...]]:
    """The sentences of ``paragraph`` in as few runs as fit, of about one size: no last run of one short sentence."""
    sizes = [sum(len(span) for span in sentence) for sentence in paragraph.sentences]
    least = _runs(sizes, chunk_max_chars)
    low, high = max(sizes), chunk_max_chars  # the smallest limit that needs no more runs
    while low < high:
        middle = (low + high) // 2
        if len(_runs(sizes, middle)) <= len(least):
            high = middle
        else:
            low = middle + 1
    for start, end in _runs(sizes, max(low, min(max(sizes), chunk_max_chars))):
        yield tuple(paragraph.sentences[start:end])


def _runs(sizes: list[int], limit: int) -> list[tuple[int, int]]:
    """``[start, end)`` of runs of ``sizes`` filled in order up to ``limit`` each; one that is larger stands alone."""
    runs = []
    start = total = 0
    for number, size in enumerate(sizes):
        if number > start and total + size > limit:
            runs.append((start, number))
            start, total = number, 0
        total += size
    runs.append((start, len(sizes)))
    return runs
