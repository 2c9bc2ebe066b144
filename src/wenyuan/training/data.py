"""Question sets and corpora on disk → normalised passages and examples, cut into windows.

A data folder holds ``corpus.jsonl`` (``id, title, text``) and, unless it is unlabelled text, ``questions.jsonl``
(``id, question, answers, spans: [{doc_id, start, end}]``). With ``unanswerable: true`` the span is the place that comes nearest; with
``holds: true|false`` it is a yes/no question and the span what bears it out or puts it right. Everything is normalised as the reader
normalises at question time.
This module knows nothing of models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from wenyuan.errors import QuestionSetError

WINDOW_MIN_CHARS = 50
WINDOW_MAX_CHARS = 240  # a passage of the pipeline is at most this long

# (normalised text, for each of its code points and for its end the offset in the original)
Normalise = Callable[[str], tuple[str, Sequence[int]]]

_SENTENCE = re.compile(r"[^。!?;\n]*[。!?;\n]+[\"'”’」』)]*|[^。!?;\n]+$")


@dataclass(frozen=True, slots=True)
class Passage:
    """One normalised text of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and where in which passage its answer stands."""

    question: str
    passage: int  # index into the passages
    start: int  # code points of Passage.text; where nothing answers, of the place that comes nearest
    end: int
    answers: tuple[str, ...]  # normalised; all wordings accepted; none where the passage does not answer
    twins: tuple[str, ...] = ()  # near-miss questions that the same passage does not answer
    synthetic: bool = False
    holds: bool | None = None  # of a yes/no question: whether what it supposes holds


@dataclass(frozen=True, slots=True)
class Window:
    """A cut of a passage: ``text[start:end]`` of the passage with that index."""

    passage: int
    start: int
    end: int


def normaliser() -> Normalise:
    """The pipeline's own normalisation, as the function this module needs."""
    from wenyuan.chinese.text import normalise

    def pair(text: str) -> tuple[str, Sequence[int]]:
        result = normalise(text)
        return result.text, result.offsets

    return pair


def load(folders: Sequence[Path], normalise: Normalise) -> tuple[list[Passage], list[Example]]:
    """Passages and labelled examples of all folders; raises QuestionSetError when a file is missing or an offset is wrong."""
    passages: list[Passage] = []
    examples: list[Example] = []
    for folder in folders:
        maps: dict[str, tuple[int, Sequence[int]]] = {}
        for record in _lines(folder / "corpus.jsonl"):
            text, starts = normalise(record["text"])
            maps[record["id"]] = (len(passages), starts)
            passages.append(Passage(record["id"], normalise(record.get("title", ""))[0], text))
        if not (folder / "questions.jsonl").exists():
            continue
        for record in _lines(folder / "questions.jsonl"):
            if not record.get("spans"):
                continue
            span = record["spans"][0]
            if span["doc_id"] not in maps:
                raise QuestionSetError(f"{folder}: question {record['id']} names the unknown passage {span['doc_id']}; give its corpus too")
            index, starts = maps[span["doc_id"]]
            low = int(np.searchsorted(starts, span["start"]))
            high = int(np.searchsorted(starts, span["end"]))
            if not low < high <= len(passages[index].text):
                continue  # an answer that normalises to nothing
            given = () if record.get("unanswerable") else record["answers"]
            answers = tuple(dict.fromkeys(normalise(answer)[0] for answer in given))
            examples.append(Example(normalise(record["question"])[0], index, low, high, answers, holds=record.get("holds")))
    return passages, examples


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a jsonl file; raises QuestionSetError naming the file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"{path}: {error}; give a folder with corpus.jsonl and questions.jsonl") from error
    for number, line in enumerate(lines, 1):
        yield _record(path, number, line)


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionSetError(f"{path}, line {number}: {error}; give one JSON object a line") from error
    if not isinstance(record, dict):
        raise QuestionSetError(f"{path}, line {number}: not an object; give one JSON object a line")
    return record


def sentence_bounds(text: str) -> list[tuple[int, int]]:
    """``[start, end)`` of each sentence, partitioning ``text`` but for nothing."""
    return [match.span() for match in _SENTENCE.finditer(text) if match.group()]


def window_around(text: str, start: int, end: int, random: Random, avoid: tuple[int, int] | None = None) -> tuple[int, int]:
    """A random window ``[low, high)`` of whole sentences (sometimes of any characters) that holds ``text[start:end]``.

    Gold and wrong passages are cut by this one function, so that nothing can be learnt from where the cuts lie.
    ``avoid`` is a range that the window must not touch (the answer, when a window without it is wanted).
    """
    target = int(random.triangular(WINDOW_MIN_CHARS, WINDOW_MAX_CHARS, 100))
    target = max(target, min(end - start + 10, WINDOW_MAX_CHARS))
    bounds = sentence_bounds(text)
    left = next((i for i, (_, stop) in enumerate(bounds) if stop > start), len(bounds) - 1)
    right = next((i for i, (_, stop) in enumerate(bounds) if stop >= end), len(bounds) - 1)

    def allowed(low: int, high: int) -> bool:
        return high - low <= target and (avoid is None or high <= avoid[0] or low >= avoid[1])

    whole = bounds[right][1] - bounds[left][0] <= WINDOW_MAX_CHARS
    if whole and random.random() < 0.85:
        while True:
            moves = []
            if left > 0 and allowed(bounds[left - 1][0], bounds[right][1]):
                moves.append("left")
            if right + 1 < len(bounds) and allowed(bounds[left][0], bounds[right + 1][1]):
                moves.append("right")
            if not moves:
                return bounds[left][0], bounds[right][1]
            if random.choice(moves) == "left":
                left -= 1
            else:
                right += 1
    slack = max(0, target - (end - start))
    before = random.randint(0, slack)
    low, high = max(0, start - before), min(len(text), end + slack - before)
    if avoid is not None and low < avoid[1] and high > avoid[0]:
        low, high = (avoid[1], high) if start >= avoid[1] else (low, avoid[0])
    return low, high


