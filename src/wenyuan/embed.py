"""Texts to unit vectors.

The packaged default runs on onnxruntime over a memory map of its word vectors: nothing heavier is imported to ask a question.
Any other name or folder is opened by sentence-transformers. Texts are embedded as they are given: normalising is the caller's step.
This module knows nothing of chunks, questions' meaning, or stores.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.config import DEFAULT_EMBEDDER
from wenyuan.contracts import Embedder, Vectors
from wenyuan.errors import ModelError, ModelUnavailable
from wenyuan.model_folder import unpack_again
from wenyuan.models import FOLDER_FORMAT, MAX_TOKENS, PACKED_SHA256, PASSAGE_PROMPT, QUESTION_PROMPT, default_model_folder
from wenyuan.tokens import FIRST_ID, LAST_ID, UnigramTokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_TOKENS = 512  # texts times the longest one's tokens: bigger batches take more memory and, measured, no less time
_TINY = 1e-12  # keeps a vector of zeros from dividing by zero


def open_embedder(name: str, cache_dir: str = "", threads: int = 0) -> Embedder:
    """An embedder, ready to use: the packaged default by its name, else a sentence-transformers name or folder on this machine.

    ``cache_dir`` is where the default is unpacked, "" for the user's cache. ``threads`` for the runtime, 0 for all cores.
    Raises ModelUnavailable when its files are not on this machine, ModelError when they are damaged. Never downloads.
    """
    if name == DEFAULT_EMBEDDER:
        return PackagedEmbedder(default_model_folder(cache_dir), threads)
    return SentenceTransformersEmbedder(name, threads)


class PackagedEmbedder:
    """multilingual-e5-small out of its unpacked folder, on onnxruntime: 384 numbers a text."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors only: rooms never print
        # Threads that wait busily cost more than they win as soon as anything else computes, the reader for one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._tokenizer = UnigramTokenizer.open(folder)
        try:
            self._words = np.load(folder / "embeddings.npy", mmap_mode="r")
            self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own kinds
            raise ModelError(f"the model in {folder} does not open ({error}): {unpack_again(folder)}") from error
        self._fingerprint = _digest(
            [DEFAULT_EMBEDDER, PACKED_SHA256, FOLDER_FORMAT, "onnxruntime", onnxruntime.__version__, "4-bit blocks, float32 arithmetic"],
            [QUESTION_PROMPT, PASSAGE_PROMPT, MAX_TOKENS, "mean", "unit"],
        )

    @property
    def name(self) -> str:
        """The name it has in the settings."""
        return DEFAULT_EMBEDDER

    @property
    def fingerprint(self) -> str:
        """Digest of weights, runtime with version, precision, prompts and length limit: 64 hex digits."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._words.shape[1])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows, in the order given; past 512 tokens a text is cut."""
        return self._embed([PASSAGE_PROMPT + text for text in texts])

    def embed_question(self, text: str) -> Vectors:
        """Shape (dimension,), float32, of length 1."""
        vector: Vectors = self._embed([QUESTION_PROMPT + text])[0]
        return vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text, computed shortest first so that hardly any padding is computed."""
        room = MAX_TOKENS - 2
        tokens = [[FIRST_ID, *self._tokenizer.ids(_encodable(text))[:room], LAST_ID] for text in texts]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch in _batches([len(ids) for ids in tokens], _BATCH_TOKENS):
            vectors[batch] = self._mean([tokens[i] for i in batch])
        return vectors

    def _mean(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """Unit mean of the last hidden states of each text's tokens, shape (len(tokens), dimension)."""
        longest = max(len(ids) for ids in tokens)
        mask = np.zeros((len(tokens), longest), np.int64)
        words = np.zeros((len(tokens), longest, self.dimension), np.float32)
        for row, ids in enumerate(tokens):
            mask[row, : len(ids)] = 1
            words[row, : len(ids)] = self._words[ids]
        (states,) = self._session.run(["last_hidden_state"], {"inputs_embeds": words, "attention_mask": mask})
        sums: Vectors = np.einsum("bth,bt->bh", states, mask.astype(np.float32))
        return _unit(sums)


class SentenceTransformersEmbedder:
    """Any model that sentence-transformers opens from this machine, with its own prompts for questions and passages."""

    def __init__(self, name: str, threads: int = 0) -> None:
        self._name = name
        self._model = _load(name)
        import torch  # after sentence-transformers, which brings it

        if threads:
            torch.set_num_threads(threads)
        self._question_prompt, self._passage_prompt = _prompts(name, self._model.prompts)
        self._fingerprint = _digest(
            [_weights_digest(self._model), str(self._model), str(self._model.device)],
            [version(package) for package in ("sentence-transformers", "transformers", "torch")],
            [self._question_prompt, self._passage_prompt, self._model.max_seq_length, "unit"],
        )

    @property
    def name(self) -> str:
        """The name or folder it was opened by."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Digest of weights, modules, library versions, prompts and length limit: 64 hex digits."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, unit rows, in the order given."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._rows(self._model.encode_document, texts, self._passage_prompt)

    def embed_question(self, text: str) -> Vectors:
        """Shape (dimension,), float32, of length 1."""
        vector: Vectors = self._rows(self._model.encode_query, [text], self._question_prompt)[0]
        return vector

    def _rows(self, encode: Callable[..., Any], texts: Sequence[str], prompt: str | None) -> Vectors:
        rows = encode([_encodable(text) for text in texts], prompt=prompt, convert_to_numpy=True, show_progress_bar=False)
        return _unit(np.asarray(rows, np.float32))


def _load(name: str) -> SentenceTransformer:
    """The model, from this machine alone and in silence."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the hub's library is imported: nothing may reach for the network
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as hub_logging

    logging: Any = hub_logging  # its functions carry no types

    folder = Path(name).expanduser()
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        # Weights a checkpoint leaves out are drawn at random: always the same ones, so that the fingerprint holds.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return SentenceTransformer(str(folder) if folder.is_dir() else name, local_files_only=True)
    except Exception as error:  # the libraries below raise many kinds, none of them ours
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelUnavailable(_unavailable(name, reason)) from error
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _unavailable(name: str, reason: str) -> str:
    return (
        f"the model {name} is not usable from this machine ({reason}): give a sentence-transformers folder "
        "(modules.json, config.json, model.safetensors, tokenizer.json), fetched where there is a network with "
        f"`hf download {name} --local-dir FOLDER`, or keep the default, {DEFAULT_EMBEDDER}"
    )


def _prompts(name: str, known: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """Prompts for (question, passage); None leaves the choice to the model's own. E5 models need theirs and do not all carry them."""
    if not any(known.values()) and re.search(r"(^|[/_-])e5-", name):
        return QUESTION_PROMPT, PASSAGE_PROMPT
    return None, None


def _weights_digest(model: SentenceTransformer) -> str:
    """SHA-256 over all parameters by name."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _digest(*parts: object) -> str:
    """64 hex digits over the parts' written form."""
    return hashlib.sha256(repr(parts).encode("utf-8")).hexdigest()


def _encodable(text: str) -> str:
    """``text``, a lone surrogate (not a character, but JSON can carry one) as "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _unit(rows: Vectors) -> Vectors:
    """Rows scaled to length 1."""
    lengths: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, _TINY), np.float32)


def _batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Positions grouped by length, each group's size times its longest within ``budget`` (or one position alone)."""
    groups: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or (len(groups[-1]) + 1) * lengths[position] > budget:
            groups.append([])
        groups[-1].append(position)
    return groups
