"""What is in the index, changed without losing anything: documents added, changed, removed and renamed.

Every change makes a new generation and leaves the old one in force until the new one is whole; what did not change is not
embedded again. A document is named by its uri. A file is all uris that begin with its name (``FILE#id`` for the lines of a
jsonl): added again, it takes the place of what it held before. This module knows nothing of doors, nor of how an index is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wenyuan.chinese.words import dictionary_digest, read_dictionary
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.config import Settings
from wenyuan.contracts import Article, Embedder, Source
from wenyuan.errors import IndexFolderError, IndexMissing, SourceError, UnreadablePart
from wenyuan.ingest import Limits, file_of, load, source_id, under, unfit
from wenyuan.store import (
    Generation,
    collect_generations,
    current,
    held_sources,
    list_generations,
    name_in_force,
    removed_but_held,
    rollback_index,
    write_generation,
    writing,
)

__all__ = ["ChangeReport", "Corpus", "FileOutcome", "Generation"]

PARTS_NAMED = 3  # pages without text that a message names one by one


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one document."""

    uri: str
    status: str  # "added" | "changed" | "unchanged" | "removed" | "renamed" | "failed"
    message: str = ""  # "" or the reason, one line for people


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What one change did; ``generation`` is the one now in force, "" where there is none yet."""

    generation: str
    outcomes: tuple[FileOutcome, ...]
    embedded: int  # chunks whose vector was computed
    reused: int  # chunks that had one
    seconds: float

    @property
    def failed(self) -> tuple[FileOutcome, ...]:
        """The outcomes that are failures."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")


