"""What rules say to a yes/no question, and what a reader says -> yes or no with its chance, and the line it stands on.

Softmax regression over yes, no and not said: P(o) = exp(w_o·x) / (1 + exp(w_yes·x) + exp(w_no·x)), the weights of "not said" being 0
(Bishop 2006, 4.3.4). Fitted by ``wenyuan calibrate`` beside the other weights. Knows nothing of how a judgement was come to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyuan.choose import Choice
from wenyuan.consult import Consulted
from wenyuan.contracts import Query
from wenyuan.evidence import Line
from wenyuan.judge import Judgement
from wenyuan.read import Reading

YES, NO, NOT_SAID = "yes", "no", "not said"
_HOLDS_MOST, _PRESENT_MOST, _SPAN_MOST = 6.0, 6.0, 12.0  # log odds
_RANK_SHARE = 0.5  # of the log of a fused rank, beside the log odds that a passage tells
_TOO_CLOSE = 0.6  # share of the chance of one that the other may have
_PHRASE_MAX_CHARS = 40  # what puts a no right, said beside it


@dataclass(frozen=True, slots=True)
class Told:
    """What the passage that tells most says, and the line where it does."""

    reading: Reading
    line: Line
    start: int  # of the telling words, in ``line.text``
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A yes or a no."""

    holds: bool
    text: str
    choice: Choice
    features: Mapping[str, float]


def told(lines: Sequence[Line], consulted: Consulted) -> Told | None:
    """The line whose passage the reader thinks tells most; None without a reader, or where it points nowhere."""
    best: tuple[float, Told] | None = None
    for line in lines:
        reading = consulted.reading(line)
        if reading is None or not reading.spans:
            continue
        pointed = next(consulted.spans(line), None)
        left = reading.spans[0][0]
        if pointed is None or not line.offsets[0] <= left < line.offsets[-1]:
            continue
        score = _odds(reading) - _RANK_SHARE * math.log(line.rank)
        if best is None or score > best[0]:
            best = score, Told(reading, line, *pointed)
    return None if best is None else best[1]


def described(judged: Judgement | None, said: Told | None) -> dict[str, float]:
    """What a verdict is weighed by, each about 1 in size."""
    found = {"1": 1.0}
    if judged is not None:
        sign = 1.0 if judged.holds else -1.0
        found |= {f"rule {judged.how}": sign, f"told by {judged.how}": 1.0, "coverage": judged.choice.coverage - 0.6}
        found |= {"rule chance": judged.choice.chance * sign, "chance": judged.choice.chance}
    if said is not None:
        present = max(-_PRESENT_MOST, min(_PRESENT_MOST, _odds(said.reading))) / _PRESENT_MOST
        holds = max(-_HOLDS_MOST, min(_HOLDS_MOST, said.reading.holds)) / _HOLDS_MOST
        span = max(-_SPAN_MOST, min(_SPAN_MOST, said.reading.spans[0][2])) / _SPAN_MOST
        found |= {"present": present, "holds": holds, "span": span, "holds, present": holds * max(0.0, present), "sure": abs(holds)}
        if judged is not None:
            found["same line"] = float((judged.choice.line.chunk.id, judged.choice.line.number) == (said.line.chunk.id, said.line.number))
    return found


def chances(features: Mapping[str, float], weights: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """(chance of yes, chance of no), each in [0, 1]; the rest is that neither is said."""
    yes, no = (min(30.0, sum(weights.get(outcome, {}).get(name, 0.0) * value for name, value in features.items())) for outcome in (YES, NO))
    highest = max(0.0, yes, no)
    total = math.exp(-highest) + math.exp(yes - highest) + math.exp(no - highest)
    return math.exp(yes - highest) / total, math.exp(no - highest) / total


def decide(
    query: Query, judged: Judgement | None, said: Told | None, weights: Mapping[str, Mapping[str, float]]
) -> tuple[Verdict, float] | None:
    """(the likelier of yes and no, its chance); None when nothing was said to either, or as much to both.

    Without weights the rules' judgement stands, its chance even.
    """
    if judged is None and (said is None or not weights):
        return None
    features = described(judged, said)
    if judged is not None and not weights:
        return Verdict(judged.holds, judged.text, judged.choice, features), 0.5
    yes, no = chances(features, weights)
    found = verdict_of(yes >= no, judged, said, features)
    return None if found is None or min(yes, no) > _TOO_CLOSE * max(yes, no) else (found, max(yes, no))


def verdict_of(holds: bool, judged: Judgement | None, said: Told | None, features: Mapping[str, float]) -> Verdict | None:
    """A yes or a no with what would be shown of it; None when nothing that was said bears it out."""
    if judged is not None and judged.holds == holds and (judged.how != "words" or said is None):
        return Verdict(holds, judged.text, judged.choice, features)
    if said is None:  # the rules' line, read the other way
        return None
    words = said.line.verbatim(said.start, said.end)
    text = "是" if holds else f"不是，{words}" if len(words) <= _PHRASE_MAX_CHARS else "不是"
    return Verdict(holds, text, Choice(said.line, 0.0, 0.0), features)


def _odds(reading: Reading) -> float:
    """Log odds that the passage tells."""
    return math.log((1 - reading.no_answer + 1e-4) / (reading.no_answer + 1e-4))
