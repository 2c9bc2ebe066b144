"""Fused hits -> the same hits in the order that reading gives them. Knows nothing of searches, answers or which model reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from wenyuan.contracts import Hit, Stage
from wenyuan.read import Reader

RELEVANCE_WEIGHT = 0.2  # of a logit beside the logarithm of the fused rank; measured by eval/reader/measure.py, flat from 0.1 to 0.4


def mixed_score(relevance: float, fused_rank: int, weight: float = RELEVANCE_WEIGHT) -> float:
    """``weight * relevance - ln(fused rank)``; neither logit nor rank alone is as good (``reader_model/MODEL_CARD.md``)."""
    return weight * relevance - math.log(fused_rank)


def reranked(question: str, hits: Sequence[Hit], reader: Reader, depth: int) -> tuple[Hit, ...]:
    """All of ``hits`` (fused, best first) with the first ``depth`` in the order of reading and fusing together, the rest as they stood.

    Ranks count from 1 and scores fall; the stage is READ, those of the searches stay on each hit.
    """
    read, rest = hits[:depth], hits[depth:]
    readings = reader.read(question, [(hit.chunk.heading, hit.chunk.text) for hit in read])
    scored = [(mixed_score(reading.relevance, place), hit) for place, (hit, reading) in enumerate(zip(read, readings, strict=True), 1)]
    scored.sort(key=lambda item: -item[0])  # stable: ties stay in fused order
    floor = min((score for score, _ in scored), default=0.0)
    # what was not read goes on falling from the worst that was, one logarithm of the rank at a time
    scored += [(floor - math.log(place / depth), hit) for place, hit in enumerate(rest, depth + 1)]
    return tuple(
        replace(
            hit, rank=rank, score=score, stage=Stage.READ, ranks={**hit.ranks, Stage.READ: rank}, scores={**hit.scores, Stage.READ: score}
        )
        for rank, (score, hit) in enumerate(scored, 1)
    )
