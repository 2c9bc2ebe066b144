"""Files and folders to `Source`s: decoded strictly, visible text taken out, hashed. It never guesses in silence.

A text file becomes exactly what ``bytes.decode`` gives: line ends and a byte order mark stay, so that offsets can be checked
by anybody. This module knows nothing of what the text says, but for a date of publication stated near its top.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from wenyuan.contracts import Source
from wenyuan.errors import EmptySource, SourceError, UnknownEncoding, UnreadableSource, UnsupportedFormat
from wenyuan.ingest.extract import Extracted, from_docx, from_html, from_pdf

SOURCE_MAX_BYTES = 200_000_000

_PLAIN_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})
_PACKED: dict[str, Callable[[bytes], Extracted]] = {".pdf": from_pdf, ".docx": from_docx}
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_LINES_SUFFIX = ".jsonl"
SUFFIXES = _PLAIN_SUFFIXES | _HTML_SUFFIXES | frozenset(_PACKED) | {_LINES_SUFFIX}

# First bytes that say a file is no text, whatever its name. (OLE is .doc, zip is .docx and its kin.)
_BINARY_STARTS = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\x7fELF", b"MZ\x90")


def load(paths: Iterable[Path], source_max_bytes: int = SOURCE_MAX_BYTES) -> Iterator[Source | SourceError]:
    """A `Source` for each article under ``paths``, in a fixed order, or in its place the error that kept it out.

    A folder is searched through, sorted by name; hidden files, ``README*`` and files of unknown kinds in it are passed over,
    and links that lead out of it are not followed. A file given by name is always tried. Two files with one uri are told
    apart by the folder they came from, a file given twice is read once, and a repeated id in a jsonl is an error.
    """
    taken: dict[str, Path] = {}  # uri -> file
    seen: set[Path] = set()
    for path in paths:
        try:
            files = list(_files(path))
        except OSError as error:
            yield UnreadableSource(path.name or str(path), f"cannot be read ({error.strerror}); check the path and its permissions")
            continue
        for file, uri in files:
            real = file.resolve()
            if real in seen:
                continue
            seen.add(real)
            uri = _distinct(uri, file, taken)
            taken[uri] = file
            yield from _load_file(file, uri, source_max_bytes)


def source_id(uri: str) -> str:
    """Twelve hexadecimal digits, the same for a uri on every machine."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def decode(data: bytes, uri: str) -> tuple[str, str]:
    """``(text, encoding)`` of ``data``: UTF-8, UTF-16 with its byte order mark, or GB18030; raises UnknownEncoding.

    A UTF-8 byte order mark stays in the text as U+FEFF, so that the text is what ``data.decode("utf-8")`` gives.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise UnknownEncoding(uri, "starts like UTF-16 but does not decode; save it as UTF-8") from error
    if b"\x00" in data:
        raise UnsupportedFormat(uri, "holds zero bytes, so it is no text file; convert it to UTF-8 text")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), "gb18030"
    except UnicodeDecodeError as error:
        raise UnknownEncoding(uri, "is neither UTF-8 nor GB18030; convert it to UTF-8") from error


# -- which files ---------------------------------------------------------------------------------------------------------


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """``(file, uri)`` for a file, or for each article in a folder."""
    if not path.is_dir():
        path.stat()  # raises when there is nothing
        yield path, path.name
        return
    root = path.resolve()
    for file in sorted(path.rglob("*"), key=lambda found: found.relative_to(path).as_posix()):
        inside = file.relative_to(path)
        if any(part.startswith(".") for part in inside.parts) or file.name.upper().startswith("README"):
            continue
        if file.suffix.lower() not in SUFFIXES or not file.resolve().is_relative_to(root):
            continue
        if file.is_file():
            yield file, inside.as_posix()


def _distinct(uri: str, file: Path, taken: dict[str, Path]) -> str:
    """``uri``, led by as many of the file's folders as tell it from those taken, else by a number."""
    folders = list(file.resolve().parent.parts[1:])
    extra = len(uri.split("/")) - 1
    candidate = uri
    for depth in range(extra + 1, len(folders) + 1):
        if candidate not in taken:
            return candidate
        candidate = "/".join([*folders[-depth:], file.name])
    number = 2
    while candidate in taken:
        candidate, number = f"{number}/{uri}", number + 1
    return candidate


# -- one file ------------------------------------------------------------------------------------------------------------


def _load_file(file: Path, uri: str, source_max_bytes: int) -> Iterator[Source | SourceError]:
    """The sources in one file."""
    suffix = file.suffix.lower()
    try:
        if suffix not in SUFFIXES:
            raise UnsupportedFormat(uri, f"files of kind '{suffix or file.name}' are not read; give {', '.join(sorted(SUFFIXES))}")
        data = _bytes(file, uri, source_max_bytes)
        if suffix == _LINES_SUFFIX:
            yield from _load_lines(data, uri)
        else:
            yield _load_one(data, uri, suffix)
    except SourceError as error:
        yield error


