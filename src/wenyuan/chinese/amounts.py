"""How much a figure means with the words around it: 不到100人 is less than 100, 30多所 is 31 to 39, 1.25公里 is 1250米.

Texts are normalised and figures are those of `numbers`. A figure whose words are not understood means no amount for sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from wenyuan.chinese.numbers import Quantity, QuantityKind, quantities
from wenyuan.chinese.tags import tagged

_NEAR_CHARS = 12  # before a figure, in which what bounds it stands
_INFINITE = Decimal("Infinity")

# How many of the unit that all units of its kind are told in.
_BASES: dict[str, dict[str, Decimal]] = {
    "米": {
        **dict.fromkeys(("公里", "千米", "km"), Decimal(1000)),
        **dict.fromkeys(("米", "公尺", "m"), Decimal(1)),
        **dict.fromkeys(("厘米", "公分", "cm"), Decimal("0.01")),
        **dict.fromkeys(("毫米", "mm"), Decimal("0.001")),
        **{"里": Decimal(500), "英里": Decimal("1609.344"), "英尺": Decimal("0.3048"), "英寸": Decimal("0.0254"), "海里": Decimal(1852)},
    },
    "公斤": {
        **dict.fromkeys(("吨", "t"), Decimal(1000)),
        **dict.fromkeys(("公斤", "千克", "kg"), Decimal(1)),
        **{"斤": Decimal("0.5"), "克": Decimal("0.001")},
    },
    "平方米": {
        **dict.fromkeys(("平方米", "平方公尺", "m2"), Decimal(1)),
        **dict.fromkeys(("平方公里", "平方千米", "km2"), Decimal(10**6)),
        **{"亩": Decimal(2000) / 3, "公顷": Decimal(10000)},
    },
    "秒": {
        **{"秒": Decimal(1), "分钟": Decimal(60)},
        **dict.fromkeys(("小时", "个小时"), Decimal(3600)),
        **dict.fromkeys(("天", "日", "昼夜"), Decimal(86400)),
        **dict.fromkeys(("周", "星期", "个星期"), Decimal(7 * 86400)),
    },
    "个月": {
        **dict.fromkeys(("个月", "个多月"), Decimal(1)),
        **dict.fromkeys(("年", "载", "周年"), Decimal(12)),
        **dict.fromkeys(("世纪", "个世纪"), Decimal(1200)),
    },
    "元": {**dict.fromkeys(("元", "人民币", "块钱", "块"), Decimal(1)), "角": Decimal("0.1"), "分钱": Decimal("0.01")},
    "千瓦": {"千瓦": Decimal(1), "兆瓦": Decimal(1000)},
    "岁": dict.fromkeys(("岁", "周岁"), Decimal(1)),
    "港元": dict.fromkeys(("港元", "港币"), Decimal(1)),
    "美元": dict.fromkeys(("美元", "美金"), Decimal(1)),
    "百分点": dict.fromkeys(("百分点", "个百分点"), Decimal(1)),
}
_IN_BASE = {unit: (base, factor) for base, units in _BASES.items() for unit, factor in units.items()}


class Nature(str, Enum):
    """How closely a figure is told."""

    EXACT = "exact"
    ABOUT = "about"
    OPEN = "open"  # more or less than is said: 30多, 不到100, 以上


@dataclass(frozen=True, slots=True)
class Amount:
    """What a figure may stand for: from ``low`` to ``high`` of ``unit``, told with the words at ``text[start:end]``."""

    low: Decimal
    high: Decimal
    unit: str  # the one that all units of the kind are told in
    value: Decimal  # the number itself
    nature: Nature = Nature.EXACT
    low_in: bool = True
    high_in: bool = True
    start: int = 0
    end: int = 0

    def is_below(self, other: Amount) -> bool:
        """Whether it is surely less."""
        return self.high < other.low or (self.high == other.low and not (self.high_in and other.low_in))

    def is_apart(self, other: Amount) -> bool:
        """Whether the two are surely not the same."""
        return self.is_below(other) or other.is_below(self)

    def is_within(self, other: Amount) -> bool:
        """Whether all that it may be lies in ``other``."""
        above = self.low > other.low or (self.low == other.low and (other.low_in or not self.low_in))
        return above and (self.high < other.high or (self.high == other.high and (other.high_in or not self.high_in)))

    def is_same(self, other: Amount) -> bool:
        """Whether both are one number for sure."""
        return self.low == self.high == other.low == other.high


def base_unit(item: Quantity) -> str:
    """The unit that units of its kind are told in; its own where there is no other."""
    return _scale(item)[0]


def agree(one: str, other: str, families: Iterable[set[str]] = ()) -> bool:
    """Whether figures of two base units can be held against each other."""
    return one == other or any({one, other} <= family for family in families)


def _scale(item: Quantity) -> tuple[str, Decimal]:
    if item.unit == "块" and item.kind is not QuantityKind.AMOUNT:
        return item.unit, Decimal(1)
    return _IN_BASE.get(item.unit, (item.unit, Decimal(1)))


def exact_value(text: str, item: Quantity) -> Decimal:
    """The value of a figure of ``text`` without the error of binary fractions: 1.1亿 is 11000万."""
    number = text[slice(*item.number)].replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", number) and float(number):
        scale = item.value / float(number)
        return Decimal(number) * (round(scale) if scale >= 1 else Decimal(repr(scale)))
    return Decimal(repr(item.value))


# -- the words around a figure --------------------------------------------------------------------------------------------

_MORE = r"超过|大于|高于|多于|长于|重于|不止|不只|(?<![打侦攻爆查识])突?破|逾|超|(?<![经通路度穿渡])过"
_LESS = r"不足|不及|小于|低于|少于|短于|轻于"
_LEAST = r"至少|最少|起码|不下于?|不亚于"
_MOST = r"最多|至多|顶多"
_REACH = r"达到|达|到|够|满|足有"
_ABOUT = r"大约|(?<![节签制条合预公履])约|大概|大致|差不多"
_CLOSE = r"将近|接近|逼近|(?<![最附邻临靠])近|几乎"
_BOUND = re.compile(
    r"(?P<no>(?<!有)没有?(?:能|曾)?|不(?:会|能|得|可|应|曾|宜)?|未(?:能|曾)?)?"
    rf"(?:(?P<most>{_MOST})|(?P<least>{_LEAST})|(?P<less>{_LESS})|(?P<more>{_MORE})|(?P<reach>{_REACH})|(?P<about>{_ABOUT})|(?P<close>{_CLOSE}))"
    r"(?:了|有|为|是|达到?){0,3}$"
)
_NOT_SO_MANY = re.compile(r"(?<!有)(?:没有?|未有)$")  # 没有1000米
_NOT_KNOWN = re.compile(r"(?:不是|并非|介于|[超不未比])$")
_AFTER = re.compile(
    r"(?P<least>及?以上|或以上|之上|开外|起(?![^\W\d]))|(?P<most>及?以下|之下|以内|之内)|(?P<about>左右|上下)|(?P<more>出头)|(?P<unknown>不等|以外)"
)
_RANGE = re.compile(r"[至到~\-—－]\D?$")
_RANGE_ON = re.compile(r"[至到~\-—－]+(?:[\d几一二两三四五六七八九十]|近|约|超)")
_FROM = re.compile(r"[从由](?:[去前上]年|原来|过去|原先)?的?$")
_SEVERAL_DIGITS = re.compile(r"^[一二两三四五六七八九]{2}(?![〇零一二三四五六七八九])")  # 七八个, 三四十人
_SIGNS = {"most": "<=", "least": ">=", "less": "<", "more": ">", "about": "~", "close": "<~"}
_OPPOSITE = {"<": ">=", ">": "<=", ">=": "<", "<=": ">"}
_FEATS = frozenset("项 个 种 道 处 条 起".split())  # 突破3项技术: what is done, no bound


def amount(text: str, item: Quantity, supposed: bool = False) -> Amount | None:
    """What the figure ``item`` of ``text`` may stand for; None where its words are not understood or it is a part of a figure.

    ``supposed``: asked for, where 达到 wants at least that much.
    """
    number = text[slice(*item.number)]
    if item.ordinal or is_part(text, item) or _is_range(text, item) or _SEVERAL_DIGITS.match(number):
        return None
    before, start = _sign_before(text, item, supposed)
    after = _AFTER.match(text, item.end)
    signs = {sign for sign in (before, _SIGNS.get(after.lastgroup or "", "?") if after and after["more"] is None else "") if sign}
    if len(signs) > 1:
        signs.discard("~")
    if "?" in signs or len(signs) > 1:
        return None
    unit, factor = _scale(item)
    value = exact_value(text, item) * factor
    step = _step(number, item) * factor
    more = re.search(r"[多余几]", text[item.number[1] : item.end]) is not None or (after is not None and after["more"] is not None)
    end = after.end() if after else item.end
    whole = Amount(value, value, unit, value, start=start, end=end)
    if number in "几数" or (number[0] in "十百千万亿" and text[: item.number[0]].endswith(("数", "几"))):
        whole = Amount(2 * value, 10 * value, unit, value, Nature.OPEN, start=start, end=end, high_in=False)
    elif more:
        whole = Amount(value, value + step, unit, value, Nature.OPEN, False, False, start, end)
    elif "来" in text[item.number[1] : item.end]:
        whole = Amount(value * Decimal("0.9"), value + step / 2, unit, value, Nature.OPEN, start=start, end=end)
    return _bounded(whole, next(iter(signs), ""), step)


def _bounded(whole: Amount, sign: str, step: Decimal) -> Amount:
    """``whole`` with what is said of it."""
    about = min(step, whole.value / 10)
    low, high, low_in, high_in, nature = whole.low, whole.high, whole.low_in, whole.high_in, Nature.OPEN
    if sign in (">", ">="):
        high, high_in, low_in = _INFINITE, False, low_in and sign == ">="
    elif sign in ("<", "<="):
        low, low_in, high_in = Decimal(0), True, high_in and sign == "<="
    elif sign == "<~":
        low, high_in = whole.value - min(step, whole.value / 5), False
    elif sign == "~" and whole.nature is Nature.EXACT:
        low, high, nature = whole.value - about, whole.value + about, Nature.ABOUT
    else:
        return whole
    return Amount(low, high, whole.unit, whole.value, nature, low_in, high_in, whole.start, whole.end)


def _sign_before(text: str, item: Quantity, supposed: bool) -> tuple[str, int]:
    """What the words before a figure say of it ("" nothing, "?" nothing that is understood), and where they begin."""
    first = item.number[0]
    base = max(0, first - _NEAR_CHARS)
    head = re.sub(r"(?:[百千]分之|[数几])$", "", text[base:first])
    if match := _BOUND.search(head):
        sign = _sign(match, text, item, supposed)
        return sign, base + match.start() if sign else item.start
    if match := _NOT_SO_MANY.search(head):
        return "<", base + match.start()
    if head.endswith("上") and text[first] in "百千万亿":
        return ">=", base + len(head) - 1
    return ("?" if _NOT_KNOWN.search(head) else ""), item.start


def _sign(match: re.Match[str], text: str, item: Quantity, supposed: bool) -> str:
    """The sign of a bound: 不超过 is at most, 没达到 is less."""
    kind = next(name for name in ("most", "least", "less", "more", "reach", "about", "close") if match[name])
    word, denied = match[kind], match["no"] is not None
    counts = item.kind is QuantityKind.COUNT and text[item.number[0]] not in "十百千万亿"
    if not denied and word == "过" and counts and _follows_verb(match.string[: match.start("more")]):
        return ""  # 建过3所
    if not denied and word.endswith("破") and item.unit in _FEATS and item.value < 100:
        return ""
    if kind == "reach":
        return "<" if denied else ">=" if supposed and word != "到" else ""
    sign = _SIGNS[kind]
    return _OPPOSITE.get(sign, "?") if denied else sign


def _follows_verb(head: str) -> bool:
    cut = tagged(head)
    return bool(cut) and cut[-1].tag.startswith("v")


def _step(number: str, item: Quantity) -> Decimal:
    """How much one more of the last digit told is: 1.2万 in steps of 1000, 120 in steps of 10."""
    bare = number.replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", bare) and float(bare):
        scale = Decimal(repr(item.value)) / Decimal(bare)
        digit = -len(bare.partition(".")[2]) if "." in bare else len(bare) - len(bare.rstrip("0"))
        return Decimal(10) ** digit * scale
    size = int(item.value)
    return Decimal(10) ** (len(str(size)) - len(str(size).rstrip("0"))) if size else Decimal(1)


def _is_range(text: str, item: Quantity) -> bool:
    """Whether the figure is an end of a range, or what something grew from: 3到5米, 从500吨增加到520吨."""
    if _RANGE_ON.match(text, item.end) or _FROM.search(text[max(0, item.start - 6) : item.start]):
        return True
    before = _RANGE.search(text[max(0, item.number[0] - 3) : item.number[0]])
    if before is None:
        return False
    at = max(0, item.number[0] - 3) + before.start()
    return text[at - 1 : at].isdigit() or any(other.end == at for other in quantities(text) if other.kind is item.kind)


_TAILED = frozenset("米 元 块 块钱 斤 公斤 分钟 小时 个小时 年 万 亿".split())
_HALVED = re.compile(r"半(?!径|导|年|月|天|数|价|岛)")


def is_part(text: str, item: Quantity) -> bool:
    """Whether the figure is only a part of one: 1米 of 1米78, 50分钟 of 1小时50分钟."""
    after = item.end + len(text[item.end : item.end + 1]) * (text[item.end : item.end + 1] in ("零", "又"))
    if _HALVED.match(text, item.end) and item.kind is not QuantityKind.DATE:
        return True
    if item.unit in _TAILED and re.match(r"[一二三四五六七八九](?:[一二三四五六七八九毛]|(?![^\W\d]))", text[item.end :]):
        return True  # 一米七
    return any(
        (other.start == after and _goes_on(item, other)) or (other.end in (item.start, item.start - 1) and _joins(text, other, item))
        for other in quantities(text)
    )


def _joins(text: str, first: Quantity, item: Quantity) -> bool:
    return text[first.end : item.start] in ("", "零", "又") and _goes_on(first, item)


def _goes_on(first: Quantity, other: Quantity) -> bool:
    """Whether ``other``, right after ``first``, is the rest of one figure."""
    if QuantityKind.DATE in (first.kind, other.kind) or not first.unit:
        return False
    if not other.unit:
        return first.unit in _TAILED or first.unit in _IN_BASE
    times = {"秒", "个月"}
    one, two = base_unit(first), base_unit(other)
    if other.unit == "分":
        return one in ("秒", "元")
    return (one == two and first.unit in _IN_BASE) or {one, two} <= times


# -- changes --------------------------------------------------------------------------------------------------------------

_CHANGES = (
    r"(?<!新)增加|增长|净增|增收|增产|减少|净减|减产|下降|下跌|下滑|降低|上升|上涨|提高|提升|扩大|缩小|缩短|延长|高出|超出|多出|领先|落后"
    r"|涨|跌|(?<![最至许众很更太不大])多|(?<![最至不])少"
)
_CHANGE = re.compile(rf"(?:{_CHANGES})(?:了|出)?(?:约|近|超过?|逾|大约|将近|不到|不足)?(?:[百千]分之)?$")
_CHANGE_OF = re.compile(r"(?:(?<!新)增加|减少|提高|降低)了?[^\W\d到至为达成]{2}$")  # 增加产量20吨
_BESIDE = re.compile(r"(?<![占对同环相])比(?![例重率赛价值分])|较(?:上|去|前|往|同|年|之|20|19|计划|预期)")
_ASKS_CHANGE = re.compile(r"[增减涨跌升降幅]|提高|变化|扩大|缩[小短]|延长|多[了出]|少了|[高超]出|领先|落后|比(?![例重率赛价值分])")


def is_change(text: str, item: Quantity) -> bool:
    """Whether the figure tells by how much something grew or differs from another, and not how much it is."""
    head = text[: item.number[0]]
    near = head[-_NEAR_CHARS:]
    if _CHANGE.search(near) or _CHANGE_OF.search(near):
        return True
    clause = re.split(r"[,;:。]", head[-60:])[-1]
    return _BESIDE.search(clause) is not None


def asks_change(question: str) -> bool:
    """Whether a question is after a growth or a difference."""
    return _ASKS_CHANGE.search(question) is not None


# -- what is measured -----------------------------------------------------------------------------------------------------

_MONEY = re.compile(r"[钱款资费额税债价值捐赔奖补薪花赚金]|收入|gdp|利润|营收|预算|成本|票房|援助|投入")
# What is said where something is measured so; a figure of the same unit may measure another side of the thing.
_DIMENSIONS = {"高": "高|海拔", "长": "长|程|延伸", "宽": "宽", "深": "深", "重": "重", "大": "大|面积|占地|广", "远": "远|距|程"}
_DIMENSION = re.compile(r"(?:有多(?P<asked>[高长宽深重大远])$|(?P<told>[高长宽深重])度?[了有为达是]{0,2}$)")
_RIGHT_AFTER = 2


def asks_money(question: str) -> bool:
    """Whether a figure that a question is after may be one of money."""
    return _MONEY.search(question) is not None


def is_of_dimension(asked: str, text: str, item: Quantity) -> bool:
    """Whether a figure of ``text`` measures what ``asked`` ends with (有多高, 全长), if it ends with a dimension."""
    match = _DIMENSION.search(asked)
    if match is None or base_unit(item) not in ("米", "公斤", "平方米"):
        return True
    clause = re.split(r"[,;:。]", text[max(0, item.start - 60) : item.start])[-1] + text[item.end : item.end + _RIGHT_AFTER]
    return re.search(_DIMENSIONS[match["asked"] or match["told"]], clause) is not None
