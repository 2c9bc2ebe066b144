"""Question and passages → `Reading`s: how relevant each passage is, where in it the answer stands, and whether it is there at all.

``packaged`` runs our own reader on onnxruntime; ``other`` opens question-answering models and CrossEncoders that others trained.
This room knows nothing of retrieval, answer types or verification.
"""

from __future__ import annotations

from wenyuan.config import DEFAULT_READER
from wenyuan.read.reading import Reader, Reading, mixed_order

__all__ = ["DEFAULT_READER", "Reader", "Reading", "mixed_order", "open_reader"]


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
