"""A vector store on FAISS and a keyword store on bm25s. The only room that loads either.

Both know rows and numbers, nothing of chunks or folders. Each takes its arrays from memory and gives its state back as
arrays and JSON-able values, so that what lies on disk is never a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.contracts import Vectors

EXACT_UP_TO_ROWS = 200_000  # above it a graph (HNSW) is searched; 200,000 rows of 384 take 0.3 GB and some 20 ms a search
BM25_K1 = 1.5
BM25_B = 0.75

_HNSW_LINKS = 32
_HNSW_CONSTRUCTION_DEPTH = 200
_HNSW_SEARCH_DEPTH = 256
_NEAR_TIE = 1e-5  # more than FAISS's float32 sums err for unit vectors


class FaissVectors:
    """Unit vectors searched by inner product: exact up to ``exact_up_to`` rows, through an HNSW graph above."""

    def __init__(self, vectors: Vectors, exact_up_to: int = EXACT_UP_TO_ROWS, graph: Path | None = None) -> None:
        """A store of ``vectors``, shape (rows, dimension), float32; ``graph`` is a file of what `graph` gave."""
        import faiss

        rows, dimension = vectors.shape
        self._exact = bool(rows <= exact_up_to)
        self._index: Any
        if self._exact:
            self._index = faiss.IndexFlatIP(dimension)
        elif graph is not None:
            # Not faiss.read_index: it fails under folders with non-ASCII names on Windows.
            self._index = faiss.deserialize_index(np.frombuffer(graph.read_bytes(), dtype=np.uint8))
            return
        else:
            self._index = faiss.IndexHNSWFlat(dimension, _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
            self._index.hnsw.efConstruction = _HNSW_CONSTRUCTION_DEPTH
        if rows:
            self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def exact(self) -> bool:
        """True when every row is compared."""
        return self._exact

    def graph(self) -> bytes:
        """The graph, which is slow to build again; only of a store that is not exact."""
        import faiss

        data: bytes = faiss.serialize_index(self._index).tobytes()
        return data

    def search(self, vector: Vectors, k: int) -> list[tuple[int, float]]:
        """At most ``k`` (row, inner product), best first, ties by row."""
        rows = len(self)
        wanted = min(k, rows)
        if wanted <= 0:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        depth = min(rows, wanted + 16)
        while True:
            scores, found = self._search(query, depth)
            # FAISS breaks ties as it likes, so take all that could tie with the last one wanted, and sort ourselves.
            if depth == rows or not self._exact or scores[wanted - 1] - scores[-1] > _NEAR_TIE:
                break
            depth = min(rows, depth * 4)
        # Summed anew in float64, row by row: equal rows get equal scores, whatever the order of the sum in FAISS.
        kept = self._index.reconstruct_batch(found).astype(np.float64)
        exact_scores = (kept * query.astype(np.float64)).sum(axis=1).astype(np.float32)
        return best_first(found, exact_scores, wanted)

    def _search(self, query: Vectors, depth: int) -> tuple[Vectors, NDArray[np.int64]]:
        import faiss

        if self._exact:
            scores, found = self._index.search(query, depth)
        else:
            parameters = getattr(faiss, "SearchParametersHNSW")(efSearch=max(_HNSW_SEARCH_DEPTH, 2 * depth))  # noqa: B009 (not in its stubs)
            scores, found = self._index.search(query, depth, params=parameters)
        real = found[0] >= 0  # short results are padded with -1
        return scores[0][real], found[0][real]


class Bm25Keywords:
    """Bags of terms searched by BM25 as Lucene scores it (Kamphuis et al. 2020), term scores computed when built."""

    def __init__(self, terms: Sequence[str], scores: Vectors, rows: NDArray[np.int32], starts: NDArray[np.int64], count: int) -> None:
        """A store of ``count`` rows. The scores of term ``i`` are ``scores[starts[i]:starts[i + 1]]``, for ``rows[…]`` alike."""
        self._terms = tuple(terms)
        self._id_of = {term: i for i, term in enumerate(self._terms)}
        self._scores, self._rows, self._starts, self._count = scores, rows, starts, count

    @classmethod
    def of(cls, bags: Sequence[Sequence[str]], k1: float = BM25_K1, b: float = BM25_B) -> Bm25Keywords:
        """A store of ``bags``, one bag of terms (repeats count) a row."""
        id_of: dict[str, int] = {}
        ids = [[id_of.setdefault(term, len(id_of)) for term in bag] for bag in bags]
        if not id_of:  # bm25s divides by the mean length
            return cls((), np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(1, np.int64), len(bags))
        import bm25s

        model = bm25s.BM25(k1=k1, b=b, method="lucene", backend="numpy", csc_backend="numpy")
        built = model.build_index_from_ids(list(range(len(id_of))), ids, show_progress=False)
        return cls(
            tuple(id_of),
            np.asarray(built["data"], dtype=np.float32),
            np.asarray(built["indices"], dtype=np.int32),
            np.asarray(built["indptr"], dtype=np.int64),
            len(bags),
        )

    @classmethod
    def from_state(cls, terms: Sequence[str], count: int, arrays: Mapping[str, NDArray[Any]]) -> Bm25Keywords:
        """The store whose ``terms`` and ``arrays`` these are."""
        return cls(terms, arrays["scores"], arrays["rows"], arrays["starts"], count)

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms, by id."""
        return self._terms

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The state beside ``terms`` and the number of rows, by name."""
        return {"scores": self._scores, "rows": self._rows, "starts": self._starts}

    def __len__(self) -> int:
        return self._count

    def postings(self) -> dict[str, list[int]]:
        """Term -> the rows it stands in."""
        return {term: self._rows[self._starts[i] : self._starts[i + 1]].tolist() for i, term in enumerate(self._terms)}

    def document_frequency(self, term: str) -> int:
        """In how many rows ``term`` stands; 0 for an unknown one."""
        number = self._id_of.get(term)
        return 0 if number is None else int(self._starts[number + 1] - self._starts[number])

    def search(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """At most ``k`` (row, BM25 score > 0), best first, ties by row. A term counts once, however often it is given."""
        # Sorted, so that the order of the question's words cannot change the rounding of a sum.
        ids = sorted({self._id_of[term] for term in terms if term in self._id_of})
        if not ids or k <= 0:
            return []
        total = np.zeros(self._count, dtype=np.float32)
        for i in ids:
            part = slice(int(self._starts[i]), int(self._starts[i + 1]))
            total[self._rows[part]] += self._scores[part]  # a row occurs once per term, so no np.add.at is needed
        found = np.flatnonzero(total > 0)
        return best_first(found, total[found], k)


def best_first(rows: NDArray[np.int64], scores: Vectors, k: int) -> list[tuple[int, float]]:
    """The ``k`` best of ``rows`` by ``scores``, highest first, ties by row."""
    if len(rows) > 4 * k:  # sort only those that can be among the k, with all that tie with the last
        enough = scores >= np.partition(scores, -k)[-k]
        rows, scores = rows[enough], scores[enough]
    order = np.lexsort((rows, -scores))[:k]
    return [(int(rows[i]), float(scores[i])) for i in order]
