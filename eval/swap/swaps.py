"""A true claim → the same claim with one thing wrong, or with nothing wrong but its spelling. Shares no code with what it tests.

Only the standard library, a list of provinces and large cities, and what the questions' own gold answers name. Every choice is made by
the `Random` passed in, so that a run can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

KINDS = ("number", "number_nearby", "unit", "place", "subject", "year", "negation")

PLACES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 "  # noqa: E501
    "广西 西藏 宁夏 新疆 广州 深圳 南京 杭州 武汉 成都 西安 青岛 大连 宁波 厦门 苏州 郑州 长沙 沈阳 哈尔滨 济南 合肥 福州 昆明 兰州 南昌 贵阳 太原"  # noqa: E501
).split()
# 个 is no wrong unit for what another measure word counts, nor the other way round.
_UNITS = {
    "亿元": ("万元", "亿美元"),
    "万元": ("亿元", "元"),
    "元": ("万元", "美元"),
    "平方米": ("亩", "公顷"),
    "公里": ("米",),
    "人次": ("批次", "所"),
    "名": ("所", "家", "户"),
    "人": ("户", "家", "所"),
    "所": ("家", "名", "户"),
    "家": ("所", "名", "人"),
    "个": ("吨", "亩", "天"),
    "项": ("名", "所", "家"),
    "座": ("名", "吨"),
    "批": ("名", "家"),
    "吨": ("亩", "公斤"),
    "亩": ("吨", "平方米"),
    "小时": ("天", "分钟"),
    "天": ("年", "小时"),
    "岁": ("年",),
    "%": ("倍",),
    "倍": ("%",),
    "户": ("人", "家"),
    "期": ("名", "吨"),
    "列": ("辆", "吨"),
    "次": ("名", "年"),
    "栋": ("所", "亩"),
    "辆": ("列", "人"),
    "台": ("名", "吨"),
}
_FIGURE = re.compile(
    r"(?<![\d.,第年a-zA-Z-])(\d[\d,]*(?:\.\d+)?)((?:[余多]?[十百千万亿]{0,2}[余多]?))("
    + "|".join(sorted(_UNITS, key=len, reverse=True))
    + ")(?![月日号])"
)
_HAN_FIGURE = re.compile(
    r"(?<![第几数年〇零一二三四五六七八九十百千万])([二三四五六七八九十两][十百千]?[一二三四五六七八九]?)()(所|家|名|座|批|项|亩|户|栋|辆|台|小时|公里)(?![一二三四五六七八九十月])"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=年)")
_VERBS = (
    "援建 援助 支援 培训 选派 派出 引进 引入 实施 投入 投资 建成 建设 建立 开展 签订 签署 举办 完成 落户 出口 实现 成立 开通 荣获 获得 遴选 参加 支持 帮助 "  # noqa: E501
    "打造 提供 增长 提高 下降 位于 达到 来自 生产 接受 发布 宣布 表示 启动 推出 召开 举行 发现 收到 通过 进入 离开 获 派 建 办"
).split()
_DENIED = re.compile(r"没有|并未|尚未|从未|并非|不是|未能|不会|不能")


@dataclass(frozen=True, slots=True)
class Swap:
    """A claim with one thing changed."""

    kind: str
    claim: str
    was: str
    now: str


def swaps(claim: str, passage: str, names: Sequence[str], subjects: Sequence[str], random: Random) -> list[Swap]:
    """One swap of each kind that ``claim`` has room for; ``names`` and ``subjects`` are taken from other claims."""
    made = [
        _number(claim, random),
        _nearby(claim, passage, random),
        _unit(claim, random),
        _place(claim, names, random),
        _subject(claim, names, subjects, random),
        _year(claim, random),
        _negation(claim),
    ]
    return [swap for swap in made if swap is not None and swap.claim != claim]


def _put(claim: str, kind: str, start: int, end: int, now: str) -> Swap:
    return Swap(kind, claim[:start] + now + claim[end:], claim[start:end], now)


def _figures(claim: str) -> list[re.Match[str]]:
    return list(_FIGURE.finditer(claim)) or list(_HAN_FIGURE.finditer(claim))


def _number(claim: str, random: Random) -> Swap | None:
    found = _figures(claim)
    if not found:
        return None
    match = random.choice(found)
    return _put(claim, "number", *match.span(1), _other_number(match[1], random))


def _other_number(number: str, random: Random) -> str:
    if not number[0].isdigit():
        return random.choice([other for other in ("四", "七", "九", "十三", "三十六") if other != number])
    digits = [at for at, char in enumerate(number) if char.isdigit()]
    at = random.choice(digits)
    now = random.choice([digit for digit in "123456789" if digit != number[at]])
    return number[:at] + now + number[at + 1 :]


def _nearby(claim: str, passage: str, random: Random) -> Swap | None:
    """Another figure of the passage with the same unit, which a careless eye would take for this one."""
    for match in random.sample(found := list(_FIGURE.finditer(claim)), len(found)):
        others = [
            other.group()
            for other in _FIGURE.finditer(passage)
            if other[3] == match[3] and other[1] + other[2] != match[1] + match[2] and other.group() not in claim
        ]
        if others:
            return _put(claim, "number_nearby", *match.span(), random.choice(others))
    return None


def _unit(claim: str, random: Random) -> Swap | None:
    found = _figures(claim)
    if not found:
        return None
    match = random.choice(found)
    if match[3] == "元" and match[2] == "":
        return _put(claim, "unit", *match.span(3), random.choice(_UNITS["元"]))
    if match[3] == "元":
        scale = match[2][-1:]
        now = {"万": match[2][:-1] + "亿元", "亿": match[2][:-1] + "万元"}.get(scale, match[2] + "美元")
        return _put(claim, "unit", match.start(2), match.end(3), now)
    return _put(claim, "unit", *match.span(3), random.choice(_UNITS[match[3]]))


def _place(claim: str, names: Sequence[str], random: Random) -> Swap | None:
    known = sorted({*PLACES, *names}, key=lambda name: (-len(name), name))
    found = [(at, name) for name in known for at in [claim.find(name)] if at >= 0]
    found = [
        (at, name)
        for at, name in found
        if not any(name != other and name in other and place <= at < place + len(other) for place, other in found)
    ]
    found = [
        (at, name)
        for at, name in found
        if not re.match(r"[\u4e00-\u9fff]{0,6}?(?:大学|学院|医院|中学|小学|公司|路|街|大桥|大道|会客厅|馆|港)", claim[at + len(name) :])
    ]
    if not found:
        return None
    at, name = random.choice(found)
    tail = name[-1] if name[-1] in "省市县区镇乡村" else ""
    others = [
        other
        for other in known
        if other not in claim
        and name not in other
        and other not in name
        and ((other[-1] == tail) if tail else other[-1] not in "省市县区镇乡村")
    ]
    return _put(claim, "place", at, at + len(name), random.choice(others or PLACES))


def _subject(claim: str, names: Sequence[str], subjects: Sequence[str], random: Random) -> Swap | None:
    subject = leading_subject(claim, names)
    others = [other for other in subjects if other not in claim and subject not in other]
    if not subject or not others:
        return None
    return _put(claim, "subject", claim.index(subject), claim.index(subject) + len(subject), random.choice(others))


_SUBJECT_END = re.compile(
    r"(?:在|向|给|为|对|从|由|把|被|将|与|和|跟|的|是|有|共|累计|已|先后|帮|往|拿|派|靠|去|连续|每年|计划|"
    + "|".join(verb for verb in _VERBS if len(verb) > 1)
    + r"|[,，:：。;；(（、“”\d])"
)


_SUBJECT_LIKE = re.compile(
    r"(?:公司|集团|医院|学校|中学|小学|大学|学院|[镇乡村区县市省局部委园谷港厅馆]|项目|班列|企业|基地|书屋|大桥|银行|协会|球队|队|俱乐部|警方|法院|政府|记者|专家|学生|平台|品牌|产品)$"
)


def leading_subject(claim: str, names: Sequence[str]) -> str:
    """The run of two to ten Han characters that opens a claim, up to what it does, where it names somebody or something; else ""."""
    match = re.match(r"[“\"]?(?:在|从|自|由)?(?P<subject>[\u4e00-\u9fff]{2,10}?)(?=" + _SUBJECT_END.pattern + ")", claim)
    if match is None:
        return ""
    subject = match["subject"]
    short = subject.rstrip("省市县区")
    if subject.startswith(tuple(_VERBS)):
        return ""
    known = subject in names or subject in PLACES or short in PLACES or short in names
    return (
        subject
        if known
        or (
            _SUBJECT_LIKE.search(subject)
            and not re.match(
                r"截至|去年|今年|目前|同时|其中|此外|近年|当年|随着|据|这|那|该|本|我|他|她|它|第|到|全|每|不|没|有|首|近|一|在|先后|累计|共|以",
                subject,
            )
        )
        else ""
    )


def _year(claim: str, random: Random) -> Swap | None:
    if found := list(_YEAR.finditer(claim)):
        match = random.choice(found)
        years = [str(int(match[1]) + step) for step in (-3, -2, -1, 1, 2, 3)]
        return _put(claim, "year", *match.span(1), random.choice([year for year in years if year not in claim]))
    for was, now in (("去年", "前年"), ("今年", "去年"), ("十四五", "十三五"), ("十三五", "十四五")):
        if was in claim and now not in claim:
            at = claim.index(was)
            return _put(claim, "year", at, at + len(was), now)
    return None


def _negation(claim: str) -> Swap | None:
    """The claim denied, or its denial taken away."""
    if match := _DENIED.search(claim):
        return _put(
            claim,
            "negation",
            *match.span(),
            "是" if match.group() in ("并非", "不是") else "会" if match.group() == "不会" else "能" if match.group() == "不能" else "",
        )
    places = [(claim.find(verb), verb) for verb in _VERBS if claim.find(verb) > 1]
    places = [(at, verb) for at, verb in places if claim[at - 1] not in "的、“和所" and not re.match(r"[的者人]", claim[at + len(verb) :])]
    if places:
        at, verb = min(places, key=lambda found: (found[0], -len(found[1])))
        after = at + len(verb)
        return _put(claim, "negation", at, after + (claim[after : after + 1] == "了"), "没有" + verb)
    if (at := claim.find("是")) > 0 and claim[at - 1] not in "不就还于但只若":
        return _put(claim, "negation", at, at + 1, "不是")
    return None


# -- the same claim, written otherwise --------------------------------------------------------------------------------------


_HAN_DIGITS = "零一二三四五六七八九"


def rewritten(claim: str) -> str:
    """The claim with figures written in another way that says the same: 22所 as 二十二所, 2.59亿元 as 25900万元, 9% as 百分之9."""

    def other(match: re.Match[str]) -> str:
        number, scale, unit = match.groups()
        if unit == "%":
            return f"百分之{number}"
        if scale == "亿" and unit == "元" and "," not in number:
            return f"{_plain(float(number) * 10_000)}万元"
        if scale == "万" and "," not in number and unit != "元":
            return f"{_plain(float(number) * 10_000)}{unit}"
        if scale == "" and number.isdigit() and len(number) < 4 and int(number):
            return han(int(number)) + unit
        if scale == "" and number.isdigit() and unit != "元":
            return f"{int(number):,}{unit}"
        return match.group()

    return _FIGURE.sub(other, claim)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def han(number: int) -> str:
    """``number`` below 1000 in Chinese numerals: 24 -> 二十四, 105 -> 一百零五."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    out = f"{_HAN_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        out += ("" if tens == 1 and not hundreds else _HAN_DIGITS[tens]) + "十"
    elif hundreds and ones:
        out += "零"
    return out + (_HAN_DIGITS[ones] if ones else "") or "零"


def full_width(claim: str) -> str:
    """The claim with its ASCII digits, letters and marks in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in claim)
