"""Text to token ids with code point offsets: the SentencePiece unigram tokenizer of the XLM-R family, in plain Python.

It gives what `tokenizers` gives for the same vocabulary (a test compares them) in 60 MB and 0.3 s of loading, not 300 MB and 1 s:
that was most of what asking one question cost. Unlike there, a special token written in a text ("</s>") is ordinary characters.
The best segmentation is Viterbi's over the pieces' log probabilities: Kudo 2018, Subword Regularization.
This module knows nothing of models, vectors or where its two files lie.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from wenyuan.errors import ModelError

FIRST_ID, PAD_ID, LAST_ID, UNKNOWN_ID = 0, 1, 2, 3  # <s> <pad> </s> <unk> of every XLM-R vocabulary
PIECES_FILE, SCORES_FILE = "pieces.txt", "piece_scores.npy"

_SPACE = "▁"  # how pieces write a space
_UNKNOWN_PENALTY = 10.0  # below the worst piece, for a character that no piece covers (as in SentencePiece)
_SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# What SentencePiece's nmt_nfkc does beyond NFKC: controls go, unusual spaces become spaces.
_DROPPED = dict.fromkeys([*range(1, 9), 11, *range(14, 32), 127, 0x8F, 0x9F])
_SPACED = dict.fromkeys([9, 10, 12, 13, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD], " ")
_NMT = {**_DROPPED, **_SPACED}
_NOT_PLAIN = re.compile("[" + "".join(map(re.escape, map(chr, _NMT))) + "]|  |^ | $")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of one text, without ``<s>`` and ``</s>``, and where each lies in it."""

    ids: tuple[int, ...]
    bounds: tuple[tuple[int, int], ...]  # [start, end) code points of the text, a space before it included; the first may be empty


class UnigramTokenizer:
    """A vocabulary that cuts texts. Safe to share between threads."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        self._scores = array("d", scores)
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        for special in _SPECIAL_PIECES:
            self._ids.pop(special, None)  # in a text they are ordinary characters
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        self._longest: dict[str, int] = {}  # first character -> length of the longest piece that begins with it
        longest = self._longest
        for piece in self._ids:
            first, size = piece[0], len(piece)
            if size > 1 and size > longest.get(first, 1):
                longest[first] = size

    @classmethod
    def open(cls, folder: Path) -> UnigramTokenizer:
        """The tokenizer of an unpacked model folder, one and the same for all who ask; raises ModelError when its files do not read."""
        return _open(folder)

    def ids(self, text: str) -> list[int]:
        """Token ids of ``text``, without ``<s>`` and ``</s>``."""
        return [piece for piece, _, _ in self._cut(_normal(text)[0])]

    def encode(self, text: str) -> Tokens:
        """Token ids of ``text`` with their bounds in it, without ``<s>`` and ``</s>``."""
        normal, origins = _normal(text)
        cut = self._cut(normal)
        # One mark stands before the text, so in `cut` everything lies one place further right.
        bounds = [(max(start - 1, 0), end - 1) for _, start, end in cut]
        if origins is not None:
            bounds = [(origins[start][0], origins[end - 1][1] if end else origins[0][0]) for start, end in bounds]
        return Tokens(tuple(piece for piece, _, _ in cut), tuple(bounds))

    def _cut(self, normal: str) -> list[tuple[int, int, int]]:
        """(id, start, end) of the best segmentation of ``▁`` + ``normal``; no piece crosses a space."""
        if not normal:
            return []
        marked = _SPACE + normal.replace(" ", _SPACE)
        cut: list[tuple[int, int, int]] = []
        start = 0
        while start < len(marked):
            end = marked.find(_SPACE, start + 1)
            end = len(marked) if end < 0 else end
            self._cut_word(marked[start:end], start, cut)
            start = end
        return cut

    def _cut_word(self, word: str, offset: int, cut: list[tuple[int, int, int]]) -> None:
        """Append the best segmentation of ``word``, which lies at ``offset``, to ``cut``."""
        ids, scores, longest = self._ids, self._scores, self._longest
        size = len(word)
        best = [float("-inf")] * (size + 1)  # log probability of the best way to reach each place
        best[0] = 0.0
        came = [0] * (size + 1)  # where its last piece starts
        last = [UNKNOWN_ID] * (size + 1)  # and which piece that is
        for start in range(size):
            here = best[start]
            single = False
            for end in range(start + 1, min(start + longest.get(word[start], 1), size) + 1):
                piece = ids.get(word[start:end])
                if piece is not None:
                    single = single or end == start + 1
                    score = here + scores[piece]
                    if score > best[end]:
                        best[end], came[end], last[end] = score, start, piece
            if not single and here + self._unknown_score > best[start + 1]:
                best[start + 1], came[start + 1], last[start + 1] = here + self._unknown_score, start, UNKNOWN_ID
        found: list[tuple[int, int, int]] = []
        end = size
        while end:
            start = came[end]
            if last[end] == UNKNOWN_ID and found and found[-1][0] == UNKNOWN_ID:
                found[-1] = (UNKNOWN_ID, start + offset, found[-1][2])  # neighbouring unknown characters are one token
            else:
                found.append((last[end], start + offset, end + offset))
            end = start
        cut.extend(reversed(found))


@lru_cache(maxsize=2)
def _open(folder: Path) -> UnigramTokenizer:
    """The tokenizer in ``folder``, kept: embedder and reader share its 60 MB."""
    try:
        pieces = (folder / PIECES_FILE).read_bytes().decode("utf-8").split("\n")
        scores = np.load(folder / SCORES_FILE).tolist()
        if len(pieces) != len(scores):
            raise ValueError(f"{len(pieces)} pieces but {len(scores)} scores")
    except (OSError, ValueError) as error:
        raise ModelError(f"the tokenizer in {folder} does not read ({error}): delete that folder, it is unpacked again") from error
    return UnigramTokenizer(pieces, scores)


def _normal(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """``text`` as the vocabulary writes it, and for each of its characters the [start, end) it comes from; None when nothing changed."""
    if unicodedata.is_normalized("NFKC", text) and not _NOT_PLAIN.search(text):
        return text, None
    characters: list[str] = []
    origins: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _combines(text[end]):  # a base and its marks are normalised together
            continue
        for character in unicodedata.normalize("NFKC", text[start:end].translate(_NMT)):
            if character != " " or (characters and characters[-1] != " "):
                characters.append(character)
                origins.append((start, end))
        start = end
    while characters and characters[-1] == " ":
        characters.pop()
        origins.pop()
    return "".join(characters), origins


def _combines(character: str) -> bool:
    """Whether it may combine with what stands before it: a mark, or a Korean vowel or final, also in a compatibility form."""
    first = unicodedata.normalize("NFKC", character)[:1]
    return bool(unicodedata.combining(first)) or "\u1160" <= first <= "\u11ff"
