"""What was chosen -> what is shown of it: the short answer, its sentence and the citations it stands on.

A short answer whose figures, dates or places its citation does not bear out is not shown. Knows nothing of searching or weighing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wenyuan.choose import Choice, rivals
from wenyuan.compare import Comparison
from wenyuan.contracts import AnswerType, Citation, Query, Reason, Source, Spans
from wenyuan.evidence import Relevance
from wenyuan.present import clause, scope_labels, sentence_spans, subject_sentence
from wenyuan.verdict import Verdict
from wenyuan.verify import Support, verify

_BARE_CHARS = 18  # a sentence so short names its subject and no more
_SHORT_MAX_CHARS = 60  # a clause shown as the short answer
# Score at which a comparison is as likely right as wrong, and how fast that changes; set on the development questions.
_EVEN, _STEEPNESS = 0.6, 14.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What would be shown if its confidence is high enough."""

    text: str
    sentence: str
    citations: tuple[Citation, ...]
    confidence: float
    reason: Reason = Reason.FOUND
    signals: Mapping[str, float] = field(default_factory=dict)


class Composer:
    """Makes what is shown, from the texts of one index. Safe to share between threads."""

    def __init__(self, sources: Mapping[str, Source], relevance: Callable[[Query], Relevance]) -> None:
        """``sources`` by id; ``relevance`` weighs a question's terms by how rare the index has them."""
        self._sources = sources
        self._relevance = relevance

    def choice(self, query: Query, choice: Choice, choices: Sequence[Choice]) -> Shown | None:
        """What would be shown of ``choice``; None when its citation does not bear it out."""
        if choice.candidate is None:
            return self._line(query, choice, choices)
        return self._candidate(query, [choice, *(other for other in choices if other is not choice)])

    def _candidate(self, query: Query, choices: Sequence[Choice]) -> Shown | None:
        """The first of ``choices`` with those that rival it; None when its citation does not bear it out."""
        best = choices[0]
        if not self._is_verified(best):
            return None
        kept = [choice for choice in rivals(query, choices) if choice is best or self._is_verified(choice)]
        scoped = len({choice.candidate.verbatim for choice in kept if choice.candidate}) > 1
        citations = self._cite(query, kept, name_scope=scoped)
        labels = scope_labels(query, kept) if scoped else [""] * len(kept)
        texts = [
            f"{choice.candidate.verbatim}（{label}）" if label else choice.candidate.verbatim
            for choice, label in zip(kept, labels, strict=True)
            if choice.candidate is not None
        ]
        sentence = "".join(citation.quote for citation in citations)
        reason = Reason.SOURCES_DISAGREE if scoped else Reason.FOUND
        return Shown("；".join(dict.fromkeys(texts)), sentence, citations, best.chance, reason, best.features)

    def _line(self, query: Query, best: Choice, choices: Sequence[Choice]) -> Shown:
        """A sentence, with those beside it that speak to the question as well."""
        kept = [best]
        lines = [choice for choice in choices if choice.candidate is None and choice is not best]
        beside = [choice for choice in lines if choice.line.chunk.id == best.line.chunk.id]
        if query.expected in (AnswerType.HOW_OR_WHY, AnswerType.LIST, AnswerType.DEFINITION):
            kept += [choice for choice in beside if choice.score > best.score - 0.05][:2]
            if len(best.line.text) < _BARE_CHARS and len(kept) == 1:  # 开展“X”工程。 says nothing alone: what follows explains it
                kept += [choice for choice in beside if choice.line.number == best.line.number + 1]
            kept.sort(key=lambda choice: choice.line.number)
        citations = self._cite(query, kept)
        sentence = "".join(citation.quote for citation in citations)
        short = 40 if query.expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE, AnswerType.ANY) else _SHORT_MAX_CHARS
        line = kept[-1].line if len(best.line.text) < _BARE_CHARS else best.line
        text = clause(line, self._relevance(query), short)
        return Shown(text, sentence, citations, best.chance, signals=best.features)

    def verdict(self, query: Query, verdict: Verdict, chance: float) -> Shown:
        """A yes or a no, with the fact that bears it out or puts it right."""
        citations = self._cite(query, [verdict.choice])
        return Shown(verdict.text, "".join(citation.quote for citation in citations), citations, chance, signals=verdict.features)

    def comparison(self, compared: Comparison) -> Shown | None:
        """A comparison with all of its figures; None when a citation does not bear its figure out."""
        if not all(self._is_verified(choice) for choice in compared.choices):
            return None
        citations = self._cite(compared.query, compared.choices)
        least = min(compared.choices, key=lambda choice: choice.score)
        return Shown(compared.text, "".join(citation.quote for citation in citations), citations, _confidence(least))

    def _is_verified(self, choice: Choice) -> bool:
        """Whether the short answer's figures, dates and places stand in what will be cited for it."""
        if choice.candidate is None:
            return True
        source = self._sources[choice.line.chunk.source_id]
        cited = source.slice(sentence_spans(choice.line.chunk, choice.line.number))
        return verify(choice.candidate.verbatim, cited, choice.line.chunk.heading).support is Support.SUPPORTED

    def _cite(self, query: Query, choices: Iterable[Choice], name_scope: bool = False) -> tuple[Citation, ...]:
        """One citation a sentence, numbered from 1, in the order shown; with the sentence that names the subject where that is another.

        ``name_scope``: the subject to be named is whosever the figure is, asked for or not.
        """
        made: dict[Spans, Citation] = {}
        for choice in choices:
            chunk, number = choice.line.chunk, choice.line.number
            spans = sentence_spans(chunk, number)
            subject = subject_sentence({*query.places, *(choice.scope if name_scope else ())}, choice.line)
            if subject is not None:
                spans = (*sentence_spans(chunk, subject), *spans)
            if spans not in made:
                source = self._sources[chunk.source_id]
                made[spans] = Citation.of(source, spans, len(made) + 1, title=chunk.title, section=chunk.section)
        return tuple(made.values())


def _confidence(choice: Choice) -> float:
    """[0, 1], 0.5 at the score where comparisons are as often right as wrong."""
    return 1 / (1 + math.exp(-_STEEPNESS * (choice.score - _EVEN)))
