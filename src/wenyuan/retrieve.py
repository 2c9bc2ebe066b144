"""A question to hits: two searches, fused by their scores (or by reciprocal rank), near-copies collapsed.

This module knows nothing of files, answers or how a question came to stand on its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import question_terms
from wenyuan.contracts import Chunk, Embedder, Hit, Stage
from wenyuan.errors import IndexMismatch
from wenyuan.store import LocalIndex

_COPY_MIN_CHARS = 40  # shorter texts are copies only when they and their headings are equal
_NOT_COMPARED = re.compile(r"[\W_的了地得着]+")  # what an editor changes without changing what is said

Ranking = Sequence[tuple[int, float]]  # (row, score), best first


@dataclass(frozen=True, slots=True)
class Found:
    """All that one search found, stage by stage."""

    stages: Mapping[Stage, tuple[Hit, ...]]  # DENSE, KEYWORD, FUSED; each best first, ranks from 1
    timings_ms: Mapping[str, float]

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The fused hits."""
        return self.stages[Stage.FUSED]


class Retriever:
    """Searches one opened index. Safe to share between threads as far as its embedder is."""

    def __init__(
        self, index: LocalIndex, embedder: Embedder, candidates: int = 50, rrf_k: int = 60, fusion: str = "scores", dense_share: float = 0.4
    ) -> None:
        """A retriever that takes ``candidates`` from each search and fuses "scores" or "ranks".

        ``dense_share`` in [0, 1] weighs the scores, ``rrf_k`` the ranks. Raises IndexMismatch when the index is another embedder's.
        """
        if index.manifest.embedder_fingerprint != embedder.fingerprint:
            raise IndexMismatch(
                f"the index was built with the embedder {index.manifest.embedder}, now {embedder.name} is open: "
                "run `wenyuan build` again, or open the one it was built with"
            )
        self._index = index
        self._embedder = embedder
        self._candidates = candidates
        self._rrf_k = rrf_k
        self._fusion = fusion
        self._dense_share = dense_share

    @property
    def index(self) -> LocalIndex:
        """What is searched."""
        return self._index

    def search(self, text: str, top: int) -> list[Hit]:
        """At most ``top`` fused hits, best first, without near-copies; none for a blank text."""
        return list(self.find(text, top).hits)

    def search_stages(self, text: str, top: int) -> Mapping[Stage, list[Hit]]:
        """At most ``top`` hits of each stage. DENSE and KEYWORD are as the stores gave them, copies and all."""
        return {stage: list(hits) for stage, hits in self.find(text, top).stages.items()}

    def find(self, text: str, top: int) -> Found:
        """The hits of all stages, at most ``top`` each, with the time each step took in milliseconds."""
        timings: dict[str, float] = {}
        clock = _Clock(timings)
        plain = normalised(text).strip()
        if not plain or top <= 0:
            return Found(dict.fromkeys((Stage.DENSE, Stage.KEYWORD, Stage.FUSED), ()), timings)
        depth = max(self._candidates, top)
        terms = question_terms(plain, dictionary=self._index.dictionary)
        clock.mark("terms")
        vector = self._embedder.embed_question(plain)
        clock.mark("embed")
        dense = self._index.vectors.search(vector, depth)
        clock.mark("dense")
        keyword = self._index.keywords.search(terms, depth)
        clock.mark("keyword")
        if self._fusion == "ranks":
            fused = reciprocal_rank_fusion([dense, keyword], self._rrf_k)
        else:
            fused = convex_fusion(dense, keyword, self._dense_share)
        hits = self._hits({Stage.DENSE: dense, Stage.KEYWORD: keyword, Stage.FUSED: fused}, top)
        clock.mark("fuse")
        return Found(hits, timings)

    def _hits(self, rankings: Mapping[Stage, Ranking], top: int) -> Mapping[Stage, tuple[Hit, ...]]:
        shown = {stage: list(ranking) for stage, ranking in rankings.items()}
        kept = without_copies([self._index.chunks[row] for row, _ in shown[Stage.FUSED]], top)
        shown[Stage.FUSED] = [shown[Stage.FUSED][place] for place in kept]
        ranks: dict[int, dict[Stage, int]] = {}
        scores: dict[int, dict[Stage, float]] = {}
        for stage, ranking in shown.items():
            for rank, (row, score) in enumerate(ranking, 1):
                ranks.setdefault(row, {})[stage] = rank
                scores.setdefault(row, {})[stage] = score
        return {
            stage: tuple(
                Hit(self._index.chunks[row], rank, score, stage, ranks[row], scores[row])
                for rank, (row, score) in enumerate(ranking[:top], 1)
            )
            for stage, ranking in shown.items()
        }


