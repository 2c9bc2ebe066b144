"""An assistant and questions -> `Report`: asks every question once, as a reader would, and measures what comes back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from wenyuan.contracts import Answer, Chunk, Hit, Question, Source, Stage
from wenyuan.evaluate import measures, scoring
from wenyuan.evaluate.questions import UNANSWERABLE
from wenyuan.evaluate.report import Calibration, Miss, Report, Row, estimates, latencies
from wenyuan.evaluate.statistics import expected_calibration_error, risk_coverage

DEPTH = 10  # hits of each stage that are looked at
_RECALL_AT = (1, 5, 10)
# What shapes an answer: a run is `dirty` when one of these differs from the commit.
_SHAPING = ("src", "eval/questions", "seeds", "pyproject.toml", "constraints.txt")


class MeasuredIndex(Protocol):
    """What of an opened index is needed to measure."""

    @property
    def generation(self) -> str:
        """Names what was built."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """By source id."""

    @property
    def chunks(self) -> Sequence[Chunk]:
        """All that can be found."""


class Measured(Protocol):
    """What can be measured: the assistant that the doors use."""

    @property
    def index(self) -> MeasuredIndex:
        """What it searches."""

    def ask(self, question: str, context: Sequence[str] = ()) -> Answer:
        """The answer, given earlier questions, oldest first."""

    def search_stages(self, question: str, context: Sequence[str] = (), top: int = DEPTH) -> Mapping[Stage, Sequence[Hit]]:
        """At most ``top`` hits of each search and of their fusion, best first."""


def evaluate(
    assistant: Measured,
    questions: Sequence[Question],
    *,
    set_name: str = "seeds",
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """A report of ``assistant`` on ``questions``, rows in their order. ``progress`` hears (asked, to ask).

    ``settings`` are written into the report for the record, folders of this machine left out.
    """
    # Warmed up first: loading a model is no part of answering.
    if questions:
        assistant.ask(questions[0].text, questions[0].context)
    rows = []
    chunks_by_uri: dict[str, list[Chunk]] = {}
    for chunk in assistant.index.chunks:
        chunks_by_uri.setdefault(assistant.index.sources[chunk.source_id].uri, []).append(chunk)
    for number, question in enumerate(questions, 1):
        rows.append(_row(assistant, question, chunks_by_uri))
        if progress is not None:
            progress(number, len(questions))
    commit, dirty = revision()
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    answered = [row for row in rows if not row.abstained]
    confidences, right = [row.confidence for row in answered], [row.values["accuracy"] == 1.0 for row in answered]
    return Report(
        run_id=datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
        commit=commit,
        dirty=dirty,
        index_id=assistant.index.generation,
        set_name=set_name,
        settings=_shareable(settings or {}),
        rows=tuple(rows),
        overall=estimates(rows),
        kinds={kind: estimates(of_kind) for kind, of_kind in sorted(by_kind.items())},
        latency_ms=latencies(rows),
        calibration=Calibration(expected_calibration_error(confidences, right), risk_coverage(confidences, right)),
    )


def _row(assistant: Measured, question: Question, chunks_by_uri: Mapping[str, Sequence[Chunk]]) -> Row:
    began = time.perf_counter()
    answer = assistant.ask(question.text, question.context)
    took_ms = (time.perf_counter() - began) * 1000
    stages = assistant.search_stages(question.text, question.context, DEPTH)
    sources = assistant.index.sources
    gold_chunks = [
        chunk for uri in gold_uris(question) for chunk in chunks_by_uri.get(uri, ()) if measures.is_relevant(question, chunk, sources)
    ]
    values = _answer_values(question, answer, sources)
    if question.kind != UNANSWERABLE:
        for stage, hits in stages.items():
            values.update(_search_values(question, hits, sources, len(gold_chunks), stage))
    return Row(
        id=question.id,
        question=question.text,
        kind=question.kind,
        answer=answer.text,
        gold=question.answers,
        reason=answer.reason.value,
        confidence=answer.confidence,
        abstained=answer.abstained,
        miss=_miss(question, answer, stages, chunks_by_uri, sources, values["accuracy"] == 1.0),
        values=dict(sorted(values.items())),
        timings_ms={**dict(sorted(answer.timings_ms.items())), "total": answer.timings_ms.get("total", took_ms)},
    )


def gold_uris(question: Question) -> list[str]:
    """The sources that hold the question's evidence, each once."""
    return sorted({evidence.uri for evidence in question.evidence})


