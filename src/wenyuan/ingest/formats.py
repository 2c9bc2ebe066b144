"""The bytes of one file to sources, by the kind its name states. A file that is of another kind is named as such, not guessed at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from wenyuan.contracts import Source
from wenyuan.errors import EmptySource, SourceError, UnreadablePart, UnreadableSource, UnsupportedFormat
from wenyuan.ingest.archive import members, opened
from wenyuan.ingest.dates import stated_date
from wenyuan.ingest.docx import from_docx
from wenyuan.ingest.encoding import decode
from wenyuan.ingest.extracted import Extracted
from wenyuan.ingest.html import from_html
from wenyuan.ingest.jsonl import load_lines
from wenyuan.ingest.limits import Limits
from wenyuan.ingest.naming import is_blank, source_id
from wenyuan.ingest.pdf import from_pdf

_PLAIN = frozenset({".txt", ".text", ".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_PDF, _DOCX, _LINES, _ZIP = ".pdf", ".docx", ".jsonl", ".zip"
SUFFIXES = _PLAIN | _HTML | {_PDF, _DOCX, _LINES, _ZIP}

# First bytes that tell what a file is, whatever its name.
_STARTS = (
    (b"%PDF-", "a pdf"),
    (b"PK\x03\x04", "a zip, docx or other packed file"),
    (b"PK\x05\x06", "an empty zip"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "a rich text file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"Rar!", "a rar archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_SEEN_BYTES = 1024  # in which a pdf may begin
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")


def is_article(path: PurePosixPath) -> bool:
    """True for a file inside a folder or zip that is read: of a known kind, not hidden, no README."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden and not path.name.upper().startswith("README")


def sources(data: bytes, uri: str, source_max_bytes: int, limits: Limits) -> Iterator[Source | SourceError]:
    """The sources in ``data``, or in their place the errors that kept them out."""
    suffix = PurePosixPath(uri).suffix.lower()
    try:
        if not data:
            raise EmptySource(uri, "is empty; remove it or put text in it")
        if suffix == _ZIP:
            yield from _from_zip(data, uri, source_max_bytes, limits)
        elif suffix == _LINES:
            _refuse_binary(data, uri, suffix)
            yield from load_lines(data, uri, limits.source_max_chars)
        else:
            source, unread = _one(data, uri, suffix, limits)
            yield source
            yield from (UnreadablePart(uri, part, why) for part, why in unread)
    except SourceError as error:
        yield error


def _one(data: bytes, uri: str, suffix: str, limits: Limits) -> tuple[Source, tuple[tuple[str, str], ...]]:
    """The one source in ``data``, and the parts of it that could not be read, each with the reason."""
    encoding = suffix[1:]
    if suffix == _PDF:
        if b"%PDF-" not in data[:_SEEN_BYTES]:
            _refuse_binary(data, uri, suffix)
            raise UnreadableSource(uri, "is no pdf, or its beginning is lost; get a whole copy")
        extracted = _take_out(lambda data: from_pdf(data, uri, limits), data, uri)
    elif suffix == _DOCX:
        _check_package(data, uri, limits)
        extracted = _take_out(from_docx, data, uri)
    else:
        _refuse_binary(data, uri, suffix)
        if suffix in _HTML and len(data) > limits.html_max_bytes:
            raise UnreadableSource(uri, f"has {len(data)} bytes, more than html_max_bytes = {limits.html_max_bytes}; raise the setting")
        text, encoding = decode(data, uri)
        extracted = _take_out(from_html, text.encode("utf-8", "surrogatepass"), uri) if suffix in _HTML else Extracted(text)
    _check_text(extracted, uri, limits)
    return (
        Source(
            id=source_id(uri),
            uri=uri,
            title=extracted.title,
            text=extracted.text,
            encoding=encoding,
            sha256=hashlib.sha256(data).hexdigest(),
            published=extracted.published or stated_date(extracted.text),
        ),
        extracted.unread,
    )


def _check_text(extracted: Extracted, uri: str, limits: Limits) -> None:
    """Raise SourceError when there is no text, or too much."""
    if is_blank(extracted.text):
        pictures = next((why for _, why in extracted.unread), "")
        raise EmptySource(uri, pictures or "holds no text to read; remove it or put text in it")
    if len(extracted.text) > limits.source_max_chars:
        raise UnreadableSource(
            uri,
            f"holds {len(extracted.text)} code points, more than source_max_chars = {limits.source_max_chars}; "
            "split it or raise the setting",
        )


def _take_out(extract: Callable[[bytes], Extracted], data: bytes, uri: str) -> Extracted:
    """What ``extract`` finds; whatever a damaged file makes a library raise becomes UnreadableSource."""
    try:
        return extract(data)
    except SourceError:
        raise
    except Exception as error:
        raise UnreadableSource(uri, f"could not be opened ({type(error).__name__}: {error}); it may be damaged or locked") from error


def _refuse_binary(data: bytes, uri: str, suffix: str) -> None:
    """Raise UnsupportedFormat when ``data`` begins as a file of another kind does."""
    for start, kind in _STARTS:
        if data.startswith(start):
            raise UnsupportedFormat(uri, f"is {kind}, not the {suffix} file its name says; give it the suffix of its true kind")


def _check_package(data: bytes, uri: str, limits: Limits) -> None:
    """Raise SourceError when ``data`` is no docx, is locked, or would unpack to more than the limits."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if _ENCRYPTED_OFFICE in data:
            raise UnreadableSource(uri, "is protected by a password; open it in the program that made it and save it without one")
        raise UnsupportedFormat(uri, "is an old .doc file under the name .docx; open it and save it as docx")
    if not data.startswith(b"PK"):
        _refuse_binary(data, uri, _DOCX)
        raise UnreadableSource(uri, "is no docx, or its beginning is lost; get a whole copy")
    with opened(data, uri, limits) as package:
        names = set(package.namelist())
        if "[Content_Types].xml" not in names or not any(name.startswith("word/") for name in names):
            raise UnsupportedFormat(uri, "is a packed file, but no Word document; give it the suffix of its true kind")


def _from_zip(data: bytes, uri: str, source_max_bytes: int, limits: Limits) -> Iterator[Source | SourceError]:
    """The sources in each article of a zip."""
    if not data.startswith(b"PK"):
        _refuse_binary(data, uri, _ZIP)
    with opened(data, uri, limits) as package:
        if "[Content_Types].xml" in package.namelist():
            raise UnsupportedFormat(uri, "is an Office document under the name .zip; give it its true suffix, such as .docx")
    found = False
    for member in members(data, uri, is_article, source_max_bytes, limits):
        found = True
        if isinstance(member, SourceError):
            yield member
        else:
            inner, content = member
            yield from sources(content, inner, source_max_bytes, limits)
    if not found:
        raise EmptySource(uri, f"holds no article; put files of these kinds into it: {', '.join(sorted(SUFFIXES - {_ZIP}))}")
