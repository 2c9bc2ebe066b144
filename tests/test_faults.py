"""A short run of ``eval/faults``: real processes killed, disks filled, bits flipped; the long one is `python eval/faults/run.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "eval" / "faults" / "run.py"


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(os.name == "nt", reason="no fork")
def test_every_fault_is_survived(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(RUN), "--quick", "--out", str(tmp_path)], capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    rows = {row["fault"]: row for row in json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))}
    assert [row for row in rows.values() if row["not survived"]] == []
    assert len(rows) == 11
    assert all(row["injected"] > 0 for name, row in rows.items() if name != "full disk")
    assert rows["flipped bit"]["injected"] >= 12 * 4  # every file of a generation, and CURRENT
    assert "faults" in (tmp_path / "table.md").read_text(encoding="utf-8").lower()
