"""A question that compares or adds up -> its sides, each with the question for its own figure.

Knows how Chinese compares (甲和乙谁多, 甲多还是乙多, 甲比乙多吗, 甲和乙加起来); knows nothing of articles or figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from wenyuan.chinese.names import Place, places
from wenyuan.chinese.numbers import dates
from wenyuan.chinese.tags import tagged
from wenyuan.chinese.words import word_bounds

_ADJECTIVES = (
    r"(?<![增减提升降扩加缩成延不没未])(?:多|少|高|低|大|小|早|晚|迟|长|短|快|慢|重|轻|远|近|贵|便宜|宽|窄|深|浅|久)"  # none of 增长, 提高
)
_LEAST = frozenset("少 低 小 早 短 慢 轻 近 便宜 窄 浅 先".split())
_DEGREE = r"(?:相对|相比|比较|更|最|要|较|还|会)*"
_AFTER = r"(?:一些|一点儿?|些|点)?(?:呢|啊|呀|了)?$"
_CLASS = r"省份|省|直辖市|市|县|区|国家|国|城市|地方|地区"  # what a place is, no measure of it
_WHICH = rf"(?:谁|哪一?[个家方边块项种类支所座条款部位届处头](?:{_CLASS})?|哪(?:里|儿|一?年|{_CLASS}))的?"
_COMPARED = r"(?<![占对同环相不没未])(?<!没有)(?<!并非)比(?![例重率赛价值分])"  # what is not more is as much or less
_ASKED = re.compile(rf"(?:会|又|要)?是?(?:{_WHICH})(?P<mid>[^,]*?)(?P<much>得)?{_DEGREE}(?P<adjective>{_ADJECTIVES}){_AFTER}")
_AHEAD = re.compile(rf"(?:{_WHICH})(?P<mid>[^,]*?)(?:占了?上风|占优势?|领先|胜出|居多|占多数|[更略]胜一筹)$")
_SOONER = r"率先|最先|最早|更早|较早|先(?![进生锋行后期例天导驱辈烈贤遣决前])"  # none of 先进, 先期
_LATER = r"最晚|最迟|更晚|最后|后(?![面来勤续备卫期代裔人方世果台盾排])"
_FIRST = re.compile(rf"(?:{_WHICH})(?:[更较]|要)?(?P<first>{_SOONER}|{_LATER})(?P<mid>[^,]+)$")
_UNASKED = re.compile(rf"(?P<mid>)(?P<much>得)?{_DEGREE}(?P<adjective>{_ADJECTIVES}){_AFTER}")
_EITHER = re.compile(
    rf"(?P<head>.*,)?是?(?P<one>[^,]+?)(?P<much>得)?{_DEGREE}(?P<adjective>{_ADJECTIVES}),?还是(?P<two>[^,]+?)得?{_DEGREE}(?P=adjective){_AFTER}"
)
_THAN = re.compile(
    rf"(?P<head>.*,)?是?(?P<one>[^,]+?){_COMPARED}(?P<two>[^,]+?)(?P<much>得)?{_DEGREE}"
    rf"(?P<adjective>{_ADJECTIVES})(?:(?P<by>[出了]*(?:多少|几)[^,]*)|(?:吗|么))$"
)
_DONE_MORE = re.compile(rf"(?P<head>.*,)?是?(?P<one>[^,]+?){_COMPARED}(?P<two>[^,]+?)[多少](?P<rest>[^,多少几]{{1,8}}(?:多少|几)[^,]*)$")
_DONE_SOONER = re.compile(
    rf"(?P<head>.*,)?是?(?P<one>[^,]+?){_COMPARED}(?P<two>[^,]+?)[更要还]?(?P<when>[早晚迟]|{_SOONER}|{_LATER})(?P<done>[^,几多]{{1,8}})(?:吗|么)$"
)
_ABOVE = re.compile(r"(?P<one>[^,]+?)(?:(?P<as>[高低大小多少长短早晚])于|(?P<over>超过|胜过)|(?P<under>不如|不及))了?(?P<two>[^,]+)吗$")
_FEW = r"(?:这?[两二三四五六几](?:[个家者地方边项款种人块条座所队支台部位组门场类样省市县区国])(?:省市?|市|县)?|双方|各方)"
_OF_THEM = r"(?:里面?|之?中|之间|当中|内)"
_SUM = re.compile(
    rf"{_FEW}?的?(?:一共|总共)?(?:加起来|加在?一起|加一块儿?|相加|之和)(?P<rest>[^,]*(?:多少|几)[^,]*)$"
    rf"|{_FEW}[^,的]{{0,3}}?的?(?:合计|一共|总共|合起来|共计|(?<![一总])共(?![同建享有用交赢商营]))(?P<rest2>[^,]*(?:多少|几)[^,]*)$"
)
_APART = re.compile(
    rf"{_FEW}?(?:之间)?的?(?:相差|差距|(?<![顺逆时温落误偏色价利极反公视级方])差|多出)了?(?:有|是)?(?P<rest>(?:多少|几)[^,]*)$"
)
_TOGETHER = re.compile(  # what is done or held as one is no sum
    r"共[同建享用交赢商营]|联[合手]|合[作资建办]|携手|互相|相互|交[手战锋]|对[阵决]|较量|碰面|会[面谈晤]|见[过了]?面|相[遇识]|签署"
)
_OUTCOME = re.compile(r"^(?:当选|获|赢|胜|夺|得|成|输|败|入选|中标|拿|被|取|是)")  # 谁最后当选: in the end
_DENIED = re.compile(r"(?:不|没有?|未)(?:太|够|算|怎么|那么|这么|是|很|会|能|再|要)*$")
_RATIO = re.compile(r"倍|成$|几成|分之|百分比|%")
_JOINING = frozenset("和 与 跟 及 以及 或 或者 还是 、".split())
_JOIN = r"[省市县区]?(?:还是|以及|或者|[、和与及跟或])"
_AMONG = re.compile(rf"(?<=.)(?:{_FEW}[^,的]{{0,3}}{_OF_THEM}?|里面?|之间|当中|之中|相比|比起来)$")
_PREPOSITIONS = frozenset("在 给 对 向 为 从 于 到 由 被 把 将 各 各自 都 共 分别".split())
_INSIDE = frozenset("里 里面 中 当中 之中 内 期间 时期 以来 时 上半年 下半年 全年 今年 去年 前年 当年 年底 年初".split())
_WITHIN = ("里", "里面", "中", "当中", "之中", "期间", "时期")
_INSTITUTION = frozenset("医院 公司 集团 大学 学院 学校 中学 小学 银行".split())
_FILLING = re.compile(
    r"到底|究竟|相比之下|相比|比起来|比一比|只?差(?:一|了)?(?:点点|点儿?)|差不多|不相上下|(?:从|论|在)?(?:数量|总数|数目)上?(?!是)"
)
_MONEY = re.compile(r"钱|资金|金额|援助|投资|收入|产值")
_NO_MONEY = re.compile(r"项目|人|学校|医院|干部|企业|教师|医生")
_MEASURED = re.compile(
    r"(?:率|比例|占比|比重|幅|增速|份额|额|费|款|收入|产值|总值|价值|货值|价格?|成本|利润|票房|市值|预算|营收|面积|度|海拔|重量|距离|体积|产量|产能|人口|人数|数|次数|容量|温|速|分数?|工资|薪[水资酬]?|成绩|gdp|业绩|指数|存款|债务|税收?|奖金|租金|资产|负债|身高|体重|(?<![质力])量|气?压|电压|浓度)$"
)
_UNMEASURED = re.compile(r"(?:排名|名次|水平|质量|要求|地位|效果|人气|热情|口碑|评价|影响力?)$")  # of no figure, or the less the better
_TALL = re.compile(r"(?:个子|个头|身材|楼|塔|山|峰|岭|桥|树|墙|坝|馆|厦|建筑|寺|像|柱|杆|城|院|坡|碑|阁|库)$")  # what 高 measures in metres
_EARLIER = re.compile(r"[去上前往]一?[年月季周期]|同期|过去|以前|之前|此前|原来|预期|[前初]$")
_COMING = re.compile(r"(?:来|去|到|派|访|访问|走|参加)$")  # what people do
_SAID_FIRST = re.compile(r"的|^[给在对向为]")  # a clause that says what the sides after it have done
_RISE = re.compile(r"(?:涨|增长|增加|上涨|提高|上升|升|增)了?$")
_FALL = re.compile(r"(?:跌|下降|减少|下跌|降低|降|减)了?$")


class Wanted(str, Enum):
    """What a question wants of its sides."""

    WHICH = "which"
    WHETHER = "whether"
    SUM = "sum"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things compared, with the question for its figure."""

    name: str
    question: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared and how."""

    sides: tuple[Side, ...]
    wanted: Wanted
    least: bool = False  # the smaller, the earlier


@dataclass(frozen=True, slots=True)
class _Listed:
    """Things listed side by side, with what stands before and after them."""

    head: str
    names: tuple[str, ...]
    common: str


def compared(text: str) -> Compared | None:
    """What normalised ``text`` compares or adds up; None when it does neither, or its sides cannot be told."""
    for form in (_either, _than, _together, _which):
        if (found := form(text)) is not None:
            return found if len({side.name for side in found.sides}) == len(found.sides) > 1 else None
    return None


def _either(text: str) -> Compared | None:
    """甲多还是乙多."""
    match = _EITHER.fullmatch(text)
    if match is None:
        return None
    head, one = match["head"] or "", match["one"]
    if _DENIED.search(one) or _DENIED.search(match["two"]):
        return None
    if not head:
        cut = _opening(one, match["two"])
        head, one = one[:cut], one[cut:]
    listed = _Listed(head, (one.removeprefix("是"), match["two"].removeprefix("是")), "")
    return _made(listed, "", match["adjective"], Wanted.WHICH, bool(match["much"]))


def _than(text: str) -> Compared | None:
    """甲比乙多吗, 甲比乙多多少, 甲比乙多做了多少; a figure beside that of an earlier time is told as a growth and not compared here."""
    text = _stated(text)
    match = _THAN.fullmatch(text) or _DONE_SOONER.fullmatch(text) or _DONE_MORE.fullmatch(text)
    if match is None or _DENIED.search(match["two"]) or _EARLIER.search(match["two"]):
        return None
    if any(item.end == len(match["two"]) for item in dates(match["two"])):
        return None
    parts = match.groupdict()
    listed = _as_full(parts["head"] or "", parts["one"], parts["two"])
    if "when" in parts:
        sides = tuple(Side(name, f"{_stem(listed, name, '')}什么时候{parts['done']}") for name in listed.names)
        return Compared(_renamed(sides), Wanted.WHETHER, not re.search(r"晚|迟|后", parts["when"]))
    by = re.sub(r"^[出了]+", "", parts.get("by") or "")
    if _RATIO.search(by + (parts.get("rest") or "")) or (by and parts["adjective"] in "早晚迟"):
        return None  # 早几年, 多几倍: the one taken from the other is no such figure
    asked = parts.get("rest") or ("" if re.fullmatch(r"(?:多少|几)?", by) else f"有{by}")  # a unit says what kind of figure it is
    if asked:
        return Compared(_renamed(tuple(Side(name, _stem(listed, name, "") + asked) for name in listed.names)), Wanted.DIFFERENCE)
    return _renaming(_made(listed, "", parts["adjective"], Wanted.DIFFERENCE if by else Wanted.WHETHER, bool(parts["much"])))


def _stated(text: str) -> str:
    """甲是不是比乙多, 甲比乙多不多, 甲多于乙吗 as 甲比乙多吗."""
    if not re.search(r"比|于|[超胜]过|不[如及]", text):
        return text
    plain = re.sub(r",?(?:是不是|对不对|对吗|是吗|对吧|是吧|吧)$", "吗", text)
    plain = re.sub(rf"(?P<word>{_ADJECTIVES})不(?P=word)$", r"\g<word>吗", plain)
    if re.search(r"是不是|是否|有没有", plain):
        plain = re.sub(r"(?:是不是|是否|有没有)(?:要|会)?", "", plain, count=1).removesuffix("吗") + "吗"
    match = _ABOVE.fullmatch(plain)
    if match is None or re.search(_COMPARED, match["one"]) or not _is_alike(match["one"], match["two"]):
        return plain
    more, less = ("高", "低") if _MEASURED.search(match["one"]) else ("多", "少")
    how = match["as"] or ""
    if how not in tuple("长短早晚"):
        how = more if match["over"] or how in tuple("高大多") else less
    return f"{match['one']}比{match['two']}{how}吗"


def _is_alike(one: str, two: str) -> bool:
    """Whether ``two`` is a thing such as ``one`` and no figure: 湖北 beside 四川的投资, 柳湾大桥 beside 松岭大桥."""
    if _DENIED.search(one) or re.match(r"[约近\d几数一二两三四五六七八九十百千万亿半]", two):
        return False
    return one[-1] == two[-1] or all(found and found[0].start == 0 for found in (places(one), places(two)))


def _as_full(head: str, one: str, two: str) -> _Listed:
    """What stands on both sides of 比, the second with what it leaves unsaid."""
    first, second = places(one)[:1], places(two)[:1]
    if first and second and first[0].start == second[0].start == 0:
        if one == first[0].name:
            return _Listed(head, (one, second[0].name), two[second[0].end :])
        if two == second[0].name:
            return _Listed(head, (one, two + one[first[0].end :]), "")
    owner, joined, noun = one.rpartition("的")
    if joined and two.endswith("的"):
        return _Listed(head, (one, two + noun), "")
    if joined and owner and "的" not in two:
        if tagged(owner)[-1].tag.startswith("v"):
            return _Listed(head + owner + joined, (noun, two), "")  # 改造的医院比学校
        return _Listed(head, (one, f"{two}的{noun}"), "")
    if not joined and 0 < (alike := two.rfind(one[-1])) < len(two) - 1:
        return _Listed(head, (one, two[: alike + 1]), two[alike + 1 :])  # 新馆比旧馆开放得早
    cut = 0 if joined else _opening(one, two)
    return _Listed(head + one[:cut], (one[cut:], two), "")


def _together(text: str) -> Compared | None:
    """甲和乙加起来多少, 甲和乙相差多少."""
    for pattern, wanted in ((_SUM, Wanted.SUM), (_APART, Wanted.DIFFERENCE)):
        match = pattern.search(text)
        listed = match and _listed(text[: match.start()])
        if match and listed:
            rest = match["rest"] or (match["rest2"] if wanted is Wanted.SUM else "") or ""
            if _RATIO.search(rest) or (wanted is Wanted.SUM and _TOGETHER.search(listed.common + rest)):
                return None
            rest = "有" + rest if rest.startswith(("多少", "几")) else rest
            return Compared(_renamed(tuple(Side(name, _stem(listed, name, "") + rest) for name in listed.names)), wanted)
    return None


def _which(text: str) -> Compared | None:
    """甲和乙谁多, 甲和乙哪个先到, 甲还是乙多."""
    if match := _FIRST.search(text):
        listed = _listed(text[: match.start()])
        least = not re.search(r"晚|迟|后", match["first"])
        if listed is None or (match["first"] == "最后" and _OUTCOME.match(match["mid"])):
            return None
        asked = tuple(Side(name, f"{_stem(listed, name, '')}什么时候{match['mid']}") for name in listed.names)
        return Compared(_renamed(asked), Wanted.WHICH, least)
    if match := _AHEAD.search(text):
        listed = _listed(text[: match.start()])
        return None if listed is None else _renaming(_made(listed, match["mid"], "多", Wanted.WHICH, False))
    match, asks = _ASKED.search(text), True
    if match is None and "还是" in text.rsplit(",", 1)[-1] and not re.search(r"谁|哪", text):
        match, asks = _UNASKED.search(text), False
    listed = match and _listed(text[: match.start()], asks)
    if not match or not listed or _DENIED.search(match["mid"]):
        return None
    return _renaming(_made(listed, match["mid"], match["adjective"], Wanted.WHICH, bool(match["much"])))


def _renaming(found: Compared | None) -> Compared | None:
    return None if found is None else replace(found, sides=_renamed(found.sides))


def _renamed(sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """Sides called by the first place in their names where that tells them apart: 北京在巴东的项目 is 北京."""
    first = [[place.name for place in places(side.name)[:1] if place.start == 0] for side in sides]
    if any("的" not in side.name for side in sides) or len({row[0] for row in first if row}) < len(sides):
        return sides
    return tuple(replace(side, name=row[0]) for side, row in zip(sides, first, strict=True))


# -- what is listed -------------------------------------------------------------------------------------------------------


def _listed(text: str, asked: bool = True) -> _Listed | None:
    """What stands side by side in ``text``, the part of a question before it asks which."""
    text = text.rstrip(",")
    return _listed_places(text) or _listed_nouns(text, asked) or _listed_clauses(text)


def _listed_places(text: str) -> _Listed | None:
    """甲省、乙市和丙县; 甲,乙 only where nothing but commas joins them."""
    group = max(rows(text), key=len, default=[]) or max(rows(text, ","), key=len, default=[])
    if not group or re.search(r"[到至]$", text[: group[0].start]):  # 甲到乙和甲到丙
        return None
    rest = re.sub(r"^[省市县区](?=[,的在给对向]|$)", "", text[group[-1].end :])
    rest = re.sub(rf"^(?:{_FEW}{_OF_THEM}?|里面?|之间|当中|之中|中)", "", rest)
    return _Listed(text[: group[0].start], tuple(place.name for place in group), _tidied(rest))


def rows(text: str, join: str = _JOIN) -> Iterator[list[Place]]:
    """Runs of two or more places with nothing but ``join`` between them."""
    run: list[Place] = []
    for place in places(text):
        joined = run and re.fullmatch(join, text[run[-1].end : place.start])
        if not joined and len(run) > 1:
            yield run
        run = [*run, place] if joined else [] if place.in_institution else [place]
    if len(run) > 1 and not run[-1].in_institution:
        yield run


def _listed_nouns(text: str, asked: bool) -> _Listed | None:
    """甲的A、B和C."""
    clauses = text.split(",")
    for number in range(len(clauses) - 1, -1, -1):
        clause = clauses[number]
        joins = [(start, end) for word, start, end in word_bounds(clause) if word in _JOINING and start > 0 and end < len(clause)]
        if not joins:
            continue
        before = "".join(part + "," for part in clauses[:number])
        left, right = clause[: joins[0][0]], clause[joins[-1][1] :]
        between = [clause[end:start] for (_, end), (start, _) in pairwise(joins)]
        cut = _opening(left, right)
        last = _closing(left[cut:], right, asked)
        names = (left[cut:].removeprefix("是"), *between, right[:last])
        if not all(names):
            return None
        return _Listed(before + left[:cut], names, _tidied(",".join([right[last:], *clauses[number + 1 :]])))
    return None


def _listed_clauses(text: str) -> _Listed | None:
    """甲给丙的钱,乙给丁的钱: clauses that end with the same noun."""
    clauses = [clause for clause in text.split(",") if clause]
    nouns = [clause.rpartition("的")[2] for clause in clauses if "的" in clause]
    if len(clauses) < 2 or len(nouns) < len(clauses) or len(set(nouns)) > 1:
        return None
    return _Listed("", tuple(clauses), "")


def _opening(left: str, right: str) -> int:
    """Where the first thing listed begins in ``left``: after the owner, the time and the place that all of them share."""
    _, joined, noun = right.rpartition("的")
    if joined and noun and left.endswith("的" + noun):
        return 0  # each has an owner of its own
    ends = [item.start if item.end == len(left) else item.end for item in dates(left)]  # 2021年和2022年 are the sides themselves
    for word, _, end in word_bounds(left):
        if word == "的" or word in _INSIDE or word in _INSTITUTION:
            ends.append(end)
    mine, others = word_bounds(left), word_bounds(right)
    if len(mine) > len(others) > 1 and mine[-1][0] == others[-1][0]:
        ends.append(mine[-len(others)][1])  # 库区民生项目 and 产业项目
    cut = max((end for end in ends if end < len(left)), default=0)
    return cut + len(left[cut:]) - len(left[cut:].lstrip("的"))


def _closing(left: str, right: str, asked: bool) -> int:
    """Where the last thing listed ends in ``right``: before what is said of all of them; with no 谁 between, after what it ends with."""
    if not asked and left[-1:] != right[-1:] and (alike := right.rfind(left[-1:])) > 0:
        return alike + 1  # 红队还是蓝队得分
    if among := _AMONG.search(right):
        right = right[: among.start()]
    _, joined, noun = right.rpartition("的")
    if joined and noun and left.endswith("的" + noun):
        return len(right)
    end = right.find("的") if joined else len(right)
    for word in tagged(right[:end]):
        if word.start and word.text not in left and (word.text in _PREPOSITIONS or (joined and word.tag == "v")):
            return word.start
    return end


def _tidied(common: str) -> str:
    """What is said of all sides, without words that say nothing of what is measured."""
    common = _AMONG.sub("", re.sub(rf"^{_FEW}(?:[^,的]{{0,3}}{_OF_THEM}|{_OF_THEM})?", "", common))
    return _FILLING.sub("", common).strip(",")


# -- the question for one side --------------------------------------------------------------------------------------------


def _made(listed: _Listed, mid: str, adjective: str, wanted: Wanted, much: bool) -> Compared | None:
    mid = _FILLING.sub("", mid)
    asked = []
    for name in listed.names:
        question = _measured(_stem(listed, name, mid), adjective, much)
        if question is None:
            return None
        asked.append(Side(name, question))
    return Compared(tuple(asked), wanted, adjective in _LEAST)


def _stem(listed: _Listed, name: str, mid: str) -> str:
    """What the figure of ``name`` is a figure of."""
    head, rest = listed.head, listed.common.rstrip("的" if not mid else "") + mid
    if head.endswith(_WITHIN):
        head += ","
    if rest == mid != "" and (
        (_MEASURED.search(mid) and not _SAID_FIRST.search(mid)) or all(word.tag.startswith("n") for word in tagged(mid))
    ):
        rest = "的" + mid
    if head.endswith("的,"):
        head = head.rstrip(",")
    elif head.endswith(",") and not rest and _SAID_FIRST.search(head):
        return name + head.rstrip(",")  # 给丙的钱,甲和乙
    return head + name + rest


def _measured(stem: str, adjective: str, much: bool) -> str | None:
    """The question for the figure that makes ``stem`` more or less; None when no one kind of figure does."""
    stem = stem.rstrip("的")
    if _RISE.search(stem) and adjective in "快慢多少大小":
        return f"{_RISE.sub('', stem)}增长了多少"
    if _FALL.search(stem) and adjective in "快慢多少大小":
        return f"{_FALL.sub('', stem)}下降了多少"
    if adjective in "早晚迟":
        return f"{stem}是什么时候"
    if adjective in "快慢":
        return f"{stem}是多少" if re.search(r"[速率]度?$", stem) else None
    if adjective in ("贵", "便宜"):
        return f"{stem}多少钱"
    if adjective in "多少":
        named = places(stem)[:1]
        if named and (named[0].start, named[0].name) == (0, stem.rstrip("省市县区")) and not much:
            return None  # 四川比湖北多: of what is not said
        return _how_many(stem, much)
    if _MEASURED.search(stem):
        return f"{stem}是多少"
    if adjective in "大小" and _is_person(stem):
        return f"{stem}多少岁"
    if adjective in "大小" and re.search(r"(?:年龄|年纪|岁数)$", stem):
        return f"{stem}是多少岁"
    if adjective in "长短久" and re.search(r"时间|耗时|历史|寿命|期限?$", stem):
        return f"{stem}有多久"
    if _UNMEASURED.search(stem):
        return None
    if adjective in "高低" and "的" in stem and not _TALL.search(stem):
        return None  # 谁的水平高
    kinds = {"低": "高", "小": "大", "短": "长", "轻": "重", "近": "远", "窄": "宽", "浅": "深"}
    return f"{stem}有多{kinds.get(adjective, adjective)}"


def _is_person(stem: str) -> bool:
    """Whether ``stem`` is a person's name alone, of whom 大 says the age."""
    cut = tagged(stem)
    return re.fullmatch(r"[老小][^\W\d]", stem) is not None or (len(cut) == 1 and cut[0].tag.startswith("nr"))


def _how_many(stem: str, much: bool) -> str:
    if _MONEY.search(stem) and not _NO_MONEY.search(stem):
        return f"{stem.removesuffix('钱')}多少钱"
    if stem.endswith("人") and len(stem) > 1 and not much:
        return f"{stem[:-1]}多少人"
    if much and _COMING.search(stem):
        return f"{stem}了多少人次"
    return f"{stem}了多少" if much else f"{stem}有多少"


def told_by_place(sides: Sequence[Side]) -> bool:
    """Whether each side is a place that no other side's question names: whose figure it is then shows by places alone."""
    owners = []
    for side in sides:
        found = places(side.name)
        if not found or found[0].in_institution or not re.fullmatch(re.escape(found[0].name) + "[省市县区]?", side.name):
            return False
        owners.append(found[0].name)
    return not any(name in side.question for number, name in enumerate(owners) for other, side in enumerate(sides) if other != number)
