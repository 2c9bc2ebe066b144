"""Signals of an answer -> the chance that it is right, by a logistic model that ships as JSON. Knows nothing of how signals arise.

Fitted by ``wenyuan calibrate`` (`wenyuan.evaluate.calibration`); what they are is said at ``SIGNALS``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wenyuan.errors import ModelError

FAMILIES = ("figure", "name", "list", "sentence", "clause", "yes_no")
SIGNALS = (
    "score",  # of the choice, rules and reader together
    "by_rules",  # of the choice, before the reader's word
    "coverage",  # [0, 1]: how much of the question its line speaks to
    "answerable",  # [0, 1]: the reader's word that the passage answers; 0.5 unread
    "support",  # [0, 1]: how strongly the reader points at the choice
    "was_read",  # 1 when the reader read its passage
    "margin",  # over the best choice that says something else, at most 0.5
    "passage",  # 1 / fused rank of its passage
    "fused",  # [0, 1]: fused score of the best passage
    "fused_margin",  # its lead over the second
    "terms",  # content words of the question, at most 12, in dozens
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of signals, named ``signal`` or ``family:signal``; ``family:1`` is that family's own constant."""

    weights: Mapping[str, float]

    def confidence(self, family: str, signals: Mapping[str, float]) -> float:
        """[0, 1]: the logistic of the weighted sum; a signal without a weight counts nothing."""
        return 1 / (
            1 + math.exp(-max(-30.0, min(30.0, sum(self.weights.get(name, 0.0) * value for name, value in terms(family, signals)))))
        )


def terms(family: str, signals: Mapping[str, float]) -> list[tuple[str, float]]:
    """(name, value) of all that the model weighs, in a fixed order: each signal once for all families, score and constant for its own."""
    own = [(f"{family}:1", 1.0), (f"{family}:score", signals.get("score", 0.0))]
    return [("1", 1.0), *((name, signals.get(name, 0.0)) for name in SIGNALS), *own]


def names() -> list[str]:
    """All names that `terms` can give, in a fixed order."""
    return ["1", *SIGNALS, *(f"{family}:{part}" for family in FAMILIES for part in ("1", "score"))]


def read_calibration(path: Path) -> Calibration:
    """The calibration in a JSON file; raises ModelError when it does not read."""
    try:
        weights = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return Calibration({str(name): float(value) for name, value in weights.items()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{path} does not read ({error}): reinstall wenyuan, or make it with `wenyuan calibrate`") from error


@lru_cache(maxsize=2)
def packaged_calibration(with_reader: bool) -> Calibration:
    """The shipped calibration, of answers with a reader's word or by rules alone."""
    name = "calibration.json" if with_reader else "calibration.rules.json"
    return read_calibration(Path(__file__).parent / "reader_model" / name)
