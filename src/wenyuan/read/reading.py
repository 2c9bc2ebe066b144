"""What a reader says of a passage, the role of a reader, and how spans are taken from token scores. Knows nothing of any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SPAN_MAX_TOKENS = 48

_EDGES = " \t\r\n,.;:!?，。、；：！？…·|｜"
_PAIRS = dict(zip("([{（【《“‘「『〈", ")]}）】》”’」』〉", strict=True))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one passage says to a question."""

    relevance: float  # logit; compares the passages of one question, higher is better
    no_answer: float  # probability in [0, 1] that the passage does not hold the answer
    spans: tuple[tuple[int, int, float], ...]  # (start, end, score) in code points of the passage as given, best first; score in log odds
    holds: float = 0.0  # log odds that what a yes/no question supposes holds; 0 from a reader that cannot tell


class Reader(Protocol):
    """Reads all passages of a question in one go."""

    @property
    def name(self) -> str:
        """Human name, as given when it was opened."""

    @property
    def fingerprint(self) -> str:
        """Digest of all that shapes a reading."""

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading for each (heading, text), in the order given."""


def best_spans(starts: NDArray[np.float32], ends: NDArray[np.float32], count: int) -> list[tuple[int, int, float]]:
    """The ``count`` best (first, last, start + end logit) with ``first <= last < first + SPAN_MAX_TOKENS``, best first."""
    size = len(starts)
    if not size:
        return []
    total = starts[:, None] + ends[None, :]
    rows, columns = np.indices((size, size), sparse=True)
    total = np.where((columns >= rows) & (columns - rows < SPAN_MAX_TOKENS), total, -np.inf).ravel()
    count = min(count, int(np.isfinite(total).sum()))
    best = np.argpartition(-total, count - 1)[:count]
    best = best[np.argsort(-total[best], kind="stable")]
    return [(int(at) // size, int(at) % size, float(total[at])) for at in best]


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """``[start, end)`` without punctuation and unpaired brackets at its edges; None when nothing is left."""
    while start < end:
        if text[start] in _EDGES:
            start += 1
        elif text[end - 1] in _EDGES:
            end -= 1
        elif text[start] in _PAIRS.values() or (text[start] in _PAIRS and _PAIRS[text[start]] not in text[start:end]):
            start += 1
        elif text[end - 1] in _PAIRS or (
            text[end - 1] in _PAIRS.values() and not any(_PAIRS[char] == text[end - 1] for char in text[start:end] if char in _PAIRS)
        ):
            end -= 1
        else:
            return start, end
    return None
