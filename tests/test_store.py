from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stand_ins import HashingEmbedder, NumpyVectors, PlainKeywords, plain_article, plain_chunks
from wenyuan.config import Settings
from wenyuan.contracts import Article, Chunk, KeywordStore, Vectors, VectorStore
from wenyuan.errors import IndexDamaged, IndexFolderError, IndexLocked, IndexMismatch, IndexMissing, SpanError
from wenyuan.store import BuildReport, LocalIndex, build_index, check_index, open_index, rollback_index
from wenyuan.store.folder import generations
from wenyuan.store.local import Bm25Keywords, FaissVectors
from wenyuan.store.writing import KEPT_GENERATIONS, only_writer

ARTICLES = (
    plain_article("a.txt", "援建学校\n天津市援建了22所学校。总投资9.92亿元。\r\n上海市援建了医院。\u2028完。\n"),
    plain_article("b.txt", "對口支援\n重慶庫區實施項目1256個。\n北京市培训教师300人次。\n"),
)


def build(folder: Path, articles: Sequence[Article] = ARTICLES, embedder: HashingEmbedder | None = None, **changes: Any) -> BuildReport:
    return build_index(folder, articles, plain_chunks, embedder or HashingEmbedder(), Settings(**changes))


def current_folder(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text().strip()


# --- the two stores --------------------------------------------------------------------------------------------------

VECTOR_STORES: list[Callable[[Vectors], VectorStore]] = [FaissVectors, NumpyVectors]
KEYWORD_STORES: list[Callable[[Sequence[Sequence[str]]], KeywordStore]] = [Bm25Keywords.of, PlainKeywords]
BAGS = [["援建", "学校", "学校"], [], ["医院"], ["援建", "医院"], ["援建", "医院"]]


def unit(rows: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / lengths).astype(np.float32, copy=False)


@pytest.mark.parametrize("store_of", VECTOR_STORES)
def test_vectors_best_first_ties_by_row(store_of: Callable[[Vectors], VectorStore]) -> None:
    vectors = np.array([[0, 1], [1, 0], [0.6, 0.8], [1, 0], [0, -1]], dtype=np.float32)
    store = store_of(vectors)
    assert len(store) == 5
    query = np.array([1, 0], dtype=np.float32)
    assert store.search(query, 3) == [(1, 1.0), (3, 1.0), (2, pytest.approx(0.6))]
    assert [row for row, _ in store.search(query, 99)] == [1, 3, 2, 0, 4]
    assert store.search(query, 1) == [(1, 1.0)]
    assert store.search(query, 0) == []


@pytest.mark.parametrize("store_of", VECTOR_STORES)
def test_no_vectors_no_hits(store_of: Callable[[Vectors], VectorStore]) -> None:
    assert store_of(np.zeros((0, 4), dtype=np.float32)).search(np.ones(4, dtype=np.float32), 3) == []


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (40, 4), elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0])), st.integers(0, 39), st.integers(1, 45))
def test_faiss_agrees_with_numpy_in_rows_and_values(rows: Vectors, asked: int, k: int) -> None:
    vectors = unit(rows + np.float32(0.125))  # few different rows: many ties
    assert FaissVectors(vectors).search(vectors[asked], k) == NumpyVectors(vectors).search(vectors[asked], k)


def test_all_rows_equal() -> None:
    vectors = np.tile(np.array([[0.6, 0.8]], dtype=np.float32), (300, 1))
    assert [row for row, _ in FaissVectors(vectors).search(vectors[0], 5)] == [0, 1, 2, 3, 4]


