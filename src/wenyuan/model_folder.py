"""A folder of model files that is whole or not there: written beside its place, flushed, renamed, with a SHA-256 per file.

This module knows nothing of what the files hold.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wenyuan.errors import ModelError

_MANIFEST = "manifest.json"


def write_once(folder: Path, write: Callable[[Path], None], needed_bytes: int = 0) -> None:
    """Nothing, after ``write`` has filled ``folder``, unless it was there; other processes see it whole or not at all.

    ``write`` gets an empty folder beside it, which gains a manifest and is then renamed. Raises ModelError when the disk will not have it.
    """
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock"):
            if folder.is_dir():  # another process was faster
                return
            part = folder.parent / f"{folder.name}.part"
            shutil.rmtree(part, ignore_errors=True)  # of a process that was killed; the lock says nobody writes it now
            free = shutil.disk_usage(folder.parent).free
            if free < needed_bytes:
                raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB free, {needed_bytes / 1e6:.0f} MB needed")
            part.mkdir()
            try:
                write(part)
                _write_manifest(part)
                os.rename(part, folder)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
            _flush(folder.parent)
    except OSError as error:
        raise ModelError(
            f"cannot unpack the model into {folder} ({error.strerror or error}): "
            "make room there, or set WENYUAN_CACHE_DIR to a folder you may write to"
        ) from error


def check_sizes(folder: Path) -> None:
    """Nothing, after comparing every file's size with the manifest: quick. Raises ModelError naming the file that differs or is missing."""
    _check(folder, lambda path, entry: path.stat().st_size == entry["bytes"])


def check_digests(folder: Path) -> None:
    """Nothing, after comparing every file's SHA-256 with the manifest. Raises ModelError naming the file that differs or is missing."""
    _check(folder, lambda path, entry: file_digest(path) == entry["sha256"])


def file_digest(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits; raises OSError when it does not read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while run := file.read(1 << 20):
            digest.update(run)
    return digest.hexdigest()


def unpack_again(folder: Path) -> str:
    """What to do about a damaged folder, to end an error's sentence."""
    return f"delete the folder {folder}, it is unpacked again at the next use"


def _check(folder: Path, same: Callable[[Path, Mapping[str, Any]], bool]) -> None:
    manifest = folder / _MANIFEST
    try:
        files: dict[str, Mapping[str, Any]] = json.loads(manifest.read_bytes())["files"]
        for name, entry in files.items():
            if not same(folder / name, entry):
                raise ModelError(f"{folder / name} is damaged: {unpack_again(folder)}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the model in {folder} does not read ({error}): {unpack_again(folder)}") from error


def _write_manifest(folder: Path) -> None:
    """``manifest.json`` over the files of ``folder``; everything flushed to the disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        _flush(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_digest(path)}
    (folder / _MANIFEST).write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")
    _flush(folder / _MANIFEST)
    _flush(folder)


def _flush(path: Path) -> None:
    """A file or folder, flushed to the disk where the system can (Windows cannot flush a folder, nor a file opened to read)."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
