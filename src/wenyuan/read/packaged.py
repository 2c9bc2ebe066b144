"""Our own reader on onnxruntime: weights that ship with this package over the default embedder's word vectors.

One pass over ``<s> question </s></s> heading｜passage </s>`` gives spans, relevance and answerability (``reader_model/MODEL_CARD.md``).
This module knows nothing of retrieval, answer types or verification.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.chinese.text import Normalised, normalise
from wenyuan.config import DEFAULT_READER
from wenyuan.encoder import encoder_graph
from wenyuan.errors import ModelError, ModelUnavailable
from wenyuan.model_folder import check_sizes, write_once
from wenyuan.models import cache_root, default_model_folder
from wenyuan.read.reading import Reading, best_spans, trimmed
from wenyuan.tokens import FIRST_ID, LAST_ID, PAD_ID, UnigramTokenizer

READER_FORMAT = 1  # raise it when the unpacked graph changes
SPANS_A_PASSAGE = 5
WHOLE_MAX_TOKENS = 192  # special tokens included; longer passages are read in windows (measured: wider ones lose F1)
WINDOW_TOKENS = 176  # of one window of a longer passage; training saw few sequences longer than this
HEADING_MAX_TOKENS = 40
QUESTION_MAX_TOKENS = 64

_SEPARATOR = "｜"  # between heading and passage, as in training
_WINDOW_OVERLAP_TOKENS = 64
_BATCH_TOKENS = 1200  # padded tokens of one run
_LENGTH_STEP = 16  # lengths are padded to multiples of it
_READER_FILE = "reader.onnx"
_HOLDS_MEAN, _HOLDS_FIRST = 6, 7  # outputs of a reader that judges yes/no questions
_LOOSE_ENDS = frozenset("的了在于和与是被将从为由对向")  # grammar that a token may carry beside the answer's first or last character


def packaged_weights() -> Path:
    """The shipped weights; raises ModelUnavailable when this installation lacks them."""
    path = Path(__file__).parents[1] / "reader_model" / "reader.safetensors"
    if not path.is_file():
        raise ModelUnavailable(f"{path} is missing: reinstall wenyuan, or make it with `wenyuan train-reader`")
    return path


def reader_folder(weights: Path, cache_dir: str = "") -> Path:
    """The folder with ``reader.onnx`` made of ``weights``, writing it first if this machine has not yet (a second)."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    folder = cache_root(cache_dir) / f"{DEFAULT_READER}-{digest[:12]}-{READER_FORMAT}"
    if not folder.is_dir():
        write_once(folder, lambda part: _write_graph(weights, part), needed_bytes=150_000_000)
    check_sizes(folder)
    return folder


def _write_graph(weights: Path, folder: Path) -> None:
    from safetensors.numpy import load_file

    try:
        tensors = {name: value.astype(np.float32) for name, value in load_file(weights).items()}
        head, bias = tensors.pop("heads.w"), tensors.pop("heads.b")
    except Exception as error:  # safetensors raises its own kinds
        raise ModelError(f"{weights} does not read ({error}): reinstall wenyuan, or train the reader again") from error
    graph = encoder_graph(tensors, [("heads", np.ascontiguousarray(head.T), bias)], hidden_state=False)
    (folder / _READER_FILE).write_bytes(graph)