def test_the_graph_finds_nearly_all_and_can_be_saved(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    vectors = unit(generator.normal(size=(3000, 32)).astype(np.float32))
    store = FaissVectors(vectors, exact_up_to=100)
    (tmp_path / "图.hnsw").write_bytes(store.graph())
    opened = FaissVectors(vectors, exact_up_to=100, graph=tmp_path / "图.hnsw")
    assert not store.exact
    assert len(opened) == 3000
    shared = 0
    for row in range(0, 3000, 100):
        expected = NumpyVectors(vectors).search(vectors[row], 10)
        found = opened.search(vectors[row], 10)
        assert found == store.search(vectors[row], 10)
        assert found[0] == expected[0]
        shared += len(set(found) & set(expected))
    assert shared >= 0.95 * 300


@pytest.mark.parametrize("store_of", KEYWORD_STORES)
def test_keywords_best_first_ties_by_row(store_of: Callable[[Sequence[Sequence[str]]], KeywordStore]) -> None:
    store = store_of(BAGS)
    assert len(store) == 5
    assert [row for row, _ in store.search(["医院"], 9)] == [2, 3, 4]
    assert [row for row, _ in store.search(["医院"], 2)] == [2, 3]
    found = store.search(["援建", "学校", "援建"], 9)
    assert [row for row, _ in found] == [0, 3, 4]
    assert found == store.search(["学校", "援建"], 9)
    assert all(score > 0 for _, score in found)
    assert store.search(["无"], 9) == store.search([], 9) == store.search(["医院"], 0) == []


@pytest.mark.parametrize("store_of", KEYWORD_STORES)
def test_bm25_by_hand(store_of: Callable[[Sequence[Sequence[str]]], KeywordStore]) -> None:
    # 学校: in 1 of 5 rows, twice among 3 terms where the mean is 8 / 5.
    expected = np.log(1 + (5 - 1 + 0.5) / (1 + 0.5)) * 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * 3 / 1.6))
    ((row, score),) = store_of(BAGS).search(["学校"], 1)
    assert row == 0
    assert score == pytest.approx(expected)


@pytest.mark.parametrize("store_of", KEYWORD_STORES)
def test_rows_without_terms(store_of: Callable[[Sequence[Sequence[str]]], KeywordStore]) -> None:
    assert store_of([[], []]).search(["学校"], 3) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("甲乙丙丁戊"), max_size=6), min_size=1, max_size=12),
    st.lists(st.sampled_from("甲乙丙丁戊己"), max_size=5),
)
def test_bm25s_agrees_with_the_formula(bags: list[list[str]], terms: list[str]) -> None:
    found, expected = Bm25Keywords.of(bags).search(terms, 99), PlainKeywords(bags).search(terms, 99)
    assert dict(found) == pytest.approx(dict(expected), rel=1e-5)


# --- the folder ------------------------------------------------------------------------------------------------------


def same(one: LocalIndex, other: LocalIndex) -> bool:
    question = HashingEmbedder().embed_question("天津市援建了多少所学校")
    return (
        one.chunks == other.chunks
        and one.sources == other.sources
        and one.articles == other.articles
        and one.vectors.search(question, 9) == other.vectors.search(question, 9)
        and one.keywords.search(["援建", "学校"], 9) == other.keywords.search(["援建", "学校"], 9)
    )


def test_what_was_built_is_what_opens(tmp_path: Path) -> None:
    report = build(tmp_path / "索引")
    index = open_index(tmp_path / "索引", HashingEmbedder().fingerprint)
    assert (report.sources, report.chunks, report.embedded, report.reused) == (2, 4, 4, 0)
    assert index.generation == report.generation
    assert list(index.articles.values()) == list(ARTICLES)
    assert index.chunks == tuple(chunk for article in ARTICLES for chunk in plain_chunks(article))
    assert index.sources == {article.source.id: article.source for article in ARTICLES}
    assert index.manifest.embedder == "hashing"
    assert (index.manifest.sources, index.manifest.chunks, index.manifest.chunk_max_chars) == (2, 4, 240)
    first, second, third, _ = index.chunks
    assert index.chunk_by_id(second.id) == second
    assert index.chunk_by_id("none") is None
    assert index.neighbours(first) == (None, second)
    assert index.neighbours(second) == (first, None)
    assert index.neighbours(third)[0] is None
    assert check_index(tmp_path / "索引") == []
    assert [row for row, _ in index.keywords.search(["1256"], 9)] == [2]
    assert [row for row, _ in index.keywords.search(["重庆"], 9)] == [2]


def test_built_twice_gives_the_same_answers(tmp_path: Path) -> None:
    build(tmp_path)
    first = open_index(tmp_path)
    build(tmp_path)
    assert same(first, open_index(tmp_path))


def test_an_open_index_outlives_its_folder(tmp_path: Path) -> None:
    build(tmp_path)
    index, other = open_index(tmp_path), open_index(tmp_path, verify=False)
    for path in current_folder(tmp_path).iterdir():
        path.unlink()
    assert same(index, other)


