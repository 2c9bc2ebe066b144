"""Vectors that a build has finished, kept until it is done: what a killed build has embedded, the next one need not.

One file an embedder, in the index folder: a header, then one record a batch (count, digests, vectors, checksum). A record that
was cut short ends the file. This module knows nothing of texts but their digests.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from wenyuan.contracts import Embedder, Vectors
from wenyuan.store.folder import EMBEDDED

DIGEST_BYTES = 16  # of a text's SHA-256

_COUNT = struct.Struct("<I")
_CHECK_BYTES = 16


class FinishedVectors:
    """The finished vectors of one embedder. For the one writer; losing them costs time and nothing else."""

    def __init__(self, index_dir: Path, embedder: Embedder) -> None:
        """What the file holds, up to the first record that is not whole; no file is made before the first `keep`."""
        self._path = index_dir / f"{EMBEDDED}{embedder.fingerprint[:16]}"
        self._dimension = embedder.dimension
        self._header = f"wenyuan vectors 1 {embedder.fingerprint} {embedder.dimension}\n".encode()
        self._failed = False
        self._known, self._good_bytes = self._read()

    @property
    def known(self) -> Mapping[str, Vectors]:
        """Digest of a text, in hexadecimal -> its vector."""
        return self._known

    def keep(self, digests: Sequence[str], vectors: Vectors) -> None:
        """Appends one batch; a disk that will not take it is no reason to stop the build."""
        if self._failed or not digests:
            return
        body = _COUNT.pack(len(digests)) + b"".join(map(bytes.fromhex, digests)) + vectors.astype("<f4").tobytes()
        record = body + hashlib.sha256(body).digest()[:_CHECK_BYTES]
        try:
            with self._path.open("r+b" if self._good_bytes else "wb") as file:
                file.truncate(self._good_bytes)
                file.seek(self._good_bytes)
                self._good_bytes += file.write((b"" if self._good_bytes else self._header) + record)
        except OSError:
            self._failed = True

    def _read(self) -> tuple[dict[str, Vectors], int]:
        """Digest -> vector, and the bytes of the file that are good; 0 when none of it is."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}, 0
        if not data.startswith(self._header):
            return {}, 0
        known: dict[str, Vectors] = {}
        at = len(self._header)
        while len(data) - at >= _COUNT.size:
            count = _COUNT.unpack_from(data, at)[0]
            vectors_at = at + _COUNT.size + count * DIGEST_BYTES
            end = vectors_at + count * self._dimension * 4
            body = data[at:end]
            if count == 0 or data[end : end + _CHECK_BYTES] != hashlib.sha256(body).digest()[:_CHECK_BYTES]:
                break
            vectors = np.frombuffer(data, "<f4", count * self._dimension, vectors_at).reshape(count, self._dimension)
            for row in range(count):
                start = at + _COUNT.size + row * DIGEST_BYTES
                known[data[start : start + DIGEST_BYTES].hex()] = vectors[row]
            at = end + _CHECK_BYTES
        return known, at
