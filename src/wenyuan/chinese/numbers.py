"""Quantities and dates as Chinese writes them: `1.2万余人次`, `二十四所`, `百分之九`, `近83亿元`, `去年12月`.

All functions take *normalised* text (NFKC, simplified, lower case) and give positions in that text.
Numbers are bounded by digits, never by ``\\b``: Han characters count as word characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class QuantityKind(str, Enum):
    """What a quantity measures."""

    COUNT = "count"  # with a measure word: 22所
    AMOUNT = "amount"  # money
    PERCENT = "percent"
    DATE = "date"
    DURATION = "duration"  # 57小时, 33年


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure with its unit, at ``text[start:end]``."""

    start: int
    end: int
    kind: QuantityKind
    value: float  # scale applied (1.2万 -> 12000; money in its currency's base unit); dates as yyyymmdd, 0 where unknown
    unit: str  # measure word, currency, "%", "年"…
    approximate: str = ""  # 约 近 余 多 超过 …
    ordinal: bool = False  # 第一所, 首批
    vague: bool = False  # 一个, 一批: an article, not a figure
    number: tuple[int, int] = (0, 0)  # position of the bare number


_HAN_DIGIT = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN_SCALE = {"十": 10, "百": 100, "千": 1000}
_BIG_SCALE = {"万": 10**4, "亿": 10**8}
_NUMERAL_MAX_CHARS = 60  # no numeral is longer, and 万万万… soon is no float any more
_NOT_FIGURES = ("一带", "一路", "一部", "一同", "一号", "一线", "一时", "一度", "一分")  # 一带一路, 统一部署, 一线


def han_value(text: str) -> float | None:
    """The value of a Chinese numeral (二十四 -> 24, 一千八百亿 -> 1.8e11, 二〇二四 -> 2024), or None when it is none."""
    if not 0 < len(text) <= _NUMERAL_MAX_CHARS:
        return None
    if all(char in _HAN_DIGIT for char in text):
        return float("".join(str(_HAN_DIGIT[char]) for char in text))
    total = section = 0
    digit: int | None = None
    for char in text:
        if char in _HAN_DIGIT:
            digit = _HAN_DIGIT[char]
        elif char in _HAN_SCALE:
            section += (1 if digit is None else digit) * _HAN_SCALE[char]
            digit = None
        elif char in _BIG_SCALE:
            section += digit or 0
            if section == 0 and total:  # 万亿
                total *= _BIG_SCALE[char]
            elif total and total < _BIG_SCALE[char]:  # 三万五千亿
                total = (total + section) * _BIG_SCALE[char]
            else:
                total += (section or 1) * _BIG_SCALE[char]
            section, digit = 0, None
        else:
            return None
    return float(total + section + (digit or 0))


# Measure words by what they count. Longest first is taken care of by `_alternatives`.
COUNT_UNITS = (
    "公尺 公分 公厘 平方公尺 立方公尺 英寸 个 名 人 位 所 家 项 座 栋 幢 对 批 次 人次 "
    "批次 班次 例 件 户 村 镇 亩 吨 公斤 千克 斤 克 列 列次 条 期 支 辆 种 类 "
    "届 倍 平方米 平方公里 公顷 公里 千米 米 厘米 毫米 标箱 箱 处 间 套 台 艘 架 部 本 册 首 篇 门 级 层 场 场次 股 只 头 "
    "匹 株 棵 枚 颗 块 片 张 份 笔 单 轮 站 点位 团 队 组 员 床 张床 床位 席 国 省 市 县 区 乡 字 集 幅 艘次 架次 航次 "
    "车次 人员 户次 立方米 千瓦 兆瓦 千瓦时 度 升 毫升 吨位 海里 英里 英尺 光年 赫兹 摄氏度 ℃ 度电 km km2 kg mm cm m2 "
    "平方千米 平方英里 平方英尺 桶 瓶 包 盒 袋 根 滴 阶 胎 尾 口 眼 具 尊 朵 束 串 排 行 段 节 章 课 门课 步 圈 回 趟 遍 "
    "顿 拳 票 分 局 盘 球 线 路 号 房 栋楼 代 任 派 系 语 族 院 校 店 厂 矿 社 会 馆 寺 桥 岛 洲 湖 河 山 峰"
).split()
MONEY_UNITS = ("元 美元 欧元 英镑 日元 港元 港币 人民币 新台币 韩元 卢布 块钱 块 角 分钱 美金 法郎 马克 卢比 泰铢").split()
TIME_UNITS = (
    "小时 个小时 分钟 秒 天 日 周 个月 个多月 年 载 世纪 年代 岁 周岁 周年 个世纪 学期 个工作日 工作日 星期 个星期 昼夜 季度 个季度"
).split()


