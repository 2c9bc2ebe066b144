"""The nouns that pass between rooms, and the roles a model or a store can play.

Coordinates: 0-based, half-open, in Unicode code points of ``Source.text``. Ranks and footnote numbers count from 1.
This module knows nothing of files, Chinese, models or stores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import SpanError

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open run ``[start, end)`` of code points; ``0 <= start < end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise SpanError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One article's text exactly as decoded, line ends untouched."""

    id: str  # stable for a uri
    uri: str  # file name relative to what was built, or FILE#id for a line of a jsonl
    title: str  # as the format states it, else ""
    text: str
    encoding: str
    sha256: str  # of the bytes the text came from
    published: date | None = None

    def slice(self, spans: Iterable[Span]) -> str:
        """The text under ``spans``, in order; raises SpanError when one lies outside."""
        out = []
        for span in spans:
            if span.end > len(self.text):
                raise SpanError(f"span [{span.start}, {span.end}) outside {self.uri} ({len(self.text)} code points)")
            out.append(self.text[span.start : span.end])
        return "".join(out)


class BlockKind(str, Enum):
    """What a block is to a reader."""

    TITLE = "title"
    HEADING = "heading"
    BODY = "body"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Block:
    """A title, heading, paragraph or caption, as spans of its source."""

    kind: BlockKind
    spans: Spans  # more than one where something dropped, or a caption, lies inside
    section: tuple[str, ...] = ()  # headings above it, outermost first


@dataclass(frozen=True, slots=True)
class Dropped:
    """A run of the source that no reader came for, and the rule that dropped it."""

    rule: str
    span: Span


@dataclass(frozen=True, slots=True)
class Article:
    """A source divided into blocks and dropped runs; together they partition its text."""

    source: Source
    title: str  # for headings and citations; "" when none was found
    blocks: tuple[Block, ...]  # in reading order
    dropped_spans: tuple[Dropped, ...]

    @property
    def dropped(self) -> Mapping[str, int]:
        """Rule name -> code points dropped by it."""
        counts: Counter[str] = Counter()
        for item in self.dropped_spans:
            counts[item.rule] += len(item.span)
        return dict(counts)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole sentences of one section: the unit of search (the field calls it a passage)."""

    id: str  # "<source_id>:<ordinal>"
    source_id: str
    ordinal: int  # 0-based, in reading order
    kind: BlockKind  # BODY or CAPTION (a heading that stands alone is BODY)
    sentences: tuple[Spans, ...]  # what a citation may point at
    text: str  # concatenation of the sentences' spans, nothing between
    title: str
    section: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Title and section headings; helps search and reading, never quoted as evidence."""
        return " ".join(part for part in (self.title, *self.section) if part)

    @property
    def spans(self) -> Spans:
        """All spans of the chunk, in reading order."""
        return tuple(span for sentence in self.sentences for span in sentence)

    def sentence_bounds(self) -> tuple[tuple[int, int], ...]:
        """``[start, end)`` of each sentence within ``text``, in code points."""
        bounds, at = [], 0
        for sentence in self.sentences:
            size = sum(len(span) for span in sentence)
            bounds.append((at, at + size))
            at += size
        return tuple(bounds)

    def locate(self, start: int, end: int) -> Spans:
        """Source spans of ``text[start:end]``; raises SpanError when outside the text."""
        if not 0 <= start < end <= len(self.text):
            raise SpanError(f"[{start}, {end}) outside chunk {self.id} ({len(self.text)} code points)")
        found, at = [], 0
        for span in self.spans:
            low, high = max(start, at), min(end, at + len(span))
            if low < high:
                found.append(Span(span.start + low - at, span.start + high - at))
            at += len(span)
        return merge_adjacent(found)


