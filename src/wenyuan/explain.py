"""Why this passage, and why not that one: an answer's walk retraced step by step, as data.

The walk is retraced with the same public steps that the assistant takes; nothing here changes an answer, and nothing here
knows of pages or terminals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wenyuan.analyse import analyse
from wenyuan.answer import Assistant
from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import question_terms
from wenyuan.choose import Choice, choose_candidates, choose_lines
from wenyuan.contracts import Answer, AnswerType, Chunk, Hit, Query, Stage
from wenyuan.evidence import Line, LineMaker, Relevance
from wenyuan.extract import candidates

SHOWN_PASSAGES = 30
# Where a passage can fall out, in the order of the walk. The values are for machines; pages have their own words.
NOT_FOUND = "not_found"  # neither search brings it among its candidates
OUTRANKED = "outranked"  # found, but ranked behind those that are read
NEAR_COPY = "near_copy"  # says what a better ranked passage says
NO_CANDIDATE = "no_candidate"  # read, but holds nothing of the kind asked for
GATED = "gated"  # holds such a thing, but of another place, year, direction or owner
WEAKER = "weaker"  # holds a fitting answer, but a better one stands elsewhere
UNSURE = "unsure"  # holds the best, but not sure enough to answer
CITED = "cited"


@dataclass(frozen=True, slots=True)
class Term:
    """What was searched for by letters: a word or a pair of characters."""

    text: str
    passages: int  # in how many passages it stands; 0: nowhere


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage and how far it came."""

    chunk: Chunk
    ranks: Mapping[Stage, int]
    scores: Mapping[Stage, float]
    fell: str  # one of the names above
    offered: str = ""  # the short answer it would have given
    score: float | None = None  # the chance that it answers, in [0, 1]; of yes or no and comparisons the score by rules
    coverage: float | None = None  # [0, 1]: how much of the question the best line speaks to


@dataclass(frozen=True, slots=True)
class Trace:
    """One answer, retraced."""

    answer: Answer
    query: Query
    terms: tuple[Term, ...]
    passages: tuple[Passage, ...]  # best first, at most SHOWN_PASSAGES, all cited ones among them
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The trace as JSON-able values."""
        return {
            "standalone": self.query.standalone,
            "expected": self.query.expected.value,
            "scope": {"places": list(self.query.places), "years": list(self.query.years), "units": list(self.query.units)},
            "terms": [[term.text, term.passages] for term in self.terms],
            "passages": [passage_record(passage) for passage in self.passages],
            "timings_ms": {name: round(value, 3) for name, value in self.timings_ms.items()},
        }


def passage_record(passage: Passage) -> dict[str, Any]:
    """One passage of a trace as JSON-able values."""
    return {
        "chunk_id": passage.chunk.id,
        "ranks": {stage.value: rank for stage, rank in passage.ranks.items()},
        "scores": {stage.value: round(score, 6) for stage, score in passage.scores.items()},
        "fell": passage.fell,
        "offered": passage.offered,
        "score": None if passage.score is None else round(passage.score, 4),
    }


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where a passage that somebody points at fell out."""

    passage: Passage
    stands_in_the_way: str = ""  # short answer or title of what was preferred


def explain(assistant: Assistant, question: str, context: Sequence[str] = (), answer: Answer | None = None) -> Trace:
    """The walk of ``question`` after the earlier questions in ``context``; ``answer`` where it was asked already."""
    return Walk(assistant, question, context, answer).trace()


def why_not(assistant: Assistant, question: str, context: Sequence[str], wanted: str, answer: Answer | None = None) -> list[WhyNot]:
    """What `Walk.why_not` says of ``wanted``, of a walk made for it."""
    return Walk(assistant, question, context, answer).why_not(wanted) if _named(assistant, wanted) else []


def _named(assistant: Assistant, wanted: str) -> list[Chunk]:
    """The chunks of a source, or those that hold a text; all compared normalised and without white space."""
    index = assistant.index
    ids = {id for id, source in index.sources.items() if wanted in (id, source.uri)}
    if ids:
        return [chunk for chunk in index.chunks if chunk.source_id in ids]
    plain = _squeezed(wanted)
    return [chunk for chunk in index.chunks if plain in _squeezed(chunk.text)] if len(plain) > 1 else []


def _squeezed(text: str) -> str:
    return "".join(normalised(text).split()).replace("*", "")


def _order(ranks: Mapping[Stage, int]) -> tuple[int, int]:
    """How a passage sorts: as it was fused, which is how answering takes it; then by the better of the searches."""
    far = 10**9
    return ranks.get(Stage.FUSED, far), min(ranks.get(Stage.DENSE, far), ranks.get(Stage.KEYWORD, far))


