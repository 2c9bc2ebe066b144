from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stand_ins import HashingEmbedder, NumpyVectors, PlainKeywords, plain_article, plain_chunks
from wenyuan.chinese.words import search_terms
from wenyuan.config import Settings
from wenyuan.contracts import Article, Chunk, Stage
from wenyuan.errors import IndexMismatch
from wenyuan.retrieve import Retriever, convex_fusion, reciprocal_rank_fusion, without_copies
from wenyuan.store import LocalIndex, build_index, open_index

LONG = "天津市在当地援建了22所学校和3所医院，总投资9.92亿元，培训教师300人次，惠及群众十万余人，当地教育和医疗条件得到明显改善。"
ARTICLES = (
    plain_article("a.txt", f"援建学校\n{LONG}\n上海市援建了一座大桥。\n"),
    plain_article("b.txt", "庫區產業\n重慶庫區實施項目1256個。\n北京市引进企业40家。\n"),
)


def index_of(folder: Path, articles: Sequence[Article] = ARTICLES) -> LocalIndex:
    build_index(folder, articles, plain_chunks, HashingEmbedder(), Settings())
    return open_index(folder)


def body(text: str, uri: str = "x.txt", title: str = "标题") -> Chunk:
    return plain_chunks(plain_article(uri, f"{title}\n{text}"))[0]


def test_fusion_by_hand() -> None:
    fused = reciprocal_rank_fusion([[(7, 0.9), (8, 0.8)], [(5, 3.0), (6, 2.0), (7, 1.0)]], k=60)
    assert fused == [(7, 1 / (60 + 1) + 1 / (60 + 3)), (5, 1 / 61), (6, 1 / 62), (8, 1 / 62)]


def test_fusion_breaks_ties_by_row() -> None:
    assert [row for row, _ in reciprocal_rank_fusion([[(9, 1.0), (2, 0.5)], [(2, 1.0), (9, 0.5)], [(4, 1.0)]], k=60)] == [2, 9, 4]


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=3))
def test_fusion_keeps_every_row_once_best_first(orders: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion([[(row, 0.0) for row in order] for order in orders], k=60)
    assert sorted(row for row, _ in fused) == list(range(6))
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


def test_scores_fused_by_hand() -> None:
    fused = convex_fusion([(7, 0.9), (8, 0.85), (9, 0.8)], [(5, 4.0), (7, 2.0)], dense_share=0.4)
    assert [row for row, _ in fused] == [7, 5, 8, 9]
    assert [score for _, score in fused] == pytest.approx([0.4 * 1 + 0.6 * 0.5, 0.6, 0.4 * 0.5, 0.0])


def test_fused_scores_of_one_ranking_or_none() -> None:
    assert convex_fusion([], [], 0.4) == []
    assert convex_fusion([(3, 0.8)], [], 0.4) == [(3, 0.4)]  # a lone row is its own best
    assert convex_fusion([], [(2, 5.0), (1, 5.0)], 0.4) == [(1, 0.6), (2, 0.6)]  # ties by row


def test_search_finds_the_passage(tmp_path: Path) -> None:
    retriever = Retriever(index_of(tmp_path), HashingEmbedder())
    hits = retriever.search("天津市在当地援建学校和医院，总投资是多少？", 3)
    assert hits[0].chunk.text == LONG
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert all(hit.stage is Stage.FUSED for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_traditional_text_is_found_by_a_simplified_question(tmp_path: Path) -> None:
    hits = Retriever(index_of(tmp_path), HashingEmbedder()).search("重庆库区实施了多少项目", 1)
    assert hits[0].chunk.text == "重慶庫區實施項目1256個。"


def test_every_stage_that_found_a_hit_is_on_it(tmp_path: Path) -> None:
    found = Retriever(index_of(tmp_path), HashingEmbedder(), candidates=2, rrf_k=60, fusion="ranks").find(
        "天津市援建学校和医院的总投资是多少？", 2
    )
    best = found.hits[0]
    assert set(best.ranks) == set(best.scores) == {Stage.DENSE, Stage.KEYWORD, Stage.FUSED}
    assert best.score == pytest.approx(1 / (60 + best.ranks[Stage.DENSE]) + 1 / (60 + best.ranks[Stage.KEYWORD]))
    for stage, hits in found.stages.items():
        for rank, hit in enumerate(hits, 1):
            assert (hit.stage, hit.rank, hit.ranks[stage], hit.scores[stage]) == (stage, rank, rank, hit.score)
    assert {"terms", "embed", "dense", "keyword", "fuse"} <= set(found.timings_ms)
    assert all(value >= 0 for value in found.timings_ms.values())


def test_the_plain_stores_find_the_same(tmp_path: Path) -> None:
    index = index_of(tmp_path)
    embedder = HashingEmbedder()
    texts = [f"{chunk.text} {chunk.heading}" for chunk in index.chunks]
    from wenyuan.chinese.text import normalised

    plain = replace(
        index,
        vectors=NumpyVectors(embedder.embed_passages([normalised(text) for text in texts])),
        keywords=PlainKeywords([search_terms(text) for text in texts]),
    )
    for question in ("天津市援建学校和医院的总投资是多少？", "北京市引进企业几家", "大桥是哪里援建的"):
        for stage, hits in Retriever(index, embedder).search_stages(question, 5).items():
            other = Retriever(plain, embedder).search_stages(question, 5)[stage]
            assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in other]
            assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in other], rel=1e-5)


