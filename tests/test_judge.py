"""What yes/no questions suppose of a figure, held against what invented articles state."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stand_ins import HashingEmbedder, plain_source
from wenyuan.answer import Assistant
from wenyuan.chinese.amounts import amount, is_change, is_part
from wenyuan.chinese.numbers import QuantityKind, quantities
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.config import Settings
from wenyuan.judge import Judgement
from wenyuan.store import build_index, open_index

SOURCES = {
    "qiao.txt": """柳湾大桥建成通车

柳湾大桥全长980米，总投资6.45亿元，2021年5月1日建成通车。松岭大桥全长1.25公里，总投资约3000万美元。

柳湾大桥的建设历时2年3个月，参与建设的工人有近100人，投入机械30多台，抢修栈桥用了50分钟。
""",
    "chanye.txt": """昭苏县产业发展

四川省在昭苏县援建学校31所、卫生院17所，培训教师不到100人。昭苏县去年产油菜籽500吨，比前年增加20吨。

昭苏县贫困发生率为5.2%。昭苏县年接待游客超过12万人次。
""",
    "renwu.txt": """运动员小传

小张身高1米78，小李身高1米65。北苑桥全长300米，南苑桥全长450米。
""",
    "zhen.txt": """清河镇年报

清河镇人均收入1.8万元，比上年提高2000元。清河镇粮食产量从500吨增加到620吨。清河镇森林覆盖率达到63.5%。

图书馆最多可容纳500人。

