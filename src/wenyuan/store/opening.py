"""A generation of the index folder to an opened index, or to its sources alone. Nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wenyuan.contracts import Article, Chunk, KeywordStore, Source, VectorStore
from wenyuan.errors import IndexDamaged, IndexMismatch, SpanError
from wenyuan.store import records
from wenyuan.store.folder import READABLE_SOURCES, Manifest, damage, damaged, damages, manifest_of, name_in_force
from wenyuan.store.local import Bm25Keywords, FaissVectors

_KEYWORD_ARRAYS = ("scores", "rows", "starts")


@dataclass(frozen=True, slots=True)
class LocalIndex:
    """An opened generation. All is in memory: it stays whole whatever is built or removed later."""

    generation: str
    manifest: Manifest
    sources: Mapping[str, Source]  # by source id
    articles: Mapping[str, Article]  # by source id
    chunks: tuple[Chunk, ...]  # row i of both stores
    vectors: VectorStore
    keywords: KeywordStore
    rows: Mapping[str, int]  # chunk id -> row
    dictionary: str  # text of the user dictionary its terms were cut with; "" = none

    def chunk_by_id(self, chunk_id: str) -> Chunk | None:
        """The chunk, or None when there is none of that id."""
        row = self.rows.get(chunk_id)
        return None if row is None else self.chunks[row]

    def neighbours(self, chunk: Chunk) -> tuple[Chunk | None, Chunk | None]:
        """The chunks before and after in the same source; None at its ends."""
        return (
            self.chunk_by_id(f"{chunk.source_id}:{chunk.ordinal - 1}"),
            self.chunk_by_id(f"{chunk.source_id}:{chunk.ordinal + 1}"),
        )


def held_sources(index_dir: Path, name: str = "") -> dict[str, Source]:
    """The sources of a generation, by default the one in force, by uri; whatever its embedder, and of an older format too.

    Raises IndexMissing when nothing was built, IndexDamaged when just these were changed.
    """
    name = name or name_in_force(index_dir)
    manifest = manifest_of(index_dir, name, READABLE_SOURCES)
    for finding in damage(index_dir / name, manifest, "sources.jsonl", verify=True):
        raise damaged(index_dir, finding, name)
    return {source.uri: source for source in map(records.source_from_record, lines_of(index_dir / name, "sources.jsonl"))}


def open_index(index_dir: Path, embedder_fingerprint: str | None = None, verify: bool = True) -> LocalIndex:
    """The current generation, in memory. ``verify`` compares every file's digest; sizes are always compared.

    Raises IndexMissing when nothing was built, IndexDamaged naming the file that is gone or differs, IndexMismatch when
    another format or, if ``embedder_fingerprint`` is given, another embedder was used.
    """
    while True:
        name = name_in_force(index_dir)
        try:
            return _opened(index_dir, name, embedder_fingerprint, verify)
        except IndexDamaged:
            if name_in_force(index_dir) == name:
                raise  # else it was replaced, and perhaps collected, while it was read


def _opened(index_dir: Path, name: str, embedder_fingerprint: str | None, verify: bool) -> LocalIndex:
    folder, manifest = index_dir / name, manifest_of(index_dir, name)
    if embedder_fingerprint is not None and manifest.embedder_fingerprint != embedder_fingerprint:
        raise IndexMismatch(
            f"the index in {index_dir} was built with another embedder or version of it, {manifest.embedder}: "
            f"run `wenyuan build` again, `wenyuan add` without a path to make it anew from the texts it holds, "
            f"or set embedder = {manifest.embedder!r} as it was then"
        )
    for finding in damages(folder, manifest, verify):
        raise damaged(index_dir, finding)
    try:
        sources = {source.id: source for source in map(records.source_from_record, lines_of(folder, "sources.jsonl"))}
        articles = [records.article_from_record(record, sources) for record in lines_of(folder, "articles.jsonl")]
        chunks = tuple(records.chunk_from_record(record, sources) for record in lines_of(folder, "chunks.jsonl"))
        dictionary = (folder / "dictionary.txt").read_bytes().decode("utf-8")
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        graph = folder / "vectors.hnsw"
        vector_store = FaissVectors(vectors, graph=graph if graph.name in manifest.files else None)
        terms = json.loads((folder / "keywords.json").read_bytes())["terms"]
        arrays = {part: np.load(folder / f"keywords.{part}.npy", allow_pickle=False) for part in _KEYWORD_ARRAYS}
        keyword_store = Bm25Keywords.from_state(terms, len(chunks), arrays)
        if not len(chunks) == len(vector_store) == manifest.chunks:
            raise ValueError(f"{len(chunks)} chunks, {len(vector_store)} vectors")
    except (OSError, ValueError, KeyError, TypeError, SpanError) as error:
        raise damaged(index_dir, f"{name} cannot be read ({error})") from error
    return LocalIndex(
        generation=name,
        manifest=manifest,
        sources=sources,
        articles={article.source.id: article for article in articles},
        chunks=chunks,
        vectors=vector_store,
        keywords=keyword_store,
        rows={chunk.id: row for row, chunk in enumerate(chunks)},
        dictionary=dictionary,
    )


def lines_of(folder: Path, name: str) -> Iterator[records.Record]:
    """The records of one file of a generation."""
    return records.from_lines((folder / name).read_bytes())
