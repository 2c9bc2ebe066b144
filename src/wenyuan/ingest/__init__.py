"""Files and folders to `Source`s: decoded strictly, visible text taken out, hashed. It never guesses in silence.

A text file becomes exactly what ``bytes.decode`` gives: line ends and a byte order mark stay, so that offsets can be checked
by anybody. This package knows nothing of what the text says, but for a date of publication stated where newspapers put it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from wenyuan.contracts import Source
from wenyuan.errors import SourceError, UnreadableSource, UnsupportedFormat
from wenyuan.ingest.dates import stated_date
from wenyuan.ingest.encoding import decode
from wenyuan.ingest.formats import SUFFIXES, is_article, sources
from wenyuan.ingest.limits import USUAL, Limits
from wenyuan.ingest.naming import file_of, source_id, under, unfit

__all__ = ["SUFFIXES", "Limits", "decode", "file_of", "load", "source_id", "stated_date", "under", "unfit"]

SOURCE_MAX_BYTES = 200_000_000


def load(paths: Iterable[Path], source_max_bytes: int = SOURCE_MAX_BYTES, limits: Limits = USUAL) -> Iterator[Source | SourceError]:
    """A `Source` for each article under ``paths``, in a fixed order, or in its place the error that kept it out.

    A folder is searched through, sorted by name; hidden files, ``README*`` and files of unknown kinds in it are passed over,
    and links that lead out of it are not followed. A zip is read like a folder. A file given by name is always tried. Two
    files with one uri are told apart by the folder they came from, a file given twice is read once, and a repeated id in a
    jsonl is an error. A document of which a part cannot be read (a scanned page) is a source, with an error after it that
    names the part.
    """
    taken: dict[str, Path] = {}  # uri -> file
    seen: set[Path] = set()
    for path in paths:
        closed: list[SourceError] = []
        try:
            files = list(_files(path, closed))
        except (OSError, ValueError) as error:  # ValueError: a zero character in the name
            reason = error.strerror if isinstance(error, OSError) else error
            yield UnreadableSource(path.name or str(path), f"cannot be read ({reason}); check the path and its permissions")
            continue
        yield from closed
        for file, uri in files:
            real = file.resolve()
            if real in seen:
                continue
            seen.add(real)
            uri = _distinct(uri, file, taken)
            taken[uri] = file
            try:
                data = _bytes(file, uri, source_max_bytes)
            except SourceError as error:
                yield error
            else:
                yield from sources(data, uri, source_max_bytes, limits)


def _files(path: Path, closed: list[SourceError]) -> Iterator[tuple[Path, str]]:
    """``(file, uri)`` for a file, or for each article in a folder; folders in it that cannot be opened go into ``closed``."""
    if not path.is_dir():
        path.stat()  # raises when there is nothing
        yield path, path.name
        return

    def cannot_open(error: OSError) -> None:
        if Path(error.filename) == path:
            raise error
        name = Path(error.filename).relative_to(path).as_posix()
        closed.append(UnreadableSource(name, f"cannot be read ({error.strerror}); check its permissions"))

    root = path.resolve()
    inside = [Path(folder, name).relative_to(path) for folder, _, names in os.walk(path, onerror=cannot_open) for name in names]
    for relative in sorted(inside, key=lambda found: found.as_posix()):
        file = path / relative
        # is_file first: it is False for a link that leads to itself, on which resolve raises
        if is_article(PurePosixPath(relative.as_posix())) and file.is_file() and file.resolve().is_relative_to(root):
            yield file, relative.as_posix()


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


def _bytes(file: Path, uri: str, source_max_bytes: int) -> bytes:
    """The bytes of ``file``, which is of a known kind and no larger than allowed; raises SourceError."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise UnsupportedFormat(uri, f"files of kind '{suffix or file.name}' are not read; give {', '.join(sorted(SUFFIXES))}")
    try:
        if not file.is_file():
            raise UnreadableSource(uri, "is no regular file; give a file or a folder")
        with file.open("rb") as stream:
            data = stream.read(source_max_bytes + 1)  # a file may grow after its size was asked
        size = max(len(data), file.stat().st_size)
    except OSError as error:
        raise UnreadableSource(uri, f"cannot be read ({error.strerror}); check the path and its permissions") from error
    if size > source_max_bytes:
        raise UnreadableSource(uri, f"has {size} bytes, more than source_max_bytes = {source_max_bytes}; split it or raise the setting")
    return data
