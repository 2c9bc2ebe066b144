"""Chunks and vectors kept in a folder that can be opened again."""

from __future__ import annotations

from wenyuan.store.building import BuildReport, build_index, write_generation
from wenyuan.store.check import check_index, damaged_but_held, removed_but_held
from wenyuan.store.folder import Manifest, current, name_in_force
from wenyuan.store.history import Generation, collect_generations, list_generations, rollback_index
from wenyuan.store.opening import LocalIndex, held_sources, open_index
from wenyuan.store.writing import writing

__all__ = [
    "BuildReport",
    "Generation",
    "LocalIndex",
    "Manifest",
    "build_index",
    "check_index",
    "collect_generations",
    "current",
    "damaged_but_held",
    "held_sources",
    "list_generations",
    "name_in_force",
    "open_index",
    "removed_but_held",
    "rollback_index",
    "write_generation",
    "writing",
]
