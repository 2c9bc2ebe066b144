"""Killing writers: at random moments, and before every single step that they take in the index folder."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from world import Content, World, command, documents, ended, forked, interpreter, killed_after

from wenyuan.errors import IndexFolderError
from wenyuan.store import held_sources, list_generations, name_in_force
from wenyuan.store.folder import manifest_of

KINDS = ("build", "add", "change", "remove", "rename", "rollback", "gc")
_STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree", "os.listdir", "os.scandir"})


@dataclass(frozen=True, slots=True)
class Change:
    """A command line that changes the index, and what the index holds before and after it."""

    kind: str
    words: list[str]
    old: Content
    new: Content


def change(world: World, index_dir: Path, kind: str, random: Random) -> Change:
    """A change of this kind that fits what the folder holds."""
    old = {uri: source.text for uri, source in held_sources(index_dir).items()}
    everything, where = documents(random.randrange(3)), ["--index-dir", str(index_dir)]
    some = {uri: everything[uri] for uri in random.sample(sorted(everything), random.randint(1, 4))}
    if kind == "build":
        return Change(kind, ["build", str(world.written(some)), *where], old, some)
    if kind == "remove" and len(old) > 1:
        gone = random.sample(sorted(old), random.randint(1, len(old) - 1))
        return Change(kind, ["remove", *gone, *where], old, {uri: text for uri, text in old.items() if uri not in gone})
    if kind == "rename":
        uri = random.choice(sorted(old))
        name = f"改名{random.randrange(10**6)}.txt"
        return Change(kind, ["rename", uri, name, *where], old, {**{key: old[key] for key in old if key != uri}, name: old[uri]})
    if kind == "gc":
        return Change(kind, ["gc", "--keep", str(random.randint(1, 2)), *where], old, old)
    if kind == "rollback" and (back := _content_before(index_dir)) is not None:
        return Change(kind, ["rollback", *where], old, back)
    if kind == "change":
        others = [uri for uri, text in everything.items() if old.get(uri, text) != text]
        some = {uri: everything[uri] for uri in random.sample(others or sorted(everything), 1)}
    return Change(kind, ["add", *map(str, sorted(world.written(some).iterdir())), *where], old, {**old, **some})


def _content_before(index_dir: Path) -> Content | None:
    """What the generation before the one in force holds; None where there is none."""
    name = name_in_force(index_dir)
    names = [item.name for item in list_generations(index_dir)]
    parent = manifest_of(index_dir, name).parent
    older = [parent] if parent in names else names[: names.index(name)][-1:]
    return {uri: source.text for uri, source in held_sources(index_dir, older[0]).items()} if older else None


def at_random_moments(world: World, count: int, seed: int, fresh_every: int) -> Iterator[tuple[str, list[str]]]:
    """(kind, what was wrong) after each of ``count`` kills; each change begins with whatever the one before left lying.

    A random moment lies between the start of a command and the time that such a command takes. Every ``fresh_every``-th is a
    fresh interpreter, imports and opening of the model included.
    """
    random = Random(seed)
    index_dir = world.made("killed", documents())
    usual: dict[str, float] = {}
    done = 0
    while done < count:
        kind = KINDS[done % len(KINDS)]
        try:
            made = change(world, index_dir, kind, random)
        except IndexFolderError as error:
            yield kind, [f"{type(error).__name__}: {error}"]
            return
        fresh = fresh_every > 0 and done % fresh_every == fresh_every - 1
        key = f"{kind}, fresh interpreter" if fresh else kind
        began = time.monotonic()
        if fresh:
            code = killed_after(interpreter(made.words).pid, random.uniform(0, usual.get(key, usual.get("fresh", 3.0))))
        else:
            code = killed_after(forked(command(world, made.words)), random.uniform(0, usual.get(key, 1.0)))
        seconds = time.monotonic() - began
        if code == -signal.SIGKILL:
            done += 1
            usual[key] = usual.get(key, 1.0) * 1.05  # till it ends by itself now and then
            yield key, world.wrongs(index_dir, made.old, made.new)
        else:
            usual[key] = seconds
            if fresh:
                usual["fresh"] = seconds
            wrong = world.wrongs(index_dir, made.new)
            if code or wrong:
                yield key, [f"ended by itself with {code}", *wrong]


def before_every_step(world: World, seed: int, stride: int) -> Iterator[tuple[str, list[str]]]:
    """(kind, what was wrong) after a kill before each ``stride``-th step in the folder, and after the next writer has come by."""
    random = Random(seed)
    start = documents(), dict(list(documents().items())[:5])
    base = world.made("base", *start)
    index_dir = world.folder / "stepped"
    for kind in ("first build", *KINDS):
        first = kind == "first build"
        made = _first_build(world, index_dir) if first else _aimed(world, base, index_dir, kind, random)
        number = 0
        while True:
            shutil.rmtree(index_dir, ignore_errors=True)
            if not first:
                shutil.copytree(base, index_dir)
            code = ended(forked(command(world, made.words, before=_death_at(index_dir, number))))
            if code != -signal.SIGKILL:
                break
            wrong = _nothing_or(world, index_dir, made) if first else world.wrongs(index_dir, made.old, made.new)
            name = "后来.txt"
            later = world.written({name: documents(7)["北湖县.txt"]}, "later") / name
            held = {uri: source.text for uri, source in held_sources(index_dir).items()} if _opens(index_dir) else {}
            report = world.corpus(index_dir).add([later])
            wrong += world.wrongs(index_dir, {**held, name: later.read_text(encoding="utf-8")})
            wrong += [f"{path.name} still lies there" for path in index_dir.iterdir() if path.name.startswith((".unf", ".rem", ".emb"))]
            if report.failed:
                wrong.append(f"the next change failed: {report.failed[0].message}")
            yield kind, [f"step {number}: {one}" for one in wrong]
            number += stride
        if code:
            yield kind, [f"without a kill it ended with {code}"]


def _first_build(world: World, index_dir: Path) -> Change:
    some = dict(list(documents().items())[:2])
    return Change("build", ["build", str(world.written(some, "first")), "--index-dir", str(index_dir)], {}, some)


def _aimed(world: World, base: Path, index_dir: Path, kind: str, random: Random) -> Change:
    """A change of the folder ``base``, to be done in its copy ``index_dir``."""
    made = change(world, base, kind, random)
    kept = Path(shutil.copytree(world.folder / "files", world.folder / "stepped files", dirs_exist_ok=True))
    words = [word.replace(str(base), str(index_dir)).replace(str(world.folder / "files"), str(kept)) for word in made.words]
    return Change(kind, words, made.old, made.new)


def _opens(index_dir: Path) -> bool:
    try:
        name_in_force(index_dir)
    except IndexFolderError:
        return False
    return True


def _nothing_or(world: World, index_dir: Path, made: Change) -> list[str]:
    """As `World.wrongs` where the old content is no index at all."""
    from wenyuan.errors import IndexMissing

    try:
        name_in_force(index_dir)
    except IndexMissing:
        return []
    except IndexFolderError as error:
        return [f"{type(error).__name__}: {error}"]
    return world.wrongs(index_dir, made.new)


def _death_at(index_dir: Path, number: int) -> Callable[[], None]:
    """Sets this process to kill itself before its step ``number`` in the folder."""

    def set_up() -> None:
        taken = 0

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal taken
            if event not in _STEPS or not arguments:
                return
            # Within rmtree names are relative to an open folder.
            if event not in ("os.remove", "os.rmdir") and not str(arguments[0]).startswith(str(index_dir)):
                return
            if taken == number:
                os.kill(os.getpid(), signal.SIGKILL)
            taken += 1

        sys.addaudithook(watch)

    return set_up
