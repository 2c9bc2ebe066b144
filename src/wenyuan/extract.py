"""A query and lines -> candidates: places in a line that could be the short answer, of the right type.

Each finder looks for one type. Whether a candidate is *the* answer is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wenyuan.chinese.names import places
from wenyuan.chinese.numbers import Quantity, QuantityKind, quantities
from wenyuan.chinese.words import word_bounds
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line, Relevance, synonyms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible short answer at ``line.text[start:end]``."""

    line: Line
    start: int
    end: int
    bonus: float = 0.0  # for signs of its own type: agent of the verb asked for, unit asked for
    quantity: Quantity | None = None

    @property
    def text(self) -> str:
        """Normalised text, for comparing."""
        return self.line.text[self.start : self.end]

    @property
    def verbatim(self) -> str:
        """The source's own characters."""
        return self.line.verbatim(self.start, self.end).strip()


_FIGURES = {
    AnswerType.COUNT: (QuantityKind.COUNT,),
    AnswerType.AMOUNT: (QuantityKind.AMOUNT,),
    AnswerType.PERCENT: (QuantityKind.PERCENT,),
    AnswerType.DURATION: (QuantityKind.DURATION,),
    AnswerType.DATE: (QuantityKind.DATE,),
    AnswerType.NUMBER: (QuantityKind.COUNT, QuantityKind.AMOUNT, QuantityKind.PERCENT, QuantityKind.DURATION),
}
_SUFFIXES = {
    "省": "省 自治区", "省份": "省 自治区", "市": "市", "城市": "市", "县": "县 自治县", "区": "区", "镇": "镇", "乡": "乡", "村": "村", "街道": "街道", "国": "国", "国家": "国", "州": "州", "岛": "岛", "洲": "洲", "直辖市": "市",
    "学校": "小学 中学 大学 学校 幼儿园 学院 小学校", "小学": "小学 小学校", "中学": "中学", "大学": "大学 学院", "高校": "大学 学院", "医院": "医院 卫生院", "部门": "部 局 委 厅 署 办 院 委员会", "单位": "部 局 委 厅 院 公司 中心",
    "公司": "公司 集团 厂 企业", "企业": "公司 集团 厂 企业", "集团": "集团", "机构": "院 所 中心 会 局 组织", "组织": "会 组织 联盟", "银行": "银行", "报社": "报", "媒体": "报 社 网 台", "团体": "会 团",
}  # fmt: skip
_STOPS = frozenset("的 在 到 赴 于 与 和 由 对 向 往 为 从 被 把 将 给 是 有 了 及 并 或 等 来 去 至 经 让 使 其 该 据 后 前 中 位于 来自 负责人 相关 同".split())
_VERBAL = re.compile(r"援建|捐建|捐赠|引进|引入|介绍|支援|帮扶|援助|承办|主办|创办|创建|成立|建立|提供|投资|修建|设计|发明|发现|撰写|执导|担任|编写|提出|领办|出品|制作|生产|开发|列为|评为|授予|支持|组织|举办|设立|派")


def candidates(query: Query, lines: Iterable[Line], relevance: Relevance) -> list[Candidate]:
    """Possible short answers in ``lines`` for what ``query`` expects; none where whole sentences answer."""
    found: list[Candidate] = []
    for line in lines:
        if query.expected in _FIGURES:
            found += _figures(query, line, relevance)
        elif query.expected is AnswerType.PLACE or query.expected is AnswerType.PERSON_OR_ORG:
            found += _names(query, line, relevance)
        elif query.expected is AnswerType.LIST:
            found += _enumerations(query, line, relevance)
        elif query.expected in (AnswerType.DEFINITION, AnswerType.ANY) and re.search(r"叫|名字|名称|原则|模式|口号|称号|主题|目标|誓言|理念", query.text):
            found += _quoted(query, line, relevance)
    return found