class Corpus:
    """The documents of one index folder. Safe to share between threads and processes: one changes, the others get IndexLocked."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder
        self._folder = Path(settings.index_dir)

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ChangeReport:
        """Adds files and folders, or takes their new text where their uris are known. ``progress`` hears (embedded, to embed) chunks.

        Without paths, the index is made anew from the texts it holds, with the present settings and model. A file that cannot
        be read fails and takes nothing away; one of which a part cannot be read is added, and its message names the part. Raises
        IndexLocked while another changes the index, IndexFolderError when there is no room or no right to write, IndexDamaged when
        the texts held are damaged, ChangeCancelled; then nothing was changed.
        """
        began = time.monotonic()
        found, errors = self._read(paths)
        missing = _missing_parts(errors)
        failures = [
            FileOutcome(error.uri, "failed", str(error).removeprefix(f"{error.uri}: "))
            for error in errors
            if not (isinstance(error, UnreadablePart) and error.whole in found)
        ]
        if paths and not found:
            return ChangeReport(self._in_force(), tuple(failures), 0, 0, time.monotonic() - began)
        renewed = _files_read_whole(found, failures)

        def edited(held: Mapping[str, Source]) -> tuple[dict[str, Source], list[FileOutcome]]:
            gone = [uri for uri in held if uri not in found and file_of(uri) in renewed]
            outcomes = [_outcome(article, held.get(uri), missing.get(uri, "")) for uri, article in found.items()]
            outcomes += [FileOutcome(uri, "removed", "its file no longer holds it") for uri in gone]
            kept = {uri: source for uri, source in held.items() if uri not in gone}
            return {**kept, **{uri: article.source for uri, article in found.items()}}, outcomes + failures

        return self._change(edited, began, found, progress=progress, cancelled=cancelled, anew=not paths)

    def remove(self, uris: Sequence[str]) -> ChangeReport:
        """Removes documents, or all of a file or folder by its name: text, vectors and postings are in no file of the new generation.

        Older generations still hold them until they are collected; the outcomes name those. An unknown uri fails, and the rest
        is done. Raises as `add` does, and IndexMissing.
        """
        began = time.monotonic()

        def edited(held: Mapping[str, Source]) -> tuple[dict[str, Source], list[FileOutcome]]:
            left, outcomes = dict(held), []
            for name in dict.fromkeys(uris):
                matched = under(name, left)
                for uri in matched:
                    del left[uri]
                    outcomes.append(FileOutcome(uri, "removed"))
                if not matched:
                    outcomes.append(_unknown(name))
            return left, outcomes

        report = self._change(edited, began)
        still = removed_but_held(self._folder)
        return replace(report, outcomes=tuple(_with_holders(outcome, still) for outcome in report.outcomes))

    def rename(self, old: str, new: str) -> ChangeReport:
        """Gives a document, or all of a file by its name, another uri; nothing is embedded. Fails when ``new`` is taken or unfit."""
        began = time.monotonic()

        def edited(held: Mapping[str, Source]) -> tuple[dict[str, Source], list[FileOutcome]]:
            problem = unfit(new)
            names = {uri: new + uri[len(old) :] for uri in under(old, held)}
            if not names:
                return dict(held), [_unknown(old)]
            taken = [name for name in names.values() if name in held and name not in names]
            if problem or taken or new == old:
                problem = problem or (f"{taken[0]} is there already; remove it first" if taken else "is its name already")
                return dict(held), [FileOutcome(old, "failed", problem)]
            left = {uri: source for uri, source in held.items() if uri not in names}
            left |= {name: replace(held[uri], uri=name, id=source_id(name)) for uri, name in names.items()}
            return left, [FileOutcome(name, "renamed", f"was {uri}") for uri, name in names.items()]

        return self._change(edited, began)

    def rollback(self, name: str = "") -> str:
        """The generation now in force: ``name``, or the one before the current one; see `wenyuan.store.rollback_index`."""
        return rollback_index(self._folder, name, self._embedder.fingerprint)

    def generations(self) -> list[Generation]:
        """All generations, oldest first; raises IndexMissing when there is none."""
        return list_generations(self._folder)

    def collect(self, keep: int) -> list[str]:
        """Names of the generations removed so that ``keep`` >= 1 stay, the one in force among them."""
        return collect_generations(self._folder, keep)

    def preview(self, path: Path) -> list[Article]:
        """The articles in a file as they would be added, cleaned; nothing is changed. Raises SourceError when there is none."""
        found, errors = self._read([path])
        if not found:
            raise errors[0] if errors else SourceError(path.name, "holds no article; give a file of a kind that is read")
        return list(found.values())

    def _read(self, paths: Sequence[Path]) -> tuple[dict[str, Article], list[SourceError]]:
        """Articles by uri, and what could not be read."""
        found: dict[str, Article] = {}
        errors = []
        for item in load(paths, self._settings.source_max_bytes, Limits.of(self._settings)):
            outcome = item if isinstance(item, SourceError) else _cleaned(item)
            if isinstance(outcome, SourceError):
                errors.append(outcome)
            else:
                found[outcome.source.uri] = outcome
        return found, errors

    def _change(
        self,
        edited: Callable[[Mapping[str, Source]], tuple[dict[str, Source], list[FileOutcome]]],
        began: float,
        found: Mapping[str, Article] | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        anew: bool = False,
    ) -> ChangeReport:
        """Publishes what ``edited`` makes of the sources held, unless that is the same; all under the lock, so that no change is lost.

        ``found``: articles already cleaned; with it an index is made where there is none. ``anew``: also when nothing differs.
        """
        if not found:
            name_in_force(self._folder)  # an index that is missing is said before the lock makes a folder
        with writing(self._folder):
            try:
                held = held_sources(self._folder)
            except IndexMissing:
                if not found:
                    raise
                held = {}
            sources, outcomes = edited(held)
            if sources == held and not anew and self._serves():
                return ChangeReport(self._in_force(), tuple(outcomes), 0, 0, time.monotonic() - began)
            ready = {article.source.id: article for article in (found or {}).values()}
            report = write_generation(
                self._folder,
                [ready.get(source.id) or clean(source) for source in sources.values()],
                lambda article: chunk(article, self._settings.chunk_max_chars),
                self._embedder,
                self._settings,
                progress,
                cancelled,
            )
        return ChangeReport(report.generation, tuple(outcomes), report.embedded, report.reused, time.monotonic() - began)

    def _serves(self) -> bool:
        """True when the current generation was made with the present format, model and settings."""
        try:
            _, _, manifest = current(self._folder)
        except IndexFolderError:
            return False
        return (
            manifest.embedder_fingerprint == self._embedder.fingerprint
            and manifest.chunk_max_chars == self._settings.chunk_max_chars
            and manifest.user_dictionary_sha256 == dictionary_digest(read_dictionary(self._settings.user_dictionary))
        )

    def _in_force(self) -> str:
        try:
            return name_in_force(self._folder)
        except IndexMissing:
            return ""


def _cleaned(source: Source) -> Article | SourceError:
    try:
        return clean(source)
    except SourceError as error:
        return error


def _outcome(article: Article, before: Source | None, missing: str) -> FileOutcome:
    """What adding ``article`` does to the source of its uri; ``missing``: what of its file could not be read."""
    status = "added" if before is None else "unchanged" if before == article.source else "changed"
    return FileOutcome(article.source.uri, status, missing or ("" if article.blocks else "nothing in it is an article's text"))


def _missing_parts(errors: Sequence[SourceError]) -> dict[str, str]:
    """Uri -> which parts of it could not be read, and why: the first ones, and how many more."""
    found: dict[str, list[str]] = {}
    for error in errors:
        if isinstance(error, UnreadablePart):
            found.setdefault(error.whole, []).append(error.reason)
    return {
        uri: "; ".join(reasons[:PARTS_NAMED]) + (f"; and {len(reasons) - PARTS_NAMED} more" if len(reasons) > PARTS_NAMED else "")
        for uri, reasons in found.items()
    }


def _unknown(name: str) -> FileOutcome:
    return FileOutcome(name, "failed", "is not in the index; `wenyuan inspect` lists what is")


def _with_holders(outcome: FileOutcome, still: Mapping[str, Sequence[str]]) -> FileOutcome:
    """The outcome of a removal, with the older generations that hold the text and how to be rid of them."""
    holders = [name for name, uris in still.items() if outcome.uri in uris]
    if outcome.status != "removed" or not holders:
        return outcome
    return replace(outcome, message=f"older generations still hold its text: {', '.join(holders)}; `wenyuan gc --keep 1` removes them")


def _files_read_whole(found: Mapping[str, Article], failures: Sequence[FileOutcome]) -> set[str]:
    """Files of several documents that were read without a failure: what the index holds of them beyond that is gone from them."""
    files = {file_of(uri) for uri in found} - set(found)
    return {file for file in files if not any(failure.uri.startswith(f"{file}:") for failure in failures)}
