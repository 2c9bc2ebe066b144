"""The small world in which faults are injected: documents whose answers are known, and what an index of them must be.

The truth about a set of documents is a fresh build of them: an index that went through faults must hold the same bytes and
give the same answers. Commands run in processes of their own that can be killed: forked ones, in which the model is open already so that a
random moment falls into the work and not into the start, or fresh interpreters.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from wenyuan.answer import Assistant
from wenyuan.config import NO_READER, Settings
from wenyuan.contracts import Embedder
from wenyuan.corpus import Corpus
from wenyuan.embed import open_embedder
from wenyuan.store import check_index, held_sources, open_index

Content = Mapping[str, str]  # uri -> text

_PLACES = "东岭县 西川市 南屏镇 北湖县 中和市 上坪乡 下关镇 左云县".split()
_NUMBERS = "三 五 七 九 十一 十三 十六 十八".split()
LEFT_LYING = ("is left from a build that was stopped", "holds finished vectors of a build that was stopped")


def documents(edition: int = 0) -> dict[str, str]:
    """Eight short articles; another ``edition`` has other figures under the same names."""
    found = {}
    for number, place in enumerate(_PLACES):
        schools = 21 + number * 3 + edition * 100
        found[f"{place}.txt"] = (
            f"{place}援建记\n\n{place}援建了{schools}所学校，总投资{number + 2}.{number + 1}亿元。学校在去年秋天开学，孩子不再走远路。\n\n"
            f"{place}还新建了{_NUMBERS[(number + edition) % 8]}座桥，都在前年通车，两岸居民往来方便多了。\n"
        )
    return found


@dataclass(frozen=True, slots=True)
class Truth:
    """What a fresh build of some documents is."""

    files: Mapping[str, bytes]  # of the generation, without the manifest, which holds the time
    answers: Mapping[str, tuple[str, ...]]  # question -> short answer and quotes


# The progress bars that bm25s makes, shown or not, take a lock that forked processes share: a child killed inside would keep it for good.
tqdm.set_lock(threading.RLock())


@dataclass
class World:
    """A scratch folder, one open embedder, and the truths known so far."""

    folder: Path
    embedder: Embedder = field(default_factory=lambda: open_embedder(Settings().embedder, threads=1))
    truths: dict[frozenset[tuple[str, str]], Truth] = field(default_factory=dict)

    def settings(self, index_dir: Path, **changes: Any) -> Settings:
        """Settings of a folder; by rules alone, for the reader has no part in what is tested."""
        return Settings(index_dir=str(index_dir), reader=NO_READER, threads=1, **changes)

    def corpus(self, index_dir: Path) -> Corpus:
        """The corpus of a folder."""
        return Corpus(self.settings(index_dir), self.embedder)

    def written(self, content: Content, name: str = "files") -> Path:
        """A folder that holds just these documents."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for uri, text in content.items():
            (folder / uri).write_text(text, encoding="utf-8")
        return folder

    def made(self, name: str, *contents: Content) -> Path:
        """A new index folder in which each content became a generation in turn, by adding and removing."""
        index_dir = self.folder / name
        shutil.rmtree(index_dir, ignore_errors=True)
        held: Content = {}
        for content in contents:
            if added := {uri: text for uri, text in content.items() if held.get(uri) != text}:
                self.corpus(index_dir).add(sorted(self.written(added, "made").iterdir()))
            if gone := [uri for uri in held if uri not in content]:
                self.corpus(index_dir).remove(gone)
            held = content
        return index_dir

    def truth(self, content: Content) -> Truth:
        """The fresh build of ``content``, made once."""
        key = frozenset(content.items())
        if key not in self.truths:
            index_dir = self.made("truth", content)
            self.truths[key] = Truth(files_in_force(index_dir), self.answers(index_dir))
            shutil.rmtree(index_dir)
        return self.truths[key]

    def answers(self, index_dir: Path) -> dict[str, tuple[str, ...]]:
        """What the generation in force answers; a quote that is not verbatim, or of a text it does not hold, raises."""
        return answers_of(Assistant(open_index(index_dir, self.embedder.fingerprint), self.embedder, self.settings(index_dir)))

    def wrongs(self, index_dir: Path, *allowed: Content) -> list[str]:
        """What is wrong after a fault; nothing when the index is one of ``allowed`` to the byte, answers so, and the doctor agrees."""
        try:
            held = {uri: source.text for uri, source in held_sources(index_dir).items()}
            if held not in [dict(content) for content in allowed]:
                return [f"holds {sorted(held)}, which is neither the old nor the new content"]
            truth = self.truth(held)
            wrong = [
                f"{name} differs from a fresh build" for name, data in files_in_force(index_dir).items() if truth.files.get(name) != data
            ]
            if self.answers(index_dir) != truth.answers:
                wrong.append("answers differ from those of a fresh build")
            findings = check_index(index_dir)
        except Exception as error:
            return [f"{type(error).__name__}: {error}"]
        return wrong + [f"doctor: {finding}" for finding in findings if not any(words in finding for words in LEFT_LYING)]


def answers_of(assistant: Assistant) -> dict[str, tuple[str, ...]]:
    """Question -> short answer and quotes, for each place; AssertionError where a quote is not what its source says."""
    found = {}
    for place in _PLACES[::3]:
        for question in (f"{place}援建了多少所学校", f"{place}新建了几座桥"):
            answer = assistant.ask(question)
            for citation in answer.citations:
                assert assistant.index.sources[citation.source_id].slice(citation.spans) == citation.quote, question
            found[question] = (answer.text, *(citation.quote for citation in answer.citations))
    return found


def files_in_force(index_dir: Path) -> dict[str, bytes]:
    """Name -> content of the files of the generation in force, but the manifest."""
    folder = index_dir / (index_dir / "CURRENT").read_text(encoding="ascii").strip()
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "manifest.json"}


# -- processes -----------------------------------------------------------------------------------------------------------


def forked(work: Callable[[], int]) -> int:
    """The process id of a child that does ``work`` and exits with what it gives; its output goes to nowhere."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = work()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Exit code of a child, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_after(child: int, seconds: float) -> int:
    """As `ended`, of a child that is killed unless it ends before."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    return ended(child)


def command(world: World, words: Sequence[str], err: Path | None = None, before: Callable[[], None] = lambda: None) -> Callable[[], int]:
    """Work for `forked`: ``before``, then the command line, with the model that is open already; what it complains of goes to ``err``."""

    def work() -> int:
        import wenyuan.embed
        from wenyuan.cli import main

        wenyuan.embed.open_embedder = lambda *_: world.embedder
        if err is not None:
            os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 2)
        before()
        return main(list(words))

    return work


def interpreter(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """A fresh interpreter that runs the command line, as a user starts it."""
    return subprocess.Popen([sys.executable, "-m", "wenyuan.cli", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
