"""`Answer` and a `Writer` → the same answer with a paragraph in the writer's words, each sentence of it checked against what it cites.

The extractive answer is never changed: a writer can only add, and what it adds has passed the claim check. It may be absent, late, wrong
or hostile, and so may the articles that it read. Knows nothing of servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wenyuan.analyse import analyse
from wenyuan.chinese.text import normalised, sentence_bounds
from wenyuan.cite import one_line
from wenyuan.claims import coverage
from wenyuan.contracts import Answer, Citation, Source, Writer
from wenyuan.errors import WriterError
from wenyuan.verify import Support, verify

_SENTENCES_MAX = 5
_SENTENCE_MAX_CHARS = 200
_IN_THE_QUOTE = 0.8  # share of a sentence's words that must stand in what it cites, or be words used for them
_SHORT_ANSWER_CHARS = 24  # an answer so short must itself be said
_TEXT_MAX_CHARS = 4000  # of a writer's text that is looked at
_MARK = re.compile(r"[\[［【](\d{1,2})[\]］】]")
_MARKS_BEHIND = re.compile(r"([。！？!?；;])[ \t]{0,8}((?:[\[［【]\d{1,2}[\]］】][ \t]{0,8}){1,9})")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a writer with the footnotes it names, and whether it may be shown."""

    text: str  # without its marks
    numbers: tuple[int, ...]
    fault: str  # "" where it may be shown


def with_writing(answer: Answer, writer: Writer | None, sources: Mapping[str, Source]) -> Answer:
    """``answer`` with ``written``, what ``writer`` wrote and the check kept, and ``notice`` where something was not; else unchanged.

    ``sources`` by id. Nothing is asked for an abstention, or without a writer.
    """
    if writer is None or answer.abstained:
        return answer
    cited = {citation.number: citation for citation in answer.citations if citation.supports}
    try:
        text = writer.write(answer.standalone or answer.question, answer.text, [(number, one.quote) for number, one in cited.items()])
    except WriterError as error:
        return replace(answer, notice=f"转述服务{error}，这里只有原文。")
    sentences = list(checked(text, answer, cited, sources))
    kept = [sentence for sentence in sentences if not sentence.fault]
    written = "".join(f"{one.text}{''.join(f'[{number}]' for number in one.numbers)}" for one in kept)
    if not kept or not _says_the_answer(answer, "".join(one.text for one in kept)):
        return replace(answer, notice="转述与引文对不上，未采用，这里只有原文。")
    dropped = len(sentences) - len(kept)
    return replace(answer, written=written, notice=f"转述中有 {dropped} 句与引文对不上，已略去。" if dropped else "")


def checked(text: str, answer: Answer, cited: Mapping[int, Citation], sources: Mapping[str, Source]) -> Iterator[Sentence]:
    """Every sentence of a writer's ``text``, up to a few, with what is wrong with it."""
    text = _MARKS_BEHIND.sub(r"\2\1", one_line(text[:_TEXT_MAX_CHARS].replace("\n", " ")))
    asked = {term for term in analyse(answer.standalone or answer.question).terms if len(term) > 1}
    for number, (start, end) in enumerate(sentence_bounds(text)):
        marks = tuple(dict.fromkeys(int(match[1]) for match in _MARK.finditer(text[start:end])))
        plain = _MARK.sub("", text[start:end]).strip()
        if not re.search(r"\w", plain):
            continue
        fault = "太多" if number >= _SENTENCES_MAX else _fault(plain, marks, answer, asked, cited, sources)
        yield Sentence(plain, marks, fault)


def _fault(
    plain: str, marks: tuple[int, ...], answer: Answer, asked: set[str], cited: Mapping[int, Citation], sources: Mapping[str, Source]
) -> str:
    """Why a sentence may not be shown, "" where it may."""
    if len(plain) > _SENTENCE_MAX_CHARS:
        return "太长"
    if not marks or any(mark not in cited for mark in marks):
        return "没有出处"
    quotes = [cited[mark] for mark in marks]
    text = "".join(citation.quote for citation in quotes)
    heading = " ".join(dict.fromkeys(f"{citation.title} {citation.section}" for citation in quotes))
    published = sources[quotes[0].source_id].published if len({citation.source_id for citation in quotes}) == 1 else None
    if verify(plain, text, heading, published).support is not Support.SUPPORTED or coverage(plain, text, heading) < _IN_THE_QUOTE:
        return "与引文对不上"
    held = normalised(plain)
    if normalised(answer.text) not in held and not any(term in held for term in asked):
        return "答非所问"  # an article's own words can ask for anything to be said
    return ""


def _says_the_answer(answer: Answer, written: str) -> bool:
    """Whether a short answer is in the paragraph; a long one is what the paragraph puts in other words."""
    values = [value.partition("（")[0] for value in answer.text.split("；")]
    return all(len(value) > _SHORT_ANSWER_CHARS or verify(value, written).support is Support.SUPPORTED for value in values)
