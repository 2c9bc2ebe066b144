from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from stand_ins import plain_article, plain_chunks
from wenyuan.contracts import Hit, Stage
from wenyuan.read import Reading
from wenyuan.rerank import mixed_score, reranked


class Told:
    """A reader that finds the passages as relevant as it was told, and keeps what it was given."""

    name = "told"
    fingerprint = "told"

    def __init__(self, relevances: Sequence[float]) -> None:
        self.relevances = relevances
        self.given: list[tuple[str, str]] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.given = list(passages)
        return [Reading(relevance, 0.5, ()) for relevance in self.relevances[: len(passages)]]


def hits(count: int) -> list[Hit]:
    text = "标题\n" + "\n".join(f"这是第{number}段，说的是另外一件不同的事情。" for number in range(count))
    chunks = [plain_chunks(plain_article(f"{number}.txt", text))[number] for number in range(count)]
    return [Hit(chunk, rank, 1 / rank, Stage.FUSED, {Stage.FUSED: rank}, {Stage.FUSED: 1 / rank}) for rank, chunk in enumerate(chunks, 1)]


def test_mixing_by_hand() -> None:
    assert mixed_score(3.0, 1, weight=0.2) == pytest.approx(0.6)
    assert mixed_score(3.0, 2, weight=0.2) == pytest.approx(0.6 - math.log(2))


@pytest.mark.parametrize(
    ("relevances", "order"),
    [([0, 0, 0, 0], [1, 2, 3, 4]), ([0, 3, 0, 0], [1, 2, 3, 4]), ([0, 4, 0, 0], [2, 1, 3, 4]), ([0, 0, 99, 0], [3, 1, 2, 4])],
)
def test_relevance_moves_a_hit_only_as_far_as_it_weighs(relevances: list[float], order: list[int]) -> None:
    found = reranked("问", hits(4), Told(relevances), depth=3)
    assert [hit.ranks[Stage.FUSED] for hit in found] == order
    assert [hit.rank for hit in found] == [1, 2, 3, 4]
    assert all(hit.stage is Stage.READ and hit.ranks[Stage.READ] == hit.rank and hit.scores[Stage.READ] == hit.score for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_only_the_first_are_read_under_their_headings() -> None:
    reader, given = Told([1.0, 2.0]), hits(4)
    found = reranked("问", given, reader, depth=2)
    assert reader.given == [(hit.chunk.heading, hit.chunk.text) for hit in given[:2]]
    assert [hit.chunk for hit in found[2:]] == [hit.chunk for hit in given[2:]]


def test_nothing_found_is_nothing_reranked() -> None:
    assert reranked("问", [], Told([]), depth=8) == ()