def convex_fusion(dense: Ranking, keyword: Ranking, dense_share: float) -> list[tuple[int, float]]:
    """(row, score in [0, 1]) of all rows of both rankings, best first, ties by row.

    ``dense_share * (s - least) / (best - least)`` over the dense ranking, whose cosines lie close together, plus
    ``(1 - dense_share) * s / best`` over the keyword ranking, whose zero means something; a row that a ranking lacks gets 0 from it.
    Bruch, Gai and Ingber (2023): An analysis of fusion functions for hybrid retrieval. Measured against ranks in ``eval/LOG.md``.
    """
    totals: dict[int, float] = {}
    if dense:
        least, best = min(score for _, score in dense), max(score for _, score in dense)
        for row, score in dense:
            totals[row] = dense_share * ((score - least) / (best - least) if best > least else 1.0)
    if keyword:
        most = max(score for _, score in keyword)
        for row, score in keyword:
            totals[row] = totals.get(row, 0.0) + (1 - dense_share) * score / most
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))


def reciprocal_rank_fusion(rankings: Sequence[Ranking], k: int) -> list[tuple[int, float]]:
    """(row, sum of ``1 / (k + rank)`` over the rankings that hold it), best first, ties by row. Ranks count from 1.

    Cormack, Clarke and Büttcher (2009): Reciprocal rank fusion outperforms Condorcet and individual rank learning methods.
    """
    totals: dict[int, float] = {}
    for ranking in rankings:
        for rank, (row, _) in enumerate(ranking, 1):
            totals[row] = totals.get(row, 0.0) + 1.0 / (k + rank)
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))


def without_copies(chunks: Sequence[Chunk], top: int) -> list[int]:
    """Places of the first ``top`` chunks that say something no earlier one of them says already.

    A copy differs in white space, punctuation and particles at most: an article that two papers printed. Anything looser
    takes two sentences of one mould, with another name or figure in them, for one.
    """
    kept: list[int] = []
    seen: list[_Print] = []
    for place, chunk in enumerate(chunks):
        if len(kept) == top:
            break
        printed = _Print.of(chunk)
        if not any(printed.repeats(earlier) for earlier in seen):
            kept.append(place)
            seen.append(printed)
    return kept


@dataclass(frozen=True, slots=True)
class _Print:
    """What is compared of a chunk."""

    text: str
    heading: str

    @classmethod
    def of(cls, chunk: Chunk) -> _Print:
        return cls(_NOT_COMPARED.sub("", normalised(chunk.text)), normalised(chunk.heading))

    def repeats(self, earlier: _Print) -> bool:
        """True when ``earlier`` says all that this one says."""
        if len(self.text) < _COPY_MIN_CHARS:
            return self == earlier
        return self.text in earlier.text


class _Clock:
    """Writes the milliseconds since its last mark under a name."""

    def __init__(self, timings_ms: dict[str, float]) -> None:
        self._timings_ms = timings_ms
        self._last = time.perf_counter()

    def mark(self, name: str) -> None:
        now = time.perf_counter()
        self._timings_ms[name] = (now - self._last) * 1000.0
        self._last = now