def _alternatives(words: list[str] | tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_APPROX_BEFORE = (
    r"(?P<before>大约|约为|(?<![节签制条合预公履])约|近|将近|接近|超过|超|逾|不足|至少|最多"
    r"|高达|多达|达到|达|共计|共|累计|总计|仅|只有)?"
)
_ARABIC = r"(?<![\d.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|(?<![\d.])\d+(?:\.\d+)?(?![\d])"
_HAN = r"[〇零一二两三四五六七八九十百千]+(?:[万亿][〇零一二两三四五六七八九十百千]*){0,3}"
_FIGURE = re.compile(
    _APPROX_BEFORE
    + r"(?P<ordinal>第)?"
    + rf"(?P<number>{_ARABIC}|{_HAN}|几|数(?=[十百千万亿]))(?!分之)"
    + r"(?P<after>多|余|来|几)?(?P<scale>万亿|千亿|百亿|千万|百万|十万|十亿|[十百千万亿])?(?P<after2>多|余)?"
    + rf"(?P<unit>个?百分点|%|{_alternatives([*MONEY_UNITS, *TIME_UNITS, *COUNT_UNITS])})?(?P<after3>多|余)?"
)
_HAN_PERCENT = re.compile(rf"(?P<before>约|近|超过)?(?:百分之|千分之)(?P<number>\d+(?:\.\d+)?|{_HAN}(?:点[〇零一二三四五六七八九]+)?)")
_BARE_SCALE = re.compile(r"(?P<before>超过|超|过|近|上|达|数)(?P<scale>万亿|千亿|百亿|千万|百万|十万|十亿|万|亿)元")
_SCALE = {
    "十": 1e1,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
}

_YEAR = r"(?:(?<!\d)(?:1\d|20)\d\d(?!\d)|[一二][〇零一二三四五六七八九]{3})"
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
_MONTH_DAY = rf"(?:{_MONTH}(?:{_DAY}|份|底|初|末|上旬|中旬|下旬)?)"
_DATE = re.compile(
    rf"(?:公元前?)?(?:(?P<year>{_YEAR})年|(?P<relative>今年|去年|前年|明年|当年|本年|同年))(?:{_MONTH_DAY}|年?[底初末春夏秋冬](?!步)|上半年|下半年|[一二三四]季度|第[一二三四]季度)?"
    rf"|(?<!\d){_MONTH_DAY.replace('?P<month>', '?P<month2>').replace('?P<day>', '?P<day2>')}"
    r"|公元前\d+(?:世纪|年)|(?:上|本|\d{1,2}|[一二]?十[一二三四五六七八九]?)世纪(?:[初末中]期?|\d0年代|[一二三四五六七八九]十年代)?"
    r"|(?<!\d)(?:1\d|20)?\d0年代[初末中]?期?"
    r"|[\"“'‘]?[一二三]?十[一二三四五六七八九]五[\"”'’]?(?:时期|期间|规划|以来|末|初)?"
    r"|[\"“'‘]?(?:七五|八五|九五)[\"”'’]?(?:时期|期间)"
)


def _number(text: str) -> float | None:
    if text[0].isdigit():
        return float(text.replace(",", ""))
    if text in ("几", "数"):
        return 1.0
    if "点" in text:
        whole, _, part = text.partition("点")
        value = han_value(whole)
        fraction = "".join(str(_HAN_DIGIT[char]) for char in part)
        return None if value is None else value + float(f"0.{fraction}")
    return han_value(text)


def _date_value(match: re.Match[str]) -> float:
    year = match["year"]
    number = _number(year) if year else None
    month = match["month"] or match["month2"]
    day = match["day"] or match["day2"]
    return (number or 0) * 10000 + ((_number(month) or 0) if month else 0) * 100 + ((_number(day) or 0) if day else 0)


@lru_cache(maxsize=8192)
def dates(text: str) -> tuple[Quantity, ...]:
    """Dates and periods in ``text``, left to right, not overlapping."""
    found = []
    for match in _DATE.finditer(text):
        if match.group() in ("十一五", "十二五") and match.end() < len(text) and text[match.end()].isdigit():
            continue
        unit = "今年" if match["relative"] else "年" if match["year"] else "月" if match["month2"] else "period"
        found.append(Quantity(match.start(), match.end(), QuantityKind.DATE, _date_value(match), unit, number=match.span()))
    return tuple(found)


@lru_cache(maxsize=8192)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every figure with its unit in ``text``, left to right, not overlapping; dates among them.

    A bare number without a unit is a COUNT with unit "" (`阅读量达34462`).
    """
    found = list(dates(text))
    taken = bytearray(len(text))  # 1 where a figure already stands
    for item in found:
        taken[item.start : item.end] = b"\1" * (item.end - item.start)

    def free(start: int, end: int) -> bool:
        return not any(taken[start:end])

    def take(start: int, end: int) -> None:
        taken[start:end] = b"\1" * (end - start)

    for match in _HAN_PERCENT.finditer(text):
        value = _number(match["number"])
        if value is not None and free(*match.span()):
            if text[match.start("number") - 3 : match.start("number")] == "千分之":
                value /= 10
            found.append(Quantity(*match.span(), QuantityKind.PERCENT, value, "%", match["before"] or "", number=match.span("number")))
            take(*match.span())
    for match in _FIGURE.finditer(text):
        number = match["number"]
        start, end = match.start("number"), match.end()
        if not free(start, end):
            start, end = match.span("number")
            if not free(start, end):
                continue
        value = _number(number)
        if value is None:
            continue
        unit, scale = match["unit"] or "", match["scale"] or ""
        more = match["after"] or match["after2"] or match["after3"] or ""
        if not number[0].isdigit() and (not unit or (len(number) == 1 and number in "十百千" and not more)):
            continue  # a Han numeral counts only with its measure word: 三峡, 十分
        if number == "一" and not scale and text.startswith(_NOT_FIGURES, start):
            continue
        value *= _SCALE.get(scale, 1.0)
        if unit in ("%", "百分点", "个百分点"):
            kind = QuantityKind.PERCENT
        elif unit in MONEY_UNITS and not (unit == "块" and not scale):
            kind = QuantityKind.AMOUNT
        elif unit in TIME_UNITS:
            kind = QuantityKind.DURATION
        else:
            kind = QuantityKind.COUNT
        before = match["before"] or ""
        after = match["after"] or match["after2"] or match["after3"] or ""
        if before in ("约", "近", "超过", "超", "逾", "不足", "至少", "将近", "接近", "大约", "约为", "最多"):
            start = match.start("before") if free(match.start("before"), end) else start
        else:
            before = ""
        ordinal = bool(match["ordinal"]) or text[max(0, start - 1) : start] == "第"
        vague = number in ("一", "几", "数", "两") and not scale and kind is QuantityKind.COUNT and number in ("一", "几", "数")
        found.append(Quantity(start, end, kind, value, unit, before + after, ordinal, vague, match.span("number")))
        take(start, end)
    found += [
        Quantity(*match.span(), QuantityKind.AMOUNT, _SCALE[match["scale"]], "元", match["before"], number=match.span("scale"))
        for match in _BARE_SCALE.finditer(text)
        if free(*match.span())
    ]
    return tuple(sorted(found, key=lambda item: item.start))
