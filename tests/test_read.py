"""The reader: spans verbatim in the passage as given, windows over long passages, and what other models give in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.errors import ModelUnavailable
from wenyuan.read import DEFAULT_READER, Reader, open_reader
from wenyuan.read.packaged import PackagedReader
from wenyuan.read.reading import best_spans, trimmed


def test_best_spans_of_hand_made_scores() -> None:
    starts = np.array([0, 5, 0, 1], np.float32)
    ends = np.array([8, 0, 4, 1], np.float32)
    assert best_spans(starts, ends, 3) == [(1, 2, 9.0), (0, 0, 8.0), (1, 3, 6.0)]
    assert best_spans(starts[:1], ends[:1], 5) == [(0, 0, 8.0)]
    assert best_spans(starts[:0], ends[:0], 5) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=70), st.integers(1, 5))
def test_best_spans_are_ordered_and_forward(scores: list[tuple[float, float]], count: int) -> None:
    starts, ends = (np.array([pair[i] for pair in scores], np.float32) for i in (0, 1))
    found = best_spans(starts, ends, count)
    assert len(found) == min(count, len({(a, b) for a in range(len(scores)) for b in range(a, min(a + 48, len(scores)))}))
    assert [score for _, _, score in found] == sorted((score for _, _, score in found), reverse=True)
    assert all(first <= last < first + 48 for first, last, _ in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("，22所。", "22所"), ("《史记》", "《史记》"), ("史记》", "史记"), ("（约3人", "约3人"), ("“是”的", "“是”的"), ("。，", None)],
)
def test_trimming_edges(text: str, wanted: str | None) -> None:
    bounds = trimmed(text, 0, len(text))
    assert (bounds and text[slice(*bounds)]) == wanted


def test_an_absent_reader_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="keep the default"):
        open_reader(str(tmp_path / "nothing"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(threads=2)


PASSAGES = [
    ("青山镇 水利", "2019年，鎮裏修建了3座水廠，由縣水務局負責運營。水厂每天供水２.５万吨。"),
    ("青山镇", "老街上还有一座石桥，建于清代。"),
    ("", ""),
]


@pytest.mark.model
def test_spans_are_of_the_text_as_given(reader: Reader) -> None:
    readings = reader.read("镇里修建了几座水厂？", PASSAGES)
    assert len(readings) == 3
    for (_, text), reading in zip(PASSAGES, readings, strict=True):
        assert 0 <= reading.no_answer <= 1
        assert np.isfinite(reading.relevance)
        assert [span[2] for span in reading.spans] == sorted((span[2] for span in reading.spans), reverse=True)
        assert all(0 <= start < end <= len(text) for start, end, _ in reading.spans)
    start, end, _ = readings[0].spans[0]
    assert "3座" in PASSAGES[0][1][start:end]
    assert readings[0].relevance > readings[1].relevance
    assert readings[2].spans == ()


@pytest.mark.model
def test_a_batch_reads_as_one_by_one(reader: Reader) -> None:
    together = reader.read("石桥建于哪个朝代？", PASSAGES)
    for passage, reading in zip(PASSAGES, together, strict=True):
        alone = reader.read("石桥建于哪个朝代？", [passage])[0]
        assert alone.relevance == pytest.approx(reading.relevance, abs=1e-3)
        assert [span[:2] for span in alone.spans[:1]] == [span[:2] for span in reading.spans[:1]]


@pytest.mark.model
def test_a_long_passage_is_read_to_its_end(reader: Reader) -> None:
    filler = "这条路两边种着许多高大的树，秋天落叶很厚。" * 60
    text = filler + "老街上有一座石桥，建于清代。"
    start, end, _ = reader.read("石桥建于哪个朝代？", [("", text)])[0].spans[0]
    assert start >= len(filler)
    assert "清代" in text[start:end]


@pytest.mark.model
def test_odd_input_is_read(reader: Reader) -> None:
    assert len(reader.read("", [("", "\ud800 \u200b")])) == 1
    assert reader.read("问" * 3000, [("题" * 900, "答" * 10)])
    assert reader.read("没有段落？", []) == []


@pytest.mark.model
def test_name_and_fingerprint(reader: Reader) -> None:
    assert isinstance(reader, PackagedReader)
    assert reader.name == DEFAULT_READER
    assert len(reader.fingerprint) == 64
