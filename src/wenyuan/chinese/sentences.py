"""The bounds of Chinese sentences, in one pass over the text.

This module knows nothing of files, articles or words.
"""

from __future__ import annotations

import re

SENTENCE_MAX_CHARS = 180  # code points; a longer sentence is cut at semicolons, then commas

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")
_OPENING = "“‘「『《〈（(【[〔﹁﹃"
_CLOSING = "”’」』》〉）)】]〕﹂﹄\"'"
_QUOTE_CLOSING = '”」』"﹂﹄'
# A run of end marks, a run of dots, a line end, or a full stop of Western shape straight after a Han character.
_END = re.compile(
    rf"(?P<line>[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+)|(?P<dots>…+|\.{{3,}}|。{{3,}}|⋯+)"
    rf"|(?P<mark>[。！？!?｡]+|(?<=[㐀-䶿一-鿿”」』）)])[.．](?=\s|$|[{re.escape(_CLOSING)}]))(?P<closing>[{re.escape(_CLOSING)}]*)"
)
_SPEECH = re.compile(
    r"[^。！？!?\n…“”「」]{0,30}?(?:说|說|道|表示|介绍|介紹|认为|認為|指出|坦言|感慨|强调|強調|透露|回忆|回憶|告诉记者|告訴記者)[。！!]"
)
_WORD = re.compile("[0-9A-Za-z.,%０-９]")
_WEIGHT = {"“": 1, "”": -1, "「": 1, "」": -1, "『": 1, "』": -1}
_SHIFTED_MARKS = ("?!", "?！", "？！")
_SHIFTED_QUOTES = (0xB0, 0xB1)
_QUOTES = re.compile("[“”「」『』]")


def sentence_bounds(text: str, max_chars: int = SENTENCE_MAX_CHARS) -> list[tuple[int, int]]:
    """``[start, end)`` of each sentence of ``text``, in order, not overlapping, without the white space around it.

    ``。！？`` end a sentence, with the closing quotes and brackets after them; so do a line end and, outside quotes, an
    ellipsis, which belongs to no sentence. ``；`` does not, unless the sentence is longer than ``max_chars`` code points.
    """
    bounds: list[tuple[int, int]] = []
    start = counted = depth = 0  # depth: quotes opened and not closed since the sentence began
    for match in _END.finditer(text):
        depth += sum(_WEIGHT[quote] for quote in _QUOTES.findall(text, counted, match.start()))
        counted = match.start()
        if match["line"] is not None:
            end = match.start()
        elif match["dots"] is not None:
            if depth > 0 or text[match.end() : match.end() + 1] in tuple("，,、；;的"):
                continue
            end = match.start()
        else:
            end = match.end()
            if _continues(text, match):
                continue
        bounds += _pieces(text, start, end, max_chars)
        start = counted = match.end()
        depth = 0
    return bounds + _pieces(text, start, len(text), max_chars)


def _continues(text: str, match: re.Match[str]) -> bool:
    """True when the text after an end mark and its closing quotes belongs to the same sentence: “…！”的誓言, “…。”他说。

    ``?!`` before a character whose first GB byte is the second of a quotation mark is probably no end mark at all, but two
    bytes out of step (see `wenyuan.chinese.text`).
    """
    after = text[match.end() : match.end() + 1]
    if not after or after.isspace() or after in _OPENING:
        return False
    if not match["closing"]:
        return match["mark"] in _SHIFTED_MARKS and after.encode("gbk", "replace")[0] in _SHIFTED_QUOTES
    if after in "，,、；;":
        return True
    if match["mark"][-1] not in "。｡.．":  # “…！”的誓言, 《…？》一书
        return True
    return any(quote in _QUOTE_CLOSING for quote in match["closing"]) and _SPEECH.match(text, match.end()) is not None


def _pieces(text: str, start: int, end: int, max_chars: int) -> list[tuple[int, int]]:
    """``[start, end)`` stripped, cut where it is longer than ``max_chars``; nothing when no letter or digit is in it."""
    while start < end and (text[start].isspace() or text[start] in _INVISIBLE):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _INVISIBLE):
        end -= 1
    if not any(character.isalnum() for character in text[start:end]):
        return []
    pieces = []
    while end - start > max_chars:
        cut = _cut(text, start, start + max_chars)
        pieces.append((start, start + len(text[start:cut].rstrip())))
        start = cut
        while text[start].isspace():  # ends at the latest at the last character, which is none
            start += 1
    return [*pieces, (start, end)]


def _cut(text: str, start: int, stop: int) -> int:
    """The best place in ``(start, stop]`` to cut a long sentence: after ；, else ，, else 、or a space, else no Latin word or number."""
    least = start + (stop - start) // 4
    for marks in ("；;", "，,：:", "、 \t\u3000"):
        for at in range(stop - 1, least - 1, -1):
            if text[at] in marks and not (text[at - 1].isdigit() and text[at + 1].isdigit()):  # 100,357 and 08:30 are one
                cut = at + 1
                while cut < stop and text[cut] in _CLOSING:
                    cut += 1
                return cut
    cut = stop
    while cut > least and _WORD.match(text[cut - 1]) and _WORD.match(text[cut]):
        cut -= 1
    return cut if cut > least else stop