class PackagedReader:
    """Our own reader on onnxruntime."""

    def __init__(self, weights: Path | None = None, cache_dir: str = "", threads: int = 0) -> None:
        import onnxruntime

        embedder = default_model_folder(cache_dir)
        folder = reader_folder(weights or packaged_weights(), cache_dir)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors only: rooms never print
        try:
            self._words = np.load(embedder / "embeddings.npy", mmap_mode="r")
            self._session = onnxruntime.InferenceSession(str(folder / _READER_FILE), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own kinds
            raise ModelError(f"the reader in {folder} does not open ({error}): delete that folder, it is made again") from error
        self._tokenizer = UnigramTokenizer.open(embedder)
        self._passage = lru_cache(maxsize=4096)(self._tokenised)
        self._fingerprint = hashlib.sha256(f"{folder.name} {embedder.name} onnxruntime {onnxruntime.__version__}".encode()).hexdigest()

    @property
    def name(self) -> str:
        """The name it has in the settings."""
        return DEFAULT_READER

    @property
    def fingerprint(self) -> str:
        """Digest of weights, word vectors and runtime: 64 hex digits."""
        return self._fingerprint

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading for each (heading, text), in the order given; all windows of all passages run sorted by length."""
        asked = self._tokenizer.ids(_encodable(normalise(question).text))[:QUESTION_MAX_TOKENS]
        prepared = [self._passage(heading, text) for heading, text in passages]
        windows = [window for number, passage in enumerate(prepared) for window in _windows(number, asked, passage)]
        outputs = self._run([window.ids for window in windows])
        found: list[list[tuple[_Window, NDArray[np.float32]]]] = [[] for _ in passages]
        for window, output in zip(windows, outputs, strict=True):
            found[window.passage].append((window, output))
        return [_reading(passage, text, parts) for passage, (_, text), parts in zip(prepared, passages, found, strict=True)]

    def _tokenised(self, heading: str, text: str) -> _Passage:
        """Tokens of a passage behind its heading, with the way back to ``text``."""
        plain = normalise(text)
        prefix = normalise(heading).text + _SEPARATOR
        tokens = self._tokenizer.encode(_encodable(prefix + plain.text))
        at = next((i for i, (start, _) in enumerate(tokens.bounds) if start >= len(prefix)), len(tokens.ids))
        bounds = tuple((start - len(prefix), end - len(prefix)) for start, end in tokens.bounds[at:])
        return _Passage(tokens.ids[: min(at, HEADING_MAX_TOKENS)], tokens.ids[at:], bounds, plain)

    def _run(self, sequences: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """Head outputs ``(its length, 6)`` of each sequence, the shortest run first so that little padding is computed."""
        outputs: list[Any] = [None] * len(sequences)
        for rows in _batches([_padded(len(ids)) for ids in sequences], _BATCH_TOKENS):
            length = _padded(max(len(sequences[i]) for i in rows))
            ids = np.full((len(rows), length), PAD_ID, np.int64)
            mask = np.zeros((len(rows), length), np.int64)
            for row, i in enumerate(rows):
                ids[row, : len(sequences[i])] = sequences[i]
                mask[row, : len(sequences[i])] = 1
            words = self._words[ids].astype(np.float32)
            (heads,) = self._session.run(["heads"], {"inputs_embeds": words, "attention_mask": mask})
            for row, i in enumerate(rows):
                outputs[i] = heads[row, : len(sequences[i])]
        return outputs


@dataclass(frozen=True, slots=True)
class _Passage:
    heading: tuple[int, ...]  # token ids, the separator among them
    ids: tuple[int, ...]
    bounds: tuple[tuple[int, int], ...]  # of each id, in code points of the normalised text
    plain: Normalised


@dataclass(frozen=True, slots=True)
class _Window:
    passage: int
    ids: tuple[int, ...]
    at: int  # where the passage's tokens begin in ids
    first: int  # which of the passage's tokens that is
    count: int


def _windows(number: int, asked: Sequence[int], passage: _Passage) -> Iterator[_Window]:
    """The whole passage, or as many overlapping windows of it as hold it all."""
    front = (FIRST_ID, *asked, LAST_ID, LAST_ID, *passage.heading)
    whole = len(front) + len(passage.ids) + 1 <= WHOLE_MAX_TOKENS
    room = max(len(passage.ids) if whole else WINDOW_TOKENS - len(front) - 1, _WINDOW_OVERLAP_TOKENS + 32)
    first = 0
    while True:
        part = passage.ids[first : first + room]
        yield _Window(number, (*front, *part, LAST_ID), len(front), first, len(part))
        if first + room >= len(passage.ids):
            return
        first += room - _WINDOW_OVERLAP_TOKENS


def _reading(passage: _Passage, text: str, parts: Sequence[tuple[_Window, NDArray[np.float32]]]) -> Reading:
    """The reading of a passage from the head outputs of its windows: the most relevant window counts, spans of all compete."""
    relevance, answerable, holds = -math.inf, -math.inf, 0.0
    scored: dict[tuple[int, int], float] = {}
    for window, heads in parts:
        pooled = heads[:, 2:4].mean(0) + heads[0, 4:6]
        if pooled[1] > answerable and heads.shape[1] > _HOLDS_FIRST:
            holds = float(heads[:, _HOLDS_MEAN].mean() + heads[0, _HOLDS_FIRST])
        relevance, answerable = max(relevance, float(pooled[0])), max(answerable, float(pooled[1]))
        absent = float(heads[0, 0] + heads[0, 1])
        inside = heads[window.at : window.at + window.count]
        for first, last, score in best_spans(inside[:, 0], inside[:, 1], SPANS_A_PASSAGE):
            bounds = _original(passage, text, window.first + first, window.first + last)
            if bounds is not None:
                scored[bounds] = max(scored.get(bounds, -math.inf), score - absent)
    spans = sorted(((start, end, score) for (start, end), score in scored.items()), key=lambda span: -span[2])
    return Reading(relevance, 1 / (1 + math.exp(min(answerable, 500.0))), tuple(spans[:SPANS_A_PASSAGE]), holds)


def _original(passage: _Passage, text: str, first: int, last: int) -> tuple[int, int] | None:
    """``[start, end)`` of the given text under the passage's tokens ``first`` to ``last`` but for loose edges; None if nothing is left."""
    start, end = passage.bounds[first][0], passage.bounds[last][1]
    if start >= end:
        return None
    plain = passage.plain.text
    if end - start > 2 and passage.bounds[first][1] - start > 1 and plain[start] in _LOOSE_ENDS:
        start += 1
    if end - start > 2 and end - passage.bounds[last][0] > 1 and plain[end - 1] in _LOOSE_ENDS:
        end -= 1
    return trimmed(text, *passage.plain.original(start, end))


def _padded(length: int) -> int:
    return -(-length // _LENGTH_STEP) * _LENGTH_STEP


def _batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions grouped by length, each group's size times its longest within ``budget`` (or one position alone)."""
    groups: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or (len(groups[-1]) + 1) * lengths[position] > budget:
            groups.append([])
        groups[-1].append(position)
    return groups


def _encodable(text: str) -> str:
    """``text``, a lone surrogate (not a character, but JSON can carry one) as "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")