class Walk:
    """The steps of one question, each taken once; whoever asks more than one thing of them keeps it."""

    def __init__(self, assistant: Assistant, question: str, context: Sequence[str] = (), answer: Answer | None = None) -> None:
        """``context``: earlier questions, oldest first; ``answer`` where it was asked already."""
        answer = answer or assistant.ask(question, context)
        settings = assistant.settings
        self.assistant = assistant
        self.answer = answer
        self.query = analyse(question, context)
        depth = max(settings.candidates, settings.read_passages, settings.top)
        self.hits: dict[str, Hit] = {}
        self.stages: dict[Stage, Sequence[Hit]] = {}
        if not self.query.not_a_question:
            self.stages = dict(assistant.search_stages(question, context, depth))
        for hits in self.stages.values():
            for hit in hits:
                known = self.hits.get(hit.chunk.id)
                if known is None or len(hit.ranks) > len(known.ranks):
                    self.hits[hit.chunk.id] = hit
        fused = self.stages.get(Stage.FUSED, ())  # answering reads in this order; reading ranks passages for searches only
        self.read = {hit.chunk.id for hit in fused[: settings.read_passages]}
        self.cited = {
            hit.chunk.id
            for hit in self.hits.values()
            for citation in answer.citations
            if citation.supports and citation.source_id == hit.chunk.source_id
            if any(one.start < span.end and span.start < one.end for one in citation.spans for span in hit.chunk.spans)
        }
        index = assistant.index
        self._relevance = Relevance(self.query, index.keywords.document_frequency, len(index.chunks))
        lines = LineMaker(lambda chunk: index.neighbours(chunk)[0]).of(list(fused[: settings.read_passages]))
        self._lines: dict[str, list[Line]] = {}
        for line in lines:
            self._lines.setdefault(line.chunk.id, []).append(line)
        self._found = {id: candidates(self.query, own, self._relevance) for id, own in self._lines.items()}
        chosen = choose_candidates(self.query, [one for found in self._found.values() for one in found], self._relevance)
        self._by_candidate = self._best_of(chosen)
        self._by_line = self._best_of(choose_lines(self.query, lines, self._relevance))
        apart = self.query.not_a_question or self.query.expected in (AnswerType.YES_NO, AnswerType.COMPARISON)  # of several choices
        self._weighed = {} if apart else self._best_of(assistant.weigh(question, context)[1])

    @staticmethod
    def _best_of(choices: Sequence[Choice]) -> dict[str, Choice]:
        best: dict[str, Choice] = {}
        for choice in choices:
            best.setdefault(choice.line.chunk.id, choice)
        return best

    def trace(self) -> Trace:
        """All of it, for people and for records."""
        hits = sorted(self.hits.values(), key=lambda hit: _order(hit.ranks))
        cited = [hit for hit in hits if hit.chunk.id in self.cited]
        shown = list({hit.chunk.id: hit for hit in [*hits[: SHOWN_PASSAGES - len(cited)], *cited]}.values())
        passages = tuple(self.passage(hit.chunk) for hit in sorted(shown, key=lambda hit: _order(hit.ranks)))
        return Trace(self.answer, self.query, self.terms(), passages, {**self.answer.timings_ms})

    def why_not(self, wanted: str) -> list[WhyNot]:
        """For each passage that ``wanted`` names, where it fell out, furthest first; empty when no passage of the index holds it.

        ``wanted`` is a source id, a file name, or a sentence (or part of one) in the article's own words.
        """
        order = [CITED, UNSURE, WEAKER, GATED, NO_CANDIDATE, NEAR_COPY, OUTRANKED, NOT_FOUND]
        found = [WhyNot(self.passage(chunk), self.preferred()) for chunk in _named(self.assistant, wanted)]
        found.sort(key=lambda one: (order.index(one.passage.fell), _order(one.passage.ranks)))
        return found

    def terms(self) -> tuple[Term, ...]:
        """What the keyword search looked for."""
        index = self.assistant.index
        found = question_terms(self.query.text or self.query.standalone, dictionary=index.dictionary)
        return tuple(Term(text, index.keywords.document_frequency(text)) for text in found)

    def passage(self, chunk: Chunk) -> Passage:
        """How far ``chunk`` came."""
        hit = self.hits.get(chunk.id)
        if hit is None:
            return Passage(chunk, {}, {}, NOT_FOUND)
        choice = self._weighed.get(chunk.id)
        score = None if choice is None else choice.chance
        if choice is None:
            choice = self._by_candidate.get(chunk.id) or (None if self._by_candidate else self._by_line.get(chunk.id))
            score = None if choice is None or self._weighed else choice.score
        offered = choice.candidate.verbatim if choice and choice.candidate else ""
        return Passage(
            chunk,
            hit.ranks,
            hit.scores,
            self._fell(hit),
            offered,
            score,
            choice.coverage if choice else None,
        )

    def _fell(self, hit: Hit) -> str:
        id = hit.chunk.id
        if id in self.cited and not self.answer.abstained:
            return CITED
        if Stage.FUSED not in hit.ranks and Stage.READ not in hit.ranks:
            # Fusion ranks all that was found; what it leaves out says what another passage says already, or lies too deep.
            return NEAR_COPY if self._is_copy(hit.chunk) else OUTRANKED
        if id not in self.read:
            return OUTRANKED
        if any(self._found.values()) and not self._found.get(id) and id not in self._weighed:
            return NO_CANDIDATE
        if self._found.get(id) and id not in self._by_candidate and id not in self._weighed:
            return GATED
        best = self._best()
        mine = self._weighed.get(id) or self._by_candidate.get(id) or self._by_line.get(id)
        if self.answer.abstained and best is not None and mine is not None and mine.line.chunk.id == best.line.chunk.id:
            return UNSURE
        return WEAKER

    def _is_copy(self, chunk: Chunk) -> bool:
        text = _squeezed(chunk.text)
        return any(text in _squeezed(hit.chunk.text) for hit in self.stages.get(Stage.FUSED, ()) if hit.chunk.id != chunk.id)

    def _best(self) -> Choice | None:
        if self._weighed:
            return next(iter(self._weighed.values()))  # in the order in which they were weighed
        chosen = self._by_candidate or self._by_line
        return max(chosen.values(), key=lambda choice: choice.score, default=None)

    def preferred(self) -> str:
        """What was shown instead: the short answer, or the title of the best passage."""
        if self.answer.text:
            return self.answer.text
        best = self._best()
        return best.line.chunk.title if best else ""
