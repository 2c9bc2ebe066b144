"""Readers that others trained: extractive question-answering models of transformers, CrossEncoders of sentence-transformers.

Both take the role of `Reader` by name or folder, from this machine alone. A CrossEncoder gives relevance and no spans.
This module knows nothing of our own reader's weights.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.errors import ModelUnavailable
from wenyuan.read.reading import Reader, Reading, best_spans, trimmed

_MAX_TOKENS = 384
_OVERLAP_TOKENS = 96
_SPANS = 5


def open_other_reader(name: str, threads: int = 0) -> Reader:
    """A reader over the model ``name`` (hub name in the local cache, or folder); raises ModelUnavailable when it cannot take the role."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the hub's library is imported: nothing may reach for the network
    import torch
    from transformers import AutoConfig

    if threads:
        torch.set_num_threads(threads)
    folder = Path(name).expanduser()
    place = str(folder) if folder.is_dir() else name
    try:
        kinds = " ".join(AutoConfig.from_pretrained(place, local_files_only=True).architectures or ())
        if "ForQuestionAnswering" in kinds:
            return QuestionAnsweringReader(name, place)
        if "ForSequenceClassification" in kinds:
            return CrossEncoderReader(name, place)
    except Exception as error:  # the libraries below raise many kinds, none of them ours
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelUnavailable(
            f"the reader {name} is not usable from this machine ({reason}): give a folder with config.json, weights and tokenizer, "
            f"fetched where there is a network with `hf download {name} --local-dir FOLDER`, or keep the default"
        ) from error
    raise ModelUnavailable(
        f"the model {name} ({kinds or 'no architecture named'}) neither answers questions nor scores pairs: give one that does"
    )


class QuestionAnsweringReader:
    """A ``…ForQuestionAnswering`` model: spans, and relevance as the best span's margin over "not here"."""

    def __init__(self, name: str, place: str) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self._name = name
        self._tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
        self._model = AutoModelForQuestionAnswering.from_pretrained(place, local_files_only=True).eval()

    @property
    def name(self) -> str:
        """The name or folder it was opened by."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of name and weights: 64 hex digits."""
        return _fingerprint(self._name, self._model)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading for each (heading, text), in the order given; the heading is not read, so that spans lie in the text."""
        return [self._read(question, text) for _, text in passages]

    def _read(self, question: str, text: str) -> Reading:
        import torch

        encoded = self._tokenizer(
            question, text, truncation="only_second", max_length=_MAX_TOKENS, stride=_OVERLAP_TOKENS, padding=True,
            return_overflowing_tokens=True, return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        offsets = encoded.pop("offset_mapping").numpy()
        encoded.pop("overflow_to_sample_mapping", None)
        kinds = [encoded.sequence_ids(row) for row in range(len(offsets))]
        with torch.inference_mode():
            output = self._model(**encoded)
        scored: dict[tuple[int, int], float] = {}
        for row, kind in enumerate(kinds):
            inside = [i for i, part in enumerate(kind) if part == 1]
            starts, ends = output.start_logits[row].float().numpy(), output.end_logits[row].float().numpy()
            for first, last, score in best_spans(starts[inside], ends[inside], _SPANS):
                bounds = trimmed(text, int(offsets[row][inside[first]][0]), int(offsets[row][inside[last]][1]))
                if bounds is not None:
                    margin = score - float(starts[0] + ends[0])
                    scored[bounds] = max(scored.get(bounds, -math.inf), margin)
        spans = sorted(((start, end, score) for (start, end), score in scored.items()), key=lambda span: -span[2])[:_SPANS]
        best = spans[0][2] if spans else -100.0
        return Reading(best, _share(-best), tuple(spans))


class CrossEncoderReader:
    """A CrossEncoder of sentence-transformers: relevance alone."""

    def __init__(self, name: str, place: str) -> None:
        from sentence_transformers import CrossEncoder

        self._name = name
        self._model: Any = CrossEncoder(place, local_files_only=True)

    @property
    def name(self) -> str:
        """The name or folder it was opened by."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of name and weights: 64 hex digits."""
        return _fingerprint(self._name, self._model)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading without spans for each (heading, text), in the order given."""
        import torch

        if not passages:
            return []
        pairs = [(question, f"{heading} {text}".strip()) for heading, text in passages]
        logits = self._model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return [Reading(float(np.ravel(logit)[-1]), _share(-float(np.ravel(logit)[-1])), ()) for logit in logits]


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, logit))))


def _fingerprint(name: str, model: Any) -> str:
    """SHA-256 over the name and all parameters."""
    import torch

    digest = hashlib.sha256(name.encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
