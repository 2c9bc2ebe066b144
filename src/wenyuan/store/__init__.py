"""Chunks and vectors kept in a folder that can be opened again."""

from __future__ import annotations

from wenyuan.store.folder import Manifest, check_index
from wenyuan.store.generations import BuildReport, LocalIndex, build_index, open_index

__all__ = ["BuildReport", "LocalIndex", "Manifest", "build_index", "check_index", "open_index"]
