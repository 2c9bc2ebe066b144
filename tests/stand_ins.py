"""Plain stand-ins for the roles in ``contracts.py``, and articles without files. Slow, small and easy to believe."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from wenyuan.contracts import Answer, Article, Block, BlockKind, Chunk, Citation, Dropped, Reason, Source, Span, Vectors


class HashingEmbedder:
    """Character bigrams hashed into a unit vector: texts that share characters are near. The same on every machine."""

    def __init__(self, name: str = "hashing", dimension: int = 64) -> None:
        self._name, self._dimension = name, dimension
        self.embedded: list[str] = []  # every passage it was ever given

    @property
    def name(self) -> str:
        return self._name

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self._name} {self._dimension}".encode()).hexdigest()

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self.embed_question(text) for text in texts])

    def embed_question(self, text: str) -> Vectors:
        vector = np.zeros(self._dimension, dtype=np.float32)
        for i in range(len(text)):
            digest = hashlib.sha256(text[i : i + 2].encode("utf-8", "surrogatepass")).digest()
            vector[int.from_bytes(digest[:4], "big") % self._dimension] += 1.0 if digest[4] % 2 else -1.0
        vector[0] += 1e-3  # no zero vectors
        unit: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit


class NumpyVectors:
    """The vector store that all others must agree with, in rows and values."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        scores = (self._vectors.astype(np.float64) * vector.astype(np.float64)).sum(axis=1).astype(np.float32)
        order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
        return [(row, float(scores[row])) for row in order[: max(k, 0)]]


class PlainKeywords:
    """BM25 as Lucene scores it, straight from the formula."""

    def __init__(self, bags: Sequence[Sequence[str]], k1: float = 1.5, b: float = 0.75) -> None:
        self._counts = [Counter(bag) for bag in bags]
        self._lengths = [len(bag) for bag in bags]
        self._k1, self._b = k1, b

    def __len__(self) -> int:
        return len(self._counts)

    def document_frequency(self, term: str) -> int:
        return sum(1 for counts in self._counts if counts[term])

    def search(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        scores = [self._score(row, sorted(set(terms))) for row in range(len(self))]
        order = sorted((row for row, score in enumerate(scores) if score > 0), key=lambda row: (-scores[row], row))
        return [(row, scores[row]) for row in order[: max(k, 0)]]

    def _score(self, row: int, terms: Sequence[str]) -> float:
        mean = sum(self._lengths) / len(self._lengths)
        total = 0.0
        for term in terms:
            count = self._counts[row][term]
            holding = sum(1 for counts in self._counts if counts[term])
            if count:
                idf = math.log(1 + (len(self) - holding + 0.5) / (holding + 0.5))
                total += idf * count / (count + self._k1 * (1 - self._b + self._b * self._lengths[row] / mean))
        return total


def plain_source(uri: str, text: str) -> Source:
    """A source of ``text``, as if it were the file ``uri``."""
    data = text.encode("utf-8")
    return Source(hashlib.sha256(uri.encode()).hexdigest()[:12], uri, "", text, "utf-8", hashlib.sha256(data).hexdigest())


def plain_article(uri: str, text: str) -> Article:
    """The first line as title, every other as a body block, line ends dropped."""
    source = plain_source(uri, text)
    lines = [Span(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]
    blocks = tuple(Block(BlockKind.BODY if i else BlockKind.TITLE, (span,)) for i, span in enumerate(lines))
    dropped = tuple(Dropped("line end", Span(match.start(), match.end())) for match in re.finditer(r"\n+", text))
    return Article(source, source.slice(lines[:1]), blocks, dropped)


def plain_chunks(article: Article) -> list[Chunk]:
    """One chunk a body block, one sentence up to each 。"""
    chunks = []
    for ordinal, block in enumerate(block for block in article.blocks if block.kind is BlockKind.BODY):
        start = block.spans[0].start
        text = article.source.slice(block.spans)
        sentences = tuple((Span(start + match.start(), start + match.end()),) for match in re.finditer(r"[^。]+。?|。", text))
        chunk_id = f"{article.source.id}:{ordinal}"
        chunks.append(Chunk(chunk_id, article.source.id, ordinal, block.kind, sentences, text, article.title, block.section))
    return chunks


def plain_answer(cited: Sequence[Citation], question: str = "建了几所", **changes: Any) -> Answer:
    """An answer found on ``citations``, with ``changes``."""
    values: dict[str, Any] = {
        "question": question,
        "standalone": question,
        "text": "8所",
        "sentence": "甲方建了8所。",
        "citations": tuple(cited),
        "confidence": 0.9,
        "reason": Reason.FOUND,
    }
    return Answer(**{**values, **changes})


class StandInWriter:
    """A `Writer` that says the short answer and cites the first quote."""

    name = "stand-in"

    def write(self, question: str, answer: str, quotes: Sequence[tuple[int, str]]) -> str:
        return f"{answer}[{quotes[0][0]}]。"
