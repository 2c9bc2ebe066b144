"""The noun of this room: a place in a line that could be the short answer."""

from __future__ import annotations

from dataclasses import dataclass

from wenyuan.chinese.numbers import Quantity
from wenyuan.evidence import Line


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible short answer at ``line.text[start:end]``."""

    line: Line
    start: int
    end: int
    bonus: float = 0.0  # for signs of its own type: agent of the verb asked for, unit asked for
    quantity: Quantity | None = None

    @property
    def text(self) -> str:
        """Normalised text, for comparing."""
        return self.line.text[self.start : self.end]

    @property
    def verbatim(self) -> str:
        """The source's own characters."""
        return self.line.verbatim(self.start, self.end).strip()
