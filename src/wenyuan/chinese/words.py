"""Words and search terms of Chinese text. The only room that loads jieba.

Terms are what the keyword index counts: jieba's words, plus character bigrams of Han runs, so that a word jieba cuts
differently in question and article still meets itself. This module knows nothing of articles, chunks or scores.

A user dictionary is passed as its text (lines of ``word [frequency] [tag]``), not as a path: what an index was built
with travels with the index, whatever becomes of the file.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.chinese.text import normalised
from wenyuan.errors import SettingsError

if TYPE_CHECKING:
    import jieba

QUESTION_TERMS_LIMIT = 64

# Characters that carry grammar, not matter. Dropped as words, and as ends of bigrams.
_FUNCTION_WORDS = frozenset("的了在是和与及或也都就而把被对于从到为以之其这那个等着过地得我你他她它们则将并且但所又吧啊呀呢吗嘛么哦")

# What a question asks with; no article is about these words.
_ASKING = """
什么 甚么 啥 多少 几 几个 几次 几年 几种 多大 多长 多高 多久 多远 多深 多宽 多重 若干
哪 哪个 哪些 哪里 哪儿 哪位 哪种 哪年 哪一年 哪一个 哪天 哪家 哪项 哪座 哪几个 哪几 谁 谁的
何 何时 何地 何处 何人 何种 何事 为何 如何 怎么 怎样 怎么样 怎么办 为什么 为啥 是否 有没有 是不是 能否 可否 是什么
吗 呢 吧 么 嘛 请问 请 告诉 请教 想 知道 想知道 问 问一下 一下 有 有哪些 分别 各 叫 叫做
"""
_QUESTION_WORDS = frozenset(_ASKING.split())

_RUN = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*%?)"
    r"|(?P<latin>[^\W\d_\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)"
    r"|(?P<han>[\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
_HAN_NUMBER = re.compile(r"[〇零一二两三四五六七八九十百千万亿]{2,}")

_tokenizers: dict[str, jieba.Tokenizer] = {}
_lock = threading.Lock()


def words(text: str, dictionary: str = "") -> list[str]:
    """The words of ``text`` in order, nothing left out: joined, they are ``text`` again."""
    return list(_tokenizer(dictionary).cut(text))


def word_bounds(text: str, dictionary: str = "") -> list[tuple[str, int, int]]:
    """The words of ``text`` with their ``[start, end)`` in code points of ``text``."""
    found, at = [], 0
    for word in words(text, dictionary):
        found.append((word, at, at + len(word)))
        at += len(word)
    return found


def search_terms(text: str, dictionary: str = "") -> list[str]:
    """The terms of a passage, repeats kept: its words, its Han bigrams, its numbers and Latin words whole."""
    plain = normalised(text)
    return _terms(words(plain, dictionary))


def question_terms(question: str, limit: int = QUESTION_TERMS_LIMIT, dictionary: str = "") -> list[str]:
    """At most ``limit`` different terms of a question, without the words it asks with; in order of appearance.

    A question made of nothing else keeps them all: they may be its subject (``“什么”是什么词``).
    """
    cut = words(normalised(question), dictionary)
    # A space in place of each question word, so that no bigram bridges the gap.
    kept = [" " if word in _QUESTION_WORDS else word for word in cut]
    return list(dict.fromkeys(_terms(kept) or _terms(cut)))[:limit]


def read_dictionary(path: str) -> str:
    """The text of a user dictionary; ``""`` for no path. Raises SettingsError when it cannot be read or parsed."""
    if not path:
        return ""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"user dictionary {path}: {error}; give a UTF-8 file of lines `word [frequency] [tag]`") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not re.fullmatch(r"\S+( [0-9]+)?( [a-z]+)?", line.strip()):
            raise SettingsError(f"user dictionary {path}, line {number}: {line.strip()!r} is not `word [frequency] [tag]`")
    return text


def dictionary_digest(dictionary: str) -> str:
    """The SHA-256 of a user dictionary's text, in hex; ``""`` for none."""
    return hashlib.sha256(dictionary.encode("utf-8")).hexdigest() if dictionary else ""


def _terms(cut: list[str]) -> list[str]:
    """Terms of text already normalised and cut into words."""
    text = "".join(cut)
    # Numbers and Latin words are taken from the text itself: jieba splits `1,786` and joins `C4-D`.
    terms = [word for word in cut if _is_han(word) and word not in _FUNCTION_WORDS]
    for run in _RUN.finditer(text):
        if run["number"]:
            terms.append(run["number"].replace(",", ""))
        elif run["latin"]:
            terms.append(run["latin"].lower())
        else:
            han = run["han"]
            terms += [han[i : i + 2] for i in range(len(han) - 1) if not {han[i], han[i + 1]} & _FUNCTION_WORDS]
            terms += [number[0] for number in _HAN_NUMBER.finditer(han) if len(number[0]) > 2]
    return terms


def _is_han(word: str) -> bool:
    found = _RUN.fullmatch(word)
    return found is not None and found["han"] is not None


def _tokenizer(dictionary: str) -> jieba.Tokenizer:
    """A private tokenizer that knows ``dictionary``; made once for each. Nothing is logged and no cache file written."""
    found = _tokenizers.get(dictionary)
    if found is not None:
        return found
    with _lock:
        if dictionary not in _tokenizers:
            _tokenizers[dictionary] = _new_tokenizer(dictionary)
        return _tokenizers[dictionary]


def _new_tokenizer(dictionary: str) -> jieba.Tokenizer:
    import logging
    import warnings

    with warnings.catch_warnings():  # jieba's source has invalid escapes, and it asks for pkg_resources
        warnings.simplefilter("ignore")
        import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba's own initialize() logs to stderr and shares a marshal file in the common temporary folder, where anybody
    # may have put another one; reading its dictionary takes about a second and needs no rights.
    with tokenizer.get_dict_file() as file:
        tokenizer.FREQ, tokenizer.total = _frequencies(file.read().decode("utf-8"))
    tokenizer.initialized = True
    if dictionary:
        # The text that is cut has been normalised, so the words must be too.
        lines = (normalised(line.strip()) for line in dictionary.splitlines())
        tokenizer.load_userdict(io.BytesIO("\n".join(line for line in lines if line).encode("utf-8")))
    return tokenizer


def _frequencies(dictionary: str) -> tuple[dict[str, int], int]:
    """What ``jieba.Tokenizer.gen_pfdict`` makes of its dictionary, in less time: word -> frequency, prefixes -> 0, and the sum."""
    fields = dictionary.split()
    entries, counts = fields[0::3], [int(count) for count in fields[1::3]]
    found = dict(zip(entries, counts, strict=True))
    prefixes: set[str] = set()
    for size in range(1, max(map(len, entries))):
        prefixes.update([word[:size] for word in entries if len(word) > size])
    for prefix in prefixes:
        found.setdefault(prefix, 0)
    return found, sum(counts)