def _figures(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    found = [item for item in quantities(line.text) if item.kind in _FIGURES[query.expected]]
    duration_ages = query.expected is AnswerType.DURATION and bool({"岁", "周岁"} & set(query.units))
    for place, item in enumerate(found):
        text = line.text[item.start : item.end]
        if item.ordinal or re.sub(r"[^\w]", "", text) in re.sub(r"[^\w]", "", query.text):
            continue
        bonus = 0.0
        if item.vague:
            bonus -= 0.3
        if query.expected in (AnswerType.COUNT, AnswerType.DURATION) and query.units:
            if item.unit not in query.units and not (item.unit == "" and query.expected is AnswerType.COUNT):
                continue
            if duration_ages != (item.unit in ("岁", "周岁")):
                continue
            if item.unit == "":
                bonus -= 0.15
        if query.expected is AnswerType.COUNT and item.unit in ("省", "市", "县", "区", "村", "国", "镇", "乡") and not query.units:
            bonus -= 0.2
        if query.expected in (AnswerType.COUNT, AnswerType.NUMBER) and query.target:
            bound = _counted(query.target, line, item, relevance)
            bonus += 0.16 * bound if bound >= 0.4 else -0.12 if query.expected is AnswerType.NUMBER else -0.3 if query.units else -0.22
        if query.expected is AnswerType.DATE:
            asks_year = bool(re.search(r"哪一?年|何年", query.text))
            if asks_year and not re.search(r"年|世纪", text):
                bonus -= 0.15
            if re.search(r"几月|哪个?月", query.text) and "月" not in text:
                bonus -= 0.15
            if item.unit == "period":
                bonus -= 0.1
        if query.units and re.search(rf"(?:多少|几){re.escape(item.unit)}", query.text) and item.unit:
            bonus += 0.08  # the very measure word asked with
        change = _change(line.text, item) if item.kind is not QuantityKind.DATE else ""
        if change:
            bonus += 0.08 if (change == "before") == query.wants_before else -0.12
        elif query.wants_before:
            bonus -= 0.05
        end = item.end
        start = item.start
        if query.expected is AnswerType.COUNT and len(query.units) > 1 and place + 1 < len(found):  # 几批、多少名 -> 16批26名
            following = found[place + 1]
            if re.search(r"(?:几|多少)\w+[、,和](?:几|多少)", query.text) and following.start == end:
                end, bonus = following.end, bonus + 0.1
        yield Candidate(line, start, end, bonus, item)


def _counted(target: str, line: Line, item: Quantity, relevance: Relevance) -> float:
    """[0, 1]: how surely the figure counts ``target``: the noun right after it, or the one its segment leads up to."""
    low, high = line.segments[line.segment_of(item.start)]
    after = re.match(r"[^,;:。、()“”\d]{0,12}", line.text[item.end : high])
    before = line.text[low : item.start]
    # the noun after belongs to the next figure where another figure follows at once (528批次、4628人次)
    near_before = re.split(r"\d", before)[-1][-24:]
    scores = [relevance.strength(target, near_before)]
    if after and after[0]:
        scores.append(relevance.strength(target, after[0]))
    heads = [target[-2:], target[-3:]] if len(target) > 2 else []
    scores += [0.9 * relevance.strength(head, near_before + "|" + (after[0] if after else "")) for head in heads]
    return max(scores)


def _change(text: str, item: Quantity) -> str:
    """"before" or "after" for a figure in 由 A 提高至 B, else ""."""
    left, right = text[max(0, item.start - 14) : item.start], text[item.end : item.end + 16]
    if re.search(r"[由从](?:[^,;。]{0,10})$", left) and re.match(r"[^,;。\d]{0,8}(?:至|到|为|成)[^,;。\d]{0,8}\d", right):
        return "before"
    if re.search(r"(?:提高|下降|提升|增加|增长|减少|降低|上升|缩短|增|升|降|扩大)(?:至|到|为|了)(?:\d{4}年的?)?$", left) and re.search(r"[由从][^,;。]{0,24}$", text[: max(0, item.start - 3)]):
        return "after"
    return ""


def _names(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    suffixes = tuple(_SUFFIXES.get(query.target, "").split())
    seen: set[tuple[int, int]] = set()
    asked = query.text
    role = re.search(r"的(?P<role>[^的是,]{2,6})(?:是谁|叫什么|是哪位|叫啥|姓什么)", asked)
    if role and (role["role"][-3:] not in line.text and role["role"][-2:] not in line.text):
        return
    for start, end in _name_spans(line.text, suffixes, query.target):
        text = line.text[start:end]
        if (start, end) in seen or len(text) < 2 or text in asked or text.rstrip("省市县区") in query.places:
            continue
        seen.add((start, end))
        bonus = 0.05 if suffixes else 0.0
        if role:
            at = line.text.find(role["role"][-2:])
            bonus += 0.2 if 0 <= start - at <= 4 else -0.3
        after, before = line.text[end : end + 8], line.text[max(0, start - 3) : start]
        if query.expected is AnswerType.PERSON_OR_ORG:
            bonus += _agency(query, after, before, relevance)
        elif re.search(r"(?:在|到|赴|于|位于|落户)$", before):
            bonus += 0.1
        elif not suffixes and re.search(r"(?:支援|援助|帮扶|对口|援建)$", before):
            bonus += 0.12
        yield Candidate(line, start, end, bonus)
    if query.expected is AnswerType.PLACE and not suffixes:
        for match in re.finditer(r"(?:位于|坐落于|坐落在|地处|在|于)([^,;:。、()]{2,18})", line.text):
            end = _locative_end(line.text, match.start(1), match.end(1), query)
            if end - match.start(1) >= 2 and line.text[match.start(1) : end] not in asked:
                yield Candidate(line, match.start(1), end, 0.14 if end < match.end(1) else 0.02)


def _agency(query: Query, after: str, before: str, relevance: Relevance) -> float:
    """Bonus for standing where the one who acts stands: before the verb asked for, or after 由 or 被."""
    verbs = [term for term in query.terms if _VERBAL.search(term)]
    doing = any(relevance.strength(verb, after) >= 0.85 for verb in verbs)
    if re.search(r"(?:由|被)$", before):
        return 0.25
    if doing:
        return 0.22
    return 0.05 if _VERBAL.match(after) else 0.0


def _name_spans(text: str, suffixes: tuple[str, ...], target: str) -> Iterator[tuple[int, int]]:
    """Spans of names: divisions, and whatever ends in one of ``suffixes``; all kinds where none is asked for."""
    bounds = word_bounds(text)
    if not suffixes:
        for place in places(text):
            if not place.in_institution:
                end = place.end + 1 if text[place.end : place.end + 1] in ("省", "市", "县") else place.end
                yield place.start, end
        yield from ((start, end) for word, start, end in bounds if len(word) in (2, 3) and word[0] in _SURNAMES and re.match(r"[说称表认指介告等、,]|先生|女士|教授|院士", text[end:]))
        suffixes = ("公司", "集团", "大学", "学院", "医院", "委员会", "协会", "中心", "研究所", "研究院", "水利部", "发改委", "局", "厅", "银行", "出版社")
    for number, (word, start, end) in enumerate(bounds):
        if not word.endswith(suffixes) or (len(word) == 1 and number == 0):
            continue
        first = number
        while first > 0 and number - first < 4 and bounds[first - 1][0] not in _STOPS and re.fullmatch(r"[\u3400-\u9fffa-z]+", bounds[first - 1][0]):
            if len(word) > 2 and first == number and target in ("镇", "乡", "村", "县", "市", "区", "省", "街道"):
                break
            if text[bounds[first - 1][1] : bounds[first - 1][2]].endswith(tuple("镇乡村县市区省") + ("街道",)) and target in ("镇", "乡", "村", "街道", "县", "区", "学校", "小学", "中学"):
                break
            first -= 1
            if target in ("镇", "乡", "村", "县", "市", "区") and len(text[bounds[first][1] : end]) >= 3:
                break
        yield bounds[first][1], end


def _locative_end(text: str, start: int, end: int, query: Query) -> int:
    """Where the place after 在 ends: at the first word that the question asks with, or a verb."""
    for word, low, _ in word_bounds(text[start:end]):
        known = word in query.terms or any(other in query.terms for other in synonyms().get(word, ()))
        if low > 0 and (known or _VERBAL.match(word) or word in ("正式", "共同", "开展", "召开", "举行", "打造", "搭建", "建设", "实施", "成立")):
            return start + low
    return end


_LIST_OPENERS = frozenset("引导 包括 分别 实施 通过 借助 参加 重点 如 像 邀请 推出 助推 支持 提供 依托 带动 先后 围绕 聚焦 引进 援建".split())
_ITEM = r"[^,;:。、!?()\d“”‘’\s]{2,16}|“[^”]{1,20}”"
_ENUMERATION = re.compile(rf"(?:{_ITEM})(?:[、和及](?:{_ITEM}))+|(?:“[^”]{{1,20}}”){{2,}}")


def _enumerations(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    for match in _ENUMERATION.finditer(line.text):
        start, end = match.span()
        tail = re.search(r"等(?:各类|多?[个家项所种])?[^,;。、]{0,14}$", match[0])
        if tail:
            end = match.start() + tail.start()
        start = _first_item(line.text, start, end)
        if end - start < 3 or line.text[max(0, start - 1)].isdigit():
            continue
        after = line.text[end : end + 14]
        bonus = 0.06 if tail or after.startswith("等") else 0.0
        if query.target:
            bound = max(relevance.strength(query.target, line.text[start:end]), relevance.strength(query.target, after), relevance.strength(query.target[-2:], after))
            if bound < 0.4 and re.search(r"分别|叫什么|名字", query.text):
                continue  # its items are not of the class whose names are asked for
            bonus += 0.14 * bound if bound >= 0.4 else -0.15
        yield Candidate(line, start, end, bonus)


def _first_item(text: str, start: int, end: int) -> int:
    """Where the first item of an enumeration really begins: after the last word that cannot be part of it."""
    first = re.search(r"[、和及“]", text[start:end])
    if not first or text[start] == "“":
        return start
    stop, begin = start + first.start(), start
    for word, _, high in word_bounds(text[start:stop]):
        if (word in _STOPS or word in _LIST_OPENERS) and start + high < stop:
            begin = start + high
    return begin


def _quoted(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    naming = re.search(r"叫|名字|名称", query.text)
    for match in re.finditer(r"[“\"『「]([^”\"』」]{2,40})[”\"』」]", line.text):
        after = line.text[match.end() : match.end() + 10]
        target = [term for term in query.terms if relevance.strength(term, after) >= 0.85]
        yield Candidate(line, match.start(1), match.end(1), 0.15 if target and re.match(r"的|等|这", after) else -0.1 if naming else 0.0)
    for match in re.finditer(r"(?:名为|取名为?|叫做?|称为|命名为|名叫|称作|又称|俗称|别称|简称)[“\"《]?([^,;:。、()“”\"》]{2,20})", line.text):
        yield Candidate(line, match.start(1), match.end(1), 0.15)


_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
