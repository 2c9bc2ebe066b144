"""What a reader says of an answer -> a line of a question set. It knows nothing of pages.

A line whose right answer and evidence are known goes to ``questions.jsonl``, which `wenyuan eval` takes as it is; one that
still lacks them goes to ``incomplete.jsonl`` for a person to fill in. Lines are only ever added.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from wenyuan.chat.conversation import Turn
from wenyuan.contracts import AnswerType, Reason, Spans
from wenyuan.errors import QuestionSetError
from wenyuan.evaluate.questions import UNANSWERABLE
from wenyuan.explain import Trace

COMPLETE, INCOMPLETE = "questions.jsonl", "incomplete.jsonl"
FAULTS = ("answer", "citation", "refuse")
_KINDS: Mapping[AnswerType, str] = {
    AnswerType.COUNT: "count",
    AnswerType.AMOUNT: "amount",
    AnswerType.PERCENT: "percent",
    AnswerType.DATE: "date",
    AnswerType.PERSON_OR_ORG: "person_or_org",
    AnswerType.PLACE: "place",
    AnswerType.LIST: "list",
    AnswerType.HOW_OR_WHY: "how_or_why",
    AnswerType.YES_NO: "yes_no",
    AnswerType.COMPARISON: "comparison",
    AnswerType.DEFINITION: "definition_or_what",
    AnswerType.ANY: "definition_or_what",
}
_EVIDENCE_SENTENCES = 3  # at most; any of them is enough
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody said of an answer."""

    fault: str  # "answer", "citation" or "refuse"
    right: str = ""  # the right answer, where they gave it
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a verdict was written."""

    path: Path
    complete: bool  # False: the right answer or its evidence is still to be filled in
    id: str


def keep(folder: Path, turn: Turn, verdict: Verdict, trace: Trace) -> Kept:
    """Adds the verdict to a question set in ``folder``; raises QuestionSetError when that cannot be written."""
    line = question_line(turn, verdict, trace)
    complete = line["kind"] == UNANSWERABLE or bool(line["answers"] and line["evidence"])
    path = folder / (COMPLETE if complete else INCOMPLETE)
    data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    try:
        with _lock:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, data)  # one write: lines of several people do not mix
            finally:
                os.close(handle)
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be written ({error.strerror}); give another feedback_dir") from error
    return Kept(path, complete, line["id"])


def question_line(turn: Turn, verdict: Verdict, trace: Trace) -> dict[str, Any]:
    """The line: question and context, kind, accepted answers, evidence in the article's own words, and how the answer came about."""
    answer = turn.answer
    made = datetime.now(timezone.utc)
    digest = hashlib.sha256(f"{made.isoformat()}{answer.question}{verdict}".encode("utf-8", "surrogatepass")).hexdigest()[:6]
    right = verdict.right.strip() or (answer.text if verdict.fault == "citation" else "")
    refuse = verdict.fault == "refuse"
    conflict = answer.reason is Reason.SOURCES_DISAGREE
    kind = UNANSWERABLE if refuse else "followup" if turn.context else "conflict" if conflict else _KINDS.get(trace.query.expected, "count")
    return {
        "id": f"f{made:%Y%m%dT%H%M%S}-{digest}",
        "question": answer.question,
        **({"context": list(turn.context)} if turn.context else {}),
        "kind": kind,
        "answers": [right] if right and not refuse else [],
        "evidence": [] if refuse or not right else _evidence(turn, right, verdict.fault),
        "any": not refuse,
        "note": verdict.note.strip(),
        "fault": verdict.fault,
        "given": {"answer": answer.text, "reason": answer.reason.value, "confidence": round(answer.confidence, 4)},
        "trace": trace.record(),
    }


def _evidence(turn: Turn, right: str, fault: str) -> list[dict[str, str]]:
    """Sentences of the passages found that hold the right answer; not those cited, where the citation was the fault."""
    wrong = {(citation.source_id, citation.quote) for citation in turn.answer.citations} if fault == "citation" else set()
    found = []
    for hit in turn.answer.hits:
        source = turn.articles[hit.chunk.source_id].source
        for sentence in hit.chunk.sentences:
            spans: Spans = sentence
            quote = source.text[spans[0].start : spans[-1].end]
            if right in source.slice(spans) and (source.id, source.slice(spans)) not in wrong:
                found.append({"uri": source.uri, "quote": quote})
    return found[:_EVIDENCE_SENTENCES]
