"""Names of Chinese places: where they stand in a text, and which lies in which.

The table beside this file holds the administrative divisions (GB/T 2260). A short name counts only where jieba's word
boundaries agree, so 大连 is not found in 扩大连接. Texts given here are normalised. Knows nothing of questions or articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wenyuan.chinese.words import word_bounds

# What makes the place before it a part of an institution's name: 天津医院 is not 天津.
INSTITUTIONS = (
    "医院 中学 小学 大学 学院 学校 幼儿园 公司 集团 银行 日报 晚报 路 街 大道 大桥 馆 港 站 机场 酒店 商城 工业园 产业园 "
    "会客厅 分校 分院 杯 队 银 石化 大剧院 话 菜"
).split()
_CACHED_TEXTS = 8192  # sentences looked at again and again, by question after question
REGION_WORDS = ("库区", "地区", "市区", "城区", "全市", "全县", "全省", "全区")


@dataclass(frozen=True, slots=True)
class Place:
    """A place named at ``text[start:end]``."""

    name: str  # short name: 天津 for 天津市
    start: int
    end: int
    codes: tuple[str, ...]  # GB/T 2260, all divisions of that name
    in_institution: bool  # part of an institution's name: 天津医院, 上海中学


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, tuple[str, tuple[str, ...]]], int]:
    """Form -> (short name, codes), and the length of the longest form."""
    forms: dict[str, list[tuple[str, str]]] = {}
    for line in (Path(__file__).parent / "divisions.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name, *rest = line.split()
        short = rest[0] if rest else name
        shorter = {short + "州"} if name.endswith("自治州") and rest else set()  # 凉山州 for 凉山彝族自治州
        for form in {name, short} | shorter:
            forms.setdefault(form, []).append((short, code))
    table = {form: (found[0][0], tuple(code for _, code in found)) for form, found in forms.items()}
    return table, max(map(len, table))


@lru_cache(maxsize=1)
def _lengths() -> dict[str, tuple[int, ...]]:
    """First character -> lengths of the forms it begins, longest first."""
    found: dict[str, set[int]] = {}
    for form in _table()[0]:
        found.setdefault(form[0], set()).add(len(form))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}


@lru_cache(maxsize=_CACHED_TEXTS)
def places(text: str) -> tuple[Place, ...]:
    """Places named in normalised ``text``, left to right, the longest name first, not overlapping."""
    table, _ = _table()
    lengths = _lengths()
    bounds: set[int] | None = None
    found: list[Place] = []
    at = 0
    while at < len(text) - 1:
        for size in lengths.get(text[at], ()):
            entry = table.get(text[at : at + size])
            if entry is None:
                continue
            end = at + size
            if end > len(text):
                continue
            if bounds is None:
                bounds = {0, *(stop for _, _, stop in word_bounds(text))}
            full = size > len(entry[0]) or text[at:end][-1] in "省市县区州盟旗"
            if not full and (at not in bounds or (end not in bounds and not text.startswith(REGION_WORDS, end))):
                continue
            # 万州二中, 浙江大学: the place opens an institution's name
            inside = text.startswith(tuple(INSTITUTIONS), end)
            found.append(Place(entry[0], at, end, entry[1], inside))
            at = end - 1
            break
        at += 1
    return tuple(found)


@lru_cache(maxsize=_CACHED_TEXTS)
def contains(outer: str, inner: str) -> bool:
    """Whether the division ``outer`` (short or full name) contains, or is, the division ``inner``."""
    table, _ = _table()
    if outer == inner:
        return True
    if outer not in table or inner not in table:
        return False
    prefixes = tuple(code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code for code in table[outer][1])
    return any(code.startswith(prefixes) for code in table[inner][1])


def level(name: str) -> int:
    """2 for a province, 4 for a prefecture, 6 for a county; 0 when the name is not in the table."""
    table, _ = _table()
    if name not in table:
        return 0
    return min(2 if code.endswith("0000") else 4 if code.endswith("00") else 6 for code in table[name][1])


@lru_cache(maxsize=1)
def _pinyin_names() -> dict[str, str]:
    from pypinyin import lazy_pinyin

    table, _ = _table()
    found: dict[str, str] = {}
    for form, (short, codes) in sorted(table.items(), key=lambda item: min(item[1][1])):
        if form == short and any(code.endswith("00") for code in codes):
            found.setdefault("".join(lazy_pinyin(short)), short)
    return found


def from_pinyin(latin: str) -> str:
    """The province or city whose name is spelt ``latin`` (beijing -> 北京), or ""."""
    return _pinyin_names().get(latin.lower(), "") if latin.isascii() and latin.isalpha() and len(latin) >= 4 else ""


@lru_cache(maxsize=4096)
def pinyin(text: str) -> tuple[str, ...]:
    """Toneless syllables of ``text``, one per Han character."""
    from pypinyin import lazy_pinyin

    return tuple(syllable for char in text for syllable in lazy_pinyin(char))
