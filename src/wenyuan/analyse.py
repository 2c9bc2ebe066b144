"""Question (and the questions before it) -> `Query`: what is asked, of whom, where and when.

Knows how Chinese asks; knows nothing of articles, passages or scores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wenyuan.chinese.names import from_pinyin, places
from wenyuan.chinese.numbers import COUNT_UNITS, TIME_UNITS
from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import words
from wenyuan.contracts import AnswerType, Query
from wenyuan.followup import standalone_question
from wenyuan.sides import compared

PERSON_UNITS = ("人", "名", "位", "人次", "员", "口", "个")
_INSTITUTION_UNITS = ("所", "家", "座", "个", "间", "处", "幢", "栋")
_PERSON_NOUN = re.compile(
    r"(人|人才|人员|干部|教师|老师|学生|医生|专家|教练|员工|职工|群众|居民|村民|移民|农民|游客|志愿者|运动员|队员|士兵|者|师|员|生)$"
)
_INSTITUTION_NOUN = re.compile(r"(学校|小学|中学|大学|幼儿园|医院|卫生院|福利院|敬老院|养老院|公司|企业|工厂|机构|单位|院校|高校)$")
_LENGTHS = tuple("公里 千米 米 厘米 毫米 公尺 公分 km m cm mm 里 英里 英尺 英寸 海里".split())
COMPATIBLE_UNITS = (
    {"所", "家", "座", "间", "处", "个", "幢", "栋"},
    {"人", "名", "位", "人次", "员", "口"},
    {"个", "项", "件", "种", "类", "条"},
    {"个", "对", "支", "组", "套", "批", "届", "期"},
    {"次", "人次", "批次", "班次", "列次", "回", "届", "期", "趟"},
    {"列", "列次", "班", "班次", "趟"},
    {"期", "班", "班次", "届"},
    {"栋", "幢", "座"},
    {"亩", "公顷", "平方米", "平方公里", "万亩"},
    set(_LENGTHS),
    {"吨", "公斤", "千克", "斤", "克", "kg", "t"},
    {"个", "标箱", "箱"},
    {"个", "处", "站", "点", "片"},
    {"个", "台", "辆", "部", "套", "架", "艘"},
    {"批", "批次"},
)

# Words a question asks with and words too general to be evidence of anything.
_ASKING = set(
    (
        "什么 甚么 啥 多少 几 几个 几家 几所 几项 几次 几批 几支 几栋 几名 几位 几年 几种 哪 哪个 哪些 哪里 哪儿 哪位 哪年 "
        "哪一年 哪一个 哪天 哪家 哪几个 哪两个 哪边 谁 何 何时 何地 何处 为何 如何 怎么 怎样 怎么样 为什么 为啥 是否 有没有 "
        "是不是 能否 吗 呢 吧 么 嘛 请问 请 告诉 我 我们 你 你们 想 知道 想知道 问 一下 有 是 的 了 在 和 与 及 或 也 都 就 把 "
        "被 对 从 到 为 以 之 这 那 个 名 人 位 所 家 项 次 年 月 日 天 里 里面 中 其中 上 下 给 向 往 跟 同 让 由 于 将 会 能 "
        "可以 共 一共 总共 合计 分别 叫 叫做 做 搞 弄 用 靠 去 来 过 着 得 地 等 还 又 很 最 更 时候 什么时候 地方 什么地方 "
        "东西 名字 多 少 起来 合 起 加 值 数 这些 那些 它 他 她 它们 他们 一个 请教 关于 听说 到底 究竟 大概 大约 具体 情况 "
        "方面 些 哪样 吨 亩 元 钱 第 百分之几 总数 总量 实际 其实 真正 主要 拿 出 办法 当初 后来 最后 曾 曾经 左右 以上 至今 "
        "迄今 目前 一起 放在 收到 得到 获得 拿到 受到 接受 起去 两 一 每 每年 现在 已经 已有 进行 通过 使用 哪几 哪几年 多大 "
        "多长 多高 多久 多远 之前 之后 以前 以后 此前 原来 期间 时期"
    ).split()
)
_ASKED_WITH = re.compile(
    r"百分之[几多]少?|第几(?:个|名|位|家|所|项(?!目)|届|次|批|区|轮|集|期)?|(?:有|是|了|达)?(?:多少|若干)(?:个|名|位|家|所|项|座|栋|条|批|次|吨|亩|支|对|列|例|件|种|户|只|辆|台|元|钱)?(?![次口])|(?:是|有|了)?几(?:个|名|位|家|所|项|座|栋|条|批|次|支|对|列|例|件|种|户|辆|台|岁|年|月|天|号)"
    r"|(?:放|设|搭|建|开)?(?:是|在|到|叫|有)?(?:什么时候|什么地方|什么时间|什么名字|什么样|什么|哪[一两二三四五六七八九几]?(?:个|条|座|所|家|位|项(?!目)|支|种|边|里|些|年|天|月|次|届)+|哪[一]?(?=[省市县区镇乡村国])|哪儿|哪|谁|为什么|为何|怎么样|怎么|如何|怎样|多久|多大|多长|多高)"
    r"|(?:请问|告诉我|想问下?|想知道|问一下|我想了解|那个,|来着|的事儿?|到底|究竟|是不是|有没有|是否|了没有|没有$|吗$|吧$|呢$|起来)"
)
_ASKED_WITHIN_CHARS = 200
# A statement with a question mark after it asks whether it holds.
_CLAIM = re.compile(
    r"(?:超过|不到|不足|[高低多少大小]于|至少|最多|仅|只有|达到?)\d|(?:超过|不到|不足|[高低多少大小]于|至少|最多)[一两二三四五六七八九十百千]"
    r"|[^,]{2,}(?<!可)(?<!还)(?<!但)是[^,的]{2,}$|(?:已经?|曾经?|没有?|都|全部?)[^的]{2,}$|[^的]了$"
)
_LEFT_OPEN = re.compile(r"(?:是|为|称为|在于)$")  # 首都是? leaves out 什么
_INTERROGATIVE = re.compile(r"还是|(?:是|为|叫|有|于)$|多少|几|哪|谁|何|什么|怎|如何|多[大长高久远深重宽]|[?？].")
_NOUN_ENDS = set(
    (
        "走 走出 走出去 出去 走向 来 去 入 参加 支持 帮助 改善 结 结了 跟 到 接受 获得 参与 来自 落户 入驻 受益 建成 完成 开展 "
        "用于 成为 加入 提供 达到 进 参训"
    ).split()
)
_SMALL_TALK = re.compile(
    r"^(你好|您好|hi|hello|hey|嗨|哈喽|早上好|下午好|晚上好|晚安|谢谢|多谢|感谢|再见|拜拜|好的|嗯+|哦+|哈+|在吗|在么|你是谁|你叫什么|你会什么|你能做什么|你能干什么|test|测试|ok)"
    r"(你|您|啊|呀|吗|呢|了|名字|的)*[\s,.!?。~]*$"
)
_ABOUT_US = re.compile(
    r"^(?:你们?|您)(?:是谁|是什么|是哪|是怎么|叫|会|能|可以|有什么用|有哪些功能|怎么样|多大|几岁|住|在哪|的(?:名字|作者|开发))"
)
_COMMAND = re.compile(r"^(请|帮我|给我|麻烦)?(帮我|给我)?(写|画|翻译|唱|讲|做|编|生成|创作)(一?[首篇个份张段]|成)")

_COUNT_UNIT = "|".join(
    sorted({re.escape(unit) for unit in COUNT_UNITS if unit not in ("校", "院", "国", "字", "分", "路")}, key=len, reverse=True)
)
_TIME_UNIT = "|".join(sorted({re.escape(unit) for unit in TIME_UNITS}, key=len, reverse=True))
_HOW_MANY = re.compile(
    rf"(?:多少|若干|几(?!乎|度(?=[^\W\d])))(?P<scale>[万亿千百]+)?(?:(?P<time>{_TIME_UNIT})|(?P<unit>{_COUNT_UNIT}))?(?P<noun>[^,;。?、的了吗呢在给被由是有多几()]*)"
)
_MONEY_NOUN = (
    r"(?:资金|\w{1,3}费|金额|投资|总额|额|收入|产值|总值|货值|gdp|经费|价格|售价|成本|利润|费用|票房|票价|市值|款"
    r"|补贴|奖金|工资|薪水|租金|债务|预算|钱|价值|营收|物资)"
)
_RATE_NOUN = r"(?:率|比例|占比|比重|[增涨跌升降变]幅|幅度|增速|百分比|百分数|份额)"
_CURRENCY = r"(?:[美欧日港韩加澳]?元|(?:块)?钱|人民币|美金|港币|台币|英镑|卢布|卢比|法郎|马克)"
_NO_SHARE = r"(?!员|立|功|长|为|型|品|果|份)"  # 几成 is a share, but not in 几成员
_COUNTED_IN_LARGE = "人口|人数|人次|用户|粉丝|读者|面积|产量|数量|次数|播放|点击|阅读|销量|吨|亩|立方|公里|台|辆"  # and not money
_MEASURE_NOUN = r"(?:面积|长度|高度|海拔|宽度|深度|重量|速度|时速|距离|体积|产量|人口|人数|数量|总数|项目数|数|次数|容量|全长|温度)"


def analyse(question: str, context: Sequence[str] = ()) -> Query:
    """What ``question`` asks, read after the earlier questions in ``context`` (oldest first)."""
    standalone = standalone_question(question, context)
    text = _spelt(normalised(standalone)).strip(" .。!?,;:")
    asked = normalised(question).strip()
    if _SMALL_TALK.match(asked) or _ABOUT_US.match(asked) or _COMMAND.match(asked) or len(re.findall(r"[^\W_]", text)) < 2:
        return Query(question, standalone, text, AnswerType.ANY, (), not_a_question=True)
    # What is asked stands at the ends of a long question; patterns are not run over all of one.
    claimed = standalone.rstrip().endswith(("?", "？")) and _CLAIM.search(text) and not _INTERROGATIVE.search(text)
    expected, units, target = _expected(
        text if len(text) <= 2 * _ASKED_WITHIN_CHARS else text[:_ASKED_WITHIN_CHARS] + text[-_ASKED_WITHIN_CHARS:]
    )
    if claimed and expected in (AnswerType.NUMBER, AnswerType.ANY):
        expected, units, target = AnswerType.YES_NO, (), ""
    found = tuple(dict.fromkeys(place.name for place in places(text)))
    cut = [word[:-1] if len(word) > 1 and word[-1] in "了过" else word for word in words(_ASKED_WITH.sub(" ", text))]
    figures = re.findall(r"\d[\d.,]*[万亿]*(?:年|天|所|家|个|名|人|项|批|次|元|月|日|%)?", _ASKED_WITH.sub(" ", text))
    terms = tuple(dict.fromkeys([*figures, *(word for word in cut if word not in _ASKING and re.search(r"[^\W\d_]", word))]))
    own = normalised(question)
    given = tuple(term for term in terms if standalone != question and term not in own and not any(name in term for name in found))
    return Query(
        question=question,
        standalone=standalone,
        text=text,
        expected=expected,
        terms=terms or tuple(word for word in words(text) if re.search(r"[^\W_]", word)),
        units=units,
        target=target,
        places=found,
        years=tuple(
            dict.fromkeys(
                re.findall(
                    r"(?<!\d)(?:1\d|20)\d\d(?=年|底|末|初)|[一二三]?十[一二三四五六七八九]五(?=[\"”’]?(?:期间|时期|规划|以来|末|初|这))",
                    text,
                )
            )
        ),
        wants_before=bool(re.search(r"之前|以前|此前|原来|原先|提高前|下降前|降前|最初|起初|从多少", text)),
        given=given,
    )


def _spelt(text: str) -> str:
    """``text`` with Latin spellings of Chinese places in Han characters (beijing -> 北京), and 什么 spelt in one way."""
    text = re.sub("甚么|啥", "什么", text)
    return re.sub(r"[a-z]{4,}", lambda match: from_pinyin(match[0]) or match[0], text)


def _expected(text: str) -> tuple[AnswerType, tuple[str, ...], str]:
    """(expected type, measure words the answer may carry, what is counted or asked for)."""
    if re.search(
        r"还是.+[多少高低早晚大小长短快慢]$|(?<![占对同环])比(?![例重率赛价值分]).+(?:[多少高低早晚大小长短快慢]|领先)(?:吗|么)?$|(?<![占对同环])比(?![例重率赛价值分]).+多(?:了)?多少|相差|差多少|多出?多少",
        text,
    ):
        return AnswerType.COMPARISON, (), ""
    if re.search(r"(?:谁|哪[边个家省市县里方一]+|哪).*(?:最|更|比较|较)?[多少高低早晚大小长短]$", text) and re.search(
        r"[、和与跟]|最", text
    ):
        return AnswerType.COMPARISON, (), ""
    if compared(text) is not None:
        return AnswerType.COMPARISON, (), ""
    if re.search(r"(?:吗|吧|么)$|了没有?$|是不是|是否|有没有|能不能|对不对|对吗|算不算|会不会", text) and not re.search(
        r"什么$|怎么$|干吗$|多少|哪|谁", text
    ):
        return AnswerType.YES_NO, (), ""
    if re.search(r"为什么|为何|原因|干[嘛吗]|因为$|怎么|如何|怎样|好处|作用是|目的是|做什么$|做了什么$|干什么", text):
        return AnswerType.HOW_OR_WHY, (), ""
    if re.search(
        rf"多大(?:的)?(?:比例|份额|百分比)|百分之[几多]|几成{_NO_SHARE}|{_RATE_NOUN}(?:[^,]*)(?:是|为|有|达|到|提高|下降)?(?:了)?多少|多少百分|{_RATE_NOUN}(?:是)?[几多]|几个百分点",
        text,
    ):
        return AnswerType.PERCENT, (), ""
    if re.search(
        r"什么时候|何时|哪一?年|哪一?天|哪个?月|几月|几号|几时|何年|什么时间|什么日期|哪一?日|哪个?世纪|哪个朝代|什么朝代|什么年代|(?:出生年月|日期)$|^(?!.*(?:[几多用耗需花]|营业|开放|从.+到)).+时间$",
        text,
    ):
        return AnswerType.DATE, (), ""
    if re.search(r"多久|多长时间|几个?小时|多少小时|几分钟|多少分钟", text):
        return AnswerType.DURATION, (), ""
    if re.search(r"(?:几|多少)个?[十百千]?[万亿](?:块|元)?(?:钱)?(?=$|[,。?呢的])", text) and not re.search(_COUNTED_IN_LARGE, text):
        return AnswerType.AMOUNT, (), ""
    if match := re.search(
        r"哪[些几两二三四五六七八九十]+个?(?:[位家所条种座支]|项(?!目))?(?!年|天|月)(?P<noun>[^\d,。?的是有]{0,6})", text
    ):
        return AnswerType.LIST, (), _head(match["noun"]) or _counted_before(text[: match.start()], "")
    if match := re.search(
        r"分别(?:是|叫|为|有|在)|都有(?:什么|谁|哪)|都(?:是|叫)(?:什么|谁)|包括什么|列出|列举|点了哪|有什么[^\s]+$", text
    ):
        return AnswerType.LIST, (), _counted_before(text[: match.start()], "")
    if re.search(r"增长(?:了)?(?:多少|几)|提高(?:了)?(?:多少|几)$|下降(?:了)?(?:多少|几)$", text):
        return AnswerType.PERCENT, (), ""
    if match := _HOW_MANY.search(text):
        return _how_many(text, match)
    if re.search(rf"{_MONEY_NOUN}(?:有|是)?多大", text):
        return AnswerType.AMOUNT, (), ""
    if re.search(r"(?:长|高|径|宽|深|距)度?(?:大?约)?(?:有|是)?多大", text):
        return AnswerType.COUNT, _LENGTHS, ""
    if match := re.search(r"多大(?:面积)?(?:的(?P<noun>[^,;。?]{2,8}))?", text):
        return AnswerType.COUNT, ("平方米", "平方公里", "公顷", "亩", "岁", "级"), match["noun"] or ""
    if match := re.search(r"多(?P<what>高|长|宽|深|远|重|厚)", text):
        units = ("吨", "公斤", "千克", "斤", "克", "kg") if match["what"] == "重" else _LENGTHS
        return AnswerType.COUNT, units, ""
    if match := re.search(
        r"哪一?[个所家座处条]?(?P<noun>国家|国(?!际|有|企|资|产|内|外)|省份|省|直辖市|市|县|区|镇|乡|村|街道|州|岛|城市|地方|地区|地|城|洲)",
        text,
    ):
        noun = match["noun"]
        by_whom = bool(re.search(rf"(?:是|由|被)哪个?{noun}.{{0,10}}(?:的$|援建|支援|介绍|引进|来)", text))
        return (AnswerType.PERSON_OR_ORG if by_whom else AnswerType.PLACE), (), {"城市": "", "地方": "", "地": ""}.get(noun, noun)
    if re.search(
        r"(?:是|由|被)哪里.{0,6}(?:建|引|派|来|办|出)|谁|哪一?位|何人|什么人|(?:人|者|员|记者|家长|老师|医生|导演|歌手|球员)(?:的名字)?(?:是)?叫什么(?:名字?)?$|哪一?[个家所]?(?:部门|单位|机构|企业|公司|组织|大学|学校|医院|集团|银行|报社|媒体|团体|党)",
        text,
    ):
        noun = re.search(r"哪一?[个家所](部门|单位|机构|企业|公司|组织|大学|学校|小学|中学|医院|集团|银行|报社|媒体)", text)
        if noun and re.search(r"在哪一?[个家所]|[里内]$", text):
            return AnswerType.PLACE, (), noun[1]
        return AnswerType.PERSON_OR_ORG, (), noun[1] if noun else ""
    if re.search(r"哪里|哪儿|在哪|什么地方|何处|何地|哪边|(?<![超夜门股])[县市区镇乡村](?:是哪一?个|叫什么(?:名字?)?)$", text):
        return AnswerType.PLACE, (), ""
    if match := re.search(r"哪一?[个所家座处条种项部名届支](?P<noun>[^\d,。?的是有]{1,6})|哪(?P<noun2>[路山河湖桥岛])", text):
        return AnswerType.ANY, (), _head(match["noun"] or match["noun2"])
    if re.search(r"[有是]?哪些|的[^的]{1,6}有$|(?:有|包括)$", text):
        return AnswerType.LIST, (), ""
    if re.search(r"什么|啥|何谓|意思|叫|是指|含义", text):
        return AnswerType.DEFINITION, (), ""
    if re.search(r"有$|包括$", text):
        return AnswerType.LIST, (), ""
    if re.search(rf"{_RATE_NOUN}(?:\([^)]*\))?(?:是|为)?$", text):
        return AnswerType.PERCENT, (), ""
    if re.search(rf"{_MONEY_NOUN}(?:合计|总额|共计|总数|规模)?(?:\([^)]*\))?(?:是|为)?$", text):
        return AnswerType.AMOUNT, (), ""
    if re.search(rf"{_MEASURE_NOUN}(?:是|为)?$", text):
        return AnswerType.COUNT, (), ""
    if _LEFT_OPEN.search(text) or re.search(r"的[^的\d]{1,6}$", text):
        return AnswerType.ANY, (), ""
    if not re.search(r"[?？]|哪|谁|何", text) and len(words(text)) > 1:
        return AnswerType.NUMBER, (), _counted_before(text, "")  # two or three words only: most often a figure is wanted
    return AnswerType.ANY, (), ""


def _how_many(text: str, match: re.Match[str]) -> tuple[AnswerType, tuple[str, ...], str]:
    """The same, for a question with 多少 or 几."""
    scale, time, unit, noun = (
        match["scale"] or "",
        match["time"],
        match["unit"],
        _head(re.sub(r"\([^)]*\)?", "", text[match.start("noun") :])),
    )
    if unit == "人" and noun.startswith(("口", "才", "员")):
        unit, noun = None, "人" + noun
    before = text[: match.start()]
    if time in ("号", "日") or text[match.start() :].startswith(("几月", "几号")):
        return AnswerType.DATE, (), ""
    if time and not re.match(r"岁", time):
        return AnswerType.DURATION, tuple(_time_family(time)), ""
    if time:
        return AnswerType.DURATION, ("岁", "周岁"), ""
    if re.match(rf"{_CURRENCY}|(?:[^,的]{{0,6}})?{_MONEY_NOUN}|(?:无偿)?援助$", (unit or "") + noun) and not re.match(
        r"(?:投资|收入)(?:者|人)", noun
    ):
        return AnswerType.AMOUNT, (), ""
    if unit is None and not noun:
        head = re.search(rf"(?:{_MONEY_NOUN})(?:[^,]{{0,6}})$", before)
        if scale or head:
            return AnswerType.AMOUNT, (), ""
        if re.search(rf"{_RATE_NOUN}(?:[^,]{{0,8}})$", before):
            return AnswerType.PERCENT, (), ""
        if re.search(r"(?:援助|投入|投资|捐|花|赚|卖|亏|付|资助|出)(?:了|的|是|有|过)?$", before):
            return AnswerType.AMOUNT, (), ""
        measured = re.search(rf"({_MEASURE_NOUN})(?:是|为|有|达)?(?:了)?$", before)
        return AnswerType.NUMBER, (), measured[1] if measured else _counted_before(before.rsplit(",", 1)[-1], "")
    target = "" if before.endswith("第") else noun or _counted_before(before.rsplit(",", 1)[-1], unit or "")
    units: tuple[str, ...] = ()
    if unit == "个" and _PERSON_NOUN.search(target):
        units = PERSON_UNITS
    elif unit == "个":
        units = tuple(sorted(set().union(*(family for family in COMPATIBLE_UNITS if "个" in family))))
    elif unit:
        units = tuple(sorted({unit}.union(*(family for family in COMPATIBLE_UNITS if unit in family))))
    elif _PERSON_NOUN.search(target):
        units = PERSON_UNITS
    elif _INSTITUTION_NOUN.search(target):
        units = _INSTITUTION_UNITS
    # 几批、多少名: two measure words asked at once
    for other in re.finditer(rf"(?:多少|几)({_COUNT_UNIT})", text[match.end() :]):
        units = tuple(sorted({*units, other[1]}))
    return AnswerType.COUNT, units, target


def _counted_before(text: str, unit: str) -> str:
    """What 几所 counts in 万州的学校靠对口支援建了几所: the last noun before it that its measure word may count."""
    cut = [
        word
        for word in words(re.sub(r"\([^)]*\)", "", text))
        if len(word) > 1 and word not in _ASKING and not re.fullmatch(r"[\W\d]+", word)
    ]
    fitting = _INSTITUTION_NOUN if unit in ("所", "家", "座") else _PERSON_NOUN if unit in ("人", "名", "位", "人次") else None
    if fitting and (found := [word for word in cut if fitting.search(word)]):
        return found[-1]
    named = {place.name for place in places(text)}
    nouns = [word for word in cut if word not in _NOUN_ENDS and word.rstrip("省市县区") not in named and not word.endswith(("了", "过"))]
    return nouns[-1] if nouns else ""


def _head(noun: str) -> str:
    """The noun phrase that opens ``noun``, before the first word that ends it."""
    kept = ""
    for word in words(noun.strip()):
        if kept and (word in _ASKING or word in _NOUN_ENDS):
            break
        kept += word
    return kept


def _time_family(unit: str) -> set[str]:
    families = (
        {"年", "载", "周年", "世纪", "个世纪"},
        {"天", "日", "昼夜", "个工作日", "工作日"},
        {"月", "个月", "个多月"},
        {"小时", "个小时", "分钟", "秒"},
    )
    return {unit}.union(*(family for family in families if unit in family))
