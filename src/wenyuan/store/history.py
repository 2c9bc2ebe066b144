"""The generations of an index folder, one by one: listing them, going back to one, removing old ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import IndexFolderError, IndexMissing
from wenyuan.store.folder import EMBEDDED, READABLE_SOURCES, Manifest, damaged, damages, generations, manifest_of, name_in_force
from wenyuan.store.writing import clear_leftovers, collect, put_in_force, remove, writing


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation, as its manifest says; an unreadable one has no time and no counts."""

    name: str
    created: str  # UTC, ISO 8601; "" when its manifest cannot be read
    sources: int
    chunks: int
    current: bool  # in force
    embedder: str = ""  # its name


def list_generations(index_dir: Path) -> list[Generation]:
    """All generations, oldest first; raises IndexMissing when there is none."""
    names = generations(index_dir) if index_dir.is_dir() else []
    if not names:
        name_in_force(index_dir)  # raises what fits
    try:
        in_force = name_in_force(index_dir)
    except IndexFolderError:
        in_force = ""
    found = []
    for name in names:
        manifest = _readable_manifest(index_dir, name)
        if manifest is None:
            found.append(Generation(name, "", 0, 0, name == in_force))
        else:
            found.append(Generation(name, manifest.created, manifest.sources, manifest.chunks, name == in_force, manifest.embedder))
    return found


def rollback_index(index_dir: Path, name: str = "", embedder_fingerprint: str | None = None) -> str:
    """The name of the generation now in force: ``name``, or "" for the one that the current one was made from.

    Where that is gone or damaged, or ``CURRENT`` names none, it is the newest whole one before it. Raises IndexDamaged or
    IndexMismatch, and changes nothing, when ``name`` cannot be opened; IndexFolderError when there is nothing to go back to.
    """
    if not index_dir.is_dir():
        raise IndexMissing(f"there is no index in {index_dir}: run `wenyuan build` first, or give another --index-dir")
    with writing(index_dir):
        clear_leftovers(index_dir)
        names = generations(index_dir)
        if name:
            if name not in names:
                raise IndexFolderError(f"{index_dir} holds no generation {name!r}; `wenyuan generations` lists all")
            _check(index_dir, name, embedder_fingerprint)
            put_in_force(index_dir, name)
            return name
        for candidate in _before(index_dir, names):
            try:
                _check(index_dir, candidate, embedder_fingerprint)
            except IndexFolderError:
                continue
            put_in_force(index_dir, candidate)
            return candidate
    raise IndexFolderError(f"{index_dir} holds no whole generation before the one in force; `wenyuan generations` lists all")


def collect_generations(index_dir: Path, keep: int) -> list[str]:
    """Names of the generations removed, so that ``keep`` >= 1 stay, and of what stopped builds had left lying."""
    if keep < 1:
        raise IndexFolderError(f"at least the generation in force stays: give 1 or more, not {keep}")
    name_in_force(index_dir)  # before the lock makes a folder
    with writing(index_dir):
        clear_leftovers(index_dir)
        for path in index_dir.glob(f"{EMBEDDED}*"):
            remove(path)
        return collect(index_dir, keep)


def _readable_manifest(index_dir: Path, name: str) -> Manifest | None:
    try:
        return manifest_of(index_dir, name, READABLE_SOURCES)
    except IndexFolderError:
        return None


def _before(index_dir: Path, names: list[str]) -> list[str]:
    """Where "back" may lead, best first."""
    try:
        in_force = name_in_force(index_dir)
    except IndexFolderError:
        return names[::-1]
    older = names[: names.index(in_force)][::-1]
    manifest = _readable_manifest(index_dir, in_force)
    parent = "" if manifest is None else manifest.parent
    return [parent, *(name for name in older if name != parent)] if parent in names else older


def _check(index_dir: Path, name: str, embedder_fingerprint: str | None) -> None:
    """Raises when the generation could not be opened."""
    manifest = manifest_of(index_dir, name)
    for finding in damages(index_dir / name, manifest, verify=True):
        raise damaged(index_dir, finding, name)
    if embedder_fingerprint is not None and manifest.embedder_fingerprint != embedder_fingerprint:
        raise IndexFolderError(
            f"generation {name} was built with another embedder, {manifest.embedder}: set embedder = {manifest.embedder!r} as it was then"
        )
