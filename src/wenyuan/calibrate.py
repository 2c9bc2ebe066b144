"""Signals of an answer -> the chance that it is right, by a logistic model that ships as JSON. Knows nothing of how an answer was found.

Fitted by ``wenyuan calibrate`` (`wenyuan.evaluate.calibration`); what the signals are is said at ``SIGNALS``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wenyuan.contracts import AnswerType, Hit, Query, Stage
from wenyuan.errors import ModelError

TYPES = tuple(kind.value for kind in AnswerType)
SIGNALS = (
    "strength",  # log odds by the rules' and the reader's score, at most 6 either way
    "fused",  # [0, 1]: fused score of the best passage
    "fused_lead",  # of the best passage over the second
    "agreed",  # 1 when both searches put the same passage first
    "terms",  # content words of the question, at most 12, in dozens
    "follow_up",  # 1 when earlier questions supplied some of it
)
_STRENGTH_MOST = 6.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights by name: a signal's for all questions, and ``type:1`` and ``type:strength`` for questions that expect that type."""

    weights: Mapping[str, float]

    def confidence(self, expected: str, signals: Mapping[str, float]) -> float:
        """[0, 1]: the logistic of the weighted sum; what has no weight counts nothing."""
        total = sum(self.weights.get(name, 0.0) * value for name, value in terms(expected, signals))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def terms(expected: str, signals: Mapping[str, float]) -> list[tuple[str, float]]:
    """(name, value) of all that the model weighs for a question that expects ``expected``."""
    own = [(f"{expected}:1", 1.0), (f"{expected}:strength", signals.get("strength", 0.0))]
    return [("1", 1.0), *((name, signals.get(name, 0.0)) for name in SIGNALS), *own]


def names() -> list[str]:
    """All names that `terms` can give, in a fixed order."""
    return ["1", *SIGNALS, *(f"{expected}:{part}" for expected in TYPES for part in ("1", "strength"))]


def signals_of(query: Query, hits: Sequence[Hit], chance: float) -> dict[str, float]:
    """The signals of an answer to ``query`` that the scores call right by ``chance`` in [0, 1]; ``hits`` are the fused ones, best first."""
    clipped = min(max(chance, 1e-9), 1 - 1e-9)
    strength = math.log(clipped / (1 - clipped))
    fused = [hit.scores.get(Stage.FUSED, hit.score) for hit in hits[:2]]
    agreed = bool(hits) and hits[0].ranks.get(Stage.DENSE) == 1 and hits[0].ranks.get(Stage.KEYWORD) == 1
    return {
        "strength": max(-_STRENGTH_MOST, min(_STRENGTH_MOST, strength)),
        "fused": fused[0] if fused else 0.0,
        "fused_lead": fused[0] - fused[1] if len(fused) > 1 else 0.0,
        "agreed": float(agreed),
        "terms": min(len(query.terms), 12) / 12,
        "follow_up": float(bool(query.given)),
    }


def read_calibration(path: Path) -> Calibration:
    """The calibration in a JSON file; raises ModelError when it does not read."""
    try:
        weights = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return Calibration({str(name): float(value) for name, value in weights.items()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{path} does not read ({error}): reinstall wenyuan, or make it with `wenyuan calibrate`") from error


@lru_cache(maxsize=2)
def packaged_calibration(with_reader: bool) -> Calibration:
    """The shipped calibration, for answers with a reader's word or by rules alone."""
    return read_calibration(packaged_path(with_reader))


def packaged_path(with_reader: bool) -> Path:
    """Where the shipped calibration lies."""
    return Path(__file__).parent / "reader_model" / ("calibration.json" if with_reader else "calibration.rules.json")
