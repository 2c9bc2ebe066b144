"""A short run of ``eval/load``: questions from many threads while the corpus changes; the long one is `python eval/load/run.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "eval" / "load" / "run.py"


@pytest.mark.slow
@pytest.mark.model
def test_no_error_and_no_mixed_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("load_run", RUN)
    assert spec is not None
    assert spec.loader is not None
    load = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "load_run", load)
    spec.loader.exec_module(load)
    log = load.run(minutes=0.1, questioners=6, reader="none", articles=False)
    assert (log.errors, log.mixed) == ([], [])
    assert log.seconds
    assert log.changes
    generations = load.Generations([{"a.txt": "三座桥"}, {"a.txt": "四座桥", "b.txt": "五座"}])
    old, new = ({"uri": "a.txt", "spans": [[0, 2]], "quote": quote} for quote in ("三座", "四座"))
    assert generations.hold(0, 1, [old])
    assert not generations.hold(1, 1, [old])
    assert not generations.hold(0, 1, [old, new])  # each is in a generation, but not both in one
