"""The graph against the same encoder in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wenyuan.encoder import Head, Weights, encoder_graph, layer_count
from wenyuan.errors import ModelError
from wenyuan.packed_weights import FourBitMatrix

Array = NDArray[np.float32]
HIDDEN, INNER, LAYERS, HEADS = 32, 64, 2, 4


def random_weights() -> dict[str, Array]:
    draw = np.random.default_rng(7)

    def array(*shape: int) -> Array:
        return draw.normal(0, 0.3, shape).astype(np.float32)

    weights = {"emb.pos": array(16, HIDDEN), "emb.type": array(2, HIDDEN), "emb.ln.w": array(HIDDEN), "emb.ln.b": array(HIDDEN)}
    for i in range(LAYERS):
        for part, rows, columns in [("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN), ("ao", HIDDEN, HIDDEN)]:
            weights |= {f"l{i}.{part}.w": array(rows, columns), f"l{i}.{part}.b": array(rows)}
        weights |= {f"l{i}.fi.w": array(INNER, HIDDEN), f"l{i}.fi.b": array(INNER)}
        weights |= {f"l{i}.fo.w": array(HIDDEN, INNER), f"l{i}.fo.b": array(HIDDEN)}
        for part in ("aln", "oln"):
            weights |= {f"l{i}.{part}.w": array(HIDDEN), f"l{i}.{part}.b": array(HIDDEN)}
    return weights


def in_numpy(weights: dict[str, Array], words: Array, mask: NDArray[np.int64]) -> Array:
    """Last hidden states of a post-norm BERT encoder, written out."""

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * weights[f"{name}.w"] + weights[f"{name}.b"], np.float32)

    def linear(x: Array, name: str) -> Array:
        return np.asarray(x @ weights[f"{name}.w"].T + weights[f"{name}.b"], np.float32)

    batch, length, _ = words.shape
    x = norm(words + weights["emb.pos"][:length] + weights["emb.type"][0], "emb.ln")
    for i in range(LAYERS):
        query, key, value = (linear(x, f"l{i}.{part}").reshape(batch, length, HEADS, -1).transpose(0, 2, 1, 3) for part in "qkv")
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(HIDDEN // HEADS) + np.where(mask, 0, -np.inf)[:, None, None, :]
        share = np.exp(scores - scores.max(-1, keepdims=True))
        context = (share / share.sum(-1, keepdims=True) @ value).transpose(0, 2, 1, 3).reshape(batch, length, HIDDEN)
        x = norm(x + linear(context, f"l{i}.ao"), f"l{i}.aln")
        inner = linear(x, f"l{i}.fi")
        gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + linear(gelu, f"l{i}.fo"), f"l{i}.oln")
    return x


def run(graph: bytes, words: Array, mask: NDArray[np.int64]) -> dict[str, Array]:
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"inputs_embeds": words, "attention_mask": mask}), strict=True))


def batch_of_two() -> tuple[Array, NDArray[np.int64]]:
    words = np.random.default_rng(8).normal(0, 1, (2, 5, HIDDEN)).astype(np.float32)
    return words, np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def test_the_graph_computes_the_encoder() -> None:
    weights, (words, mask) = random_weights(), batch_of_two()
    states = run(encoder_graph(weights, attention_heads=HEADS), words, mask)["last_hidden_state"]
    expected = in_numpy(weights, words, mask)
    np.testing.assert_allclose(states[mask == 1], expected[mask == 1], atol=2e-4)


def test_padding_changes_nothing() -> None:
    graph, (words, mask) = encoder_graph(random_weights(), attention_heads=HEADS), batch_of_two()
    alone = run(graph, words[1:, :3], mask[1:, :3])["last_hidden_state"]
    np.testing.assert_allclose(run(graph, words, mask)["last_hidden_state"][1, :3], alone[0], atol=2e-5)


def test_heads_are_linear_maps_of_the_last_hidden_state() -> None:
    weights, (words, mask) = random_weights(), batch_of_two()
    draw = np.random.default_rng(9)
    heads: list[Head] = [(f"head{n}", draw.normal(0, 1, (HIDDEN, n)).astype(np.float32), np.arange(n, dtype=np.float32)) for n in (1, 3)]
    out = run(encoder_graph(weights, heads, attention_heads=HEADS), words, mask)
    assert list(out) == ["last_hidden_state", "head1", "head3"]
    for name, weight, bias in heads:
        np.testing.assert_allclose(out[name], out["last_hidden_state"] @ weight + bias, atol=1e-4)
    assert list(run(encoder_graph(weights, heads, attention_heads=HEADS, hidden_state=False), words, mask)) == ["head1", "head3"]


def test_a_four_bit_matrix_computes_as_its_weights_written_out() -> None:
    weights, (words, mask) = random_weights(), batch_of_two()
    codes = np.random.default_rng(10).integers(0, 16, (HIDDEN, HIDDEN // 32, 32)).astype(np.uint8)
    scales = np.random.default_rng(11).normal(0, 0.05, (HIDDEN, HIDDEN // 32)).astype(np.float32)
    weights["l1.v.w"] = ((codes - 8.0) * scales[..., None]).reshape(HIDDEN, HIDDEN).astype(np.float32)
    paired = np.asarray(codes[..., 0::2] | (codes[..., 1::2] << 4), np.uint8)
    packed: Weights = {**weights, "l1.v.w": FourBitMatrix(paired, scales)}
    states = run(encoder_graph(packed, attention_heads=HEADS), words, mask)["last_hidden_state"]
    np.testing.assert_allclose(states, run(encoder_graph(weights, attention_heads=HEADS), words, mask)["last_hidden_state"], atol=2e-5)


def test_layers_are_counted_by_name() -> None:
    assert layer_count(random_weights()) == LAYERS


def test_a_missing_weight_or_output_is_a_model_error() -> None:
    weights = random_weights()
    with pytest.raises(ModelError, match="output"):
        encoder_graph(weights, attention_heads=HEADS, hidden_state=False)
    with pytest.raises(ModelError, match="head h"):
        encoder_graph(weights, [("h", np.zeros((3, 2), np.float32), np.zeros(2, np.float32))], attention_heads=HEADS)
    del weights["l1.k.w"]
    with pytest.raises(ModelError, match=r"l1\.k\.w"):
        encoder_graph(weights, attention_heads=HEADS)
