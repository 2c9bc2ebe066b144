"""Names in a line: places, organisations, people, and where something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wenyuan.chinese.names import places
from wenyuan.chinese.words import word_bounds
from wenyuan.contracts import AnswerType, Query
from wenyuan.evidence import Line, Relevance, synonyms
from wenyuan.extract.candidate import Candidate

# What a name of the class asked for ends in.
_SUFFIXES = {
    "省": "省 自治区",
    "省份": "省 自治区",
    "市": "市",
    "城市": "市",
    "县": "县 自治县",
    "区": "区",
    "镇": "镇",
    "乡": "乡",
    "村": "村",
    "街道": "街道",
    "国": "国",
    "国家": "国",
    "州": "州",
    "岛": "岛",
    "洲": "洲",
    "直辖市": "市",
    "学校": "小学 中学 大学 学校 幼儿园 学院 小学校",
    "小学": "小学 小学校",
    "中学": "中学",
    "大学": "大学 学院",
    "高校": "大学 学院",
    "医院": "医院 卫生院",
    "部门": "部 局 委 厅 署 办 院 委员会",
    "单位": "部 局 委 厅 院 公司 中心",
    "公司": "公司 集团 厂 企业",
    "企业": "公司 集团 厂 企业",
    "集团": "集团",
    "机构": "院 所 中心 会 局 组织",
    "组织": "会 组织 联盟",
    "银行": "银行",
    "报社": "报",
    "媒体": "报 社 网 台",
    "团体": "会 团",
}
STOPS = frozenset(
    (
        "的 在 到 赴 于 与 和 由 对 向 往 为 从 被 把 将 给 是 有 了 及 并 或 等 来 去 至 经 让 使 其 该 据 后 前 中 位于 来自 "
        "负责人 相关 同"
    ).split()
)
_VERBAL = re.compile(
    r"援建|捐建|捐赠|引进|引入|介绍|支援|帮扶|援助|承办|主办|创办|创建|成立|建立|提供|投资|修建|设计"
    r"|发明|发现|撰写|执导|担任|编写|提出|领办|出品|制作|生产|开发|列为|评为|授予|支持|组织|举办|设立|派"
)
_DIVISION_ENDS = (*"镇乡村县市区省", "街道")
_ORGANISATION_ENDS = tuple("公司 集团 大学 学院 医院 委员会 协会 中心 研究所 研究院 部 局 厅 银行 出版社".split())
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


def names(query: Query, line: Line, relevance: Relevance) -> Iterator[Candidate]:
    """Names that could be who or where; of the class asked for, where one is."""
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
        if any(name in text for name in query.places) or sum(len(term) > 1 and term in text for term in query.terms) > 1:
            bonus -= 0.2  # what the question already says is not its answer
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
        yield from (
            (start, end)
            for word, start, end in bounds
            if len(word) in (2, 3) and word[0] in _SURNAMES and re.match(r"[说称表认指介告等、,]|先生|女士|教授|院士", text[end:])
        )
        suffixes = _ORGANISATION_ENDS
    for number, (word, _, end) in enumerate(bounds):
        if not word.endswith(suffixes) or (len(word) == 1 and number == 0):
            continue
        first = number
        while (
            first > 0
            and number - first < 4
            and bounds[first - 1][0] not in STOPS
            and re.fullmatch(r"[\u3400-\u9fffa-z]+", bounds[first - 1][0])
        ):
            if len(word) > 2 and first == number and target in ("镇", "乡", "村", "县", "市", "区", "省", "街道"):
                break
            if text[bounds[first - 1][1] : bounds[first - 1][2]].endswith(_DIVISION_ENDS) and target in (
                "镇",
                "乡",
                "村",
                "街道",
                "县",
                "区",
                "学校",
                "小学",
                "中学",
            ):
                break
            first -= 1
            if target in ("镇", "乡", "村", "县", "市", "区") and len(text[bounds[first][1] : end]) >= 3:
                break
        yield bounds[first][1], end


def _locative_end(text: str, start: int, end: int, query: Query) -> int:
    """Where the place after 在 ends: at the first word that the question asks with, or a verb."""
    for word, low, _ in word_bounds(text[start:end]):
        known = word in query.terms or any(other in query.terms for other in synonyms().get(word, ()))
        if low > 0 and (
            known or _VERBAL.match(word) or word in ("正式", "共同", "开展", "召开", "举行", "打造", "搭建", "建设", "实施", "成立")
        ):
            return start + low
    return end