def _bytes(file: Path, uri: str, source_max_bytes: int) -> bytes:
    """The bytes of ``file``; raises UnreadableSource or EmptySource."""
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise UnreadableSource(uri, "is no regular file; give a file or a folder")
        if size > source_max_bytes:
            raise UnreadableSource(uri, f"has {size} bytes, more than source_max_bytes = {source_max_bytes}; split it or raise the setting")
        data = file.read_bytes()
    except OSError as error:
        raise UnreadableSource(uri, f"cannot be read ({error.strerror}); check the path and its permissions") from error
    if not data:
        raise EmptySource(uri, "is empty; remove it or put text in it")
    return data


def _load_one(data: bytes, uri: str, suffix: str) -> Source:
    """The one source in ``data``."""
    if suffix in _PACKED:
        extracted, encoding = _take_out(_PACKED[suffix], data, uri), suffix[1:]
    else:
        if data.startswith(_BINARY_STARTS):
            raise UnsupportedFormat(uri, f"is not the {suffix} file its name says; give it the suffix of its true kind")
        text, encoding = decode(data, uri)
        extracted = _take_out(from_html, _html_bytes(data, encoding), uri) if suffix in _HTML_SUFFIXES else Extracted(text)
    if not extracted.text.strip("\ufeff \t\r\n\v\f\u3000"):
        raise EmptySource(uri, "holds no text to read; a scanned document needs text recognition first")
    return Source(
        id=source_id(uri),
        uri=uri,
        title=extracted.title,
        text=extracted.text,
        encoding=encoding,
        sha256=hashlib.sha256(data).hexdigest(),
        published=extracted.published or stated_date(extracted.text),
    )


def _html_bytes(data: bytes, encoding: str) -> bytes:
    """``data`` as UTF-8; the page's own word about its encoding may be wrong, that it decodes strictly is not."""
    return data if encoding == "utf-8" else data.decode(encoding).encode("utf-8", "surrogatepass")


def _take_out(extract: Callable[[bytes], Extracted], data: bytes, uri: str) -> Extracted:
    """What ``extract`` finds; whatever a damaged file makes a library raise becomes UnreadableSource."""
    try:
        return extract(data)
    except Exception as error:
        raise UnreadableSource(uri, f"could not be opened ({type(error).__name__}: {error}); it may be damaged or locked") from error


def _load_lines(data: bytes, uri: str) -> Iterator[Source | SourceError]:
    """A source for each line of a jsonl; a bad line is an error that names it."""
    text, _ = decode(data, uri)
    seen: set[str] = set()
    any_line = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip("\ufeff \t\r"):
            continue
        any_line = True
        try:
            source = _load_line(line.strip("\ufeff \t\r"), uri, number)
            if source.uri in seen:
                raise UnreadableSource(f"{uri}:{number}", f"repeats the id of an earlier line ({source.uri}); give each line its own")
        except SourceError as error:
            yield error
            continue
        seen.add(source.uri)
        yield source
    if not any_line:
        raise EmptySource(uri, "holds no line; give one JSON object with id, title and text a line")


def _load_line(line: str, uri: str, number: int) -> Source:
    """The source in one line of a jsonl."""
    place = f"{uri}:{number}"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(place, f"line {number} is no JSON ({error}); write one object a line") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not isinstance(record.get("id"), str | int):
        raise UnreadableSource(place, f'line {number} lacks "id" or "text"; write {{"id": "…", "title": "…", "text": "…"}}')
    text, title, day = record["text"], record.get("title") or "", record.get("date")
    if not text.strip("\ufeff \t\r\n\v\f\u3000"):
        raise EmptySource(place, f"line {number} has an empty text; remove it")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UnreadableSource(place, f"line {number} holds half a surrogate pair; write the text as UTF-8")
    full = f"{uri}#{record['id']}"
    return Source(
        id=source_id(full),
        uri=full,
        title=title if isinstance(title, str) else "",
        text=text,
        encoding="utf-8",
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        published=(stated_date(day, anywhere=True) if isinstance(day, str) else None) or stated_date(text),
    )


# -- date ----------------------------------------------------------------------------------------------------------------

_DATE = r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)"
# A date that stands alone on its line, after a word for publishing, or at the very start before the text.
_DATE_LINE = re.compile(
    rf"(?:^|\n)[ \t\u3000]*(?:发布(?:时间|日期)?|發佈(?:時間|日期)?|发表于|日期|时间|時間|来源[^\n]{{0,20}}?)?[:：]?\s*(?<!\d){_DATE}\s*日?"
    rf"(?:[ T]*\d{{1,2}}[:：]\d{{2}}(?:[:：]\d{{2}})?)?[ \t\u3000]*(?=\n|\r|$|[,，]正文)"
)
_DATE_ANYWHERE = re.compile(rf"(?<!\d){_DATE}")
_HEAD_CHARS = 400


def stated_date(text: str, *, anywhere: bool = False) -> date | None:
    """The date of publication, where the first lines state exactly one on a line of its own; else None."""
    found = {match.groups() for match in (_DATE_ANYWHERE if anywhere else _DATE_LINE).finditer(text[:_HEAD_CHARS])}
    if len(found) != 1:
        return None
    year, month, day = (int(part) for part in found.pop())
    try:
        return date(year, month, day)
    except ValueError:
        return None