class HardNegatives:
    """Windows that look like answers and hold none: neighbours in the article, and the best BM25 windows of all corpora."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = passages
        self.windows = [window for index, passage in enumerate(passages) for window in _fixed_windows(index, passage.text)]
        by_title: dict[str, list[int]] = {}
        for index, passage in enumerate(passages):
            if passage.title:
                by_title.setdefault(passage.title, []).append(index)
        self._by_title = by_title
        self._mined: dict[int, list[Window]] = {}

    def mine(self, examples: Sequence[Example], per_question: int = 12) -> None:
        """Fill the best BM25 windows of every example that hold none of its answers."""
        from scipy import sparse

        rows, columns = [], []
        for row, window in enumerate(self.windows):
            passage = self.passages[window.passage]
            terms = _bigrams(passage.title + " " + passage.text[window.start : window.end])
            rows.extend([row] * len(terms))
            columns.extend(terms)
        counts = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(self.windows), _BUCKETS))
        counts.sum_duplicates()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        frequency = np.bincount(counts.indices, minlength=_BUCKETS)
        idf = np.log(1 + (len(self.windows) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        norm = np.repeat(1.2 * (0.25 + 0.75 * lengths / lengths.mean()), np.diff(counts.indptr))
        counts.data = counts.data * 2.2 / (counts.data + norm) * idf[counts.indices]
        by_term = counts.tocsc()
        for number, example in enumerate(examples):
            if not example.answers:
                continue
            terms = sorted(set(_bigrams(example.question)))
            scores = np.asarray(by_term[:, terms].sum(axis=1)).ravel()
            best = np.argpartition(-scores, min(60, len(scores)) - 1)[:60]
            found: list[Window] = []
            for row in best[np.argsort(-scores[best])]:
                window = self.windows[row]
                text = self.passages[window.passage].text[window.start : window.end]
                if window.passage == example.passage or any(answer in text for answer in example.answers):
                    continue
                found.append(window)
                if len(found) == per_question:
                    break
            self._mined[number] = found

    def draw(self, number: int, example: Example, random: Random) -> Window | None:
        """One hard negative window for the example with that number, or None when chance found none."""
        kind = random.random()
        if kind < 0.35:
            return self._same_passage(example, random)
        if kind < 0.5:
            window = self._same_article(example, random)
            if window is not None:
                return window
        mined = self._mined.get(number)
        if not mined:
            return None
        # the nearest more often than the rest
        window = mined[min(int(random.expovariate(0.3)), len(mined) - 1)]
        middle = (window.start + window.end) // 2
        return self._cut(window.passage, middle, example, random)

    def _same_passage(self, example: Example, random: Random) -> Window | None:
        text = self.passages[example.passage].text
        holding = [(a, b) for a, b in sentence_bounds(text) if a < example.end and b > example.start]
        avoid = (holding[0][0], holding[-1][1])
        others = [(a, b) for a, b in sentence_bounds(text) if b - a >= 8 and (b <= avoid[0] or a >= avoid[1])]
        if not others:
            return None
        low, high = random.choice(others)
        at = random.randint(low, high - 3)
        start, end = window_around(text, at, at + 2, random, avoid)
        return self._checked(Window(example.passage, start, end), example)

    def _same_article(self, example: Example, random: Random) -> Window | None:
        others = [i for i in self._by_title.get(self.passages[example.passage].title, []) if i != example.passage]
        if not others:
            return None
        index = random.choice(others)
        return self._cut(index, random.randint(0, len(self.passages[index].text) - 3), example, random)

    def _cut(self, index: int, at: int, example: Example, random: Random) -> Window | None:
        start, end = window_around(self.passages[index].text, at, at + 2, random)
        return self._checked(Window(index, start, end), example)

    def _checked(self, window: Window, example: Example) -> Window | None:
        text = self.passages[window.passage].text[window.start : window.end]
        return None if len(text) < 20 or any(answer in text for answer in example.answers) else window


_BUCKETS = 1 << 18


def _bigrams(text: str) -> list[int]:
    """Hashed character pairs (Latin words and numbers whole)."""
    import zlib

    terms: list[str] = []
    for run in re.findall(r"[a-z]+|[0-9.]+|[一-鿿㐀-䶿]+", text.lower()):
        if run[0] >= "一" or run[0] >= "㐀":
            terms.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        else:
            terms.append(run)
    return [zlib.crc32(term.encode()) % _BUCKETS for term in terms]


def _fixed_windows(index: int, text: str) -> Iterator[Window]:
    """Consecutive windows of whole sentences, about 160 code points each."""
    low, high = 0, 0
    for start, end in sentence_bounds(text):
        if high > low and end - low > 160:
            yield Window(index, low, high)
            low = start
        high = end
    if high > low:
        yield Window(index, low, high)
