"""Readings -> `Answer`: choose, combine, verify, or abstain. `Assistant` is the whole walk from a question to it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from wenyuan.analyse import analyse
from wenyuan.calibrate import Calibration, packaged_calibration, signals_of
from wenyuan.choose import Choice, choose_candidates, choose_lines, rivals
from wenyuan.compare import Comparison, compare_figures, sides
from wenyuan.config import NO_READER, Settings
from wenyuan.consult import NOT_READ, Consulted, consult
from wenyuan.contracts import Answer, AnswerType, Citation, Embedder, Hit, Query, Reason, Spans, Stage
from wenyuan.embed import open_embedder
from wenyuan.errors import SettingsError
from wenyuan.evidence import Line, LineMaker, Relevance
from wenyuan.extract import candidates, offered
from wenyuan.judge import Judgement, judge
from wenyuan.present import clause, scope_labels, sentence_spans, subject_sentence
from wenyuan.read import DeferredReader, Reader
from wenyuan.rerank import reranked
from wenyuan.retrieve import Found, Retriever
from wenyuan.store import LocalIndex, open_index
from wenyuan.verify import Support, verify

_FIGURE_TYPES = (AnswerType.COUNT, AnswerType.AMOUNT, AnswerType.PERCENT, AnswerType.DURATION, AnswerType.NUMBER, AnswerType.DATE)
_BARE_CHARS = 18  # a sentence so short names its subject and no more
_SHORT_MAX_CHARS = 60  # a clause shown as the short answer

# Score at which an answer is as likely right as wrong, and how fast that changes; set on the development questions.
_EVEN_READ = {"figure": 0.52, "name": 0.66, "list": 0.54, "sentence": 0.56, "clause": 0.7, "yes_no": 0.6}  # with a reader's word
_EVEN = {"figure": 0.62, "name": 0.62, "list": 0.56, "sentence": 0.56, "clause": 0.7, "yes_no": 0.6}
_LEFT_TO_RULES = (*_FIGURE_TYPES, AnswerType.LIST)
_SURE = 0.72  # score by rules from which the reader is not asked about these
_STEEPNESS = 14.0
_AS_LIKELY_AS_NOT = 0.5
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
        calibration: Calibration | None = None,
    ) -> None:
        """An assistant on ``index``, by rules alone without ``reader``; raises IndexMismatch when the index is another embedder's.

        Without ``calibration`` the confidence is what the scores say by themselves.
        """
        self.index = index
        self.embedder = embedder
        self.settings = settings
        self.reader = reader
        self.calibration = calibration
        self._lines_of = LineMaker(lambda chunk: index.neighbours(chunk)[0])
        self._retriever = Retriever(index, embedder, settings.candidates, settings.rrf_k, settings.fusion, settings.dense_share)

    @classmethod
    def open(cls, settings: Settings) -> Assistant:
        """An assistant on the current generation of ``settings.index_dir``; raises IndexFolderError or ModelError."""
        embedder = open_embedder(settings.embedder, settings.cache_dir, settings.threads)
        index = open_index(Path(settings.index_dir), embedder.fingerprint)
        reader = None if settings.reader == NO_READER else DeferredReader(settings.reader, settings.cache_dir, settings.threads)
        return cls(index, embedder, settings, reader, packaged_calibration(reader is not None))

    def reopened(self) -> Assistant:
        """An assistant on the generation now in force, with the models this one has open; raises IndexFolderError."""
        return Assistant(open_index(Path(self.settings.index_dir), self.embedder.fingerprint), self.embedder, self.settings, self.reader)

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
        text, sentence, citations, chance, reason = answer
        signals = signals_of(query, found.hits, chance)
        confidence = chance if self.calibration is None else self.calibration.confidence(query.expected.value, signals)
        if confidence < self.settings.min_confidence:
            return self._abstain(query, self._why_silent(query, found.hits), found.hits, timings, started, confidence)
        timings["total"] = _ms_since(started)
        hits = found.hits[: self.settings.top]
        return Answer(
            question, query.standalone, text, sentence, citations, confidence, reason, hits, timings, query.expected.value, signals
        )

    def _find(self, query: Query, top: int) -> Found:
        return self._retriever.find(query.text or query.standalone, top)

    def _read(self, query: Query, hits: Sequence[Hit]) -> tuple[str, str, tuple[Citation, ...], float, Reason] | None:
        """(short answer, sentence, citations, confidence, reason), or None when nothing answers."""
        lines, relevance = self._lines(query, hits)
        if not lines or query.terms == (query.text,):
            return None  # a single word asks nothing: the passages nearest to it are all there is to show
        if query.expected is AnswerType.COMPARISON:
            compared = self._compare(query)
            if compared is not None:
                return self._shown_comparison(compared)
        if query.expected is AnswerType.YES_NO:
            judged = judge(query, lines, relevance, self._figures)
            return None if judged is None else self._shown_judgement(judged)
        found = candidates(query, lines, relevance)
        choices = choose_candidates(query, found, relevance)
        consulted = self._consult(query, choices, lines, relevance)
        if consulted is not NOT_READ:
            choices = choose_candidates(query, found + offered(query, lines, consulted), relevance, consulted)
        if choices and choices[0].candidate is not None:
            shown = self._shown_candidates(query, choices)
            if shown is not None and (shown[3] >= _AS_LIKELY_AS_NOT or query.expected in _FIGURE_TYPES):
                return shown
        if query.expected is AnswerType.NUMBER and not re.search(r"多少|几", query.text):
            return self._shown_lines(query, choose_lines(query, lines, relevance, consulted))
        if query.expected in _FIGURE_TYPES:
            return None
        if re.search(r"叫什么|名字|名称|分别是|分别叫", query.text) and query.expected is not AnswerType.ANY:
            return None  # a name is asked for and none is stated
        return self._shown_lines(query, choose_lines(query, lines, relevance, consulted))

    def _consult(self, query: Query, by_candidate: list[Choice], lines: list[Line], relevance: Relevance) -> Consulted:
        """The reader's word on the few passages that the rules think most of; none where they are sure: reading takes time."""
        if self.reader is None:
            return NOT_READ
        if query.expected in _LEFT_TO_RULES and by_candidate and by_candidate[0].score >= _SURE:
            return NOT_READ
        by_line = choose_lines(query, lines, relevance)
        ranked = [*by_candidate, *by_line] if query.expected in _FIGURE_TYPES else [*by_line[:2], *by_candidate, *by_line[2:]]
        chunks = list({choice.line.chunk.id: choice.line.chunk for choice in ranked}.values())
        return consult(self.reader, query.standalone, chunks[: self.settings.reader_passages])

    def _lines(self, query: Query, hits: Sequence[Hit]) -> tuple[list[Line], Relevance]:
        relevance = Relevance(query, self._document_frequency, len(self.index.chunks))
        return self._lines_of.of(hits[: self.settings.read_passages]), relevance

    def _document_frequency(self, term: str) -> int:
        return self.index.keywords.document_frequency(term)

    def _figures(self, query: Query) -> list[Choice]:
        """Scored figures for a question made from another one (a side of a comparison, the figure behind a yes or no)."""
        lines, relevance = self._lines(query, self._find(query, self.settings.read_passages).hits)
        return choose_candidates(query, candidates(query, lines, relevance), relevance)

    def _compare(self, query: Query) -> Comparison | None:
        asked = sides(query)
        return compare_figures(query, [(name, self._figures(analyse(text))) for name, text in asked]) if len(asked) > 1 else None

    def _shown_candidates(self, query: Query, choices: Sequence[Choice]) -> tuple[str, str, tuple[Citation, ...], float, Reason] | None:
        family = "figure" if query.expected in _FIGURE_TYPES else "list" if query.expected is AnswerType.LIST else "name"
        best = choices[0]
        kept = [choice for choice in rivals(query, choices) if self._is_verified(choice)]
        if not kept:
            return None
        confidence = _confidence(best, family)
        scoped = len({choice.candidate.verbatim for choice in kept if choice.candidate}) > 1
        citations = self._cite(query, kept, name_scope=scoped)
        labels = scope_labels(query, kept) if scoped else [""] * len(kept)
        texts = [
            f"{choice.candidate.verbatim}（{label}）" if label else choice.candidate.verbatim
            for choice, label in zip(kept, labels, strict=True)
            if choice.candidate is not None
        ]
        text = "；".join(dict.fromkeys(texts))
        return (
            text,
            "".join(citation.quote for citation in citations),
            citations,
            confidence,
            Reason.SOURCES_DISAGREE if scoped else Reason.FOUND,
        )

    def _shown_lines(self, query: Query, choices: Sequence[Choice]) -> tuple[str, str, tuple[Citation, ...], float, Reason] | None:
        if not choices:
            return None
        best = choices[0]
        kept = [best]
        if query.expected in (AnswerType.HOW_OR_WHY, AnswerType.LIST, AnswerType.DEFINITION):
            kept += [choice for choice in choices[1:4] if choice.score > best.score - 0.05 and choice.line.chunk.id == best.line.chunk.id][
                :2
            ]
            if len(best.line.text) < _BARE_CHARS and len(kept) == 1:  # 开展“X”工程。 says nothing alone: what follows explains it
                kept += [
                    choice
                    for choice in choices
                    if choice.line.chunk.id == best.line.chunk.id and choice.line.number == best.line.number + 1
                ]
            kept.sort(key=lambda choice: choice.line.number)
        citations = self._cite(query, kept)
        sentence = "".join(citation.quote for citation in citations)
        short = 40 if query.expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE, AnswerType.ANY) else _SHORT_MAX_CHARS
        text = clause(
            kept[-1].line if len(best.line.text) < _BARE_CHARS else best.line,
            Relevance(query, self._document_frequency, len(self.index.chunks)),
            short,
        )
        family = "clause" if query.expected in (AnswerType.PERSON_OR_ORG, AnswerType.PLACE) else "sentence"
        return text, sentence, citations, _confidence(best, family), Reason.FOUND

    def _shown_judgement(self, judged: Judgement) -> tuple[str, str, tuple[Citation, ...], float, Reason]:
        citations = self._cite(judged.query, [judged.choice])
        return (
            judged.text,
            "".join(citation.quote for citation in citations),
            citations,
            _confidence(judged.choice, "yes_no"),
            Reason.FOUND,
        )

    def _shown_comparison(self, compared: Comparison) -> tuple[str, str, tuple[Citation, ...], float, Reason]:
        citations = self._cite(compared.query, compared.choices)
        least = min(compared.choices, key=lambda choice: choice.score)
        return compared.text, "".join(citation.quote for citation in citations), citations, _confidence(least, "figure"), Reason.FOUND

    def _is_verified(self, choice: Choice) -> bool:
        """Whether the short answer's figures, dates and places stand in what will be cited for it."""
        if choice.candidate is None:
            return True
        source = self.index.sources[choice.line.chunk.source_id]
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
                source = self.index.sources[chunk.source_id]
                made[spans] = Citation.of(source, spans, len(made) + 1, title=chunk.title, section=chunk.section)
        return tuple(made.values())

    def _why_silent(self, query: Query, hits: Sequence[Hit]) -> Reason:
        lines, relevance = self._lines(query, hits)
        best = max((relevance.coverage(line) for line in lines), default=0.0)
        return Reason.FACT_NOT_STATED if best >= _NOTHING_RELEVANT else Reason.NOTHING_RELEVANT

    def _abstain(
        self, query: Query, reason: Reason, hits: Sequence[Hit], timings: dict[str, float], started: float, confidence: float = 0.0
    ) -> Answer:
        timings["total"] = _ms_since(started)
        return Answer(
            query.question, query.standalone, "", _MESSAGES[reason], (), confidence, reason, tuple(hits[: self.settings.top]), timings
        )


def _confidence(choice: Choice, family: str) -> float:
    """[0, 1], 0.5 at the score where answers of the family are as often right as wrong."""
    even = _EVEN_READ if choice.was_read else _EVEN
    return 1 / (1 + math.exp(-_STEEPNESS * (choice.score - even[family])))


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
