"""Question lines in, result lines out: the jsonl of `ask` and `search`. It knows nothing of answering."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from wenyuan.errors import QuestionSetError


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question to ask, with the earlier questions of its conversation, oldest first."""

    id: str | int | None  # as the line gives it; None for a question typed at the door
    question: str
    context: tuple[str, ...] = ()


def typed_question(question: str, context: Iterable[str], max_chars: int) -> QuestionLine:
    """The question of a command line; QuestionSetError when it is not text or has more than ``max_chars`` code points."""
    line = QuestionLine(None, question, tuple(context))
    problem = _problem(line, max_chars)
    if problem:
        raise QuestionSetError(f"the question {problem}")
    return line


def read_question_lines(path: Path, max_chars: int) -> list[QuestionLine]:
    """All questions of a jsonl file, in order; blank lines are skipped, other keys ignored.

    QuestionSetError names the first line that is no question, or one of more than ``max_chars`` code points.
    """
    return [_parsed(record, where, max_chars) for record, where in read_records(path, "question")]


def read_records(path: Path, what: str) -> list[tuple[dict[str, Any], str]]:
    """(object, "FILE line N") of every line of a jsonl file that is not blank; ``what`` is the key that each must have.

    QuestionSetError names the first line that is no object.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionSetError(f"{path}: {error.strerror}; give a readable file of question lines") from error
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    # Only "\n" ends a line of jsonl: str.splitlines would also cut at U+2028 inside a question.
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not numbered:
        raise QuestionSetError(f'{path}: holds no {what}; give one {{"id", "{what}"}} object a line')
    return [(_object(line, f"{path} line {number}", what), f"{path} line {number}") for number, line in numbered]


def _object(text: str, where: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise QuestionSetError(f"{where}: not JSON ({message}); give one object a line") from error
    if not isinstance(value, dict):
        raise QuestionSetError(f'{where}: not an object; give {{"id": "…", "{what}": "…"}}')
    return value


def _parsed(value: dict[str, Any], where: str, max_chars: int) -> QuestionLine:
    for key in ("id", "question"):
        if key not in value:
            raise QuestionSetError(f'{where}: has no "{key}"; give {{"id": "…", "question": "…"}}')
    id, question, context = value["id"], value["question"], value.get("context") or []
    if not isinstance(id, (str, int)) or isinstance(id, bool):
        raise QuestionSetError(f'{where}: "id" is neither text nor a whole number')
    if not isinstance(question, str):
        raise QuestionSetError(f'{where}: "question" is not text')
    if not isinstance(context, list) or not all(isinstance(turn, str) for turn in context):
        raise QuestionSetError(f'{where}: "context" is not a list of earlier questions')
    line = QuestionLine(id, question, tuple(context))
    problem = _problem(line, max_chars)
    if problem:
        raise QuestionSetError(f"{where}: the question {problem}")
    return line


def _problem(line: QuestionLine, max_chars: int) -> str:
    """What makes a question unfit to be asked, "" for nothing."""
    texts = [line.question, *line.context, line.id if isinstance(line.id, str) else ""]
    if any("\ud800" <= char <= "\udfff" for text in texts for char in text):
        return "holds bytes that are no text (lone surrogates); give it in UTF-8"
    longest = max(map(len, texts))
    if longest > max_chars:
        return f"has {longest} code points, more than question_max_chars = {max_chars}; shorten it or raise the setting"
    return ""


def json_line(record: Mapping[str, Any], ascii_only: bool = False) -> str:
    """``record`` as one line of JSON without its line end."""
    return json.dumps(record, ensure_ascii=ascii_only, allow_nan=False)


def stdout_is_utf8() -> bool:
    """False where JSON must be escaped to ASCII to survive the terminal's encoding."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


@contextmanager
def result_lines(out: str | None) -> Iterator[TextIO]:
    """A text stream for result lines: stdout, or the file ``out``, which appears only when everything went well."""
    if out is None:
        yield sys.stdout
        return
    path = Path(out)
    if path.is_dir():
        raise QuestionSetError(f"{path}: is a folder; give --out a file name")
    if not path.parent.is_dir():
        raise QuestionSetError(f"{path.parent}: is not a folder; make it first or give --out another place")
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device cannot be replaced
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".tmp", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's 0600 would surprise whoever reads the result
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
