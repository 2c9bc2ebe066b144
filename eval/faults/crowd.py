"""Many at once: writers who take turns, readers who never wait, and one who holds on to what the others throw away."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from world import World, answers_of, documents, ended, forked

from wenyuan.answer import Assistant
from wenyuan.errors import IndexLocked
from wenyuan.store import check_index, held_sources, name_in_force, open_index


def writers_and_readers(world: World, writers: int, readers: int, seconds: float) -> Iterator[tuple[str, list[str]]]:
    """Each writer adds and removes a pair of documents, always both in one change; readers must see both or none, and quotes verbatim.

    At the end the index holds what each writer did last: a lost change would show.
    """
    index_dir = world.made("crowd", documents())
    until = time.monotonic() + seconds
    log = world.folder / "crowd log"
    log.mkdir()
    children = [forked(lambda number=number: _write(world, index_dir, number, until, log)) for number in range(writers)]
    children += [forked(lambda number=number: _read(world, index_dir, number, until, log)) for number in range(readers)]
    codes = [ended(child) for child in children]
    counts, expected = {"w": 0, "r": 0}, dict(documents())
    for number, code in enumerate(codes):
        kind, label = ("w", "writer") if number < writers else ("r", "reader")
        said = (log / f"{kind}{number if kind == 'w' else number - writers}").read_text(encoding="utf-8").splitlines()
        wrong = [line for line in said if line.startswith("wrong")] + ([f"ended with {code}"] if code else [])
        counts[kind] += sum(line == "done" for line in said)
        if kind == "w" and [line for line in said if line in ("in", "out")][-1:] == ["in"]:
            expected |= pair(number)
        yield label, wrong
    yield f"left behind by {counts['w']} changes and {counts['r']} readings", world.wrongs(index_dir, expected)


def pair(number: int) -> dict[str, str]:
    """The two documents of one writer."""
    return {f"{number}-{half}.txt": documents(10 + number)[place] for half, place in (("甲", "上坪乡.txt"), ("乙", "左云县.txt"))}


def _write(world: World, index_dir: Path, number: int, until: float, log: Path) -> int:
    random = Random(number)
    files = sorted(world.written(pair(number), f"pair {number}").iterdir())
    corpus = world.corpus(index_dir)
    inside = False
    with (log / f"w{number}").open("w", encoding="utf-8", buffering=1) as said:
        while time.monotonic() < until:
            try:
                report = corpus.remove([path.name for path in files]) if inside else corpus.add(files)
                inside = not inside
                print("in" if inside else "out", file=said)
                print("done" if not report.failed else f"wrong: {report.failed}", file=said)
                if random.random() < 0.2:
                    corpus.collect(random.randint(1, 2))
            except IndexLocked:  # noqa: PERF203 (trying again is the work)
                time.sleep(random.uniform(0.0, 0.05))
            except Exception as error:
                print(f"wrong: {type(error).__name__}: {error}", file=said)
    return 0


def _read(world: World, index_dir: Path, number: int, until: float, log: Path) -> int:
    truth = world.truth(documents()).answers
    with (log / f"r{number}").open("w", encoding="utf-8", buffering=1) as said:
        while time.monotonic() < until:
            try:
                index = open_index(index_dir, world.embedder.fingerprint)
                uris = {source.uri for source in index.sources.values()}
                halves = {uri.split("-")[0]: uri for uri in uris if "-" in uri}
                if len(uris) != len(documents()) + 2 * len(halves):
                    print(f"wrong: sees half a change: {sorted(uris)}", file=said)
                if answers_of(Assistant(index, world.embedder, world.settings(index_dir))).keys() != truth.keys():
                    print("wrong: questions without answers", file=said)
                print("done", file=said)
            except Exception as error:  # noqa: PERF203
                print(f"wrong: {type(error).__name__}: {error}", file=said)
    return 0


def held_generation(world: World, changes: int) -> Iterator[tuple[str, list[str]]]:
    """A reader opens a generation; it is replaced and collected; the reader still answers from it."""
    index_dir = world.made("held", documents())
    there_reads, there_writes = os.pipe()
    here_reads, here_writes = os.pipe()

    def hold() -> int:
        assistant = Assistant(open_index(index_dir, world.embedder.fingerprint), world.embedder, world.settings(index_dir))
        before = answers_of(assistant)
        os.write(there_writes, b"!")
        for _ in range(changes):
            os.read(here_reads, 1)
            if answers_of(assistant) != before:
                return 3
            os.write(there_writes, b"!")
        fresh = assistant.reopened()
        return 0 if {source.uri for source in fresh.index.sources.values()} == set(held_sources(index_dir)) else 4

    child = forked(hold)
    os.read(there_reads, 1)
    first, wrong = name_in_force(index_dir), []
    content = dict(documents())
    for number in range(changes):
        uri = f"{number}.txt"
        content[uri] = documents(20 + number)["西川市.txt"]
        world.corpus(index_dir).add([world.written({uri: content[uri]}) / uri])
        world.corpus(index_dir).remove([sorted(documents())[number % 8]])
        content.pop(sorted(documents())[number % 8], None)
        world.corpus(index_dir).collect(1)
        os.write(here_writes, b"!")
        os.read(there_reads, 1)
        wrong += world.wrongs(index_dir, content)
        yield "replaced and collected", wrong + ([f"{first} is still there"] if (index_dir / first).exists() else [])
    code = ended(child)
    for pipe in (there_reads, there_writes, here_reads, here_writes):
        os.close(pipe)
    yield "reader that held on", [f"ended with {code}"] if code else check_index(index_dir)
