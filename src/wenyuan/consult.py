"""A reader's readings of passages -> what they say of lines, and of places in them. Without a reader nothing is said.

Knows nothing of which model reads, nor of rules.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wenyuan.contracts import Chunk
from wenyuan.evidence import Line
from wenyuan.read import Reader, Reading

_SPANS_OFFERED = 3  # a passage


@dataclass(frozen=True, slots=True)
class Consulted:
    """The readings of one question's passages, by chunk id."""

    readings: Mapping[str, Reading] = field(default_factory=dict)

    def reading(self, line: Line) -> Reading | None:
        """The reading of the line's passage; None when it was not read."""
        return self.readings.get(line.chunk.id)

    def pointed(self, line: Line, start: int, end: int) -> tuple[float, float]:
        """(log odds, overlap in [0, 1]) of the reader's span that speaks most for ``line.text[start:end]``; overlap 0 where none does.

        Overlap is F1 of the two spans' code points, the odds weigh as much as it does.
        """
        reading = self.reading(line)
        best = (0.0, 0.0)
        if reading is None:
            return best
        low, high = line.original(start, end)
        for left, right, score in reading.spans:
            shared = min(high, right) - max(low, left)
            if shared > 0:
                overlap = 2 * shared / (high - low + right - left)
                if _chance(score) * overlap > _chance(best[0]) * best[1]:
                    best = (score, overlap)
        return best

    def inside(self, line: Line) -> float | None:
        """Log odds of the reader's best span that begins in the line; None when there is none."""
        reading = self.reading(line)
        if reading is None:
            return None
        return max((score for left, _, score in reading.spans if line.offsets[0] <= left < line.offsets[-1]), default=None)

    def spans(self, line: Line) -> Iterator[tuple[int, int]]:
        """The reader's best spans that lie in the line, best first: ``[start, end)`` of ``line.text``."""
        reading = self.reading(line)
        if reading is None:
            return
        first, last = line.offsets[0], line.offsets[-1]
        for left, right, _ in reading.spans[:_SPANS_OFFERED]:
            low, high = max(left, first), min(right, last)
            if low < high:
                start = bisect.bisect_left(line.offsets, low)
                end = bisect.bisect_left(line.offsets, high)
                if start < end <= len(line.text):
                    yield start, end


NOT_READ = Consulted()  # what is known without a reader


def consult(reader: Reader | None, question: str, chunks: Sequence[Chunk], before: Consulted = NOT_READ) -> Consulted:
    """What ``reader`` says of ``chunks``, added to what it said ``before`` of others; nothing without a reader."""
    new = [chunk for chunk in chunks if chunk.id not in before.readings]
    if reader is None or not new:
        return before
    found = reader.read(question, [(chunk.heading, chunk.text) for chunk in new])
    return Consulted({**before.readings, **{chunk.id: reading for chunk, reading in zip(new, found, strict=True)}})


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