东山区常住人口82.3万，西山区常住人口79万。
""",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("supposed")
    articles = [clean(plain_source(uri, text)) for uri, text in SOURCES.items()]
    build_index(folder, articles, lambda article: chunk(article, 240), HashingEmbedder(), Settings())
    return Assistant(open_index(folder), HashingEmbedder(), Settings(reader="none"))


def judged(assistant: Assistant, question: str) -> Judgement | None:
    return assistant.judge(question)[0]


# -- bounds ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "supposed",
    "980米 超过900米 超过了900米 超900米 大于900米 高于900米 不止900米 至少900米 至少980米 不低于980米 不少于900米 达到900米 900米以上 "
    "不足1000米 不到1000米 小于1000米 低于1000米 最多1000米 最多980米 不超过1000米 没有超过1000米 没超过980米 未达到1000米 不高于1000米 "
    "在1000米以下 在1000米以内 约1000米 1000米左右 近1000米".split(),
)
def test_a_bound_that_the_stated_figure_keeps_is_borne_out(assistant: Assistant, supposed: str) -> None:
    found = judged(assistant, f"柳湾大桥全长{supposed}吗")
    assert found is not None
    assert (found.text, found.holds, found.how) == ("是，980米", True, "figure")


@pytest.mark.parametrize(
    "supposed",
    "900米 超过1000米 超过980米 大于980米 高于1000米 至少1000米 不低于1000米 达到1000米 1000米以上 不足900米 不足980米 小于980米 "
    "最多900米 不超过900米 没有超过900米 不高于900米 在900米以下 900米以内 约500米 500米左右".split(),
)
def test_a_bound_that_the_stated_figure_breaks_is_denied(assistant: Assistant, supposed: str) -> None:
    found = judged(assistant, f"柳湾大桥全长{supposed}吗")
    assert found is not None
    assert (found.text.partition("，")[2], found.holds, found.how) == ("是980米", False, "figure")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("柳湾大桥全长是否超过900米", "是，980米"),
        ("柳湾大桥全长有没有超过900米", "是，980米"),
        ("柳湾大桥有没有1000米长", "没有，是980米"),
        ("柳湾大桥全长超过900米，对吗", "是，980米"),
        ("柳湾大桥总投资过亿吗", "是，6.45亿元"),
        ("柳湾大桥总投资过十亿吗", "没有，是6.45亿元"),
        ("昭苏县贫困发生率超过5%吗", "是，5.2%"),
        ("昭苏县贫困发生率低于百分之五吗", "不是，是5.2%"),
        ("四川在昭苏援建了三十多所学校吗", "是，31所"),
        ("东山区常住人口超过80万吗", "是，82.3万"),
        ("图书馆能容纳400人吗", "是，500人"),
        ("图书馆能容纳600人吗", "没有，是500人"),
        ("清河镇人均收入达到2万元吗", "没有，是1.8万元"),
    ],
)
def test_whether_is_asked_in_many_ways(assistant: Assistant, question: str, text: str) -> None:
    found = judged(assistant, question)
    assert found is not None
    assert found.text == text


# -- units and open figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("松岭大桥全长大于1公里吗", "是，1.25公里"),
        ("松岭大桥全长超过1200米吗", "是，1.25公里"),
        ("松岭大桥全长1250米吗", "是，1.25公里"),
        ("松岭大桥全长980米吗", "不是，是1.25公里"),
        ("北苑桥全长超过1公里吗", "没有，是300米"),  # not the 1.25公里 of another
        ("柳湾大桥全长大于1公里吗", "没有，是980米"),
        ("松岭大桥总投资超过2000万美元吗", "是，约3000万美元"),
        ("柳湾大桥抢修栈桥用了不到1小时吗", "是，50分钟"),
        ("参与柳湾大桥建设的工人超过50人吗", "是，近100人"),
        ("参与柳湾大桥建设的工人有近100人吗", "是，近100人"),
        ("柳湾大桥建设投入机械超过20台吗", "是，30多台"),
        ("柳湾大桥建设投入机械50台吗", "不是，是30多台"),
        ("四川在昭苏培训教师超过100人吗", "没有，是不到100人"),
        ("昭苏县年接待游客超过10万人次吗", "是，超过12万人次"),
        ("昭苏县年接待游客不到10万人次吗", "不是，是超过12万人次"),
    ],
)
def test_units_of_one_kind_and_open_figures_are_held_against_what_is_supposed(assistant: Assistant, question: str, text: str) -> None:
    found = judged(assistant, question)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "question",
    [
        "松岭大桥总投资3000万元吗",  # 美元
        "柳湾大桥建设投入机械35台吗",  # 30多台 may be
        "昭苏县年接待游客超过20万人次吗",  # so may 超过12万
        "柳湾大桥的建设历时2年吗",  # and three months
        "柳湾大桥全长900到1000米吗",
        "柳湾大桥全长介于900米吗",
        "四川在昭苏援建学校26所、卫生院17所吗",  # one of the two is wrong
        "小张身高1米65吗",  # 小李's
        "柳湾大桥高超过900米吗",  # 980米 is its length
        "西山区常住人口破80万了吗",  # 82.3万 is another's
        "清河镇人均收入提高了3000元吗",
        "清河镇粮食产量500吨吗",  # what it grew from
        "清河镇森林覆盖率过半吗",
        "清河镇森林覆盖率达到六成吗",
        "北苑桥比南苑桥长吗",
        "北苑桥没有南苑桥长吗",
        "北苑桥有南苑桥长吗",
        "北苑桥和南苑桥一样长吗",
        "北苑桥不如南苑桥长吗",
    ],
)
def test_what_does_not_decide_is_no_yes_and_no_no(assistant: Assistant, question: str) -> None:
    assert judged(assistant, question) is None


def test_all_of_the_figures_listed_must_be_stated(assistant: Assistant) -> None:
    found = judged(assistant, "四川在昭苏援建学校31所、卫生院17所吗")
    assert found is not None
    assert found.holds


# -- what a figure means --------------------------------------------------------------------------------------------------


def meant(text: str) -> tuple[Decimal, Decimal] | None:
    figures = [item for item in quantities(text) if item.kind is not QuantityKind.DATE]
    found = amount(text, figures[0])
    return None if found is None else (found.low, found.high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("援建30多所", "30", "40"),
        ("援建十几所", "10", "20"),
        ("来了数百人", "200", "1000"),
        ("1.2万余人", "12000", "13000"),
        ("近100人", "80", "100"),
        ("约20.39亿元", "2038000000", "2040000000"),
        ("投资上亿元", "100000000", "Infinity"),
        ("建过3所学校", "3", "3"),
        ("年产值过3亿元", "300000000", "Infinity"),
        ("签约58家企业", "58", "58"),
        ("突破3项技术", "3", "3"),
        ("最近30人", "30", "30"),
        ("长1.25公里", "1250", "1250"),
        ("3个多月", "3", "4"),
    ],
)
def test_a_figure_means_what_the_words_around_it_say(text: str, low: str, high: str) -> None:
    assert meant(text) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    "text",
    "身高1米78 用了1小时50分钟 收费3元5角 历时2年3个月 身高一米七 历时3年半 长3到5米 从500吨增加到620吨 来了七八个 用了1小时50分".split(),
)
def test_a_part_of_a_figure_means_nothing(text: str) -> None:
    assert meant(text) is None


def test_a_figure_beside_a_date_or_another_count_is_whole() -> None:
    for text in ("援建31所2021年完工", "援建学校31所19家企业", "3年26所"):
        assert not any(is_part(text, item) for item in quantities(text))


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("比去年增加20吨", True),
        ("比湖北多12所", True),
        ("同比增长12%", True),
        ("较上年高20吨", True),
        ("产量下降了百分之九", True),
        ("减少人员30人", True),
        ("产量增长到500吨", False),
        ("投资多达5亿元", False),
        ("最多100人", False),
        ("新增就业500人", False),
        ("占比12%", False),
        ("与去年相比援建31所", False),
    ],
)
def test_a_change_is_told_from_an_amount(text: str, changes: bool) -> None:
    assert [is_change(text, item) for item in quantities(text) if item.kind is not QuantityKind.DATE] == [changes]
