"""Readings -> `Answer`: choose, combine, verify, or abstain. `Assistant` is the whole walk from a question to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wenyuan.analyse import analyse
from wenyuan.choose import Choice, choose_candidates, choose_lines
from wenyuan.compare import Comparison, compare_figures
from wenyuan.compose import Composer, Shown
from wenyuan.config import NO_READER, Settings
from wenyuan.consult import NOT_READ, consult
from wenyuan.contracts import Answer, AnswerType, Chunk, Embedder, Hit, Query, Reason, Stage
from wenyuan.embed import open_embedder
from wenyuan.errors import SettingsError
from wenyuan.evidence import Line, LineMaker, Relevance
from wenyuan.extract import candidates, offered
from wenyuan.judge import Judgement, judge
from wenyuan.read import DeferredReader, Reader
from wenyuan.rerank import reranked
from wenyuan.retrieve import Found, Retriever
from wenyuan.sides import compared
from wenyuan.store import LocalIndex, open_index
from wenyuan.verdict import Told, decide, told
from wenyuan.weigh import Weights, family_of, packaged_weights, weighed

_WEIGHED_CANDIDATES = 40  # by rules, the best of them
_WEIGHED_LINES = 6
_TRIED = 3  # choices looked at when the best does not bear its own check
_NOTHING_RELEVANT = 0.42  # coverage of the best line below which the topic itself is absent

_MESSAGES = {
    Reason.NOTHING_RELEVANT: "文中没有找到与这个问题相关的内容。",
    Reason.FACT_NOT_STATED: "文中谈到了相关内容，但没有说明所问的这一点。",
    Reason.NOT_A_QUESTION: "您好！我只根据收录的文章回答问题，请问一个文章里可能写到的事实。",
}


class Assistant:
    """Answers questions from one opened index. Reads only; safe to share between threads."""

    def __init__(
        self,
        index: LocalIndex,
        embedder: Embedder,
        settings: Settings,
        reader: Reader | None = None,
        weights: Weights | None = None,
    ) -> None:
        """An assistant on ``index``, by rules alone without ``reader``; answers are weighed by ``weights``, or else by those shipped."""
        self.index = index
        self.embedder = embedder
        self.settings = settings
        self.reader = reader
        self.weights = weights or packaged_weights(reader is not None)
        self._composer = Composer(index.sources, self._relevance)
        self._lines_of = LineMaker(lambda chunk: index.neighbours(chunk)[0])
        self._retriever = Retriever(index, embedder, settings.candidates, settings.rrf_k, settings.fusion, settings.dense_share)

    @classmethod
    def open(cls, settings: Settings, weights: Weights | None = None) -> Assistant:
        """An assistant on the current generation of ``settings.index_dir``; raises IndexFolderError or ModelError."""
        embedder = open_embedder(settings.embedder, settings.cache_dir, settings.threads)
        index = open_index(Path(settings.index_dir), embedder.fingerprint)
        reader = None if settings.reader == NO_READER else DeferredReader(settings.reader, settings.cache_dir, settings.threads)
        return cls(index, embedder, settings, reader, weights)

    def reopened(self) -> Assistant:
        """An assistant on the generation now in force, with the models this one has open; raises IndexFolderError."""
        index = open_index(Path(self.settings.index_dir), self.embedder.fingerprint)
        return Assistant(index, self.embedder, self.settings, self.reader, self.weights)

    def search(self, question: str, context: Sequence[str] = (), top: int | None = None) -> tuple[Hit, ...]:
        """Hits for ``question`` read after the earlier questions in ``context``, best first, in the order of fusing and reading."""
        return self._ordered(analyse(question, context), top or self.settings.top)[1]

    def search_stages(self, question: str, context: Sequence[str] = (), top: int = 10) -> Mapping[Stage, Sequence[Hit]]:
        """Hits of each stage, at most ``top`` each, best first; READ only where there is a reader."""
        stages, read = self._ordered(analyse(question, context), top)
        found = {stage: tuple(hits[:top]) for stage, hits in stages.items()}
        return {**found, Stage.READ: read} if self._reranks else found

    @property
    def _reranks(self) -> bool:
        return self.reader is not None and self.settings.rerank_passages > 0

    def _ordered(self, query: Query, top: int) -> tuple[Mapping[Stage, Sequence[Hit]], tuple[Hit, ...]]:
        """(hits of the searches and their fusion, the ``top`` best in their final order)."""
        stages = self._find(query, max(top, self.settings.rerank_passages)).stages
        hits = stages[Stage.FUSED]
        if self.reader is not None and self._reranks:
            hits = reranked(query.standalone, hits, self.reader, self.settings.rerank_passages)
        return stages, tuple(hits[:top])

    def ask(self, question: str, context: Sequence[str] = (), on_stage: Callable[[str], None] = lambda stage: None) -> Answer:
        """An answer on citations, or an abstention with its reason. ``context``: earlier questions, oldest first.

        ``on_stage`` hears "retrieve", "read" and "check" as each begins; what it raises ends the asking.
        """
        started = time.perf_counter()
        longest = max(map(len, (question, *context)))
        if longest > self.settings.question_max_chars:
            raise SettingsError(f"a question of {longest} characters is too long: give at most {self.settings.question_max_chars}")
        query = analyse(question, context)
        timings = {"analyse": _ms_since(started)}
        if query.not_a_question:
            return self._abstain(query, Reason.NOT_A_QUESTION, (), timings, started)
        on_stage("retrieve")
        at = time.perf_counter()
        found = self._find(query, max(self.settings.top, self.settings.read_passages))
        timings["retrieve"] = _ms_since(at)
        on_stage("read")
        at = time.perf_counter()
        answer = self._read(query, found.hits)
        timings["read"] = _ms_since(at)
        on_stage("check")
        if answer is None:
            return self._abstain(query, self._why_silent(query, found.hits), found.hits, timings, started)
        if answer.confidence < self.settings.min_confidence:
            return self._abstain(query, self._why_silent(query, found.hits), found.hits, timings, started, answer)
        timings["total"] = _ms_since(started)
        return _answer(query, answer, found.hits[: self.settings.top], timings)

    def _find(self, query: Query, top: int) -> Found:
        return self._retriever.find(query.text or query.standalone, top)

    def _read(self, query: Query, hits: Sequence[Hit]) -> Shown | None:
        """What answers best, or None when nothing does."""
        lines, relevance = self._lines(query, hits)
        if not lines or query.terms == (query.text,):
            return None  # a single word asks nothing: the passages nearest to it are all there is to show
        if query.expected is AnswerType.COMPARISON:
            comparison = self._compare(query)
            if comparison is not None and (shown := self._composer.comparison(comparison)) is not None:
                return shown
        if query.expected is AnswerType.YES_NO:
            decided = decide(query, *self._judged(query, lines, relevance), self.weights.verdict)
            return None if decided is None else self._composer.verdict(query, *decided)
        choices = self._weighed(query, lines, relevance)
        return next((shown for choice in choices[:_TRIED] if (shown := self._composer.choice(query, choice, choices)) is not None), None)

    def weigh(self, question: str, context: Sequence[str] = ()) -> tuple[Query, list[Choice]]:
        """Everything that could answer, weighed and nothing held back: what `wenyuan calibrate` learns from."""
        query = analyse(question, context)
        if query.not_a_question:
            return query, []
        return query, self._answers(query)

    def shown(self, query: Query, choice: Choice, choices: Sequence[Choice]) -> Answer | None:
        """The answer that ``choice`` alone would make; None when its citation does not bear it out."""
        shown = self._composer.choice(query, choice, [choice] if choice.candidate is not None else choices)
        return None if shown is None else _answer(query, shown, (), {})

    def _weighed(self, query: Query, lines: list[Line], relevance: Relevance) -> list[Choice]:
        """Candidates by rules and by reading, and whole lines where a sentence may answer, the most likely first.

        The first passages are read alone: where they answer surely the others are not read.
        """
        found = candidates(query, lines, relevance)
        by_rules = choose_candidates(query, found, relevance)
        by_line = choose_lines(query, lines, relevance)
        chunks = self._to_read(by_rules, by_line, lines)
        consulted, ordered = NOT_READ, list[Choice]()
        for count in (self.settings.reader_first, len(chunks)):
            consulted = consult(self.reader, query.standalone, chunks[:count], consulted)
            read = choose_candidates(query, offered(query, lines, consulted, found), relevance)
            parts = [*by_rules[:_WEIGHED_CANDIDATES], *read]
            ordered = weighed(query, [*parts, *_whole(query, by_line, parts)], consulted, self.weights)
            if count >= len(chunks) or (ordered and ordered[0].chance >= self.settings.reader_sure):
                break
        return ordered

    def _to_read(self, by_rules: Sequence[Choice], by_line: Sequence[Choice], lines: Sequence[Line]) -> list[Chunk]:
        """The passages that the searches and the rules think most of; none without a reader."""
        if self.reader is None:
            return []
        most = self.settings.reader_passages
        by_rank = list({line.chunk.id: line.chunk for line in lines}.values())
        preferred = [choice.line.chunk for choice in (*by_rules[:2], *by_line[:2])]
        chunks = {chunk.id: chunk for chunk in (*by_rank[: max(1, most - 2)], *preferred, *by_rank)}
        return list(chunks.values())[:most]

    def _lines(self, query: Query, hits: Sequence[Hit]) -> tuple[list[Line], Relevance]:
        return self._lines_of.of(hits[: self.settings.read_passages]), self._relevance(query)

    def _looked_up(self, query: Query) -> tuple[list[Line], Relevance]:
        return self._lines(query, self._find(query, self.settings.read_passages).hits)

    def _relevance(self, query: Query) -> Relevance:
        return Relevance(query, self.index.keywords.document_frequency, len(self.index.chunks))

    def _figures(self, query: Query) -> list[Choice]:
        """Figures by rules for one side of a comparison."""
        lines, relevance = self._looked_up(query)
        return choose_candidates(query, candidates(query, lines, relevance), relevance)

    def _answers(self, query: Query) -> list[Choice]:
        """Weighed choices for ``query``, nothing held back."""
        return self._weighed(query, *self._looked_up(query))

    def _compare(self, query: Query) -> Comparison | None:
        asked = compared(query.text)
        if asked is None:
            return None
        sides = [analyse(side.question) for side in asked.sides]
        return compare_figures(query, asked, [(side, self._figures(side)) for side in sides])

    def _judged(self, query: Query, lines: list[Line], relevance: Relevance) -> tuple[Judgement | None, Told | None]:
        """What rules and reader say to a yes/no question."""
        judged = judge(query, lines, relevance, self._answers)
        chunks = self._to_read([] if judged is None else [judged.choice], choose_lines(query, lines, relevance), lines)
        return judged, told(lines, consult(self.reader, query.standalone, chunks))

    def judge(self, question: str, context: Sequence[str] = ()) -> tuple[Judgement | None, Told | None]:
        """What rules and reader say to a yes/no question, nothing held back: what `wenyuan calibrate` learns verdicts from."""
        query = analyse(question, context)
        return self._judged(query, *self._looked_up(query))

    def _why_silent(self, query: Query, hits: Sequence[Hit]) -> Reason:
        lines, relevance = self._lines(query, hits)
        best = max((relevance.coverage(line) for line in lines), default=0.0)
        return Reason.FACT_NOT_STATED if best >= _NOTHING_RELEVANT else Reason.NOTHING_RELEVANT

    def _abstain(
        self, query: Query, reason: Reason, hits: Sequence[Hit], timings: dict[str, float], started: float, held: Shown | None = None
    ) -> Answer:
        timings["total"] = _ms_since(started)
        confidence, signals = (0.0, {}) if held is None else (held.confidence, held.signals)
        return _answer(query, Shown("", _MESSAGES[reason], (), confidence, reason, signals), hits[: self.settings.top], timings)


def _answer(query: Query, shown: Shown, hits: Sequence[Hit], timings: dict[str, float]) -> Answer:
    return Answer(
        query.question,
        query.standalone,
        shown.text,
        shown.sentence,
        shown.citations,
        shown.confidence,
        shown.reason,
        tuple(hits),
        timings,
        query.expected.value,
        shown.signals,
    )


def _whole(query: Query, by_line: Sequence[Choice], parts: Sequence[Choice]) -> Sequence[Choice]:
    """Whole lines that may answer: none where a figure is asked for, and only where no part could be where a name is."""
    family = family_of(query)
    if family in ("figure", "date"):
        return ()
    told = {(choice.line.chunk.id, choice.line.number) for choice in parts} if family in ("name", "open") else set()
    return [choice for choice in by_line[:_WEIGHED_LINES] if (choice.line.chunk.id, choice.line.number) not in told]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
