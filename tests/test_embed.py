"""One contract on every embedder, and what is particular to each."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from wenyuan.config import DEFAULT_EMBEDDER
from wenyuan.contracts import Embedder
from wenyuan.embed import open_embedder
from wenyuan.errors import ModelError, ModelUnavailable
from wenyuan.models import default_model_folder, export_sentence_transformers

pytestmark = pytest.mark.model

TEXTS = [
    "天津援建了多少所学校？",
    "臺灣的繁體字，與「引號」、《書名》——以及……",
    "The quick brown fox jumps over the lazy dog.",
    "😀🇨🇳 𠮷野家 \u200b①㎏ﬁ½\x07",
    "",
    "  \n ",
    "\ud800",
]
LONG = "中华人民共和国成立于1949年10月1日。" * 60  # more than 512 tokens


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The unpacked default model in the user's ordinary cache: unpacked once per machine."""
    return default_model_folder(progress=False)


@pytest.fixture(scope="module")
def packaged(model_cache: Path) -> Embedder:
    return open_embedder(DEFAULT_EMBEDDER)


@pytest.fixture(scope="module")
def exported_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("模型") / "e5"
    export_sentence_transformers(folder)
    return folder


@pytest.fixture(scope="module")
def exported(exported_folder: Path) -> Iterator[Embedder]:
    yield open_embedder(str(exported_folder))
    (exported_folder / "model.safetensors").unlink()  # half a gigabyte


@pytest.fixture(params=["packaged", pytest.param("exported", marks=pytest.mark.slow)])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = request.getfixturevalue(request.param)
    return found


def test_rows_are_unit_vectors_in_the_order_given(embedder: Embedder) -> None:
    rows = embedder.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension) == (7, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for text, row in zip(TEXTS, rows, strict=True):
        np.testing.assert_allclose(embedder.embed_passages([text])[0], row, atol=1e-4)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_a_question_is_one_unit_vector_unlike_the_passage(embedder: Embedder) -> None:
    question = embedder.embed_question(TEXTS[0])
    assert question.shape == (embedder.dimension,)
    assert question.dtype == np.float32
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)
    assert 0.5 < question @ embedder.embed_passages([TEXTS[0]])[0] < 0.999


def test_a_question_finds_its_passage(embedder: Embedder) -> None:
    passages = ["这座大桥全长三十六公里。", "该校共有学生两千人。", "昨日气温降至零下五度。"]
    assert int(np.argmax(embedder.embed_passages(passages) @ embedder.embed_question("学校有多少学生？"))) == 1


def test_past_the_limit_a_text_is_cut(packaged: Embedder) -> None:
    whole, cut = packaged.embed_passages([LONG + "尾巴", LONG])
    np.testing.assert_allclose(whole, cut, atol=1e-5)


def test_the_fingerprint_is_a_digest_and_holds(packaged: Embedder) -> None:
    assert re.fullmatch("[0-9a-f]{64}", packaged.fingerprint)
    assert open_embedder(DEFAULT_EMBEDDER, threads=1).fingerprint == packaged.fingerprint


@pytest.mark.slow
def test_both_runtimes_agree(packaged: Embedder, exported: Embedder) -> None:
    assert packaged.fingerprint != exported.fingerprint
    cosines = np.sum(packaged.embed_passages([*TEXTS, LONG]) * exported.embed_passages([*TEXTS, LONG]), axis=1)
    assert cosines.min() >= 0.999
    assert min(packaged.embed_question(text) @ exported.embed_question(text) for text in TEXTS) >= 0.999


def test_asking_imports_nothing_heavy(model_cache: Path) -> None:
    code = (
        "import sys\n"
        "from wenyuan.embed import open_embedder\n"
        "assert not {'onnxruntime', 'tokenizers'} & set(sys.modules), 'imported at import'\n"
        f"open_embedder({DEFAULT_EMBEDDER!r}).embed_question('天津援建了多少所学校？')\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'onnx', 'tokenizers') if name in sys.modules])\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_damaged_folder_says_what_to_do(tmp_path: Path, model_cache: Path) -> None:
    folder = tmp_path / model_cache.name
    folder.mkdir()
    (folder / "manifest.json").write_text('{"files": {}}', encoding="utf-8")
    for name in ("pieces.txt", "piece_scores.npy", "embeddings.npy"):
        (folder / name).symlink_to(model_cache / name)
    (folder / "encoder.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match="delete the folder"):
        open_embedder(DEFAULT_EMBEDDER, str(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["no-such/model", "./no/such/folder", "nosuchmodel"])
def test_a_model_that_is_not_here_says_how_to_get_it(name: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"config\.json.*hf download") as caught:
        open_embedder(name)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_weights_a_checkpoint_leaves_out_are_always_the_same(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel

    config = BertConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1}, "[UNK]")).save(str(tmp_path / "tokenizer.json"))
    tokenizer = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    first, second = (open_embedder(str(tmp_path)) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    assert first.dimension == 8
    np.testing.assert_array_equal(first.embed_question("字"), second.embed_question("字"))
