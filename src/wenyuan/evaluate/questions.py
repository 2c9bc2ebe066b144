"""A question set's lines -> `Question`s, with every evidence quote located in its source.

It knows nothing of chunks, indexes or answers: truth is kept in source coordinates, so it outlives every re-chunking.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wenyuan.contracts import Evidence, Question, Source, Span
from wenyuan.errors import QuestionSetError

UNANSWERABLE = "unanswerable"
# A question takes its kind from whoever wrote it; these are what the measures know how to score.
KINDS = (
    "count",
    "amount",
    "date",
    "percent",
    "person_or_org",
    "place",
    "list",
    "definition_or_what",
    "how_or_why",
    "yes_no",
    "comparison",
    "conflict",
    "noisy",
    "followup",
    UNANSWERABLE,
)
DEFAULT_SPLIT = "dev"  # of a line that names none
_PREFIX_CHARS = 3  # a numbered file name, such as 000_….txt, may be given as its number


def load_questions(path: Path, sources: Mapping[str, Source], split: str | None = None) -> tuple[Question, ...]:
    """The questions of ``path`` in order, evidence located; with ``split`` only the lines of that split.

    ``sources`` are those of the index, by any key. Raises QuestionSetError naming the file and the line when the file
    cannot be read, a line does not parse, or a quote is not in its source.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise QuestionSetError(f"{path}: cannot be read ({reason}); give a UTF-8 file of one JSON object a line") from error
    by_uri = {source.uri: source for source in sources.values()}
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = _record(line)
            question = _question(record, by_uri)
            if question.id in seen:
                raise QuestionSetError(f"id {question.id!r} occurs twice; give every question its own")
            seen.add(question.id)
            wanted = split is None or _text(record, "split", DEFAULT_SPLIT) == split
        except QuestionSetError as error:
            raise QuestionSetError(f"{path}, line {number}: {error}") from error
        if wanted:
            questions.append(question)
    if not questions:
        raise QuestionSetError(f"{path}: no questions{'' if split is None else f' of split {split!r}'}; give one JSON object a line")
    return tuple(questions)


def locate(text: str, quote: str) -> Span | None:
    """Where ``quote`` first stands in ``text``: exactly, else with white space and emphasis marks left out of both; None when nowhere."""
    start = text.find(quote) if quote else -1
    if start >= 0:
        return Span(start, start + len(quote))
    kept = [(at, char) for at, char in enumerate(text) if not _passed_over(char)]
    wanted = "".join(char for char in quote if not _passed_over(char))
    if not wanted:
        return None
    start = "".join(char for _, char in kept).find(wanted)
    return None if start < 0 else Span(kept[start][0], kept[start + len(wanted) - 1][0] + 1)


def _passed_over(char: str) -> bool:
    return char.isspace() or char == "*"


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise QuestionSetError(f"not JSON ({error}); give one JSON object a line") from error
    if not isinstance(record, dict):
        raise QuestionSetError("not a JSON object; give one JSON object a line")
    return record


def _question(record: dict[str, Any], by_uri: Mapping[str, Source]) -> Question:
    kind = _text(record, "kind")
    answers = _texts(record, "answers")
    evidence = tuple(_evidence(record, by_uri))
    if kind not in KINDS:
        raise QuestionSetError(f"kind {kind!r} is unknown; give one of {', '.join(KINDS)}")
    if kind == UNANSWERABLE and (answers or evidence):
        raise QuestionSetError("an unanswerable question has answers or evidence; empty both, or give another kind")
    if kind != UNANSWERABLE and not (answers and evidence):
        raise QuestionSetError("answers or evidence are empty; fill in both, or make the kind unanswerable")
    return Question(
        id=_text(record, "id"),
        text=_text(record, "question"),
        kind=kind,
        context=_texts(record, "context"),
        answers=answers,
        evidence=evidence,
        all_required=_flag(record, "all_required"),
        any_evidence=_flag(record, "any"),
    )


def _evidence(record: dict[str, Any], by_uri: Mapping[str, Source]) -> Iterator[Evidence]:
    items = record.get("evidence", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise QuestionSetError('evidence is not a list of {"file", "quote"}')
    for item in items:
        name = _text(item, "uri" if "uri" in item else "file")
        quote = _text(item, "quote")
        source = _source(name, by_uri)
        span = locate(source.text, quote)
        if span is None:
            raise QuestionSetError(f"the quote {quote[:40]!r} is not in {source.uri}; copy it from the file as it is")
        yield Evidence(uri=source.uri, quote=quote, spans=(span,))


def _source(name: str, by_uri: Mapping[str, Source]) -> Source:
    if name in by_uri:
        return by_uri[name]
    found = [source for uri, source in by_uri.items() if _names(name, uri)]
    if len(found) != 1:
        what = "matches no source of the index" if not found else f"matches {len(found)} sources of the index"
        raise QuestionSetError(f"evidence file {name!r} {what}; build the index from its files, or give the full uri")
    return found[0]


def _names(name: str, uri: str) -> bool:
    """Whether ``name`` is short for ``uri``: its last part, or the number its last part begins with."""
    base = uri.replace("\\", "/").rsplit("/", 1)[-1]
    numbered = name.isdigit() and len(name) == _PREFIX_CHARS and base.startswith(name) and not base[_PREFIX_CHARS:][:1].isdigit()
    return base == name or numbered


def _text(record: dict[str, Any], key: str, default: str | None = None) -> str:
    value = record.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise QuestionSetError(f"{key!r} is missing or not a text")
    return value


def _texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise QuestionSetError(f"{key!r} is not a list of texts")
    return tuple(value)


def _flag(record: dict[str, Any], key: str) -> bool:
    value = record.get(key, False)
    if not isinstance(value, bool):
        raise QuestionSetError(f"{key!r} is neither true nor false")
    return value
