"""The reader as torch sees it in training: the lower layers of the default encoder without its words, and eight outputs a token.

Outputs per token: span start, span end, then relevance and answerability read from every token (averaged), the same two read from the
first token, and whether what a yes/no question supposes holds, read both ways. Word vectors stay outside, as at question time. This
module knows nothing of data or optimisers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

OUTPUTS = 8  # start, end, relevance (mean), answerable (mean), relevance (first), answerable (first), holds (mean), holds (first)


def build(layers: int, frozen_layers: int, seed: int, lora_rank: int = 0) -> torch.nn.Module:
    """The lowest ``layers`` layers of the packaged encoder with fresh heads; the lowest ``frozen_layers`` of them do not train.

    With ``lora_rank`` above 0 the others train through low-rank adapters of that rank only (LoRA, Hu et al. 2021), by peft.
    """
    import torch
    from transformers import BertConfig, BertModel

    from wenyuan.models import default_weights

    torch.manual_seed(seed)
    weights = default_weights(words=False)
    hidden, positions = weights["emb.pos"].shape[1], weights["emb.pos"].shape[0]
    config = BertConfig(
        vocab_size=2,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=weights["l0.fi.w"].shape[0],
        max_position_embeddings=positions,
        hidden_dropout_prob=0.0,  # dropout makes attention fall back to a path several times slower
        attention_probs_dropout_prob=0.0,
        layer_norm_eps=1e-12,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    heads = torch.nn.Linear(hidden, OUTPUTS)
    torch.nn.init.normal_(heads.weight, std=0.02)
    torch.nn.init.zeros_(heads.bias)
    model = torch.nn.ModuleDict({"encoder": encoder, "heads": heads})
    load(model, weights)
    for parameter in encoder.embeddings.parameters():
        parameter.requires_grad_(False)
    for layer in encoder.encoder.layer[: layers if lora_rank else frozen_layers]:
        for parameter in layer.parameters():
            parameter.requires_grad_(False)
    if lora_rank:
        from peft import LoraConfig, inject_adapter_in_model

        adapters = LoraConfig(
            r=lora_rank,
            lora_alpha=2 * lora_rank,
            target_modules=["query", "key", "value", "dense"],
            layers_to_transform=list(range(frozen_layers, layers)),
            layers_pattern="layer",
        )
        inject_adapter_in_model(adapters, encoder)
    return model


class Noise:
    """Dropout that two threads can draw at once and that comes out the same at every run: each thread brings its own generator.

    Not torch's own: its generator is one for all threads, and its attention dropout takes a path several times slower.
    """

    def __init__(self, model: Any, hidden: float, words: float) -> None:
        """Noise on what attention and feed-forward give in every layer of ``model`` (share ``hidden``) and on whole tokens (``words``)."""
        self.hidden, self.words = hidden, words
        self._own = threading.local()
        for layer in model["encoder"].encoder.layer:
            for dense in (layer.attention.output.dense, layer.output.dense):
                dense.register_forward_hook(lambda module, given, out: self._dropped(out, out.shape, self.hidden))

    @contextmanager
    def drawn_with(self, seed: int) -> Iterator[None]:
        """Noise in this thread, drawn from ``seed``; none outside."""
        import torch

        self._own.generator = torch.Generator().manual_seed(seed)
        try:
            yield
        finally:
            self._own.generator = None

    def on_words(self, words: torch.Tensor) -> torch.Tensor:
        """``words`` (batch, length, hidden) with some whole vectors at zero."""
        return self._dropped(words, (*words.shape[:2], 1), self.words)

    def _dropped(self, tensor: torch.Tensor, shape: tuple[int, ...], share: float) -> torch.Tensor:
        import torch

        generator = getattr(self._own, "generator", None)
        if generator is None or not share:
            return tensor
        kept = torch.rand(shape, generator=generator) >= share
        return tensor * (kept.to(tensor.dtype) / (1 - share))


def names(layers: int) -> dict[str, str]:
    """Our weight name -> torch's, for all but the word table."""
    parts = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
             "aln": "attention.output.LayerNorm", "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}  # fmt: skip
    kinds = {"w": "weight", "b": "bias"}
    found = {"emb.pos": "encoder.embeddings.position_embeddings.weight"}
    found |= {f"emb.ln.{short}": f"encoder.embeddings.LayerNorm.{long}" for short, long in kinds.items()}
    for layer in range(layers):
        for part, owner in parts.items():
            found |= {f"l{layer}.{part}.{short}": f"encoder.encoder.layer.{layer}.{owner}.{long}" for short, long in kinds.items()}
    return found


def layer_count(model: Any) -> int:
    """How many layers the encoder of ``model`` has."""
    return len(model["encoder"].encoder.layer)


def load(model: torch.nn.Module, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Nothing, after copying ``weights`` (our names, ``heads.w|b`` if there) into ``model``."""
    import torch

    own = _own(model)
    with torch.no_grad():
        for name, theirs in names(layer_count(model)).items():
            own[theirs].copy_(torch.from_numpy(np.ascontiguousarray(weights[name], dtype=np.float32)))
        kind = torch.from_numpy(np.asarray(weights["emb.type"], dtype=np.float32))
        own["encoder.embeddings.token_type_embeddings.weight"][0].copy_(kind.reshape(-1, kind.shape[-1])[0])
        for short, long in (("w", "weight"), ("b", "bias")):
            if f"heads.{short}" in weights:
                head = torch.from_numpy(np.asarray(weights[f"heads.{short}"], dtype=np.float32))
                own[f"heads.{long}"][: len(head)].copy_(head)  # an earlier reader may have fewer outputs


def _own(model: Any) -> dict[str, torch.Tensor]:
    """The parameters by the names they have without adapters."""
    return {name.replace(".base_layer", ""): parameter for name, parameter in model.named_parameters() if ".lora_" not in name}


def weights_of(model: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    """All weights under our names, float32, the heads as ``heads.w`` (8, hidden) and ``heads.b`` (8,)."""
    own = _own(model)
    for name, module in model.named_modules():
        if hasattr(module, "get_delta_weight"):  # an adapter: added to what it adapts
            own[f"{name}.weight"] = own[f"{name}.weight"] + module.get_delta_weight(module.active_adapters[0])
    found = {name: own[theirs].detach().numpy() for name, theirs in names(layer_count(model)).items()}
    found["emb.type"] = own["encoder.embeddings.token_type_embeddings.weight"].detach().numpy()
    found["heads.w"] = own["heads.weight"].detach().numpy()
    found["heads.b"] = own["heads.bias"].detach().numpy()
    return found


def scores(model: Any, words: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Start and end logits ``(batch, length)``; logits of relevance, answerability and holding ``(batch, 3)``.

    ``words`` are word vectors ``(batch, length, hidden)``, ``mask`` int64 ``(batch, length)``.
    """
    last = model["encoder"](inputs_embeds=words, attention_mask=mask).last_hidden_state
    out = model["heads"](last)
    weight = mask.to(out.dtype)[..., None]
    mean = (out[..., [2, 3, 6]] * weight).sum(1) / weight.sum(1)
    return out[..., 0], out[..., 1], mean + out[:, 0, [4, 5, 7]]
