"""Normalised text with a way back to its source. The only module that loads opencc.

Normalising serves searching, reading and scoring. What comes out is never shown: a quote is always cut from the source.
This module knows nothing of files, articles or words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wenyuan.chinese.sentences import sentence_bounds

__all__ = ["GLOSS", "Normalised", "is_common", "normalise", "normalised", "sentence_bounds"]

_Edit = tuple[int, int, str, Sequence[int]]  # text[start:end] becomes the string, whose characters came from these places


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised text, and for each of its places the offset in the text it was made from."""

    text: str
    offsets: Sequence[int]  # len(text) + 1, never falling; offsets[-1] == length of the original

    def original(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` of the original under ``text[start:end]``; whole characters, empty only when ``start == end``."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"[{start}, {end}) outside a normalised text of {len(self.text)} code points")
        low = self.offsets[start]
        if start == end:
            return low, low
        last = self.offsets[end - 1]
        while self.offsets[end] == last:  # one source character may have become several: take all of it
            end += 1
        return low, self.offsets[end]


def normalise(text: str) -> Normalised:
    """``text`` in NFKC, lower case and simplified characters, without invisible marks, pinyin glosses and known mojibake.

    White space of any kind and length becomes one space. Normalising twice is the same as once.
    """
    plain = text.translate(_one_to_one())
    offsets: Sequence[int] = range(len(plain) + 1)
    while True:
        before = plain
        for find_edits in (_invisible_edits, _unicode_edits, _mojibake_edits, _gloss_edits, _space_edits):
            plain, offsets = _apply(plain, offsets, find_edits(plain))
        plain = plain.translate(_simplified())
        if plain == before:
            return Normalised(plain, offsets)


def normalised(text: str) -> str:
    """The text of ``normalise(text)``."""
    return normalise(text).text


def _apply(text: str, offsets: Sequence[int], edits: Iterable[_Edit]) -> tuple[str, Sequence[int]]:
    """``text`` and ``offsets`` after ``edits``, which are in order and do not overlap."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for start, end, replacement, origins in edits:
        pieces += (text[at:start], replacement)
        places += offsets[at:start]
        places += (offsets[origin] for origin in origins)
        at = end
    if not pieces:
        return text, offsets
    pieces.append(text[at:])
    places += offsets[at:]
    return "".join(pieces), tuple(places)


@lru_cache(maxsize=1)
def _one_to_one() -> dict[int, str]:
    """Characters whose normal form is one other character: most of what full-width text needs, without moving an offset."""
    table = {code: " " for code in range(0x3001) if chr(code).isspace() or chr(code) == "\u3000"}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    return table


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character.

    opencc's phrase rules would keep e.g. 乾 in 乾縣 but turn the already simplified 乾县 into 干县, so that a question and its
    article no longer meet, and normalising twice would differ from once. Character by character both sides always agree.
    """
    import opencc

    blocks = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x2FA20))
    characters = [chr(code) for block in blocks for code in block]
    simple = dict(zip(characters, opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n"), strict=True))
    table = {}
    for character in characters:
        target = simple[character]
        while target in simple and simple[target] != target:  # a few need two steps
            target = simple[target]
        if target != character and len(target) == 1 and unicodedata.is_normalized("NFKC", target):
            table[ord(character)] = target
    return table


# Zero-width and bidirectional controls, variation selectors, soft hyphen, byte order mark, and C0/C1 controls that are not white space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]+"
)

# Everything that may change under NFKC or lower(), or join the character before it, lies outside these ranges.
_UNSAFE = re.compile(r"[^\x20-\x40\x5b-\x7e、-〟ぁ-ゔァ-ヴー㐀-䶿一-鿿‐\u2012-\u2016\u2018-\u2023·×°±→←↑↓■□●○◆◇★☆]+")


def _invisible_edits(text: str) -> Iterator[_Edit]:
    """Nothing in the place of invisible characters."""
    if text.isascii() and text.isprintable():
        return
    for match in _INVISIBLE.finditer(text):
        yield match.start(), match.end(), "", ()


def _unicode_edits(text: str) -> Iterator[_Edit]:
    """NFKC and lower case, one base character with its marks at a time."""
    for match in _UNSAFE.finditer(text):
        start, end = match.span()
        if start and not _begins_cluster(text[start]):
            start -= 1  # a mark joins the safe character before it
        while start < end:
            stop = start + 1
            while stop < end and not _begins_cluster(text[stop]):
                stop += 1
            cluster = text[start:stop]
            stable = _stable(cluster)
            if stable != cluster:
                yield start, stop, stable, (start,) * len(stable)
            start = stop


def _begins_cluster(character: str) -> bool:
    """True when NFKC never joins ``character`` to the one before it."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) == 0 and unicodedata.category(first) != "Mc" and not "\u1160" <= first <= "\u11ff"


@lru_cache(maxsize=4096)
def _stable(cluster: str) -> str:
    """``cluster`` in NFKC and lower case, repeated until nothing changes (lower case may leave NFKC)."""
    for _ in range(4):
        changed = unicodedata.normalize("NFKC", "".join(character.lower() for character in unicodedata.normalize("NFKC", cluster)))
        if changed == cluster:
            break
        cluster = changed
    return cluster


_SPACES = re.compile(r"\s*[^\S ]\s*|\s{2,}")


def _space_edits(text: str) -> Iterator[_Edit]:
    """One space in the place of white space."""
    for match in _SPACES.finditer(text):
        yield match.start(), match.end(), " ", (match.start(),)


# -- damage by earlier programs ------------------------------------------------------------------------------------------

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
PINYIN = (
    "(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:[iuü]?[aāáǎà](?:i|o|ng?)?|[iuü]?[eēéěè](?:i|r|ng?)?|[iīíǐì](?:ng?|u[ūúǔù]?|[ūúǔù])?|[iu]?[oōóǒò](?:u|ng?)?"
    "|u?[iīíǐì]|[uūúǔù](?:n|[eēéěè])?|i[uūúǔù]|[üǖǘǚǜ]n?))"
)
# Converters from simplified to traditional characters leave a reading behind: 庫區(qū). Half-width brackets, a tone, one syllable.
GLOSS = re.compile(rf"(?<=[㐀-䶿一-鿿])(?:[(?](?=[a-zü]*[{_TONED}]){PINYIN}\))+")


def _gloss_edits(text: str) -> Iterator[_Edit]:
    """Nothing in the place of pinyin glosses."""
    if ")" in text:
        for match in GLOSS.finditer(text):
            yield match.start(), match.end(), "", ()


# GB bytes read one byte off: 。“十四五”時 lies there as ?！笆奈濉睍r. The pairs of bytes that are no character were lost; of
# these only the well-known ones are brought back. The opening mark is 。or another character whose second byte is 0xA3.
_SHIFTED = re.compile(r"\?!(?=[㐀-䶿一-鿿])|笆[晃奈逦]濉")
_SHIFTED_KNOWN = {"笆晃濉": "“十一五", "笆奈濉": "“十四五", "笆逦濉": "“十五五"}
_SHIFTED_MAX_CHARS = 32


def _mojibake_edits(text: str) -> Iterator[_Edit]:
    """Bytes put back in step, where the result is plainly Chinese."""
    done = 0
    for match in _SHIFTED.finditer(text):
        if match.start() >= done:
            repaired, end = _in_step(text, match.start())
            if repaired:
                done = end
                yield match.start(), end, repaired, [min(match.start() + number, end - 1) for number in range(len(repaired))]


def _in_step(text: str, start: int) -> tuple[str, int]:
    """What the run at ``start`` read before its bytes slipped, and its end; an empty string when that is not certain."""
    out = ""
    at = start
    if text[at] == "?":
        out, at = "。", at + 2
    pending = 0xA1  # second byte of ！(0xA3A1), and first byte of the quotation marks
    stop = min(len(text), start + _SHIFTED_MAX_CHARS)
    certain = False
    while at < stop:
        known = _SHIFTED_KNOWN.get(text[at : at + 3])
        if known and pending == 0xA1:
            out, at, certain = out + known, at + 3, True
            continue
        try:
            code = text[at].encode("gbk")
            character = bytes((pending, code[0])).decode("gbk")
        except UnicodeError:
            break
        if not is_common(character):
            break
        out, at = out + character, at + 1
        if len(code) == 1:  # the single byte closed the last pair: from here the text is in step again
            return (out, at) if len(out) > 2 else ("", start)
        pending = code[1]
    return (out, at) if certain or ("“" in out and out.endswith("”")) else ("", start)


def is_common(character: str) -> bool:
    """True for a quotation mark, a stop, or one of the 3755 common characters of GB 2312, traditional or simplified."""
    if character in "“”，。、；：":
        return True
    try:
        code = character.translate(_simplified()).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7
