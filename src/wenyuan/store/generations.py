"""Articles to a new generation of the index folder, and a generation to an opened index.

What the files of a generation hold is decided here; how a folder of them stays whole, in ``store/folder.py``.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import dictionary_digest, read_dictionary, search_terms
from wenyuan.config import Settings
from wenyuan.contracts import Article, Chunk, Embedder, KeywordStore, Source, Vectors, VectorStore
from wenyuan.errors import IndexFolderError, IndexMismatch, SpanError
from wenyuan.store import records
from wenyuan.store.folder import FORMAT, Manifest, current, damaged, damages, only_writer, publish
from wenyuan.store.local import EXACT_UP_TO_ROWS, Bm25Keywords, FaissVectors

_KEYWORD_ARRAYS = ("scores", "rows", "starts")
_EMBED_BATCH = 64  # texts between two reports of progress


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What one build did."""

    generation: str
    sources: int
    chunks: int
    embedded: int  # chunks whose vector was computed
    reused: int  # chunks whose vector came from the generation before, or from an equal chunk
    seconds: float


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


def search_text(chunk: Chunk) -> str:
    """What of a chunk is embedded and counted: text and heading, normalised."""
    return normalised(f"{chunk.text} {chunk.heading}").strip()  # heading last: vectors of one article stay apart


def build_index(
    index_dir: Path,
    articles: Sequence[Article],
    chunks_of: Callable[[Article], Sequence[Chunk]],
    embedder: Embedder,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
) -> BuildReport:
    """A new generation of ``articles``, in force when this returns. ``progress`` hears (embedded, to embed) chunks.

    Vectors of chunks that the current generation already holds are reused when the embedder is the same. An article
    given twice is kept once. Raises IndexLocked at once when another process is writing, IndexFolderError when there
    is nothing to index or the folder cannot be written, SettingsError on a bad user dictionary.
    """
    began = time.monotonic()
    dictionary = read_dictionary(settings.user_dictionary)
    unique = _without_repeats(articles)
    chunks = tuple(chunk for article in unique for chunk in _checked(article, chunks_of(article)))
    if not chunks:
        raise IndexFolderError("nothing to index: none of the given files holds an article's text")
    try:
        with only_writer(index_dir):
            texts = [search_text(chunk) for chunk in chunks]
            digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] for text in texts]
            vectors, embedded = _vectors(texts, digests, _known_vectors(index_dir, embedder), embedder, progress)
            keywords = Bm25Keywords.of([search_terms(text, dictionary) for text in texts])
            manifest = Manifest(
                format=FORMAT,
                embedder=embedder.name,
                embedder_fingerprint=embedder.fingerprint,
                dimension=embedder.dimension,
                chunk_max_chars=settings.chunk_max_chars,
                user_dictionary_sha256=dictionary_digest(dictionary),
                sources=len(unique),
                chunks=len(chunks),
                terms=len(keywords.terms),
            )
            name = publish(
                index_dir,
                manifest,
                lambda folder: _write_files(folder, unique, chunks, digests, vectors, keywords, dictionary),
            )
    except OSError as error:
        reason = error.strerror or error
        raise IndexFolderError(f"cannot write the index in {index_dir}: {reason}; mend that or give another --index-dir") from error
    return BuildReport(name, len(unique), len(chunks), embedded, len(chunks) - embedded, time.monotonic() - began)


def open_index(index_dir: Path, embedder_fingerprint: str | None = None, verify: bool = True) -> LocalIndex:
    """The current generation, in memory. ``verify`` compares every file's digest; sizes are always compared.

    Raises IndexMissing when nothing was built, IndexDamaged naming the file that is gone or differs, IndexMismatch when
    another format or, if ``embedder_fingerprint`` is given, another embedder was used.
    """
    name, folder, manifest = current(index_dir)
    if embedder_fingerprint is not None and manifest.embedder_fingerprint != embedder_fingerprint:
        raise IndexMismatch(
            f"the index in {index_dir} was built with another embedder or version of it, {manifest.embedder}: "
            f"run `wenyuan build` again, or set embedder = {manifest.embedder!r} as it was then"
        )
    for finding in damages(folder, manifest, verify):
        raise damaged(index_dir, finding)
    try:
        sources = {source.id: source for source in map(records.source_from_record, _lines(folder, "sources.jsonl"))}
        articles = [records.article_from_record(record, sources) for record in _lines(folder, "articles.jsonl")]
        chunks = tuple(records.chunk_from_record(record, sources) for record in _lines(folder, "chunks.jsonl"))
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


