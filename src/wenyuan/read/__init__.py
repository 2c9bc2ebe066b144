"""Question and passages → `Reading`s: how relevant each passage is, where in it the answer stands, and whether it is there at all.

``packaged`` runs our own reader on onnxruntime; ``other`` opens question-answering models and CrossEncoders that others trained.
This room knows nothing of retrieval, answer types or verification.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from wenyuan.config import DEFAULT_READER
from wenyuan.read.reading import Reader, Reading

__all__ = ["DEFAULT_READER", "DeferredReader", "Reader", "Reading", "open_reader"]


def open_reader(name: str = DEFAULT_READER, cache_dir: str = "", threads: int = 0) -> Reader:
    """A reader, ready to use: our own by its name, else a question-answering model or CrossEncoder by name or folder on this machine.

    ``cache_dir`` is where ours is unpacked, "" for the user's cache. ``threads`` for the runtime, 0 for all cores.
    Raises ModelUnavailable when files are not on this machine, ModelError when they are damaged. Never downloads.
    """
    if name in ("", DEFAULT_READER):
        from wenyuan.read.packaged import PackagedReader

        return PackagedReader(cache_dir=cache_dir, threads=threads)
    from wenyuan.read.other import open_other_reader

    return open_other_reader(name, threads)


class DeferredReader:
    """A reader that is opened when it is first asked: many questions need none, and opening takes time and memory."""

    def __init__(self, name: str = DEFAULT_READER, cache_dir: str = "", threads: int = 0) -> None:
        """As for `open_reader`; what that raises is raised at the first reading."""
        self._arguments = (name, cache_dir, threads)
        self._opened: Reader | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name it has in the settings."""
        return self._arguments[0] or DEFAULT_READER

    @property
    def fingerprint(self) -> str:
        """That of the reader behind it, which is opened for it."""
        return self._open().fingerprint

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading for each (heading, text), in the order given."""
        return self._open().read(question, passages)

    def _open(self) -> Reader:
        with self._lock:
            if self._opened is None:
                self._opened = open_reader(*self._arguments)
            return self._opened
