"""What is fuzzed, and what must hold of every input: each target takes bytes and raises when something does not hold.

A target lets a `WenyuanError` pass where its room may raise one; anything else that escapes is a crash. A `SpanError` is always a crash.
"""

from __future__ import annotations

import html
import json
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan import cite
from wenyuan.analyse import analyse
from wenyuan.chinese.names import places
from wenyuan.chinese.numbers import dates, han_value, quantities
from wenyuan.chinese.sentences import sentence_bounds
from wenyuan.chinese.tags import negations, tagged
from wenyuan.chinese.text import normalise, normalised
from wenyuan.chinese.words import question_terms, search_terms, word_bounds
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.cli.lines import read_question_lines
from wenyuan.config import NO_READER, Settings
from wenyuan.contracts import Source
from wenyuan.errors import QuestionSetError, SettingsError, SourceError, SpanError, WenyuanError
from wenyuan.ingest import Limits, source_id, stated_date
from wenyuan.ingest.dates import written_date
from wenyuan.ingest.formats import sources
from wenyuan.mentions import mentions
from wenyuan.store import records
from wenyuan.verify import Support, verify

if TYPE_CHECKING:
    from wenyuan.answer import Assistant

Check = Callable[[bytes], None]
_LIMITS = Limits(source_max_chars=20_000, html_max_bytes=100_000, pdf_max_pages=20, archive_max_files=50, archive_max_bytes=2_000_000)
_SOURCE_MAX_BYTES = 2_000_000
SEPARATOR = "\x1e"  # between the texts of a target that takes several


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to fuzz; ``share`` of the inputs of a run, more for what is quick; ``seeds`` says which inputs are mutated."""

    name: str
    check: Check
    seeds: str  # "text", or the suffix of files
    share: float = 1.0


def _texts(data: bytes, count: int) -> list[str]:
    parts = data.decode("utf-8", "ignore").split(SEPARATOR)
    return (parts + [""] * count)[:count]


@contextmanager
def allowed(*kinds: type[WenyuanError]) -> Iterator[None]:
    """Lets these pass, but no `SpanError`; the message must be one that people can read."""
    try:
        yield
    except SpanError:
        raise
    except kinds as error:
        if not str(error).strip():
            raise AssertionError("an error that says nothing") from error


# -- files ---------------------------------------------------------------------------------------------------------------


def file_of(suffix: str) -> Check:
    """The check of a file of one kind: sources hold text, errors name a place, and what was read can be cleaned and chunked."""

    def check(data: bytes) -> None:
        uris = set()
        for item in sources(data, f"a{suffix}", _SOURCE_MAX_BYTES, _LIMITS):
            if isinstance(item, SourceError):
                assert not isinstance(item, SpanError)
                assert item.uri.startswith("a."), item.uri
                continue
            assert item.uri not in uris, "two sources of one uri"
            uris.add(item.uri)
            assert item.text.strip()
            assert len(item.text) <= _LIMITS.source_max_chars
            if suffix in (".txt", ".md"):
                assert data.decode(item.encoding) == item.text, "not what decoding gives"
            item.text.encode("utf-8")  # no half surrogates
            _partition(item)

    return check


def _partition(source: Source) -> None:
    """Blocks and dropped runs are the whole text, each character once; chunks are slices of it."""
    with allowed(SourceError):
        article = clean(source)
        spans = sorted([*(span for block in article.blocks for span in block.spans), *(item.span for item in article.dropped_spans)])
        at = 0
        for span in spans:
            assert span.start == at, "a gap, or an overlap"
            at = span.end
        assert at == len(source.text)
        held: set[int] = set()
        for one in chunk(article, 120):
            assert one.text == source.slice(one.spans)
            assert one.text.strip()
            for span in one.spans:
                places_of = set(range(span.start, span.end))
                assert not places_of & held, "a character in two chunks"
                held |= places_of


def cleaning(data: bytes) -> None:
    """`clean` and `chunk` on any text."""
    title, text = _texts(data, 2)
    if text.strip():
        _partition(Source(source_id("t"), "t", title[:50], text, "utf-8", ""))


# -- Chinese -------------------------------------------------------------------------------------------------------------


def normalising(data: bytes) -> None:
    """Twice is once; offsets never fall; every character leads back into the text."""
    (text,) = _texts(data, 1)
    result = normalise(text)
    assert normalised(result.text) == result.text
    assert unicodedata.is_normalized("NFKC", result.text)
    assert len(result.offsets) == len(result.text) + 1
    assert result.offsets[-1] == len(text)
    assert all(first <= second for first, second in zip(result.offsets, result.offsets[1:], strict=False))
    for at in range(len(result.text)):
        start, end = result.original(at, at + 1)
        assert 0 <= start < end <= len(text)


def sentences(data: bytes) -> None:
    """Bounds are in order, within the limit, and lose no letter."""
    (text,) = _texts(data, 1)
    at = 0
    for start, end in sentence_bounds(text, 30):
        assert at <= start < end <= len(text)
        assert end - start <= 30
        assert not any(character.isalnum() for character in text[at:start])
        at = end
    assert not any(character.isalnum() for character in text[at:])


def reading(data: bytes) -> None:
    """Words, tags, names, figures and dates lie within the text, in order."""
    (text,) = _texts(data, 1)
    at = 0
    for word, start, end in word_bounds(text):
        assert at <= start < end <= len(text)
        assert text[start:end] == word
        at = end
    search_terms(text)
    question_terms(text)
    tagged(text)
    han_value(text)
    for low, high in negations(text):
        assert 0 <= low < high <= len(text)
    for item in (*quantities(text), *dates(text), *places(text), *mentions(text)):
        assert 0 <= item.start < item.end <= len(text), item


def stating_dates(data: bytes) -> None:
    """A date, or none."""
    (text,) = _texts(data, 1)
    for day in (stated_date(text), written_date(text)):
        assert day is None or 1900 <= day.year <= 2099


# -- claims and questions ------------------------------------------------------------------------------------------------


def verifying(data: bytes) -> None:
    """A verdict; a text that holds the claim itself never contradicts it by a missing figure."""
    claim, cited, heading = _texts(data, 3)
    verdict = verify(claim, cited, heading)
    assert bool(verdict.differs) is (verdict.support is not Support.SUPPORTED)


def analysing(data: bytes) -> None:
    """A query for any question after any others."""
    question, *context = _texts(data, 3)
    with allowed(SettingsError, QuestionSetError):
        query = analyse(question, [text for text in context if text])
        assert isinstance(query.standalone, str)


@lru_cache(maxsize=1)
def assistant() -> Assistant:
    """The real walk over a tiny real index, by rules alone."""
    from wenyuan.answer import Assistant
    from wenyuan.corpus import Corpus
    from wenyuan.embed import open_embedder
    from wenyuan.store import open_index

    folder = Path(tempfile.mkdtemp(prefix="fuzz "))
    seed = sorted((Path(__file__).resolve().parents[2] / "seeds").glob("*.txt"))[0]
    piece = folder / "节选.txt"
    piece.write_text(seed.read_text(encoding="utf-8")[:1500], encoding="utf-8")
    hostile = folder / "<b>#=1+1`.txt"
    hostile.write_text(
        "**[点我](javascript:1)**\n\n=cmd|'/c calc'!A1援建了7所学校。<script>alert(1)</script>在北湖建了3座桥。\n", encoding="utf-8"
    )
    settings = Settings(index_dir=str(folder / "index"), reader=NO_READER, threads=1)
    embedder = open_embedder(settings.embedder, threads=1)
    Corpus(settings, embedder).add([piece, hostile])
    return Assistant(open_index(folder / "index"), embedder, settings)


def answering(data: bytes) -> None:
    """An answer for any question: quotes verbatim, confidence in range, and every way to show it shows it."""
    question, *context = _texts(data, 2)
    with allowed(SettingsError, QuestionSetError):
        answer = assistant().ask(question, [text for text in context if text])
        for citation in answer.citations:
            assert assistant().index.sources[citation.source_id].slice(citation.spans) == citation.quote
        assert 0 <= answer.confidence <= 1
        json.dumps(cite.answer_record(answer), allow_nan=False)
        assert not re.search("[\x00-\x08\x1b\x7f]", cite.as_text(answer))
        assert not re.search(r"(?<!\\)[<`]", cite.as_markdown(answer)), "markup that is not escaped"


def calling(data: bytes) -> None:
    """The functions behind HTTP and MCP take any JSON: a record that can be sent, or an error that says what to give."""
    from wenyuan.chat.api import functions
    from wenyuan.chat.desk import OpenIndex

    try:
        arguments = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return
    arguments = arguments if isinstance(arguments, list) and arguments else [arguments]
    for name, call in functions(OpenIndex(assistant()), 200).items():
        with allowed(WenyuanError):
            wanted = {"ask": 2, "search": 2, "source": 3, "why": 3, "verify": 3}[name]
            json.dumps(call(*arguments[:wanted]), ensure_ascii=False, allow_nan=False).encode("utf-8")


def showing(data: bytes) -> None:
    """Escaped text is the text: nothing in it is markup, and nothing of it is lost."""
    (text,) = _texts(data, 1)
    shown = cite.visible(text)
    in_html = cite.escape_html(text)
    assert not re.search("[<>\"']", in_html)
    assert html.unescape(in_html) == shown or "&" in text
    assert not re.search(r"(?<!\\)[<>`*_\[\]]", re.sub(r"\\\\", "", cite.escape_markdown(text)))
    assert "\n" not in cite.one_line(text)
    shown.encode("utf-8")


# -- lines and names -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz ")) / "input"


def question_lines(data: bytes) -> None:
    """Lines of questions: questions, or an error that names the line."""
    from wenyuan.evaluate.questions import load_questions

    path = _scratch()
    path.write_bytes(data)
    with allowed(QuestionSetError):
        for line in read_question_lines(path, 200):
            assert max(map(len, (line.question, *line.context))) <= 200
            json.dumps({"id": line.id, "question": line.question}, ensure_ascii=False).encode("utf-8")
    with allowed(QuestionSetError):
        load_questions(path, {})


def settings_file(data: bytes) -> None:
    """A TOML file of settings: settings, or SettingsError."""
    path = _scratch()
    path.write_bytes(data)
    with allowed(SettingsError):
        Settings.load(path, {})


def record_lines(data: bytes) -> None:
    """Lines of the store: what can be read is written again the same; else ValueError."""
    try:
        read: Sequence[dict[str, Any]] = list(records.from_lines(data))
        again = list(records.from_lines(records.to_lines(read)))
        assert json.dumps(again) == json.dumps(read)
    except (ValueError, RecursionError):
        return


def upload_names(data: bytes) -> None:
    """A name from a browser never leads out of its folder, and no hash of a password is more than refused."""
    from wenyuan.chat.corpus_desk import safe_name
    from wenyuan.chat.login import Hashed

    (text,) = _texts(data, 1)
    name = safe_name(text)
    if name:
        parts = name.split("/")
        assert not name.startswith("/")
        assert all(part not in ("", ".", "..") and len(part.encode()) <= 255 and part.isprintable() is not None for part in parts)
        assert not re.search("[\x00-\x1f\\\\:]", name)
    try:
        Hashed.parse(text)
    except ValueError:
        return


TARGETS = (
    Target("txt", file_of(".txt"), ".txt", 4),
    Target("md", file_of(".md"), ".md", 4),
    Target("html", file_of(".html"), ".html", 1),
    Target("pdf", file_of(".pdf"), ".pdf", 1),
    Target("docx", file_of(".docx"), ".docx", 1),
    Target("jsonl", file_of(".jsonl"), ".jsonl", 6),
    Target("zip", file_of(".zip"), ".zip", 2),
    Target("dates of publication", stating_dates, "text", 8),
    Target("normalise", normalising, "text", 16),
    Target("sentences", sentences, "text", 16),
    Target("words, names and figures", reading, "text", 4),
    Target("clean and chunk", cleaning, "text", 6),
    Target("verify", verifying, "text", 4),
    Target("analyse", analysing, "text", 3),
    Target("answer", answering, "text", 0.5),
    Target("functions over HTTP", calling, "calls", 0.5),
    Target("escaping", showing, "text", 16),
    Target("question lines", question_lines, ".jsonl", 6),
    Target("settings file", settings_file, ".toml", 4),
    Target("lines of the store", record_lines, ".jsonl", 10),
    Target("names of uploads", upload_names, "names", 12),
)
