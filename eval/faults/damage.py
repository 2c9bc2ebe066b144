"""Files that were changed, cut, lost or forbidden, and disks that are full: what opens, what is said, and whether the advice helps."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from world import Content, World, command, documents, ended, files_in_force, forked

from wenyuan.errors import ChangeCancelled, IndexDamaged, IndexFolderError, IndexMismatch
from wenyuan.store import Manifest, building, check_index, current, name_in_force, open_index
from wenyuan.store.folder import generations

Result = Iterator[tuple[str, list[str]]]
_NOBODY = 65534


def _base(world: World) -> tuple[Path, Content, Content]:
    """An index of two generations, with a user dictionary and a graph so that no file is empty or absent; old and new content."""
    new = documents()
    old = dict(list(new.items())[:3])
    index_dir = world.folder / "damaged base"
    if not index_dir.exists():
        words = world.folder / "words.txt"
        words.write_text("援建记 100 n\n", encoding="utf-8")
        limit = building.EXACT_UP_TO_ROWS
        building.EXACT_UP_TO_ROWS = 3  # of more rows a graph is kept
        try:
            for content in (old, new):
                settings = world.settings(index_dir, user_dictionary=str(words))
                type(world.corpus(index_dir))(settings, world.embedder).add(sorted(world.written(content).iterdir()))
        finally:
            building.EXACT_UP_TO_ROWS = limit
    return index_dir, old, new


def _told(index_dir: Path, file: Path) -> list[str]:
    """What is wrong with how damage to ``file`` is met: opening must refuse, and both it and the doctor name the file and what to do."""
    name = file.name if file.parent == index_dir else f"{file.parent.name}/{file.name}"
    wrong = []
    try:
        open_index(index_dir)
        wrong.append(f"{name}: opened all the same")
    except IndexDamaged as error:
        if name not in str(error) or "run `wenyuan build` again" not in str(error) or "wenyuan rollback" not in str(error):
            wrong.append(f"{name}: opening says {error}")
    findings = check_index(index_dir)
    if len(findings) != 1 or name not in findings[0] or "wenyuan build" not in findings[0]:
        wrong.append(f"{name}: the doctor says {findings}")
    return wrong


def _every_file(index_dir: Path) -> list[Path]:
    return [index_dir / "CURRENT", *sorted((index_dir / name_in_force(index_dir)).iterdir())]


def flipped_bits(world: World, bits_a_file: int, seed: int) -> Result:
    """One flipped bit at a time: the first and last ones and random others of every file of a generation, and of ``CURRENT``."""
    random = Random(seed)
    index_dir, _, _ = _base(world)
    for file in _every_file(index_dir):
        whole = file.read_bytes()
        total = 8 * len(whole)
        places = {0, total - 1, *(random.randrange(total) for _ in range(bits_a_file))} if total > bits_a_file else set(range(total))
        for place in sorted(places):
            changed = bytearray(whole)
            changed[place // 8] ^= 1 << place % 8
            file.write_bytes(changed)
            yield file.name, [f"bit {place}: {one}" for one in _told(index_dir, file)]
        file.write_bytes(whole)
    if found := check_index(index_dir):
        yield "put right again", found


def cut_and_lost_files(world: World) -> Result:
    """Every file emptied, cut in half, one byte short, one byte long, gone, or a folder in its place; then the doctor's advice taken."""
    index_dir, old, new = _base(world)

    def folder_instead(file: Path, _: bytes) -> None:
        file.unlink()
        file.mkdir()

    ways: dict[str, Callable[[Path, bytes], object]] = {
        "emptied": lambda file, _: file.write_bytes(b""),
        "cut in half": lambda file, whole: file.write_bytes(whole[: len(whole) // 2]),
        "a byte short": lambda file, whole: file.write_bytes(whole[:-1]),
        "a byte long": lambda file, whole: file.write_bytes(whole + b"\n"),
        "gone": lambda file, _: file.unlink(),
        "a folder instead": folder_instead,
    }
    for way, damage in ways.items():
        for original in _every_file(index_dir):
            if damage is folder_instead and original.name == "CURRENT":
                continue  # opening says so; no advice of ours would take a folder away
            copy = Path(shutil.copytree(index_dir, world.folder / "damaged"))
            file = copy / original.relative_to(index_dir)
            damage(file, file.read_bytes())
            wrong = _told(copy, file)
            advised = re.search(r"wenyuan rollback (\S+)`", " ".join(check_index(copy)))
            code = ended(
                forked(command(world, ["rollback", *(advised.groups() if advised else ["nothing advised"]), "--index-dir", str(copy)]))
            )
            if original.name == "CURRENT":
                wrong += _holds(world, copy, new) if code == 0 else [f"rollback ended with {code}"]
            else:
                wrong += _holds(world, copy, old) if code == 0 else [f"rollback ended with {code}"]
            yield way, wrong
            shutil.rmtree(copy)


def _holds(world: World, index_dir: Path, content: Content) -> list[str]:
    """What is wrong with the folder, which was made with a dictionary of its own and so has no fresh build to be compared with."""
    held = {source.uri: source.text for source in open_index(index_dir, world.embedder.fingerprint).sources.values()}
    return ([] if held == dict(content) else [f"holds {sorted(held)}"]) + check_index(index_dir)


def damaged_finished_vectors(world: World, bits: int, seed: int) -> Result:
    """A flipped bit in the finished vectors of a stopped build: the build that takes them up must come out as a fresh one."""
    random = Random(seed)
    content = {f"{number}.txt": text for number in range(12) for text in [documents(number)["北湖县.txt"]]}
    truth = world.truth(content)
    index_dir = world.folder / "stopped"
    for number in range(bits):
        shutil.rmtree(index_dir, ignore_errors=True)
        paths = sorted(world.written(content).iterdir())
        limit, building._EMBED_BATCH = building._EMBED_BATCH, 4
        try:
            heard: list[int] = []
            world.corpus(index_dir).add(
                paths, progress=lambda done, _, heard=heard: heard.append(done), cancelled=lambda heard=heard: len(heard) > 2
            )
            yield "stopped", ["a cancelled build was not cancelled"]
        except ChangeCancelled:
            pass
        finally:
            building._EMBED_BATCH = limit
        (file,) = index_dir.glob(".embedded-*")
        data = bytearray(file.read_bytes())
        place = random.randrange(8 * len(data)) if number else 8 * 3
        data[place // 8] ^= 1 << place % 8
        file.write_bytes(data)
        world.corpus(index_dir).add(paths)
        same = files_in_force(index_dir) == truth.files
        yield "finished vectors", ([] if same else [f"bit {place}: not a fresh build"]) + check_index(index_dir)


def full_disk(world: World, pages: int) -> Result:
    """A disk of three megabytes with room that differs by so many pages, taken before the writer looks or after it has looked."""
    disk = world.folder / "disk"
    disk.mkdir(exist_ok=True)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        yield "skipped: mounting needs root", []
        return
    try:
        content = dict(list(documents().items())[:5])
        made = world.made("disk base", content)
        index_dir = Path(shutil.copytree(made, disk / "index"))
        size = sum(path.stat().st_size for path in (index_dir / name_in_force(index_dir)).iterdir())
        more = {"中和市.txt": documents(5)["中和市.txt"]}
        changes = {
            "add": ["add", str(world.written(more, "more") / "中和市.txt")],
            "remove": ["remove", "东岭县.txt"],
            "build": ["build", str(world.written(more, "more"))],
        }
        err = world.folder / "err"
        for taken_late in (False, True):
            for kind, words in changes.items():
                for free in range(0, size + size // 2 if taken_late else 2 * size, pages * (4096 if taken_late else 16384)):
                    ballast = disk / "ballast"
                    with ballast.open("wb") as file:
                        file.truncate(0)
                        room = shutil.disk_usage(disk).free - free
                        file.write(b"x" * max(room, 0))
                    before = _blind if taken_late else _nothing
                    code = ended(forked(command(world, [*words, "--index-dir", str(index_dir)], err, before)))
                    ballast.unlink()
                    said = err.read_text(encoding="utf-8")
                    wrong = world.wrongs(index_dir, content)
                    label = "no room once it writes" if taken_late else "no room when it looks"
                    if code == 0:
                        shutil.rmtree(index_dir)
                        shutil.copytree(made, index_dir)
                        continue  # there was room
                    if code != 2 or len(said.splitlines()) != 1 or "free some space" not in said or "nothing was changed" not in said:
                        wrong.append(f"{kind} ended with {code}: {said}")
                    yield label, [f"{kind}, {free} bytes free: {one}" for one in wrong]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _nothing() -> None:
    """No fault in the process itself."""


def _blind() -> None:
    """Another program takes the room just after this process has seen enough of it."""

    class Seen:
        free = 10**12

    shutil.disk_usage = lambda _: Seen()


def forbidden_folders(world: World) -> Result:
    """Folders and files without rights, as a user who is not root, and a disk mounted read-only."""
    content = documents()
    made = world.made("rights base", dict(list(content.items())[:5]), content)
    some = world.written({"中和市.txt": documents(5)["中和市.txt"]}, "some")
    changes = {
        "add": ["add", str(some / "中和市.txt")],
        "remove": ["remove", "东岭县.txt"],
        "rename": ["rename", "东岭县.txt", "东岭.txt"],
        "rollback": ["rollback"],
        "gc": ["gc", "--keep", "1"],
        "build": ["build", str(some)],
    }
    err = world.folder / "forbidden.txt"
    for place in ("index folder", "CURRENT and index folder", "everything"):
        for kind, words in changes.items():
            index_dir = Path(shutil.copytree(made, world.folder / "forbidden", dirs_exist_ok=False))
            _own(world.folder, index_dir)
            _forbid(index_dir, place)
            code = ended(forked(command(world, [*words, "--index-dir", str(index_dir)], err, _as_nobody)))
            said = err.read_text(encoding="utf-8", errors="replace")
            _allow(index_dir)
            wrong = world.wrongs(index_dir, content)
            if code != 2 or len(said.splitlines()) != 1 or str(index_dir) not in said or not re.search("mend|rights|--index-dir", said):
                wrong.append(f"{kind} ended with {code}: {said}")
            yield f"no right to write: {place}", [f"{kind}: {one}" for one in wrong]
            shutil.rmtree(index_dir)
    index_dir = Path(shutil.copytree(made, world.folder / "forbidden"))
    _own(world.folder, index_dir)
    _forbid(index_dir, "everything")
    code = ended(forked(lambda: _as_nobody() or int(world.answers(index_dir) != world.truth(content).answers)))
    yield "no right to write: asking", [f"asking ended with {code}"] if code else []
    for file in _every_file(index_dir):
        file.chmod(0)
        code = ended(forked(lambda file=file: _as_nobody() or _refused(index_dir, file)))
        yield "no right to read", [f"{file.name}: ended with {code}"] if code else []
        file.chmod(0o444)
    shutil.rmtree(index_dir)


def _own(folder: Path, index_dir: Path) -> None:
    """Lets the user who is not root reach and own the folder; nothing to do when this process is that user."""
    if os.geteuid():
        return
    for above in (folder, *folder.parents):
        if above.stat().st_uid == 0 and str(above).startswith(str(Path(os.environ.get("TMPDIR", "/tmp"))) + "/"):
            above.chmod(0o755)
    for path in (index_dir, *index_dir.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY)


def _forbid(index_dir: Path, place: str) -> None:
    paths = {"index folder": [index_dir], "CURRENT and index folder": [index_dir / "CURRENT", index_dir]}.get(place)
    for path in paths or [*index_dir.rglob("*"), index_dir]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def _allow(index_dir: Path) -> None:
    index_dir.chmod(0o755)
    for path in index_dir.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _as_nobody() -> None:
    if os.geteuid() == 0:
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _refused(index_dir: Path, file: Path) -> int:
    """0 when opening and the doctor both name the file that may not be read."""
    try:
        open_index(index_dir)
    except IndexFolderError as error:
        named = file.name in str(error) or "rights" in str(error)
        return 0 if named and any("cannot" in finding for finding in check_index(index_dir)) else 3
    return 4


def formats(world: World, older: Path) -> Result:
    """An index that the first format wrote, one of a format to come: asking says what to do, and that carries all over."""
    index_dir = Path(shutil.copytree(older, world.folder / "format 1"))
    held = json.loads((next(index_dir.glob("*/manifest.json"))).read_bytes())
    wrong = []
    try:
        open_index(index_dir, world.embedder.fingerprint)
        wrong.append("opened")
    except IndexMismatch as error:
        if "format 1" not in str(error) or "`wenyuan add` without a path" not in str(error):
            wrong.append(str(error))
    code = ended(forked(command(world, ["add", "--index-dir", str(index_dir)])))
    content = (
        {source.uri: source.text for source in open_index(index_dir, world.embedder.fingerprint).sources.values()} if code == 0 else {}
    )
    if code or len(content) != held["sources"]:
        wrong.append(f"taking it over ended with {code}, {len(content)} documents")
    yield "format 1 taken over", wrong + world.wrongs(index_dir, content)
    report = world.corpus(Path(shutil.copytree(older, world.folder / "format 1 again"))).add([])
    reused = report.embedded == 0 and report.reused == held["chunks"]
    yield "format 1: vectors reused", [] if reused else [f"{report.embedded} embedded, {report.reused} reused"]

    index_dir = world.made("format 9", documents())
    from wenyuan.store import building as made_by

    kept, made_by.FORMAT = made_by.FORMAT, 9
    try:
        world.corpus(index_dir).add(sorted(world.written({"新.txt": documents()["北湖县.txt"]}).iterdir()))
    finally:
        made_by.FORMAT = kept
    said = check_index(index_dir)
    code = ended(forked(command(world, ["rollback", "--index-dir", str(index_dir)])))
    yield (
        "format 9 refused, older one in force",
        ([] if len(said) == 1 and "format 9" in said[0] and "update wenyuan" in said[0] else said or ["nothing said"])
        + ([f"rollback ended with {code}"] if code else [])
        + world.wrongs(index_dir, documents()),
    )


def manifest_in_force(index_dir: Path) -> Manifest:
    """The manifest of the generation in force."""
    return current(index_dir)[2]


def clock_jumps(world: World, jumps: int, seed: int) -> Result:
    """The clock jumps between changes, a century either way, and files carry the times of others: order and content are untouched."""
    random = Random(seed)
    index_dir = world.made("clock", documents())
    contents: list[tuple[str, Content]] = [(name_in_force(index_dir), documents())]
    for number in range(jumps):
        name = f"{number}.txt"
        folder = world.written({name: documents(number + 1)["南屏镇.txt"]})
        os.utime(folder / name, (random.choice([0, 2**31 - 1, 4_000_000_000]),) * 2)
        year = random.choice([1970, 1999, 2026, 2038, 2100, 9999])
        code = ended(
            forked(command(world, ["add", str(folder / name), "--index-dir", str(index_dir)], before=lambda year=year: _year(year)))
        )
        new = {**contents[-1][1], name: documents(number + 1)["南屏镇.txt"]}
        wrong = [f"ended with {code}"] if code else world.wrongs(index_dir, new)
        if name_in_force(index_dir) != generations(index_dir)[-1] or not manifest_in_force(index_dir).created.startswith(str(year)):
            wrong.append(f"in the year {year} the new generation is not the newest")
        contents.append((name_in_force(index_dir), new))
        for path in (index_dir / name_in_force(index_dir)).iterdir():
            os.utime(path, (0, 0))
        yield "clock set", wrong
    code = ended(forked(command(world, ["rollback", "--index-dir", str(index_dir)], before=lambda: _year(1970))))
    yield "rollback", ([f"ended with {code}"] if code else []) + world.wrongs(index_dir, contents[-2][1])


def _year(year: int) -> None:
    """Sets the clock of this process."""
    from datetime import datetime, timezone

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(year, 1, 1, tzinfo=timezone.utc)

    sys.modules["wenyuan.store.writing"].datetime = Clock  # type: ignore[attr-defined]
