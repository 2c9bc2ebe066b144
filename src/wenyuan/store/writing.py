"""The index folder, written: one writer, whole generations, one atomic step from the old to the new.

A generation is written under another name, synced to the disk and renamed; then ``CURRENT`` is replaced. A process that dies
anywhere in between leaves the old generation in force, and what it leaves lying the next writer clears away. This module
knows nothing of what the files of a generation hold.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from wenyuan.errors import IndexFolderError, IndexLocked
from wenyuan.model_folder import file_digest
from wenyuan.store.folder import (
    CURRENT,
    EMBEDDED,
    MANIFEST,
    NEXT,
    REMOVED,
    UNFINISHED,
    Manifest,
    generations,
    name_in_force,
    number_of,
    unfinished,
)

KEPT_GENERATIONS = 3
_SPARE_BYTES = 1_000_000  # manifest, directories, CURRENT


@contextmanager
def only_writer(index_dir: Path) -> Iterator[None]:
    """Holds the lock of the folder, which is made if need be; raises IndexLocked at once when another holds it."""
    from filelock import FileLock, Timeout

    index_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(index_dir / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(f"another process is building in {index_dir}: wait until it is done, or give another --index-dir") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(index_dir: Path) -> Iterator[None]:
    """`only_writer`, with what the system refuses said as an IndexFolderError that tells what to do; the old generation stays."""
    try:
        with only_writer(index_dir):
            yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "nothing was changed; free some space, run `wenyuan gc --keep 1`, or give another --index-dir"
        else:
            remedy = "nothing was changed; mend that or give another --index-dir"
        raise IndexFolderError(f"cannot write the index in {index_dir}: {error.strerror or error}; {remedy}") from error


def check_space(index_dir: Path, needed: int) -> None:
    """Raises IndexFolderError when less than ``needed`` bytes and a little more are free."""
    free = shutil.disk_usage(index_dir).free
    wanted = needed + needed // 50 + _SPARE_BYTES
    if free < wanted:
        raise IndexFolderError(
            f"not enough space for a new generation in {index_dir}: it needs {_megabytes(wanted)}, {_megabytes(free)} are free; "
            "nothing was changed; free some space, run `wenyuan gc --keep 1`, or give another --index-dir"
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def publish(index_dir: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> str:
    """The name of a new generation, in force, of what ``write_files`` puts into the folder it is given.

    To be called by the one writer. The manifest's parent, time and digests are filled in here.
    """
    clear_leftovers(index_dir)
    names = generations(index_dir)
    folder, beside = index_dir / f"{UNFINISHED}{os.getpid()}", index_dir / NEXT
    published: Path | None = None
    folder.mkdir()
    try:
        write_files(folder)
        manifest = replace(
            manifest,
            parent=_in_force(index_dir),
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            files=_sealed(folder),
        )
        data = (json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n").encode("utf-8")
        _write(folder / MANIFEST, data)
        _sync(folder)
        # The name carries the digest of the manifest, and the manifest those of all files: nothing goes unwatched.
        number = 1 + max((number_of(name) for name in names), default=0)
        name = f"{number:010d}-{hashlib.sha256(data).hexdigest()[:16]}"
        _write(beside, f"{name}\n".encode("ascii"))  # before the renames, after which no space is needed any more
        published = folder.rename(index_dir / name)
        _sync(index_dir)
        beside.replace(index_dir / CURRENT)
    except BaseException:
        remove(folder)
        if published is not None and _in_force(index_dir) != published.name:
            _discard(published)
        remove(beside)  # last: as long as it is there, nobody takes what it names for a generation
        raise
    with suppress(OSError):  # it is in force, whatever cannot be cleared away
        _sync(index_dir)
        for path in index_dir.glob(f"{EMBEDDED}*"):
            remove(path)
        collect(index_dir, KEPT_GENERATIONS)
    return name


def put_in_force(index_dir: Path, name: str) -> None:
    """Makes ``CURRENT`` name the generation ``name``. To be called by the one writer."""
    beside = index_dir / f"{UNFINISHED}rollback"  # not NEXT: what that names is thrown away when the writer dies
    try:
        _write(beside, f"{name}\n".encode("ascii"))
        beside.replace(index_dir / CURRENT)
    except BaseException:
        remove(beside)
        raise
    _sync(index_dir)


def collect(index_dir: Path, keep: int) -> list[str]:
    """Names of the generations removed, so that ``keep`` stay: the one in force and the newest others. For the one writer.

    Readers hold their generation in memory, so an old one can go while it is read.
    """
    in_force = name_in_force(index_dir)
    others = [name for name in generations(index_dir) if name != in_force]
    gone = others[: max(0, len(others) - keep + 1)]
    for name in gone:
        _discard(index_dir / name)
    return gone


def clear_leftovers(index_dir: Path) -> None:
    """Removes what writers that died have left lying, but for finished vectors. For the one writer."""
    stopped = unfinished(index_dir)
    if (index_dir / stopped).is_dir() and stopped:
        _discard(index_dir / stopped)
    for path in leftovers(index_dir):
        remove(path)


def leftovers(index_dir: Path) -> list[Path]:
    """What writers that died have left lying, but for finished vectors; sorted."""
    return sorted(path for prefix in (UNFINISHED, REMOVED) for path in index_dir.glob(f"{prefix}*"))


def _in_force(index_dir: Path) -> str:
    try:
        return name_in_force(index_dir)
    except IndexFolderError:
        return ""


def _discard(folder: Path) -> None:
    """Removes a generation: first its name, so that none is ever half there."""
    remove(folder.rename(folder.parent / f"{REMOVED}{folder.name}"))


def _sealed(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> size and SHA-256 of every file in ``folder``, all of them on the disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        _sync(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_digest(path)}
    return files


def remove(path: Path) -> None:
    """Removes a file or folder as far as it can be; what stays is harmless and named by the doctor."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    _sync(path)


def _sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
