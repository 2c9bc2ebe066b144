"""Examples → the tensors of one step, as a pure function of seed and step, so that a resumed run is the run.

A group is one question with a gold window, hard negative windows and, often, near-miss twins of the question over the gold window;
or a question that nothing answers over the window that comes nearest.
This module knows nothing of weights or optimisers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from wenyuan.training.data import Example, HardNegatives, Passage, window_around
from wenyuan.training.synthesise import TwinMaker, reworded

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 224
LENGTHS = (64, 80, 96, 112, 128, 144, 160, 192, 224)  # few: a new kernel is prepared per shape


@dataclass(frozen=True, slots=True)
class Pair:
    """One (question, window) to be read. ``start`` = ``end`` = 0 when the window does not answer."""

    group: int
    ids: tuple[int, ...]
    passage_from: int  # first token of the window
    start: int
    end: int  # inclusive
    twin: bool  # a near-miss question: no candidate for relevance
    holds: bool | None = None  # what a yes/no question supposes, where the window tells

    @property
    def answered(self) -> bool:
        """Whether the window answers the question."""
        return self.start > 0


def encode(
    tokenizer: Tokenizer, question: str, heading: str, text: str, answer: tuple[int, int] | None, group: int, twin: bool
) -> Pair | None:
    """The sequence ``<s> question </s></s> heading｜text </s>``, or None when the answer does not fit."""
    prefix = f"{heading}｜"
    encoded = tokenizer.encode(question, prefix + text)
    ids, offsets, kinds = encoded.ids, encoded.offsets, encoded.sequence_ids
    second = [i for i, kind in enumerate(kinds) if kind == 1]
    inside = [i for i in second if offsets[i][0] >= len(prefix)]
    if not inside:
        return None
    start = end = 0
    if answer is not None:
        low, high = answer[0] + len(prefix), answer[1] + len(prefix)
        covering = [i for i in inside if offsets[i][0] < high and offsets[i][1] > low]
        if not covering or covering[-1] >= MAX_TOKENS - 1:
            return None
        start, end = covering[0], covering[-1]
    if len(ids) > MAX_TOKENS:
        ids = [*ids[: MAX_TOKENS - 1], ids[-1]]
    return Pair(group, tuple(ids), inside[0], start, end, twin)


class Batches:
    """Groups of a step by its number."""

    def __init__(
        self,
        passages: Sequence[Passage],
        examples: Sequence[Example],
        tokenizer: Tokenizer,
        negatives: HardNegatives,
        twins: TwinMaker,
        *,
        groups: int,
        seed: int,
    ) -> None:
        self.passages, self.examples = passages, examples
        self.tokenizer, self.negatives, self.twins = tokenizer, negatives, twins
        self.groups, self.seed = groups, seed
        self._order: tuple[int, list[int]] = (-1, [])

    def step(self, step: int) -> list[Pair]:
        """The sequences of step ``step`` (from 0)."""
        random = Random(f"{self.seed}/{step}")
        found: list[Pair] = []
        for place in range(self.groups):
            epoch, at = divmod(step * self.groups + place, len(self.examples))
            if self._order[0] != epoch:
                order = list(range(len(self.examples)))
                Random(f"{self.seed}/epoch/{epoch}").shuffle(order)
                self._order = (epoch, order)
            found.extend(self._group(self._order[1][at], place, random))
        return found

    def _group(self, number: int, group: int, random: Random) -> list[Pair]:
        example = self.examples[number]
        passage = self.passages[example.passage]
        if not example.answers:
            return self._unanswered(example, passage, group, random)
        question = reworded(example.question, random) if random.random() < 0.2 else example.question
        titled = random.random() < 0.85
        low, high = window_around(passage.text, example.start, example.end, random)
        window = passage.text[low:high]
        heading = passage.title if titled else ""
        gold = encode(self.tokenizer, question, heading, window, (example.start - low, example.end - low), group, False)
        if gold is None:
            return []
        found = [replace(gold, holds=example.holds)]
        for _ in range(random.choices((0, 1, 2), (25, 55, 20))[0]):
            wrong = self.negatives.draw(number, example, random)
            if wrong is not None:
                other = self.passages[wrong.passage]
                text = other.text[wrong.start : wrong.end]
                sequence = encode(self.tokenizer, question, other.title if titled else "", text, None, group, False)
                if sequence is not None:
                    found.append(sequence)
        if random.random() < 0.45 and example.holds is None:
            twins = self.twins.twins(example.question, heading + " " + window, random)
            if twins:
                sequence = encode(self.tokenizer, twins[0], heading, window, None, group, True)
                if sequence is not None:
                    found.append(sequence)
        return found

    def _unanswered(self, example: Example, passage: Passage, group: int, random: Random) -> list[Pair]:
        """The question over the place that comes nearest, which does not answer it."""
        question = reworded(example.question, random) if random.random() < 0.2 else example.question
        low, high = window_around(passage.text, example.start, example.end, random)
        heading = passage.title if random.random() < 0.85 else ""
        sequence = encode(self.tokenizer, question, heading, passage.text[low:high], None, group, True)
        return [] if sequence is None else [sequence]
