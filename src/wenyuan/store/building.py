"""Articles to a new generation of the index folder: only what no generation or stopped build has embedded is embedded.

What the files of a generation hold is decided here; how a folder of them stays whole, in ``store/writing.py``.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import dictionary_digest, read_dictionary, search_terms
from wenyuan.config import Settings
from wenyuan.contracts import Article, Chunk, Embedder, Vectors
from wenyuan.errors import ChangeCancelled, IndexFolderError, SpanError
from wenyuan.store import records
from wenyuan.store.embedded import DIGEST_BYTES, FinishedVectors
from wenyuan.store.folder import FORMAT, READABLE_SOURCES, Manifest, current, damage
from wenyuan.store.local import EXACT_UP_TO_ROWS, Bm25Keywords, FaissVectors
from wenyuan.store.opening import lines_of
from wenyuan.store.writing import check_space, publish, writing

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


def embedded_digest(text: str) -> str:
    """What names an embedded text: 32 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: 2 * DIGEST_BYTES]


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
    cancelled: Callable[[], bool] | None = None,
) -> BuildReport:
    """A new generation of exactly ``articles``, in force when this returns. ``progress`` hears (embedded, to embed) chunks.

    Vectors of chunks that the current generation, or a build that was stopped, already has are reused when the embedder is
    the same. An article given twice is kept once. Raises IndexLocked at once when another process is writing,
    IndexFolderError when there is nothing to index, no room, or the folder cannot be written, SettingsError on a bad user
    dictionary, ChangeCancelled when ``cancelled`` says so.
    """
    made = {article.source.id: chunks_of(article) for article in articles}
    if not any(made.values()):
        raise IndexFolderError("nothing to index: none of the given files holds an article's text")
    with writing(index_dir):
        return write_generation(index_dir, articles, lambda article: made[article.source.id], embedder, settings, progress, cancelled)


def write_generation(
    index_dir: Path,
    articles: Sequence[Article],
    chunks_of: Callable[[Article], Sequence[Chunk]],
    embedder: Embedder,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BuildReport:
    """As `build_index`, by whoever holds the lock already; ``articles`` may be none.

    Articles are kept in the order of their uris: a generation is the same whatever way led to it.
    """
    began = time.monotonic()
    dictionary = read_dictionary(settings.user_dictionary)
    unique = _without_repeats(articles)
    chunks = tuple(chunk for article in unique for chunk in _checked(article, chunks_of(article)))
    texts = [search_text(chunk) for chunk in chunks]
    digests = [embedded_digest(text) for text in texts]
    text_bytes = sum(len(article.source.text.encode("utf-8", "surrogatepass")) for article in unique)
    check_space(index_dir, len(chunks) * embedder.dimension * 4 + text_bytes)  # the least it can need, before hours of embedding
    finished = FinishedVectors(index_dir, embedder)
    known = {**finished.known, **_known_vectors(index_dir, embedder)}
    vectors, embedded = _vectors(texts, digests, known, embedder, finished, progress, cancelled)
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
    files = _files(unique, chunks, digests, vectors, keywords, dictionary)
    check_space(index_dir, sum(len(content) for content in files.values()))

    def write(folder: Path) -> None:
        for name, content in files.items():
            (folder / name).write_bytes(content)

    name = publish(index_dir, manifest, write)
    return BuildReport(name, len(unique), len(chunks), embedded, len(chunks) - embedded, time.monotonic() - began)


def _without_repeats(articles: Sequence[Article]) -> tuple[Article, ...]:
    by_id: dict[str, Article] = {}
    for article in articles:
        first = by_id.setdefault(article.source.id, article)
        if first.source.sha256 != article.source.sha256 or first.source.text != article.source.text:
            raise IndexFolderError(f"two different sources are named {article.source.uri}: rename one of them")
    return tuple(sorted(by_id.values(), key=lambda article: article.source.uri))


def _checked(article: Article, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    for chunk in chunks:
        if article.source.slice(chunk.spans) != chunk.text:
            raise SpanError(f"chunk {chunk.id} does not hold the text under its spans in {article.source.uri}")
    return chunks


def _known_vectors(index_dir: Path, embedder: Embedder) -> dict[str, Vectors]:
    """Digest of an embedded text -> its vector, from the current generation; empty when it cannot serve."""
    try:
        _, folder, manifest = current(index_dir, READABLE_SOURCES)
        if manifest.embedder_fingerprint != embedder.fingerprint or manifest.dimension != embedder.dimension:
            return {}
        if any(finding for name in ("chunks.jsonl", "vectors.npy") for finding in damage(folder, manifest, name, verify=True)):
            return {}
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        return {record["embedded"]: vectors[row] for row, record in enumerate(lines_of(folder, "chunks.jsonl"))}
    except (IndexFolderError, OSError, ValueError, KeyError, IndexError):
        return {}  # a damaged or older index is no reason not to build a new one


def _vectors(
    texts: Sequence[str],
    digests: Sequence[str],
    known: Mapping[str, Vectors],
    embedder: Embedder,
    finished: FinishedVectors,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[Vectors, int]:
    """Shape (len(texts), dimension), and how many different texts had to be embedded; each batch is kept as it is finished."""
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
        if cancelled is not None and cancelled():
            raise ChangeCancelled("stopped before anything was changed; what was embedded so far is kept for the next time")
        batch = groups[start : start + _EMBED_BATCH]
        made = embedder.embed_passages([texts[rows[0]] for rows in batch])
        finished.keep([digests[rows[0]] for rows in batch], made)
        for rows, vector in zip(batch, made, strict=True):
            vectors[rows] = vector
        if progress is not None:
            progress(start + len(batch), len(groups))
    return vectors, len(groups)


def _files(
    articles: Sequence[Article],
    chunks: Sequence[Chunk],
    digests: Sequence[str],
    vectors: Vectors,
    keywords: Bm25Keywords,
    dictionary: str,
) -> dict[str, bytes | memoryview]:
    """Name -> content of all files of a generation but its manifest: made before anything is written, so that their size is known."""
    chunk_records = ({**records.chunk_to_record(chunk), "embedded": digest} for chunk, digest in zip(chunks, digests, strict=True))
    files: dict[str, bytes | memoryview] = {
        "sources.jsonl": records.to_lines(records.source_to_record(article.source) for article in articles),
        "articles.jsonl": records.to_lines(map(records.article_to_record, articles)),
        "chunks.jsonl": records.to_lines(chunk_records),
        "dictionary.txt": dictionary.encode("utf-8"),
        "keywords.json": json.dumps({"terms": keywords.terms}, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    }
    for name, array in [("vectors", vectors), *((f"keywords.{part}", array) for part, array in keywords.arrays().items())]:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        files[f"{name}.npy"] = buffer.getbuffer()
    if len(vectors) > EXACT_UP_TO_ROWS:
        files["vectors.hnsw"] = FaissVectors(vectors).graph()
    return files
