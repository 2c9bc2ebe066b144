"""Fixtures that several test files share: the index of the five seed articles, made once a session through the real door."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from wenyuan.cli import main

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
EXAMPLE = "天津援建了多少学校"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests do not reach them; where models are unpacked to does."""
    for name in list(os.environ):
        if name.startswith("WENYUAN_") and name != "WENYUAN_CACHE_DIR":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the seed articles. Not to be changed: `copy_of_index` gives one that may be."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    assert main(["build", str(SEEDS), "--index-dir", str(folder)]) == 0
    return folder


@pytest.fixture
def copy_of_index(seeds_index: Path, tmp_path: Path) -> Path:
    """A copy of the seed index that a test may damage."""
    return Path(shutil.copytree(seeds_index, tmp_path / "copy"))
