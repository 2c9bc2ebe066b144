"""A short run of the fuzz targets of ``eval/fuzz``; the long one is `python eval/fuzz/run.py`."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "eval" / "fuzz"))

from mutate import inputs  # type: ignore[import-not-found]
from targets import TARGETS, Target  # type: ignore[import-not-found]

# What broke something once, by target: bytes, and what was wrong.
ONCE_BROKEN = [
    ("txt", "\u2028".encode()),  # taken for a text that can be read
    ("words, names and figures", "两万".encode() + "万".encode() * 400),  # more than a float holds
    ("functions over HTTP", b"[null]"),  # arguments of other kinds than the signatures say
    ("functions over HTTP", b'["a", 1e999, [3]]'),
    ("functions over HTTP", b'[["a"], {"b": 1}]'),
    ("functions over HTTP", b'["\\ud800"]'),  # half a surrogate pair, which no answer can hold
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_short_run(target: Target) -> None:
    for data in islice(inputs(target.seeds, 7), max(8, int(15 * target.share))):
        target.check(data)


@pytest.mark.parametrize(("name", "data"), ONCE_BROKEN)
def test_what_broke_it_once(name: str, data: bytes) -> None:
    (target,) = [target for target in TARGETS if target.name == name]
    target.check(data)


def test_the_checks_can_fail() -> None:
    from wenyuan.ingest import naming

    (target,) = [target for target in TARGETS if target.name == "names of uploads"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wenyuan.chat.corpus_desk.safe_name", lambda name: f"../{name}")
        with pytest.raises(AssertionError):
            target.check(b"a.txt")
    assert naming.is_blank("")