def _answer_values(question: Question, answer: Answer, sources: Mapping[str, Source]) -> dict[str, float]:
    """Measures of the answer. A measure is left out where it says nothing, so that a plain mean over rows is the measure.

    Refusing is deciding that a question is unanswerable: recall is `refused`, precision `refusal_precision`.
    """
    unanswerable = question.kind == UNANSWERABLE
    right = float(scoring.is_right(question, answer))
    values = {"accuracy": right}
    if (same := measures.verbatim(answer, sources)) is not None:
        values["verbatim"] = same
    if answer.abstained:
        values["refusal_precision"] = float(unanswerable)
    if unanswerable:
        return {**values, "refused": right}
    values |= {"answered": right, "false_refusal": float(answer.abstained)}
    if scoring.is_extractive(question):
        values |= {"exact": scoring.exact_match(question, answer.text), "f1": scoring.f1(question, answer.text)}
    if not answer.abstained:
        cited = measures.spans_of_citations(answer.citations)
        values["cited"] = float(measures.rests_on_evidence(question, cited))
        values["citation_recall"] = measures.covered(question, cited)
        if (precision := measures.citation_precision(question, answer)) is not None:
            values["citation_precision"] = precision
    return values


def _search_values(question: Question, hits: Sequence[Hit], sources: Mapping[str, Source], relevant: int, stage: Stage) -> dict[str, float]:
    """Measures of one stage's hits, named ``measure@k/stage``."""
    name = stage.value
    return {
        **{f"recall@{k}/{name}": measures.recall(question, hits, sources, k) for k in _RECALL_AT},
        f"mrr@{DEPTH}/{name}": measures.reciprocal_rank(question, hits, sources, DEPTH),
        f"ndcg@{DEPTH}/{name}": measures.ndcg(question, hits, sources, relevant, DEPTH),
    }


def _miss(
    question: Question,
    answer: Answer,
    stages: Mapping[Stage, Sequence[Hit]],
    chunks_by_uri: Mapping[str, Sequence[Chunk]],
    sources: Mapping[str, Source],
    right: bool,
) -> Miss:
    """Where a wrong answer was lost: the first step of the walk without the evidence."""
    if right:
        return Miss.NONE
    if question.kind == UNANSWERABLE:
        return Miss.NOT_REFUSED
    indexed = {uri: [span for chunk in chunks_by_uri.get(uri, ()) for span in chunk.spans] for uri in gold_uris(question)}
    if not measures.rests_on_evidence(question, indexed):
        return Miss.NOT_INDEXED
    found = [hit.chunk for hits in (answer.hits, stages.get(Stage.FUSED, ())) for hit in hits]
    if not measures.rests_on_evidence(question, measures.spans_of_chunks(found, sources)):
        return Miss.NOT_RETRIEVED
    if answer.abstained:
        return Miss.REFUSED
    if not measures.rests_on_evidence(question, measures.spans_of_citations(answer.citations)):
        return Miss.NOT_READ
    return Miss.NOT_EXTRACTED


def revision() -> tuple[str, bool]:
    """The commit of this checkout and whether what shapes an answer differs from it; ("unknown", True) outside of one."""
    package = Path(__file__).resolve().parents[1]
    root = package.parents[1]
    if not (root / ".git").exists() or package.parent.name != "src":
        return "unknown", True
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit, bool(_git(root, "status", "--porcelain", "--", *_SHAPING))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True


def _git(root: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=True, encoding="utf-8")
    return run.stdout.strip()


def _shareable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` without folders, which say where a machine keeps things; a model given as a folder keeps its last name."""
    return {
        key: Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
        for key, value in sorted(settings.items())
        if not key.endswith("_dir")
    }
