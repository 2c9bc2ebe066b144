"""The command that holds claims against the articles: one typed, or a file of claim lines. It knows nothing of how they are judged."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.cli.commands import assistant_of, json_or_nothing, settings_of, watched
from wenyuan.cli.lines import read_records, result_lines
from wenyuan.contracts import Span
from wenyuan.errors import QuestionSetError, SettingsError, SpanError

if TYPE_CHECKING:
    from wenyuan.claims import Cited

_SPAN = re.compile(r"(\d{1,10}):(\d{1,10})")


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim to check, with what it cites, if anything."""

    id: str | int | None
    claim: str
    uri: str = ""
    quote: str = ""
    spans: tuple[tuple[int, int], ...] = ()


def verify(arguments: argparse.Namespace) -> int:
    """Checks one claim as text or JSON, or a file of claims as JSON lines; 0 whatever the outcome."""
    from wenyuan.claim_check import claim_as_text, claim_record
    from wenyuan.claims import ClaimChecker

    settings = settings_of(arguments)
    lines = _claims(arguments)
    with result_lines(arguments.out) as out:
        checker = ClaimChecker(assistant_of(settings))
        for number, line in enumerate(watched(lines, "checking"), 1):
            try:
                found = checker.check(line.claim, _cited(line))
            except (SettingsError, SpanError) as error:
                if arguments.claims is None:
                    raise SettingsError(str(error)) from error
                raise QuestionSetError(f"{arguments.claims}, claim {number} ({line.id}): {error}") from error
            print(json_or_nothing(arguments, claim_record(found, line.id)) or claim_as_text(found), file=out)
    return 0


def _cited(line: ClaimLine) -> Cited | None:
    from wenyuan.claims import Cited

    if not line.uri:
        return None
    return Cited(line.uri, line.quote, tuple(Span(start, end) for start, end in line.spans))


def _claims(arguments: argparse.Namespace) -> list[ClaimLine]:
    """The one claim typed, or those of the file."""
    if (arguments.claim is None) == (arguments.claims is None):
        raise SettingsError("give either one CLAIM or --claims FILE.jsonl")
    if arguments.claims is not None:
        if arguments.source or arguments.quote or arguments.span:
            raise SettingsError("--source, --quote and --span go with one CLAIM; in a file of claims they are keys of each line")
        return [_parsed(record, where) for record, where in read_records(Path(arguments.claims), "claim")]
    if (arguments.quote or arguments.span) and not arguments.source:
        raise SettingsError("--quote and --span need --source URI, the article that they are taken from")
    if arguments.quote and arguments.span:
        raise SettingsError("give --quote or --span, not both")
    return [ClaimLine(None, arguments.claim, arguments.source or "", arguments.quote or "", tuple(map(_span, arguments.span)))]


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise SettingsError(f"--span {text} is no span: give START:END in characters of the article, as citations do")
    return int(match[1]), int(match[2])


def _parsed(record: dict[str, Any], where: str) -> ClaimLine:
    for key, kind in (("claim", str), ("uri", str), ("quote", str)):
        if not isinstance(record.get(key, ""), kind):
            raise QuestionSetError(f'{where}: "{key}" is not text')
    if "claim" not in record or isinstance(record.get("id"), bool) or not isinstance(record.get("id"), (str, int)):
        raise QuestionSetError(f'{where}: has no "id" or no "claim"; give {{"id": "…", "claim": "…"}}')
    spans = record.get("spans") or []
    if not isinstance(spans, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(place, int) for place in pair) for pair in spans
    ):
        raise QuestionSetError(f'{where}: "spans" is not a list of [start, end]')
    if (spans or record.get("quote")) and not record.get("uri"):
        raise QuestionSetError(f'{where}: a quote or spans need "uri", the article that they are taken from')
    return ClaimLine(
        record["id"], record["claim"], record.get("uri", ""), record.get("quote", ""), tuple((start, end) for start, end in spans)
    )