def _without_repeats(articles: Sequence[Article]) -> tuple[Article, ...]:
    by_id: dict[str, Article] = {}
    for article in articles:
        first = by_id.setdefault(article.source.id, article)
        if first.source.sha256 != article.source.sha256 or first.source.text != article.source.text:
            raise IndexFolderError(f"two different sources are named {article.source.uri}: rename one of them")
    return tuple(by_id.values())


def _checked(article: Article, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    for chunk in chunks:
        if article.source.slice(chunk.spans) != chunk.text:
            raise SpanError(f"chunk {chunk.id} does not hold the text under its spans in {article.source.uri}")
    return chunks


def _known_vectors(index_dir: Path, embedder: Embedder) -> dict[str, Vectors]:
    """Digest of an embedded text -> its vector, from the current generation; empty when it cannot serve."""
    try:
        _, folder, manifest = current(index_dir)
        same = manifest.embedder_fingerprint == embedder.fingerprint and manifest.dimension == embedder.dimension
        if not same or any(damages(folder, manifest, verify=True)):
            return {}
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        return {record["embedded"]: vectors[row] for row, record in enumerate(_lines(folder, "chunks.jsonl"))}
    except (IndexFolderError, OSError, ValueError, KeyError, IndexError):
        return {}  # a damaged or older index is no reason not to build a new one


def _vectors(
    texts: Sequence[str],
    digests: Sequence[str],
    known: Mapping[str, Vectors],
    embedder: Embedder,
    progress: Callable[[int, int], None] | None,
) -> tuple[Vectors, int]:
    """Shape (len(texts), dimension), and how many different texts had to be embedded."""
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    rows_of: dict[str, list[int]] = {}
    for row, digest in enumerate(digests):
        if digest in known:
            vectors[row] = known[digest]
        else:
            rows_of.setdefault(digest, []).append(row)
    # By length: a batch is padded to its longest text.
    groups = sorted(rows_of.values(), key=lambda rows: len(texts[rows[0]]))
    if progress is not None:
        progress(0, len(groups))
    for start in range(0, len(groups), _EMBED_BATCH):
        batch = groups[start : start + _EMBED_BATCH]
        made = embedder.embed_passages([texts[rows[0]] for rows in batch])
        for rows, vector in zip(batch, made, strict=True):
            vectors[rows] = vector
        if progress is not None:
            progress(start + len(batch), len(groups))
    return vectors, len(groups)


def _write_files(
    folder: Path,
    articles: Sequence[Article],
    chunks: Sequence[Chunk],
    digests: Sequence[str],
    vectors: Vectors,
    keywords: Bm25Keywords,
    dictionary: str,
) -> None:
    """Writes all files of a generation but its manifest."""
    chunk_records = ({**records.chunk_to_record(chunk), "embedded": digest} for chunk, digest in zip(chunks, digests, strict=True))
    (folder / "sources.jsonl").write_bytes(records.to_lines(records.source_to_record(article.source) for article in articles))
    (folder / "articles.jsonl").write_bytes(records.to_lines(map(records.article_to_record, articles)))
    (folder / "chunks.jsonl").write_bytes(records.to_lines(chunk_records))
    (folder / "dictionary.txt").write_bytes(dictionary.encode("utf-8"))
    (folder / "keywords.json").write_bytes(json.dumps({"terms": keywords.terms}, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for name, array in [("vectors", vectors), *((f"keywords.{part}", array) for part, array in keywords.arrays().items())]:
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
    if len(vectors) > EXACT_UP_TO_ROWS:
        FaissVectors(vectors).save_graph(folder / "vectors.hnsw")


def _lines(folder: Path, name: str) -> Iterator[records.Record]:
    return records.from_lines((folder / name).read_bytes())