def merge_adjacent(spans: Iterable[Span]) -> Spans:
    """Spans in the given order, with neighbours that touch made one."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].end == span.start:
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


class Stage(str, Enum):
    """Which search or fusion gave a hit its rank and score."""

    DENSE = "dense"
    KEYWORD = "keyword"
    FUSED = "fused"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a question. Scores compare within one stage and one question only."""

    chunk: Chunk
    rank: int  # from 1
    score: float  # higher is better
    stage: Stage
    ranks: Mapping[Stage, int] = field(default_factory=dict)  # rank in each stage that found it
    scores: Mapping[Stage, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote. ``Citation.of`` is the only maker: nobody passes a quote in."""

    number: int  # from 1
    source_id: str
    uri: str
    title: str
    section: str
    spans: Spans
    quote: str
    supports: bool = True

    @classmethod
    def of(
        cls,
        source: Source,
        spans: Iterable[Span],
        number: int,
        *,
        title: str = "",
        section: Sequence[str] = (),
        supports: bool = True,
    ) -> Citation:
        """A citation whose quote is sliced from ``source`` here; raises SpanError outside the text."""
        merged = merge_adjacent(spans)
        if not merged:
            raise SpanError(f"a citation of {source.uri} without a span")
        return cls(
            number=number,
            source_id=source.id,
            uri=source.uri,
            title=title or source.title,
            section=" / ".join(section),
            spans=merged,
            quote=source.slice(merged),
            supports=supports,
        )


class Reason(str, Enum):
    """Why an answer is as it is."""

    FOUND = "FOUND"
    NOTHING_RELEVANT = "NOTHING_RELEVANT"
    FACT_NOT_STATED = "FACT_NOT_STATED"
    SOURCES_DISAGREE = "SOURCES_DISAGREE"
    NOT_A_QUESTION = "NOT_A_QUESTION"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker gets: a short answer on citations, or an abstention with its reason."""

    question: str
    standalone: str  # the question with what earlier turns supply
    text: str  # the short answer; "" when abstaining
    sentence: str  # what the page shows under it; a message when abstaining
    citations: tuple[Citation, ...]
    confidence: float  # [0, 1]
    reason: Reason
    hits: tuple[Hit, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    expected: str = ""  # the `AnswerType` that the question asks for
    signals: Mapping[str, float] = field(default_factory=dict)  # what the confidence was computed from
    written: str = ""  # the answer in a writer's words, each sentence checked against what it cites; "" without one
    notice: str = ""  # what became of the writer's words, where they are not all shown

    @property
    def abstained(self) -> bool:
        """True when no citation supports an answer."""
        return not any(citation.supports for citation in self.citations)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Truth in source coordinates, so that it outlives every re-chunking."""

    uri: str
    quote: str
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question set."""

    id: str
    text: str
    kind: str = ""
    context: tuple[str, ...] = ()  # earlier questions, oldest first
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    all_required: bool = False
    any_evidence: bool = False


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str:
        """Human name, as given in the settings."""

    @property
    def fingerprint(self) -> str:
        """Digest of all that shapes a vector: weights, runtime, precision, prompts."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, each row of length 1."""

    def embed_question(self, text: str) -> Vectors:
        """Shape (dimension,), float32, of length 1."""


class VectorStore(Protocol):
    """Rows of vectors that can be searched. It knows row numbers, never meaning."""

    def __len__(self) -> int: ...

    def search(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        """At most ``k`` (row, inner product), best first, ties by row."""


class KeywordStore(Protocol):
    """Bags of terms that can be searched. It knows row numbers, never meaning."""

    def __len__(self) -> int: ...

    def search(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """At most ``k`` (row, BM25 score > 0), best first, ties by row."""

    def document_frequency(self, term: str) -> int:
        """In how many rows ``term`` stands; 0 for an unknown one."""


class Writer(Protocol):
    """Phrases answers. What it gives is not trusted: every sentence is checked before it is shown."""

    @property
    def name(self) -> str:
        """Human name, as given in the settings."""

    def write(self, question: str, answer: str, quotes: Sequence[tuple[int, str]]) -> str:
        """A paragraph that cites ``quotes``, which are (footnote number, text), as ``[n]``; raises WriterError when there is none."""


class AnswerType(str, Enum):
    """What kind of thing a question asks for."""

    COUNT = "count"
    AMOUNT = "amount"
    PERCENT = "percent"
    DURATION = "duration"
    NUMBER = "number"  # a figure of whatever unit
    DATE = "date"
    PERSON_OR_ORG = "person_or_org"
    PLACE = "place"
    LIST = "list"
    DEFINITION = "definition"
    HOW_OR_WHY = "how_or_why"
    YES_NO = "yes_no"
    COMPARISON = "comparison"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Query:
    """A question analysed. ``text`` and all that is taken from it is normalised."""

    question: str  # as asked
    standalone: str  # with what earlier turns supply
    text: str  # normalised standalone
    expected: AnswerType
    terms: tuple[str, ...]  # content words, in order, without the words it asks with
    units: tuple[str, ...] = ()  # measure words the answer may carry; () = any
    target: str = ""  # what is counted or which class is asked for: 学校, 大学
    places: tuple[str, ...] = ()  # short names, in order
    years: tuple[str, ...] = ()  # four digits
    wants_before: bool = False  # the value before a change is asked for
    given: tuple[str, ...] = ()  # terms that earlier questions supplied; weigh less
    not_a_question: bool = False  # small talk, commands, no content
