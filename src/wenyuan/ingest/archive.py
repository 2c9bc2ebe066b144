"""Zip files to the articles in them, in memory: nothing is ever written, so no name in a zip can become a path.

A zip is read like a folder: in order of names, without hidden files, `README*` and files of unknown kinds. A zip inside a zip
is not opened. Sizes are checked before anything is unpacked, and zipfile never gives more bytes than a member states. This
module knows nothing of what the articles say.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from wenyuan.errors import SourceError, UnreadableSource, UnsupportedFormat
from wenyuan.ingest.encoding import plausibility
from wenyuan.ingest.limits import Limits

_LOCKED = 0x1  # flag bits of a member
_NAME_IS_UTF8 = 0x800
_UNLIKELY = 0.7  # see `wenyuan.ingest.encoding`


def members(
    data: bytes, uri: str, wanted: Callable[[PurePosixPath], bool], source_max_bytes: int, limits: Limits
) -> Iterator[tuple[str, bytes] | SourceError]:
    """``(uri, bytes)`` of each member that is ``wanted``, in order of names, or in its place the error that kept it out.

    Raises SourceError when the whole file is damaged, locked, too large when unpacked, or no plain zip.
    """
    with opened(data, uri, limits) as archive:
        entries = sorted(((_name(item), item) for item in archive.infolist() if not item.is_dir()), key=lambda entry: entry[0])
        for name, item in entries:
            inner = f"{uri}/{name}"
            try:
                path = _checked(name, item, inner)
                if path.suffix.lower() == ".zip":
                    raise UnsupportedFormat(inner, "is a zip inside a zip, which is not opened; unpack it first")
                if wanted(path):
                    yield inner, _bytes(archive, item, inner, source_max_bytes)
            except SourceError as error:
                yield error


def opened(data: bytes, uri: str, limits: Limits) -> zipfile.ZipFile:
    """``data`` as a zip whose members, all together, keep to ``limits``; raises UnreadableSource."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # zipfile raises half a dozen kinds on damaged files
        raise UnreadableSource(uri, f"could not be opened as a zip ({error}); it may be damaged") from error
    items = archive.infolist()
    if len(items) > limits.archive_max_files:
        raise UnreadableSource(
            uri, f"holds {len(items)} files, more than archive_max_files = {limits.archive_max_files}; split it or raise the setting"
        )
    size = sum(item.file_size for item in items)
    if size > limits.archive_max_bytes:
        raise UnreadableSource(
            uri, f"unpacks to {size} bytes, more than archive_max_bytes = {limits.archive_max_bytes}; split it or raise the setting"
        )
    return archive


def _name(item: zipfile.ZipInfo) -> str:
    """The name of a member. Old programs wrote it in the encoding of their system, and zipfile takes that for code page 437."""
    if item.flag_bits & _NAME_IS_UTF8:
        return item.filename
    try:
        raw = item.filename.encode("cp437")
    except UnicodeEncodeError:
        return item.filename
    for encoding in ("utf-8", "gb18030", "big5"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or plausibility(name) >= _UNLIKELY:
            return name
    return item.filename


def _checked(name: str, item: zipfile.ZipInfo, inner: str) -> PurePosixPath:
    """``name`` as a path that stays inside; raises SourceError for one that does not, for links and for locked members."""
    path = PurePosixPath(name)
    parts = name.replace("\\", "/").split("/")
    if path.is_absolute() or ".." in parts or ":" in parts[0] or "\\" in name or "\x00" in name:
        raise UnreadableSource(inner, "has a name that leads out of its zip; it is not read")
    if stat.S_ISLNK(item.external_attr >> 16):
        raise UnreadableSource(inner, "is a link, not a file; put the file itself into the zip")
    if item.flag_bits & _LOCKED:
        raise UnreadableSource(inner, "is protected by a password; unlock it first")
    return path


def _bytes(archive: zipfile.ZipFile, item: zipfile.ZipInfo, inner: str, source_max_bytes: int) -> bytes:
    """The bytes of one member; raises UnreadableSource."""
    if item.file_size > source_max_bytes:
        raise UnreadableSource(
            inner, f"has {item.file_size} bytes, more than source_max_bytes = {source_max_bytes}; split it or raise the setting"
        )
    try:
        return archive.read(item)
    except Exception as error:  # a damaged member: BadZipFile, zlib.error, EOFError, NotImplementedError …
        raise UnreadableSource(inner, f"could not be unpacked ({type(error).__name__}: {error}); it may be damaged") from error
