"""Weights by name to an ONNX graph: a BERT encoder without its word table, with extra heads if wanted.

Inputs: ``inputs_embeds`` float32 (batch, length, hidden), the words' vectors; ``attention_mask`` int64 (batch, length), 0 = padding.
Outputs: ``last_hidden_state`` float32 (batch, length, hidden), and per head ``(batch, length, n)``.
Position and token-type-0 vectors and the first layer norm lie inside. The graph is Devlin et al. 2019 (post-norm, exact GELU).
Weight names: ``emb.pos|type|ln.w|ln.b``, ``l{i}.q|k|v|ao|fi|fo.w|b``, ``l{i}.aln|oln.w|b``; matrices are (outputs, inputs), as in
torch.nn.Linear. A layer's matrix may be a FourBitMatrix: an eighth of the memory, and float32 arithmetic all the same.
This module knows nothing of files, tokens or what a head means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import ModelError
from wenyuan.packed_weights import FourBitMatrix

Weights = Mapping[str, "NDArray[np.float32] | FourBitMatrix"]
Head = tuple[str, NDArray[np.float32], NDArray[np.float32]]  # output name, weight (hidden, n), bias (n,)

_OPSET = 17  # first with LayerNormalization; every onnxruntime since 1.13 runs it
_IR_VERSION = 8  # goes with opset 17, so that an older onnxruntime opens a graph written by a newer onnx
_RUNTIME_DOMAIN = "com.microsoft"
_MASKED = -1e4  # added to the scores of padding; far below any real score


def layer_count(weights: Weights) -> int:
    """How many layers ``weights`` names, counted from ``l0``."""
    count = 0
    while f"l{count}.q.w" in weights:
        count += 1
    return count


def encoder_graph(
    weights: Weights,
    heads: Sequence[Head] = (),
    *,
    attention_heads: int = 12,
    epsilon: float = 1e-12,
    hidden_state: bool = True,
) -> bytes:
    """A serialised ONNX model over ``weights``; ``heads`` are linear maps of each token's last hidden state, one output each.

    ``hidden_state=False`` leaves ``last_hidden_state`` out of the outputs. Raises ModelError when a weight is missing or nothing comes out.
    """
    if not heads and not hidden_state:
        raise ModelError("an encoder graph without an output: give it heads or keep the hidden state")
    builder = _Builder(weights)
    hidden = builder.size("emb.pos", 1)
    last = builder.encoder(layer_count(weights), attention_heads, epsilon)
    outputs: list[tuple[str, int]] = []
    if hidden_state:
        builder.node("Identity", [last], output="last_hidden_state")
        outputs.append(("last_hidden_state", hidden))
    for name, weight, bias in heads:
        if weight.shape != (hidden, bias.size):
            raise ModelError(f"head {name}: weight {weight.shape} and bias {bias.shape} do not go with {hidden} hidden units")
        product = builder.node("MatMul", [last, builder.constant(f"{name}.w", weight)])
        builder.node("Add", [product, builder.constant(f"{name}.b", bias)], output=name)
        outputs.append((name, int(bias.size)))
    return builder.model(hidden, outputs)


class _Builder:
    """Collects nodes and constants; each method returns the name of a value."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def weight(self, name: str) -> NDArray[np.float32]:
        """Weight ``name``; raises ModelError when it is missing, or packed where it may not be."""
        weight = self._weights.get(name)
        if weight is None or isinstance(weight, FourBitMatrix):
            raise ModelError(f"weight {name} is missing or in 4 bits: give every weight of the encoder, these in float32")
        return weight

    def size(self, name: str, axis: int) -> int:
        """Length of weight ``name`` along ``axis``."""
        return int(self.weight(name).shape[axis])

    def number(self, name: str, value: float) -> str:
        """A float32 scalar of that name."""
        return self.constant(name, np.array(value, np.float32))

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """An initialiser of that name."""
        if name not in self._constants:
            from onnx import numpy_helper

            self._constants[name] = numpy_helper.from_array(np.array(value, order="C"), name)
        return name

    def node(self, operator: str, inputs: Sequence[str], *, output: str = "", **attributes: Any) -> str:
        """One operator applied to ``inputs``."""
        from onnx import helper

        output = output or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def linear(self, value: str, name: str) -> str:
        """``value @ weight.T + bias`` of ``name``."""
        weight = self._weights.get(f"{name}.w")
        if isinstance(weight, FourBitMatrix):
            product = self._four_bit(value, name, weight)
        else:
            product = self.node("MatMul", [value, self.constant(f"{name}.w", self.weight(f"{name}.w").T)])
        return self.node("Add", [product, self.constant(f"{name}.b", self.weight(f"{name}.b"))])

    def _four_bit(self, value: str, name: str, weight: FourBitMatrix) -> str:
        """``value @ weight.T`` over 4-bit blocks, an operator of onnxruntime's own; level 1 is arithmetic in float32."""
        outputs, blocks, half = weight.codes.shape
        return self.node(
            "MatMulNBits",
            [value, self.constant(f"{name}.codes", weight.codes), self.constant(f"{name}.scales", weight.scales.reshape(-1))],
            domain=_RUNTIME_DOMAIN,
            N=outputs,
            K=blocks * half * 2,
            bits=4,
            block_size=half * 2,
            accuracy_level=1,
        )

    def norm(self, value: str, name: str, epsilon: float) -> str:
        """Layer norm ``name`` over the last axis."""
        scale, shift = (self.constant(f"{name}.{part}", self.weight(f"{name}.{part}")) for part in "wb")
        return self.node("LayerNormalization", [value, scale, shift], axis=-1, epsilon=epsilon)

    def gelu(self, value: str) -> str:
        """Exact GELU (Hendrycks & Gimpel 2016), in the form onnxruntime fuses."""
        scaled = self.node("Div", [value, self.number("sqrt2", math.sqrt(2))])
        shifted = self.node("Add", [self.node("Erf", [scaled]), self.number("one", 1)])
        return self.node("Mul", [self.node("Mul", [value, shifted]), self.number("half", 0.5)])

    def encoder(self, layers: int, attention_heads: int, epsilon: float) -> str:
        """Last hidden state of ``inputs_embeds`` under ``attention_mask``."""
        hidden = self.size("emb.pos", 1)
        head_size = hidden // attention_heads
        split = self.constant("split_shape", np.array([0, 0, attention_heads, head_size], np.int64))
        join = self.constant("join_shape", np.array([0, 0, hidden], np.int64))
        scale = self.number("score_scale", 1 / math.sqrt(head_size))

        length = self.node("Shape", ["inputs_embeds"], start=1, end=2)
        zero = self.constant("zero", np.array([0], np.int64))
        place = self.constant("emb.place", self.weight("emb.pos") + self.weight("emb.type")[:1])
        places = self.node("Slice", [place, zero, length, zero])
        value = self.norm(self.node("Add", ["inputs_embeds", places]), "emb.ln", epsilon)

        mask = self.node("Cast", ["attention_mask"], to=1)  # 1 = float32
        absent = self.node("Sub", [self.number("one", 1), mask])
        absent = self.node("Unsqueeze", [absent, self.constant("mask_axes", np.array([1, 2], np.int64))])
        mask = self.node("Mul", [absent, self.number("masked", _MASKED)])

        for i in range(layers):
            query, key, each = (self.node("Reshape", [self.linear(value, f"l{i}.{part}"), split]) for part in "qkv")
            query = self.node("Transpose", [query], perm=[0, 2, 1, 3])
            key = self.node("Transpose", [key], perm=[0, 2, 3, 1])
            each = self.node("Transpose", [each], perm=[0, 2, 1, 3])
            scores = self.node("Mul", [self.node("MatMul", [query, key]), scale])
            attention = self.node("Softmax", [self.node("Add", [scores, mask])], axis=-1)
            context = self.node("Transpose", [self.node("MatMul", [attention, each])], perm=[0, 2, 1, 3])
            context = self.linear(self.node("Reshape", [context, join]), f"l{i}.ao")
            value = self.norm(self.node("Add", [context, value]), f"l{i}.aln", epsilon)
            inner = self.linear(self.gelu(self.linear(value, f"l{i}.fi")), f"l{i}.fo")
            value = self.norm(self.node("Add", [inner, value]), f"l{i}.oln", epsilon)
        return value

    def model(self, hidden: int, outputs: Sequence[tuple[str, int]]) -> bytes:
        """The finished model, serialised."""
        from onnx import TensorProto, helper

        shape = ["batch", "length"]
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [
                helper.make_tensor_value_info("inputs_embeds", TensorProto.FLOAT, [*shape, hidden]),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, shape),
            ],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, size]) for name, size in outputs],
            initializer=list(self._constants.values()),
        )
        versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_RUNTIME_DOMAIN, 1)]
        model = helper.make_model(graph, opset_imports=versions, producer_name="wenyuan")
        model.ir_version = _IR_VERSION
        return bytes(model.SerializeToString())
