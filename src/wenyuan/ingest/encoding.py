"""Bytes to text, strictly: an encoding is taken when it is certain, else the file is refused. It never guesses in silence.

UTF-8 proves itself: other text almost never decodes as it. GB18030 and Big5 prove nothing, as nearly every text in one
decodes in the other, to nonsense. Of nonsense few characters are common ones; of Chinese nearly all are. So the text must be
plausible in one encoding and not in the other. This module knows nothing of files.
"""

from __future__ import annotations

import codecs
from collections import Counter
from typing import NamedTuple

from wenyuan.chinese.text import is_common
from wenyuan.errors import UnknownEncoding, UnsupportedFormat

_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = ("gb18030", "big5hkscs")
_UNMARKED = ("utf-16-le", "utf-16-be")  # hold zero bytes wherever they hold a line end
# Share of common characters among those beyond ASCII. Measured on passages of 30 to 400 characters of simplified and
# traditional news and encyclopedia text: 0.75 to 1 in the right encoding, at most 0.6 in the wrong one.
_PLAUSIBLE = 0.7
_AHEAD = 0.15  # by which the next encoding must be less plausible
_LOST_MAX = 0.01  # of the bytes: a damaged UTF-8 file is named as such


class Decoded(NamedTuple):
    """Text, and the encoding it was taken to be in."""

    text: str
    encoding: str


def decode(data: bytes, uri: str) -> Decoded:
    """``data`` decoded strictly as UTF-8, marked UTF-16 or UTF-32, GB18030 or Big5; raises UnknownEncoding, UnsupportedFormat.

    A UTF-8 byte order mark stays in the text as U+FEFF, so that the text is what ``data.decode("utf-8")`` gives.
    """
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            try:
                return Decoded(_without_zeros(data.decode(encoding), uri), encoding)
            except UnicodeDecodeError as error:
                raise UnknownEncoding(uri, f"starts like {encoding.upper()} but does not decode; save it as UTF-8") from error
    zeros = b"\x00" in data
    if not zeros:
        try:
            return Decoded(data.decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            pass
    readings = _readings(data, _UNMARKED if zeros else _CHINESE)
    if readings and readings[0][0] >= _PLAUSIBLE and (len(readings) == 1 or readings[0][0] - readings[1][0] >= _AHEAD):
        return readings[0][1]
    if zeros:
        raise UnsupportedFormat(uri, "holds zero bytes, so it is no text file; convert it to UTF-8 text")
    raise UnknownEncoding(uri, _why_not(data, [(share, found.encoding) for share, found in readings]))


def _without_zeros(text: str, uri: str) -> str:
    """``text``, which must hold no zero character."""
    if "\x00" in text:
        raise UnsupportedFormat(uri, "holds zero bytes, so it is no text file; convert it to UTF-8 text")
    return text


def _readings(data: bytes, encodings: tuple[str, ...]) -> list[tuple[float, Decoded]]:
    """How plausible ``data`` is in each encoding that it decodes in, the most plausible first."""
    found = []
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            found.append((plausibility(text), Decoded(text, encoding)))
    return sorted(found, key=lambda reading: -reading[0])


def plausibility(text: str) -> float:
    """The share of common Chinese characters and marks among the characters beyond ASCII, in [0, 1]; 0 where there are none."""
    counts = Counter(text)
    beyond = {character: count for character, count in counts.items() if character > "\x7f" and not character.isspace()}
    total = sum(beyond.values())
    return sum(count for character, count in beyond.items() if is_common(character)) / total if total else 0.0


def _why_not(data: bytes, readings: list[tuple[float, str]]) -> str:
    """What is wrong with ``data``, and what to do."""
    kept = data.decode("utf-8", "ignore")
    if plausibility(kept) >= _PLAUSIBLE and len(data) - len(kept.encode("utf-8")) <= max(_LOST_MAX * len(data), 3):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            return f"is UTF-8, but damaged at byte {error.start}; get a whole copy, or save it again as UTF-8"
    if readings and readings[0][0] >= _PLAUSIBLE:
        names = " and ".join(encoding for _, encoding in readings)
        return f"could be {names}, and nothing in it says which; save it as UTF-8"
    guess = _guess(data)
    seems = f" (it looks like {guess})" if guess else ""
    return f"is in no encoding that is certain: not UTF-8, GB18030 or Big5{seems}; save it as UTF-8"


def _guess(data: bytes) -> str:
    """What charset-normalizer takes ``data`` for: a hint for whoever must convert the file, never a reading of it."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:100_000]).best()
    return best.encoding if best else ""
