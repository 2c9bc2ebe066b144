"""The lines of a jsonl file to sources: one JSON object with id, title and text a line. A bad line is an error that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date

from wenyuan.contracts import Source
from wenyuan.errors import EmptySource, SourceError, UnreadableSource
from wenyuan.ingest.dates import stated_date, written_date
from wenyuan.ingest.encoding import decode
from wenyuan.ingest.naming import is_blank, source_id

_DATE_KEYS = ("published", "date")
_AROUND = "\ufeff \t\r"  # what may stand around a line


def load_lines(data: bytes, uri: str, source_max_chars: int) -> Iterator[Source | SourceError]:
    """A source for each line of a jsonl, or in its place the error that kept it out."""
    text, encoding = decode(data, uri)
    seen: set[str] = set()
    any_line = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip(_AROUND):
            continue
        any_line = True
        try:
            source = _load_line(line.strip(_AROUND), uri, number, encoding, source_max_chars)
            if source.uri in seen:
                raise UnreadableSource(f"{uri}:{number}", f"repeats the id of an earlier line ({source.uri}); give each line its own")
        except SourceError as error:
            yield error
            continue
        seen.add(source.uri)
        yield source
    if not any_line:
        raise EmptySource(uri, "holds no line; give one JSON object with id, title and text a line")


def _load_line(line: str, uri: str, number: int, encoding: str, source_max_chars: int) -> Source:
    """The source in one line of a jsonl."""
    place = f"{uri}:{number}"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(place, f"line {number} is no JSON ({error}); write one object a line") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not _is_id(record.get("id")):
        raise UnreadableSource(place, f'line {number} lacks "id" or "text"; write {{"id": "…", "title": "…", "text": "…"}}')
    text, title, id = record["text"], record.get("title"), str(record["id"])
    title = title if isinstance(title, str) else ""
    if is_blank(text):
        raise EmptySource(place, f"line {number} has an empty text; remove it")
    if len(text) > source_max_chars:
        raise UnreadableSource(
            place,
            f"line {number} has {len(text)} code points, more than source_max_chars = {source_max_chars}; split it or raise the setting",
        )
    if any("\ud800" <= character <= "\udfff" for part in (text, title, id) for character in part):
        raise UnreadableSource(place, f"line {number} holds half a surrogate pair; write the text as UTF-8")
    full = f"{uri}#{id}"
    return Source(
        id=source_id(full),
        uri=full,
        title=title,
        text=text,
        encoding=encoding,
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        published=_stated(record) or stated_date(text),
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _stated(record: dict[str, object]) -> date | None:
    """The day of publication that the line states, None where its keys disagree."""
    days = {day for key in _DATE_KEYS if isinstance(value := record.get(key), str) and (day := written_date(value)) is not None}
    return days.pop() if len(days) == 1 else None
