"""Hits and citations against gold evidence -> recall, MRR, nDCG, citation precision and recall.

Everything is compared as spans of the source, per source. It knows nothing of words or of how a span was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from wenyuan.contracts import Answer, Chunk, Citation, Evidence, Hit, Question, Source, Span, Spans

NEEDS_ALL_KINDS = frozenset({"comparison", "conflict"})  # resting on one of two figures, these rest on nothing


def union(spans: Iterable[Span]) -> Spans:
    """``spans`` sorted and disjoint."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def overlap(left: Iterable[Span], right: Iterable[Span]) -> int:
    """Code points that lie in both."""
    right = union(right)
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in union(left) for b in right)


def size(spans: Iterable[Span]) -> int:
    """Code points that lie in ``spans``."""
    return sum(map(len, union(spans)))


def covers(spans: Iterable[Span], evidence: Evidence) -> bool:
    """Whether ``spans``, of the evidence's source, hold at least half of its quote."""
    return 2 * overlap(spans, evidence.spans) >= size(evidence.spans)


def covered(question: Question, spans_by_uri: Mapping[str, Iterable[Span]]) -> float:
    """Share in [0, 1] of the question's evidence that the spans cover; 1.0 at the first where any one is enough."""
    found = sum(covers(spans_by_uri.get(evidence.uri, ()), evidence) for evidence in question.evidence)
    if question.any_evidence:
        return float(found > 0)
    return found / len(question.evidence)


def rests_on_evidence(question: Question, spans_by_uri: Mapping[str, Iterable[Span]]) -> bool:
    """Whether the spans cover what the question's kind needs: every quote of a comparison or conflict, else one."""
    share = covered(question, spans_by_uri)
    return share == 1.0 if question.kind in NEEDS_ALL_KINDS else share > 0.0


def spans_of_chunks(chunks: Iterable[Chunk], sources: Mapping[str, Source]) -> dict[str, list[Span]]:
    """All spans of ``chunks`` by uri; ``sources`` by source id."""
    spans: dict[str, list[Span]] = {}
    for chunk in chunks:
        spans.setdefault(sources[chunk.source_id].uri, []).extend(chunk.spans)
    return spans


def spans_of_citations(citations: Iterable[Citation]) -> dict[str, list[Span]]:
    """All spans of the citations that support, by uri."""
    spans: dict[str, list[Span]] = {}
    for citation in citations:
        if citation.supports:
            spans.setdefault(citation.uri, []).extend(citation.spans)
    return spans


def is_relevant(question: Question, chunk: Chunk, sources: Mapping[str, Source]) -> bool:
    """Whether ``chunk`` holds at least half of one gold quote."""
    uri = sources[chunk.source_id].uri
    return any(evidence.uri == uri and covers(chunk.spans, evidence) for evidence in question.evidence)


def recall(question: Question, hits: Sequence[Hit], sources: Mapping[str, Source], k: int) -> float:
    """Recall@k: share of gold quotes that one of the first ``k`` hits holds; a question of `any` needs one (Manning et al. 2008, ch. 8)."""
    chunks = [hit.chunk for hit in hits[:k]]
    found = sum(
        any(sources[chunk.source_id].uri == evidence.uri and covers(chunk.spans, evidence) for chunk in chunks)
        for evidence in question.evidence
    )
    return float(found > 0) if question.any_evidence else found / len(question.evidence)


def reciprocal_rank(question: Question, hits: Sequence[Hit], sources: Mapping[str, Source], k: int = 10) -> float:
    """1 / rank of the first relevant hit among ``k``, 0.0 without one; its mean is MRR@k (Voorhees 1999)."""
    for rank, hit in enumerate(hits[:k], 1):
        if is_relevant(question, hit.chunk, sources):
            return 1 / rank
    return 0.0


def ndcg(question: Question, hits: Sequence[Hit], sources: Mapping[str, Source], relevant: int, k: int = 10) -> float:
    """nDCG@k with binary gains: sum of 1/log2(rank + 1) over relevant hits, over that of the best order (Järvelin & Kekäläinen 2002).

    ``relevant`` is how many chunks of the whole index are relevant; 0.0 when none is.
    """
    gains = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits[:k], 1) if is_relevant(question, hit.chunk, sources))
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(relevant, k) + 1))
    return gains / best if best else 0.0


def citation_precision(question: Question, answer: Answer) -> float | None:
    """Share of supporting citations that touch gold evidence: half of the shorter of the two lies in both; None without a citation.

    Precision and recall of citations follow Gao et al. 2023 (ALCE), with gold spans in the place of an entailment model.
    """
    supporting = [citation for citation in answer.citations if citation.supports]
    if not supporting:
        return None
    return sum(_touches(question, citation) for citation in supporting) / len(supporting)


def _touches(question: Question, citation: Citation) -> bool:
    return any(
        evidence.uri == citation.uri and 2 * overlap(citation.spans, evidence.spans) >= min(size(citation.spans), size(evidence.spans))
        for evidence in question.evidence
    )


def verbatim(answer: Answer, sources: Mapping[str, Source]) -> float | None:
    """Share of all citations whose quote equals the slices of its source, to the code point; None without a citation."""
    if not answer.citations:
        return None
    same = sum(
        citation.source_id in sources and citation.quote == sources[citation.source_id].slice(citation.spans)
        for citation in answer.citations
    )
    return same / len(answer.citations)
