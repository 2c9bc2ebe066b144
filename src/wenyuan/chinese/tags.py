"""The proper names and the negating words of Chinese text, as jieba's tagger tells them. Knows nothing of questions or articles.

Texts given here are normalised. The tagger loads on first use; its words are those of the private tokenizer in `words`.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from wenyuan.chinese.words import words as cut_words

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

_CACHED_TEXTS = 4096
_PROPER = re.compile(r"n[rtz]|nrt|nrfg")
# 不 and 未 in these deny nothing.
_AFFIRMING = frozenset(
    "不仅 不但 不只 不止 不光 不断 不久 不同 不少 不过 不管 不论 不锈钢 不动产 不足 不等 不约而同 不得不 不无 不单 不一 不惜 不愧 不禁 不时 "  # noqa: E501
    "不懈 不凡 不已 不休 不止于 不可不 无不 未来 无偿 无论 无数 无疑 无锡 无线 无人机 无人 无限 无须 无私 无缝 无障碍 无害化 无公害 非常 "
    "非洲 非遗 非凡 非物质 除非 莫非 非公 非公有制 非公经济 源源不断 络绎不绝 必不可少 不可或缺 不忘初心 不遗余力 非必要 不少于 无非 没收 没落 "  # noqa: E501
    "未成年人 未成年 不亚于 不低于 不小 不错 不难 不愿意不行 不日 不定期 不算 不含 不包括 不计 不分 不等于 坚持不懈 与众不同 持续不断 不满 不安 不良 不幸 不利 不明 不便 不当 不公 不法 不适 不平等 不料 不妨 不由 不朽 不仅仅 不平 不堪 不屈 不息 不义 不孕 不均 不菲 不俗 不已 "  # noqa: E501
    "不顾 不敌 不畏 不甘 不解 不韪 不测 不符 不详 不振 从无到有 无微不至 永不停歇 孜孜不倦".split()
)
_DENYING = re.compile(
    r"没有?|[并从尚还仍]?未[能曾必]?|并非|绝非|非|不[是能会曾再可得准必用需要该想愿敢许]?|从不|决不|绝不|毫不|毫无|全无|无法|无|没能|没法|没人"
)
_DENIED_AFTER = ("不", "未", "没")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at ``text[start:end]`` with the tagger's part of speech."""

    text: str
    tag: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """A person, an organisation or another proper name; places have a table of their own."""
        return _PROPER.match(self.tag) is not None


@lru_cache(maxsize=_CACHED_TEXTS)
def tagged(text: str) -> tuple[Word, ...]:
    """The words of normalised ``text`` in order with their tags, nothing left out."""
    found, at = [], 0
    for pair in _tagger().cut(text):
        found.append(Word(pair.word, pair.flag, at, at + len(pair.word)))
        at += len(pair.word)
    return tuple(found)


@lru_cache(maxsize=_CACHED_TEXTS)
def negations(text: str) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` of the words of normalised ``text`` that deny what follows them; 不仅 and 无偿 do not."""
    found = []
    for word in tagged(text):
        if word.text in _AFFIRMING:
            continue
        if _DENYING.fullmatch(word.text):
            if text.startswith(("不得不", "非…不"), word.start) or any(
                text.startswith(other, word.start) for other in _AFFIRMING if other.startswith(word.text) and len(other) > len(word.text)
            ):
                continue
            found.append((word.start, word.end))
        elif len(word.text) > 1 and word.text[0] in _DENIED_AFTER and word.tag[:1] in "vda" and len(word.text) <= 3:
            found.append((word.start, word.start + 1))
    return tuple(found)


_lock = threading.Lock()
_taggers: list[POSTokenizer] = []


def _tagger() -> POSTokenizer:
    with _lock:
        if not _taggers:
            import warnings

            cut_words("一")  # makes the private tokenizer, quietly
            from wenyuan.chinese import words

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from jieba.posseg import POSTokenizer
            _taggers.append(POSTokenizer(words._tokenizer("")))
    return _taggers[0]