def test_unchanged_chunks_reuse_their_vectors(tmp_path: Path) -> None:
    build(tmp_path)
    embedder = HashingEmbedder()
    changed = plain_article("b.txt", "對口支援\n重慶庫區實施項目1257個。\n北京市培训教师300人次。\n")
    report = build(tmp_path, (ARTICLES[0], changed), embedder)
    assert (report.chunks, report.embedded, report.reused) == (4, 1, 3)
    assert len(embedder.embedded) == 1
    assert "1257" in embedder.embedded[0]
    fresh = HashingEmbedder()
    build(tmp_path / "fresh", (ARTICLES[0], changed), fresh)
    assert same(open_index(tmp_path), open_index(tmp_path / "fresh"))


def test_another_embedder_reuses_nothing(tmp_path: Path) -> None:
    build(tmp_path)
    report = build(tmp_path, embedder=HashingEmbedder("other"))
    assert (report.embedded, report.reused) == (4, 0)


def test_a_damaged_generation_is_not_reused(tmp_path: Path) -> None:
    build(tmp_path)
    flip(current_folder(tmp_path) / "vectors.npy", -1)
    assert build(tmp_path).embedded == 4
    assert check_index(tmp_path) == []


def test_equal_chunks_are_embedded_once(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    copy = plain_article("copy.txt", ARTICLES[0].source.text)
    report = build(tmp_path, (*ARTICLES, copy), embedder)
    assert (report.chunks, report.embedded, report.reused) == (6, 4, 2)


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    build_index(tmp_path, ARTICLES, plain_chunks, HashingEmbedder(), Settings(), lambda done, total: heard.append((done, total)))
    assert heard == [(0, 4), (4, 4)]


def test_an_article_given_twice_is_kept_once(tmp_path: Path) -> None:
    assert build(tmp_path, (*ARTICLES, ARTICLES[0])).sources == 2
    with pytest.raises(IndexFolderError, match=r"a\.txt"):
        build(tmp_path, (*ARTICLES, plain_article("a.txt", "别的\n别的文章。")))


def test_nothing_to_index(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="nothing to index"):
        build(tmp_path, ())


def test_chunks_that_are_not_their_spans_are_refused(tmp_path: Path) -> None:
    def wrong(article: Article) -> list[Chunk]:
        return [replace(chunk, text=f"{chunk.text}!") for chunk in plain_chunks(article)]

    with pytest.raises(SpanError):
        build_index(tmp_path, ARTICLES, wrong, HashingEmbedder(), Settings())


def test_user_dictionary_travels_with_the_index(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text("援建了 9\n", encoding="utf-8")
    build(tmp_path / "index", user_dictionary=str(path))
    path.unlink()
    index = open_index(tmp_path / "index")
    assert index.dictionary == "援建了 9\n"
    assert len(index.manifest.user_dictionary_sha256) == 64
    assert [row for row, _ in index.keywords.search(["援建了"], 9)] == [1, 0]


def test_old_generations_go(tmp_path: Path) -> None:
    names = [build(tmp_path).generation for _ in range(KEPT_GENERATIONS + 2)]
    assert names == sorted(names)
    assert generations(tmp_path) == names[-KEPT_GENERATIONS:]


def test_no_pickle_is_ever_written(tmp_path: Path) -> None:
    build(tmp_path)
    for path in current_folder(tmp_path).iterdir():
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype != object
        else:
            path.read_bytes().decode("utf-8")


# --- what goes wrong -------------------------------------------------------------------------------------------------


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(bytes(data))


def test_missing_index_says_build(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(IndexMissing, match="wenyuan build"):
            open_index(folder)
        assert "wenyuan build" in check_index(folder)[0]


def test_a_flipped_byte_anywhere_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text("援建了 9\n", encoding="utf-8")
    index_dir = tmp_path / "index"
    names = [build(index_dir).generation, build(index_dir, user_dictionary=str(path)).generation]
    generator = random.Random(3)
    for file in [index_dir / "CURRENT", *sorted(current_folder(index_dir).iterdir())]:
        original = file.read_bytes()
        for place in {0, len(original) - 2, *(generator.randrange(len(original) - 1) for _ in range(4))}:
            flip(file, place)
            with pytest.raises(IndexDamaged, match="wenyuan build") as raised:
                open_index(index_dir)
            assert file.name in str(raised.value)
            assert any(name in str(raised.value).split("go back")[1] for name in names)
            assert check_index(index_dir) == [str(raised.value)]
            file.write_bytes(original)
    assert check_index(index_dir) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    build(tmp_path)
    for file in [*sorted(current_folder(tmp_path).iterdir()), tmp_path / "CURRENT"]:
        original = file.read_bytes()
        file.unlink()
        with pytest.raises(IndexDamaged, match=file.name):
            open_index(tmp_path, verify=False)
        file.write_bytes(original)


def test_going_back_to_an_older_generation(tmp_path: Path) -> None:
    older = build(tmp_path, ARTICLES[:1]).generation
    build(tmp_path)
    assert rollback_index(tmp_path, older) == older
    assert open_index(tmp_path).manifest.sources == 1


def test_another_embedder_is_told_apart(tmp_path: Path) -> None:
    build(tmp_path)
    with pytest.raises(IndexMismatch, match=r"hashing.*wenyuan build"):
        open_index(tmp_path, HashingEmbedder("other").fingerprint)


def test_another_format_is_told_apart(tmp_path: Path) -> None:
    import hashlib

    build(tmp_path)
    folder = current_folder(tmp_path)
    data = json.dumps({**json.loads((folder / "manifest.json").read_bytes()), "format": 99, "more": 1}).encode()
    (folder / "manifest.json").write_bytes(data)
    renamed = f"{folder.name[:-16]}{hashlib.sha256(data).hexdigest()[:16]}"
    folder.rename(tmp_path / renamed)
    (tmp_path / "CURRENT").write_text(f"{renamed}\n", encoding="ascii")
    with pytest.raises(IndexMismatch, match=r"format 99.*wenyuan build"):
        open_index(tmp_path)


def test_two_writers(tmp_path: Path) -> None:
    build(tmp_path)
    with only_writer(tmp_path):
        began = time.monotonic()
        with pytest.raises(IndexLocked, match="another process"):
            build(tmp_path)
        assert time.monotonic() - began < 2
        assert open_index(tmp_path).manifest.sources == 2  # readers need no lock
        assert any("another process" in finding for finding in check_index(tmp_path))
    build(tmp_path)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("")
    with pytest.raises(IndexFolderError):
        build(tmp_path / "index")
    with pytest.raises(IndexMissing):
        open_index(tmp_path / "index")


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="POSIX rights")
def test_no_rights(tmp_path: Path) -> None:
    build(tmp_path / "index")
    (tmp_path / "index").chmod(0o500)
    tmp_path.chmod(0o755)
    was_root = os.geteuid() == 0
    if was_root:
        (tmp_path / "index").chmod(0o700)
        os.seteuid(65534)
    try:
        with pytest.raises(IndexFolderError, match="index"):
            build(tmp_path / "index")
        if was_root:
            with pytest.raises(IndexFolderError, match="rights"):
                open_index(tmp_path / "index")
    finally:
        if was_root:
            os.seteuid(0)
        (tmp_path / "index").chmod(0o700)


BUILDER = """
import sys, time
from pathlib import Path
from typing import Any
sys.path.insert(0, {tests!r})
from stand_ins import HashingEmbedder, plain_article, plain_chunks
from wenyuan.config import Settings
from wenyuan.store import build_index
bodies = ["".join(f"第{{i}}篇第{{j}}段援建学校。\\n" for j in range(20)) for i in range(30)]
articles = [plain_article(f"{{i}}.txt", f"标题{{i}}\\n{{body}}") for i, body in enumerate(bodies)]
print("ready", flush=True)
while True:
    build_index(Path({folder!r}), articles, plain_chunks, HashingEmbedder(), Settings())
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_at_any_moment_the_index_stays_whole(tmp_path: Path) -> None:
    build(tmp_path)
    generator = random.Random(11)
    code = BUILDER.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(generator.uniform(0.0, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert open_index(tmp_path).manifest.sources in (2, 30)
    assert all("stopped" in finding for finding in check_index(tmp_path))
    report = build(tmp_path)
    assert check_index(tmp_path) == []
    assert open_index(tmp_path).generation == report.generation
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".lock", "CURRENT", *generations(tmp_path)])
