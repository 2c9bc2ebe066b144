"""The index folder: immutable generations, one of which ``CURRENT`` names.

::

    index/
      CURRENT                            the name of a generation
      .lock                              held by the one writer
      <UTC time>-<digest of manifest>/   never changed once it has this name
        manifest.json                    what it was built with; size and SHA-256 of every other file
        sources.jsonl  articles.jsonl  chunks.jsonl  dictionary.txt
        vectors.npy  (vectors.hnsw)      row i belongs to line i of chunks.jsonl
        keywords.json  keywords.scores.npy  keywords.rows.npy  keywords.starts.npy

A generation is written under another name, synced to the disk and renamed; then ``CURRENT`` is replaced. A process that
dies anywhere in between leaves the old generation in force. Readers need no lock. This module knows nothing of what the
files of a generation hold.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from wenyuan.errors import IndexDamaged, IndexFolderError, IndexLocked, IndexMismatch, IndexMissing
from wenyuan.model_folder import file_digest

FORMAT = 1  # raised whenever files, normalising or terms change, so that an older index is built again
KEPT_GENERATIONS = 3

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_NAME = re.compile(r"\d{8}T\d{12}Z-([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built with, and what it holds."""

    format: int
    embedder: str  # name, as in the settings
    embedder_fingerprint: str
    dimension: int
    chunk_max_chars: int
    user_dictionary_sha256: str  # "" = none
    sources: int
    chunks: int
    terms: int
    created: str = ""  # UTC, ISO 8601
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name -> {"bytes": size, "sha256": hex}


def current(index_dir: Path) -> tuple[str, Path, Manifest]:
    """Name, folder and manifest of the generation in force."""
    try:
        name = (index_dir / _CURRENT).read_bytes().decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        if index_dir.is_dir() and generations(index_dir):
            raise damaged(index_dir, f"{_CURRENT} is missing") from None
        raise IndexMissing(f"there is no index in {index_dir}: run `wenyuan build` first, or give another --index-dir") from None
    except OSError as error:
        raise IndexFolderError(f"cannot read the index in {index_dir}: {error.strerror or error}; mend the rights of the folder") from error
    match = _NAME.fullmatch(name)
    folder = index_dir / name
    if match is None or not folder.is_dir():
        raise damaged(index_dir, f"{_CURRENT} names no generation")
    try:
        data = (folder / _MANIFEST).read_bytes()
    except OSError as error:
        raise damaged(index_dir, f"{name}/{_MANIFEST} cannot be read ({error.strerror or error})") from error
    if hashlib.sha256(data).hexdigest()[:16] != match[1]:
        raise damaged(index_dir, f"{name}/{_MANIFEST} has been changed")
    values = json.loads(data)
    if values.get("format") != FORMAT:
        raise IndexMismatch(
            f"the index in {index_dir} has format {values.get('format')}, this version reads {FORMAT}: run `wenyuan build` again"
        )
    return name, folder, Manifest(**values)


def damages(folder: Path, manifest: Manifest, verify: bool) -> Iterator[str]:
    """What differs from the manifest, file by file."""
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            if path.stat().st_size != expected["bytes"]:
                yield f"{folder.name}/{name} has another size"
            elif verify and file_digest(path) != expected["sha256"]:
                yield f"{folder.name}/{name} has been changed"
        except OSError as error:
            yield f"{folder.name}/{name} cannot be read ({error.strerror or error})"


def damaged(index_dir: Path, finding: str) -> IndexDamaged:
    """The error that says what to do: build again, or go back to a generation that is whole."""
    advice = "run `wenyuan build` again"
    try:
        in_force = (index_dir / _CURRENT).read_bytes().decode("ascii", "replace").strip()
    except OSError:
        in_force = ""
    others = [name for name in generations(index_dir) if name != in_force]
    if others:
        advice += f", or go back by writing {others[-1]} into {index_dir / _CURRENT}"
    return IndexDamaged(f"the index in {index_dir} is damaged: {finding}; {advice}")


def generations(index_dir: Path) -> list[str]:
    """Names of the generations in the folder, oldest first."""
    return sorted(path.name for path in index_dir.iterdir() if _NAME.fullmatch(path.name) and path.is_dir())


def check_index(index_dir: Path) -> list[str]:
    """What is wrong with the index folder, one sentence each; empty when all is well."""
    try:
        _, folder, manifest = current(index_dir)
    except IndexFolderError as error:
        return [str(error)]
    findings = [str(damaged(index_dir, finding)) for finding in damages(folder, manifest, verify=True)]
    try:
        with only_writer(index_dir):
            unfinished = sorted(path.name for path in index_dir.glob(f"{_UNFINISHED}*"))
        findings += [f"{name} in {index_dir} is left from a build that was stopped: `wenyuan build` removes it" for name in unfinished]
    except IndexLocked as error:
        findings.append(str(error))
    except OSError as error:
        findings.append(f"{index_dir} can be read but not written ({error.strerror or error}): asking works, `wenyuan build` will not")
    return findings


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


def publish(index_dir: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> str:
    """The name of a new generation, in force, of what ``write_files`` puts into the folder it is given.

    To be called by the one writer. The manifest's time and digests are filled in here.
    """
    for path in index_dir.glob(f"{_UNFINISHED}*"):  # of writers that died
        _remove(path)
    folder = index_dir / f"{_UNFINISHED}{os.getpid()}"
    folder.mkdir()
    try:
        write_files(folder)
        now = datetime.now(timezone.utc)
        manifest = replace(manifest, created=now.isoformat(timespec="seconds"), files=_sealed(folder))
        data = (json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n").encode("utf-8")
        _write(folder / _MANIFEST, data)
        _sync(folder)
        # The name carries the digest of the manifest, and the manifest those of all files: nothing goes unwatched.
        name = f"{now:%Y%m%dT%H%M%S%fZ}-{hashlib.sha256(data).hexdigest()[:16]}"
        folder.rename(index_dir / name)
    except BaseException:
        _remove(folder)
        raise
    _sync(index_dir)
    beside = index_dir / f"{_UNFINISHED}{_CURRENT}"
    _write(beside, f"{name}\n".encode("ascii"))
    beside.replace(index_dir / _CURRENT)
    _sync(index_dir)
    # Readers hold their generation in memory, so an old one can go while it is read.
    others = [other for other in generations(index_dir) if other != name]
    for other in others[: max(0, len(others) - KEPT_GENERATIONS + 1)]:
        _remove(index_dir / other)
    return name


def _sealed(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> size and SHA-256 of every file in ``folder``, all of them on the disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        _sync(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_digest(path)}
    return files


def _remove(path: Path) -> None:
    """Removes a file or folder as far as it can be; what stays is harmless."""
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
