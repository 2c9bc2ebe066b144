"""The index folder, read: immutable generations, one of which ``CURRENT`` names.

::

    index/
      CURRENT                            the name of a generation
      .lock                              held by the one writer
      .embedded-<fingerprint>            finished vectors of a build that is not done yet
      .unfinished-…  .removed-…          a generation being written, or going
      <number>-<digest of manifest>/     never changed once it has this name
        manifest.json                    what it was built with; size and SHA-256 of every other file
        sources.jsonl  articles.jsonl  chunks.jsonl  dictionary.txt
        vectors.npy  (vectors.hnsw)      row i belongs to line i of chunks.jsonl
        keywords.json  keywords.scores.npy  keywords.rows.npy  keywords.starts.npy

Generations are numbered, so that a clock set back cannot make a newer one look older. Readers need no lock. How the folder is
written stands in ``store/writing.py``; this module knows nothing of what the files of a generation hold.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenyuan.errors import IndexDamaged, IndexFolderError, IndexMismatch, IndexMissing
from wenyuan.model_folder import file_digest

FORMAT = 2  # raised whenever files, normalising or terms change, so that an older index is made again
READABLE_SOURCES = (1, 2)  # formats whose sources.jsonl can be taken over into a new generation

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
REMOVED = ".removed-"
EMBEDDED = ".embedded-"
NEXT = f"{UNFINISHED}{CURRENT}"  # what ``CURRENT`` will say once the writer is done

# Format 1 named generations by the time of day; they count as older than all numbered ones.
_NAME = re.compile(r"(?:(?P<number>\d{10})|\d{8}T\d{12}Z)-(?P<digest>[0-9a-f]{16})")


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
    parent: str = ""  # the generation in force when this one was made; "" = none
    created: str = ""  # UTC, ISO 8601; for people: the order of generations is that of their numbers
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name -> {"bytes": size, "sha256": hex}


def number_of(name: str) -> int:
    """The number in the name of a generation; 0 for one of format 1, -1 for any other name."""
    match = _NAME.fullmatch(name)
    return -1 if match is None else int(match["number"] or 0)


def generations(index_dir: Path) -> list[str]:
    """Names of the generations in the folder, oldest first, but for one whose writer is not done, or died before it was."""
    stopped = unfinished(index_dir)
    names = [path.name for path in index_dir.iterdir() if _NAME.fullmatch(path.name) and path.name != stopped and path.is_dir()]
    return sorted(names, key=lambda name: (number_of(name), name))


def unfinished(index_dir: Path) -> str:
    """The generation that has its name already and was not yet put in force; "" for none."""
    name = _named(index_dir / NEXT)
    return name if name and name != _named(index_dir / CURRENT) else ""


def _named(pointer: Path) -> str:
    """The generation that a pointer names, to the letter: a flipped bit in the line end is a flipped bit. "" for none."""
    try:
        text = pointer.read_bytes().decode("ascii", "replace")
    except OSError:
        return ""
    name = text.removesuffix("\n")
    return name if text.endswith("\n") and _NAME.fullmatch(name) else ""


def name_in_force(index_dir: Path) -> str:
    """What ``CURRENT`` says, whether or not it is true; raises IndexMissing, IndexDamaged, or IndexFolderError without rights."""
    before: bytes | None = None
    while True:
        said = _said(index_dir)
        name = _named(index_dir / CURRENT)
        if name and (index_dir / name).is_dir():
            return name
        if said == before:
            # "": whatever it says, no generation is known to be bad, and the newest is the one to go back to.
            raise damaged(index_dir, f"{CURRENT} names no generation" if said else f"{CURRENT} is missing", "")
        before = said  # else it was replaced, and its generation collected, between the two looks


def _said(index_dir: Path) -> bytes:
    """The bytes of ``CURRENT``; none when it is gone though there are generations."""
    try:
        return (index_dir / CURRENT).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if index_dir.is_dir() and generations(index_dir):
            return b""
        raise IndexMissing(f"there is no index in {index_dir}: run `wenyuan build` first, or give another --index-dir") from None
    except OSError as error:
        raise IndexFolderError(f"cannot read the index in {index_dir}: {error.strerror or error}; mend the rights of the folder") from error


def current(index_dir: Path, formats: tuple[int, ...] = (FORMAT,)) -> tuple[str, Path, Manifest]:
    """Name, folder and manifest of the generation in force."""
    name = name_in_force(index_dir)
    return name, index_dir / name, manifest_of(index_dir, name, formats)


def manifest_of(index_dir: Path, name: str, formats: tuple[int, ...] = (FORMAT,)) -> Manifest:
    """The manifest of one generation; raises IndexDamaged when it was changed, IndexMismatch when it has none of ``formats``."""
    match = _NAME.fullmatch(name)
    try:
        data = (index_dir / name / MANIFEST).read_bytes()
    except OSError as error:
        raise damaged(index_dir, f"{name}/{MANIFEST} cannot be read ({error.strerror or error})", name) from error
    if match is None or hashlib.sha256(data).hexdigest()[:16] != match["digest"]:
        raise damaged(index_dir, f"{name}/{MANIFEST} has been changed", name)
    values = json.loads(data)
    if values.get("format") not in formats:
        update = "; or update wenyuan" if isinstance(values.get("format"), int) and values["format"] > FORMAT else ""
        raise IndexMismatch(
            f"the index in {index_dir} has format {values.get('format')}, this version reads {FORMAT}: run `wenyuan build` again, "
            f"or `wenyuan add` without a path to make it anew from the texts it holds{update}"
        )
    return Manifest(**values)


def damages(folder: Path, manifest: Manifest, verify: bool) -> Iterator[str]:
    """What differs from the manifest, file by file."""
    for name in manifest.files:
        yield from damage(folder, manifest, name, verify)


def damage(folder: Path, manifest: Manifest, name: str, verify: bool) -> Iterator[str]:
    """What is wrong with one file of a generation, if anything."""
    expected, path = manifest.files[name], folder / name
    try:
        if path.stat().st_size != expected["bytes"]:
            yield f"{folder.name}/{name} has another size"
        elif verify and file_digest(path) != expected["sha256"]:
            yield f"{folder.name}/{name} has been changed"
    except OSError as error:
        yield f"{folder.name}/{name} cannot be read ({error.strerror or error})"


def damaged(index_dir: Path, finding: str, name: str | None = None) -> IndexDamaged:
    """The error that says what to do: build again, or go back to a generation other than ``name``, by default the one in force."""
    advice = "run `wenyuan build` again"
    if name is None:
        try:
            name = (index_dir / CURRENT).read_bytes().decode("ascii", "replace").strip()
        except OSError:
            name = ""
    others = [other for other in generations(index_dir) if other != name]
    if others:
        advice += f", or go back with `wenyuan rollback {others[-1]}`"
    return IndexDamaged(f"the index in {index_dir} is damaged: {finding}; {advice}")
