"""The commands that change what is in the index: add, remove, rename, rollback, generations, gc. Each imports its rooms when it runs."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.cite import one_line
from wenyuan.cli.commands import note, progress_bar, settings_of

if TYPE_CHECKING:
    from wenyuan.corpus import ChangeReport, Corpus


def add(arguments: argparse.Namespace) -> int:
    """Adds files and folders; 1 when some could not be read, 2 when none could."""
    with progress_bar("embedding") as progress:
        report = _corpus(arguments).add([Path(path) for path in arguments.paths], progress=progress)
    return _told(arguments, report)


def remove(arguments: argparse.Namespace) -> int:
    """Removes documents by uri, or all of a file; 1 when some are unknown, 2 when all are."""
    return _told(arguments, _corpus(arguments).remove(arguments.uris))


def rename(arguments: argparse.Namespace) -> int:
    """Renames a document, or all of a file; 2 when that cannot be."""
    return _told(arguments, _corpus(arguments).rename(arguments.old, arguments.new))


def rollback(arguments: argparse.Namespace) -> int:
    """Puts an older generation in force and prints its name."""
    from wenyuan.store import list_generations, rollback_index

    settings = settings_of(arguments)
    folder = Path(settings.index_dir)
    name = rollback_index(folder, arguments.generation or "")
    print(f"{settings.index_dir}: generation {name} is in force")
    if any(generation.current and generation.embedder != settings.embedder for generation in list_generations(folder)):
        note("wenyuan: it was built with another embedder than the settings name; `wenyuan doctor` says what to do")
    return 0


def generations(arguments: argparse.Namespace) -> int:
    """Prints one line a generation, oldest first; the one in force carries a star."""
    from wenyuan.store import list_generations

    for item in list_generations(Path(settings_of(arguments).index_dir)):
        what = f"{item.created}  {item.sources} articles, {item.chunks} chunks" if item.created else "cannot be read"
        print(f"{'*' if item.current else ' '} {item.name}  {what}")
    return 0


def collect(arguments: argparse.Namespace) -> int:
    """Removes older generations and prints their names."""
    from wenyuan.store import collect_generations

    for name in collect_generations(Path(settings_of(arguments).index_dir), arguments.keep):
        print(f"removed {name}")
    return 0


def _corpus(arguments: argparse.Namespace) -> Corpus:
    from wenyuan.corpus import Corpus
    from wenyuan.embed import open_embedder

    settings = settings_of(arguments)
    return Corpus(settings, open_embedder(settings.embedder, settings.cache_dir, settings.threads))


def _told(arguments: argparse.Namespace, report: ChangeReport) -> int:
    """Prints what a change did, failures on stderr; the exit code."""
    for outcome in report.outcomes:
        line = one_line(f"{outcome.uri}: {outcome.message}" if outcome.message else outcome.uri)
        if outcome.status == "failed":
            note(f"wenyuan: failed {line}")
        elif outcome.status != "unchanged":
            print(f"{outcome.status} {line}")
    counts = Counter(outcome.status for outcome in report.outcomes)
    if len(report.failed) < len(report.outcomes) or not report.outcomes:
        what = ", ".join(f"{count} {status}" for status, count in counts.items()) or "made anew"
        print(
            f"{settings_of(arguments).index_dir}: generation {report.generation}: {what} "
            f"({report.embedded} embedded, {report.reused} reused) in {report.seconds:.1f} s"
        )
    if not report.failed:
        return 0
    return 1 if len(report.failed) < len(report.outcomes) else 2