@pytest.mark.parametrize("question", ["", " \n\u3000", "\u200b"])
def test_a_blank_question_finds_nothing(tmp_path: Path, question: str) -> None:
    retriever = Retriever(index_of(tmp_path), HashingEmbedder())
    assert retriever.search(question, 5) == []
    assert retriever.search("学校", 0) == []
    assert retriever.search_stages(question, 5) == {Stage.DENSE: [], Stage.KEYWORD: [], Stage.FUSED: []}


def test_strange_questions_do_no_harm(tmp_path: Path) -> None:
    retriever = Retriever(index_of(tmp_path), HashingEmbedder())
    for question in ("？！。", "什么", "\ud800学校", "学校" * 3000, "SELECT * FROM x; --", "🏫"):
        assert len(retriever.search(question, 2)) == 2


def test_another_embedder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatch, match="wenyuan build"):
        Retriever(index_of(tmp_path), HashingEmbedder("other"))


def test_copies_are_shown_once(tmp_path: Path) -> None:
    copy = plain_article("copy.txt", f"转载：援建学校\n{LONG.replace('，', '， ')}\n")
    found = Retriever(index_of(tmp_path, (*ARTICLES, copy)), HashingEmbedder()).find("天津市援建学校和医院的总投资是多少？", 10)
    assert len([hit for hit in found.hits if "22所学校" in hit.chunk.text]) == 1
    assert len([hit for hit in found.stages[Stage.DENSE] if "22所学校" in hit.chunk.text]) == 2
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1))


def test_what_is_a_copy() -> None:
    chunk = body(LONG)
    assert without_copies([chunk, body(LONG, "y.txt", "别的标题")], 9) == [0]
    assert without_copies([chunk, body(LONG.replace("明显", "显著"), "y.txt")], 9) == [0, 1]
    assert without_copies([chunk, body(LONG.replace("群众", "群衆").replace("了", ""), "y.txt")], 9) == [0]
    assert without_copies([chunk, body(LONG.replace("22", "24"), "y.txt")], 9) == [0, 1]
    assert without_copies([chunk, body(LONG.replace("天津", "上海"), "y.txt")], 9) == [0, 1]
    assert without_copies([chunk, body(LONG[:55], "y.txt")], 9) == [0]
    assert without_copies([body(LONG[:55]), body(LONG, "y.txt")], 9) == [0, 1]


def test_short_texts_are_copies_only_under_one_heading() -> None:
    assert without_copies([body("总投资1亿元。", title="甲项目"), body("总投资1亿元。", "y.txt", "乙项目")], 9) == [0, 1]
    assert without_copies([body("总投资1亿元。", title="甲项目"), body("总投资1亿元。", "y.txt", "甲项目")], 9) == [0]


def test_no_more_than_wanted() -> None:
    assert without_copies([body(f"第{i}篇。", f"{i}.txt") for i in range(9)], 3) == [0, 1, 2]
