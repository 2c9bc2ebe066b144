"""Questions made from unlabelled news by rules true of Chinese, and near-miss twins that their passage does not answer.

A number with its measure word becomes 多少 + measure word, a date 什么时候, an agent after 由 or before 表示 becomes 谁, a place after 在
becomes 哪里. A twin changes one thing of a question (place, year, number, name, attribute) to something its passage never mentions.
Texts are normalised. This module knows nothing of models or files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from wenyuan.training.data import Example, Passage, sentence_bounds

QUESTION_MIN_CHARS = 8
QUESTION_MAX_CHARS = 48
_CLAUSE = re.compile(r"(?:[^,。;:!?\n]|(?<=\d)[,:](?=\d))+")
_OPENERS = re.compile(
    r"^(?:但是?|而且?|并且?|同时|此外|另外|据悉|据了解|据介绍|目前|不过|因此|所以|于是|然而|随后|其中|例如|比如"
    r"|据.{2,12}?(?:报道|消息|介绍)|.{0,8}记者.{0,6}?(?:获悉|了解到)|[^a-z0-9一-鿿《\"“「]+)+"
)
_NEEDS_SUBJECT = re.compile(
    r"^(?:其|该|此|这|那|他|她|它|我|你|您|共|已|累计|总|达|约|近|较|同比|环比|并|还|也|又|再|则|均|都|仅|只|就|将|有|为|是|占|了|的|等|每"
    r"|上|下|且|至|从)"
)
_BAD_MATTER = re.compile(
    r"原标题|正文|电 ?据|[网社]什么时候|讯|报道称?$|获悉|净值|\d:\d|记者|编辑|来源|责编|摄影?|http|www|扫码|点击|图片|视频|关注|微信"
    r"|[?!「」\[\]【】|#@]"
)
_AGENT = re.compile(
    r"由([^,。;:由在和的]{2,16}?)"
    r"(?=(?:主办|承办|举办|组织|负责|制作|执导|主演|出品|建设|研发|发起|担任|赞助|生产|设计|创作|提出|发布|提供|拍摄|承担|编写|率领)"
    r"(?!.{0,8}(?:集团|公司|中心|学院|基金|股份)))"
)
_SPEAKER = re.compile(
    r"(总统|总理|主席|市长|省长|教练|董事长|总经理|总裁|发言人|院长|校长|主任|书记|部长|局长|教授|研究员|分析师|首席执行官|负责人|创始人|导演)"
    r"([一-鿿]{2,4}|[一-鿿·]{4,12})(?=表示|说|称|指出|介绍|认为|强调|透露)"
)
# what follows a title and is no name
_NOT_A_NAME = re.compile(
    r"[地了兼在对向则也还并的等都就已曾又再将会上下这那我他她们]|高兴|回应|接[到受]|近日|日前|今[天日]|首先|随后|同时|现场|先后|公开|通过|自己"
    r"|激动|自豪|补充|进一步|^.$"
)
_PLACE = re.compile(
    r"在([^,。;:在的]{2,14}?(?:市|省|县|区|州|国|镇|村|城|馆|中心|大学|学院|厅|医院|公园|机场|酒店|广场|大道|路|港|站|岛|京|海))"
    r"(?=(?:正式|隆重|顺利|成功)?(?:举行|召开|开幕|举办|成立|启动|落成|揭牌|上演|开业|发布|亮相|出生|去世|签约|建成))"
)

# pairs that a reader must not take for one another
_ATTRIBUTES: tuple[tuple[str, ...], ...] = (
    ("最大", "最小"),
    ("最早", "最晚"),
    ("最高", "最低"),
    ("最多", "最少"),
    ("最长", "最短"),
    ("第一", "第二", "第三"),
    ("首次", "最后一次"),
    ("出生", "去世", "结婚", "毕业"),
    ("开始", "结束"),
    ("成立", "解散", "更名"),
    ("开通", "停运"),
    ("开幕", "闭幕"),
    ("上映", "杀青"),
    ("增长", "下降"),
    ("增加", "减少"),
    ("上涨", "下跌"),
    ("出口", "进口"),
    ("收入", "支出", "负债"),
    ("利润", "税收", "成本"),
    ("买", "卖"),
    ("人口", "面积", "海拔"),
    ("长度", "宽度", "高度", "重量"),
    ("多长", "多宽", "多重"),
    ("东部", "西部", "南部", "北部"),
    ("父亲", "母亲"),
    ("丈夫", "妻子"),
    ("哥哥", "弟弟"),
    ("姐姐", "妹妹"),
    ("儿子", "女儿"),
    ("男", "女"),
    ("总统", "副总统", "总理"),
    ("校长", "副校长"),
    ("市长", "副市长", "省长"),
    ("主席", "副主席"),
    ("导演", "编剧", "主演"),
    ("作者", "译者", "出版社"),
    ("学校", "医院", "公园", "工厂"),
    ("医生", "教师", "工人", "学生"),
    ("干部", "专家", "志愿者"),
    ("公路", "铁路", "桥梁"),
    ("冠军", "亚军", "季军"),
    ("主场", "客场"),
    ("去年", "前年"),
    ("上半年", "下半年"),
    ("第一季度", "第三季度"),
    ("英文", "日文", "法文"),
    ("英国", "法国", "德国", "美国", "日本"),
    ("国王", "王后"),
    ("死亡", "受伤", "失踪"),
    ("投资", "捐款", "贷款"),
    ("夏天", "冬天"),
    ("白天", "夜间"),
    ("创办", "收购", "出售"),
    ("攻占", "撤离"),
    ("胜利", "失败"),
    ("首都", "最大城市"),
    ("动物", "植物"),
)

_SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("举办", "举行", "召开"),
    ("建设", "修建", "兴建", "建造"),
    ("成立", "创立", "创办", "建立"),
    ("位于", "坐落于", "在"),
    ("出生于", "生于"),
    ("担任", "出任", "任"),
    ("获得", "取得", "得到"),
    ("发布", "公布"),
    ("达到", "达"),
    ("援助", "支援", "帮助"),
    ("投资", "出资", "投入"),
    ("开始", "启动"),
    ("增长", "增加", "提高"),
    ("下降", "减少", "降低"),
    ("使用", "采用", "用"),
    ("包括", "包含"),
    ("称为", "叫做", "称作"),
    ("认为", "觉得"),
    ("表示", "说", "指出"),
    ("购买", "买"),
    ("销售", "出售", "卖"),
    ("超过", "多于"),
    ("去世", "逝世", "过世"),
    ("创作", "写"),
    ("推出", "发行"),
    ("培训", "培养"),
    ("派出", "派", "派遣"),
    ("学生", "学员"),
    ("教师", "老师"),
    ("医生", "大夫"),
    ("公司", "企业"),
    ("资金", "钱", "款项"),
    ("时候", "时间"),
    ("哪里", "什么地方", "何处"),
    ("什么时候", "何时", "什么时间"),
    ("为什么", "为何"),
    ("哪一年", "哪年", "何年"),
    ("谁", "哪位", "何人"),
    ("多少", "几"),
    ("由于", "因为"),
    ("引进", "引入"),
    ("受伤", "负伤"),
    ("搬迁", "迁移", "搬"),
    ("负责", "主管"),
    ("首次", "第一次"),
    ("目前", "现在"),
)

_QUESTION_WORD = re.compile(r"什么|多少|几|哪|谁|何|怎|为什么|多[长高大久远]")
_FUNCTION = re.compile(r"^(?:的|了|是|在|于|为|所|被|请问|吗|呢|有|之|而|和|与|其|该|此)$")


@dataclass(frozen=True, slots=True)
class Made:
    """A question made from ``text[start:end]`` by the rule of that name."""

    rule: str
    question: str
    start: int
    end: int


def questions_of(text: str, random: Random) -> Iterator[Made]:
    """Questions that sentences of ``text`` answer, filtered for length and matter; none is checked by eye."""
    from wenyuan.chinese.numbers import QuantityKind, quantities

    body = text.find("正文:") + 3 if "正文:" in text else 0  # what stands before is the collector's header
    for low, high in sentence_bounds(text):
        if low < body:
            continue
        clauses = [(low + match.start(), low + match.end()) for match in _CLAUSE.finditer(text[low:high])]
        figures = [
            replace(item, start=item.start + low, end=item.end + low, number=(item.number[0] + low, item.number[1] + low))
            for item in quantities(text[low:high])
        ]
        for position, (start, end) in enumerate(clauses):
            earlier = text[slice(*clauses[position - 1])] if position else ""
            later = text[slice(*clauses[position + 1])] if position + 1 < len(clauses) else ""
            for item in figures:
                if not start <= item.start < item.end <= end or item.vague or item.ordinal:
                    continue
                if item.kind is QuantityKind.DATE:
                    if item.unit == "今年" or not re.search(r"\d", text[item.start : item.end]):
                        continue
                    words = (
                        ["哪一年", "哪年", "什么时候"]
                        if item.unit == "年" and text[item.end - 1] == "年"
                        else ["什么时候", "何时", "哪一天"]
                    )
                    made = _asked(text, start, end, item.start, item.end, random.choice(words), "", later)
                    rule = "date"
                elif item.unit in ("日", "号", "时", "点", "分", "") or text[item.number[0] : item.number[1]] == "一":
                    continue
                else:
                    answer_start = item.number[0]
                    asked = _how_many(item.unit, item.value, item.kind, random)
                    made = _asked(text, start, end, item.start, item.end, asked, earlier, "", answer_start)
                    rule = item.kind.value
                if made:
                    yield Made(rule, *made)
            for pattern, asked, rule, group in ((_AGENT, "谁", "agent", 1), (_SPEAKER, "谁", "speaker", 2), (_PLACE, "哪里", "place", 1)):
                match = pattern.search(text, start, min(len(text), end + 2))
                if match and match.end(group) <= end:
                    if rule == "speaker" and _NOT_A_NAME.search(match[2]):
                        continue
                    word = (
                        random.choice(["谁", "哪位"])
                        if rule == "speaker"
                        else random.choice([asked, "什么地方"])
                        if rule == "place"
                        else asked
                    )
                    made = _asked(text, start, end, match.start(group), match.end(group), word, earlier, later if rule == "speaker" else "")
                    if made:
                        yield Made(rule, *made)


def _how_many(unit: str, value: float, kind: object, random: Random) -> str:
    if unit == "%":
        return random.choice(["百分之多少", "多少"])
    if "元" in unit and random.random() < 0.5:
        return random.choice(["多少钱", "多少资金", "多少元"])
    if 1 < value <= 10 and random.random() < 0.4:
        return "几" + unit
    return "多少" + unit


def _asked(
    text: str, start: int, end: int, low: int, high: int, asked: str, earlier: str, later: str, answer_start: int | None = None
) -> tuple[str, int, int] | None:
    """The clause ``text[start:end]`` with ``text[low:high]`` asked for, or None when it would not stand as a question."""
    before, after = text[start:low], text[high:end]
    before = _OPENERS.sub("", before)
    if _NEEDS_SUBJECT.match(before + after) or (not before and len(after) < 4):
        if not earlier:
            return None
        before = _OPENERS.sub("", earlier) + before
        if _NEEDS_SUBJECT.match(before):
            return None
    if later and len(before + after) < 8:
        after = after + later
    question = before + asked + after
    matter = len(re.findall(r"[一-鿿a-z0-9]", before + after))
    if not QUESTION_MIN_CHARS <= len(question) <= QUESTION_MAX_CHARS or matter < 6 or _BAD_MATTER.search(question):
        return None
    if (
        before.count("(") != before.count(")")
        or before.count('"') % 2
        or before.count("《") != before.count("》")
        or _QUESTION_WORD.search(before + after)
    ):
        return None
    return question, (low if answer_start is None else answer_start), high


def synthetic_examples(passages: Sequence[Passage], first: int, count: int, random: Random) -> list[Example]:
    """At most ``count`` examples from ``passages[first:]``, at most three a passage and the rules in balance."""
    by_rule: dict[str, list[Example]] = {}
    for index in range(first, len(passages)):
        text = passages[index].text
        found = list(questions_of(text, random))
        random.shuffle(found)
        for made in found[:6]:
            answer = text[made.start : made.end]
            if len(answer) > 24 or answer in made.question or text.count(answer) > 3:
                continue
            by_rule.setdefault(made.rule, []).append(Example(made.question, index, made.start, made.end, (answer,), synthetic=True))
    chosen: list[Example] = []
    for rule in sorted(by_rule):
        random.shuffle(by_rule[rule])
    while len(chosen) < count and any(by_rule.values()):
        for rule in sorted(by_rule):
            if by_rule[rule] and len(chosen) < count:
                chosen.append(by_rule[rule].pop())
    return chosen


class TwinMaker:
    """Near-miss twins: one thing of a question changed to something that its passage does not mention."""

    def __init__(self, passages: Sequence[Passage], examples: Sequence[Example]) -> None:
        self._titles = sorted({passage.title for passage in passages if 2 <= len(passage.title) <= 12})
        pattern = re.compile(r"《[^《》]{1,16}》|[一-鿿]{1,5}(?:·[一-鿿]{1,6})+|[a-z][a-z .]{2,20}[a-z]")
        self._names = pattern
        self._pool = sorted({name for example in examples for name in pattern.findall(example.question)})

    def twins(self, question: str, context: str, random: Random) -> list[str]:
        """All kinds of twin that ``question`` allows, in random order; ``context`` is title and passage."""
        from wenyuan.chinese.names import places

        found: list[str] = []

        def swap(low: int, high: int, new: str) -> None:
            if new and new not in context and new not in question:
                found.append(question[:low] + new + question[high:])

        for match in re.finditer(r"(?<!\d)((?:1\d|20)\d\d)(?=年)", question):
            swap(*match.span(), str(int(match[1]) + random.choice([-7, -3, -2, -1, 1, 2, 3, 5])))
        for match in re.finditer(r"(?<!\d)(\d{1,2})(?=月|日|号|岁|届|世纪|个|人|名|次)", question):
            swap(*match.span(), str(max(1, int(match[1]) % 12 + random.choice([1, 2, 3]))))
        for group in _ATTRIBUTES:
            for word in group:
                at = question.find(word)
                if at >= 0:
                    swap(at, at + len(word), random.choice([other for other in group if other != word]))
        for place in places(question):
            swap(place.start, place.end, _another_place(question[place.start : place.end], random))
        for match in self._names.finditer(question):
            like = [name for name in self._pool if name[0] in "《" or match.group()[0] != "《"]
            same = [name for name in like if (name[0] == "《") == (match.group()[0] == "《") and ("·" in name) == ("·" in match.group())]
            if same:
                swap(*match.span(), random.choice(same))
        for title in self._titles:
            at = question.find(title)
            if at >= 0 and context.startswith(title + " "):
                near = [other for other in random.sample(self._titles, min(40, len(self._titles))) if abs(len(other) - len(title)) <= 1]
                if near:
                    swap(at, at + len(title), random.choice(near))
        random.shuffle(found)
        return list(dict.fromkeys(found))


def _another_place(name: str, random: Random) -> str:
    from wenyuan.chinese.names import level

    by_level = _places_by_level()
    short = name.rstrip("省市县区州")
    return random.choice(by_level.get(level(name) or level(short) or 2, by_level[2]))


@lru_cache(maxsize=1)
def _places_by_level() -> dict[int, list[str]]:
    """Level -> short names of the division table."""
    from wenyuan.chinese import names

    table, _ = names._table()
    by_level: dict[int, list[str]] = {}
    for short in sorted({short for short, _ in table.values()}):
        by_level.setdefault(names.level(short), []).append(short)
    return by_level


def reworded(question: str, random: Random) -> str:
    """The same question in other words: verbs replaced by synonyms, or (one time in three) keywords only."""
    if random.random() < 0.33:
        from wenyuan.chinese.words import words

        kept = [word for word in words(question) if not _FUNCTION.match(word) and not re.fullmatch(r"[\W_]+", word)]
        if random.random() < 0.5:
            kept = [word for word in kept if not re.fullmatch(r"什么|哪里|何时|谁|哪|何|哪个|请问|时候|什么时候", word)]
        return random.choice(["", " "]).join(kept) if len(kept) >= 2 else question
    for group in random.sample(_SYNONYMS, len(_SYNONYMS)):
        for word in group:
            if word in question and len(word) > 1:
                question = question.replace(word, random.choice([other for other in group if other != word]), 1)
                break
    if random.random() < 0.3:
        question = random.choice(["请问", "你知道", "想问一下,", "文章里提到"]) + question
    if random.random() < 0.4:
        question = question.rstrip("?")
    return question
