"""What a question compares or adds up, and the figures of its sides, on invented articles."""

from __future__ import annotations

import re

import pytest

from stand_ins import HashingEmbedder, plain_source
from wenyuan.analyse import analyse
from wenyuan.answer import Assistant
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.config import Settings
from wenyuan.contracts import Answer, AnswerType
from wenyuan.sides import Compared, Wanted, compared, told_by_place
from wenyuan.store import build_index, open_index

SOURCES = {
    "xiezuo.txt": """东西部协作交出成绩单

三年来，各支援省市在昭苏县办成了一批实事。

四川省

三年来，四川省在昭苏县援建学校31所、卫生院17所，总投资6.45亿元。2021年引进企业58家；2022年引进企业73家。

湖北省

湖北省在昭苏县援建学校19所，引进企业64家，总投资9800万元。

甘肃省

甘肃省在昭苏县援建学校六十多所，总投资2.5亿元。

伊宁市

伊宁市得到总投资1.2亿元。

青海省

浙江、青海等省在昭苏县援建学校25所。
""",
    "qiao.txt": """两座大桥相继通车

松岭大桥全长1250米，重8600吨，2019年8月16日建成通车。柳湾大桥全长980米，重7400吨，2021年5月1日建成通车。桃林大桥全长1.1公里，重6900吨，2020年建成通车。
""",
    "changzhan.txt": """云杉公司公布年报

去年，云杉公司的软件业务收入3.4亿元，同比增长12%，硬件业务收入5.1亿元，同比增长7%，培训业务收入0.6亿元，同比增长21%。

公司培养工程师420名，技师135名。
""",
    "biaoyan.txt": """校园歌会落幕

经过初赛，共有16支队伍入围，包括8支教师队、5支学生队和3支校友队。
""",
    "juankuan.txt": """爱心企业捐款助学

启明集团向助学基金捐款50万元。远航集团向助学基金捐款1200万港元。长风集团向助学基金捐款80万元。
""",
    "bangfu.txt": """结对帮扶见成效

三年来，各帮扶省市在墨竹县办成了一批实事。

江苏省

江苏省在墨竹县援建学校30多所，总投资超过6亿元，培训教师不到100人，引进企业100家以上，选派干部约40名。

辽宁省

辽宁省在墨竹县援建学校35所，总投资6.3亿元，培训教师98人，引进企业120家，选派干部25名。

陕西省

陕西省在墨竹县援建学校19所，总投资2.5亿元，培训教师150人，引进企业80家，选派干部42名。
""",
    "chanliang.txt": """几家工厂公布产量

今年，白石公司的钢材产量500吨，比去年增加20吨。

远山厂的月产量800公斤，近水厂的月产量1.2吨。

小张身高1米78，小李身高1米65。小张跑完全程用了1小时50分钟，小李跑完全程用了2小时5分钟。

老王今年65岁，老李今年58岁。老王种了12亩地，老李种了1公顷地。

东山区去年gdp为310亿元，西山区去年gdp为298.7亿元。
""",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("comparisons")
    articles = [clean(plain_source(uri, text)) for uri, text in SOURCES.items()]
    build_index(folder, articles, lambda article: chunk(article, 240), HashingEmbedder(), Settings())
    return Assistant(open_index(folder), HashingEmbedder(), Settings(reader="none"))


def understood(question: str) -> Compared:
    found = compared(analyse(question).text)
    assert found is not None, question
    return found


def compares(answer: Answer) -> bool:
    """Whether a comparison was drawn rather than a sentence shown."""
    return re.match(r"[^（，。]+（.+）$|一样：|不?是，|共", answer.text) is not None


# -- what is compared -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("四川和湖北谁的总投资多", ("四川", "湖北")),
        ("四川、湖北、江西三省里哪个省援建的学校最少", ("四川", "湖北", "江西")),
        ("湖北，江西，谁引进企业多", ("湖北", "江西")),
        ("支援昭苏，四川和湖北哪个给得多", ("四川", "湖北")),
        ("启明集团和远航集团哪家捐得多", ("启明集团", "远航集团")),
        ("云杉公司的软件业务和硬件业务哪块收入高", ("软件业务", "硬件业务")),
        ("去年云杉公司软件业务与硬件业务，哪个收入更高", ("软件业务", "硬件业务")),
        ("校园歌会初赛里教师队和校友队哪个更多", ("教师队", "校友队")),
        ("水稻、小麦、玉米三种作物中哪种产量最低", ("水稻", "小麦", "玉米")),
        ("云杉公司培养的工程师多还是技师多", ("工程师", "技师")),
        ("红队还是蓝队得分高", ("红队", "蓝队")),
        ("松岭大桥比柳湾大桥长吗", ("松岭大桥", "柳湾大桥")),
        ("四川援建的学校比湖北多吗", ("四川", "湖北")),
        ("四川在昭苏的学校和湖北在伊宁的学校，数量上谁占上风", ("四川", "湖北")),
        ("湖北给昭苏的投资，江西给昭苏的投资，谁多", ("湖北", "江西")),
        ("四川2021年和2022年哪年引进企业多", ("2021年", "2022年")),
        ("北京到上海和北京到广州哪个远", ("北京到上海", "北京到广州")),
    ],
)
def test_the_sides_are_what_stands_side_by_side(question: str, names: tuple[str, ...]) -> None:
    assert tuple(side.name for side in understood(question).sides) == names
    assert analyse(question).expected is AnswerType.COMPARISON


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("四川和湖北，谁给昭苏的资金更多", "湖北给昭苏的资金多少钱"),
        ("给昭苏的钱，四川和湖北谁多", "湖北给昭苏的多少钱"),
        ("四川和湖北在昭苏建的学校谁多", "湖北在昭苏建的学校有多少"),
        ("为昭苏培训人，四川和湖北哪家少一些", "湖北为昭苏培训多少人"),
        ("启明集团和远航集团谁捐得多", "远航集团捐了多少"),
        ("松岭大桥重还是柳湾大桥重", "柳湾大桥有多重"),
        ("松岭大桥和柳湾大桥哪座短", "柳湾大桥有多长"),
        ("松岭大桥和柳湾大桥哪座先通车", "柳湾大桥什么时候通车"),
        ("新馆和旧馆哪个开放得早", "旧馆开放是什么时候"),
        ("苹果和香蕉哪个便宜", "香蕉多少钱"),
        ("张三和李四谁年龄大", "李四的年龄是多少岁"),
        ("软件、硬件、培训三项里哪项涨得最快", "培训增长了多少"),
        ("高铁和汽车哪个时速高", "汽车的时速是多少"),
        ("四川和湖北的投资加起来是多少亿", "湖北的投资是多少亿"),
        ("松岭大桥比柳湾大桥长多少米", "柳湾大桥有多少米"),
        ("张三和李四谁的工资高", "李四的工资是多少"),
        ("四川和湖北谁的gdp高", "湖北的gdp是多少"),
        ("四川和湖北谁的发电量大", "湖北的发电量是多少"),
        ("甲厂和乙厂谁的产能大", "乙厂的产能是多少"),
        ("松岭大桥比柳湾大桥早通车吗", "柳湾大桥什么时候通车"),
        ("新馆比旧馆先开放吗", "旧馆什么时候开放"),
        ("四川的占比高于湖北吗", "湖北的占比是多少"),
    ],
)
def test_each_side_is_asked_for_its_own_figure(question: str, asked: str) -> None:
    assert understood(question).sides[-1].question == asked


@pytest.mark.parametrize(
    ("question", "wanted", "least"),
    [
        ("四川和湖北谁的投资多", Wanted.WHICH, False),
        ("四川和湖北谁的投资少一点", Wanted.WHICH, True),
        ("甲桥和乙桥哪座先通车", Wanted.WHICH, True),
        ("甲桥和乙桥哪座最晚通车", Wanted.WHICH, False),
        ("四川的投资比湖北的少吗", Wanted.WHETHER, True),
        ("四川和湖北的投资加起来多少", Wanted.SUM, False),
        ("甲桥和乙桥两座桥一共多少米", Wanted.SUM, False),
        ("四川和湖北援建的学校相差几所", Wanted.DIFFERENCE, False),
        ("甲桥比乙桥长多少", Wanted.DIFFERENCE, False),
        ("四川的投资是不是比湖北多", Wanted.WHETHER, False),
        ("四川的投资是否比湖北少", Wanted.WHETHER, True),
        ("四川是不是比湖北投资多", Wanted.WHETHER, False),
        ("四川的投资比湖北多不多", Wanted.WHETHER, False),
        ("四川的投资有没有比湖北多", Wanted.WHETHER, False),
        ("四川的投资比湖北多，对吗", Wanted.WHETHER, False),
        ("四川的投资比湖北多吧", Wanted.WHETHER, False),
        ("四川的投资超过湖北吗", Wanted.WHETHER, False),
        ("四川的投资低于湖北吗", Wanted.WHETHER, True),
        ("四川的投资不如湖北吗", Wanted.WHETHER, True),
        ("松岭大桥比柳湾大桥晚通车吗", Wanted.WHETHER, False),
        ("四川和湖北两省差多少所", Wanted.DIFFERENCE, False),
        ("四川和湖北两省一共有多少所学校", Wanted.SUM, False),
    ],
)
def test_what_is_wanted_of_the_sides(question: str, wanted: Wanted, least: bool) -> None:
    found = understood(question)
    assert (found.wanted, found.least) == (wanted, least)


@pytest.mark.parametrize(
    "question",
    [
        "四川援建了多少所学校",
        "江苏和南京合起来建了几所学校",  # told as one figure
        "今年比去年增长了多少",
        "产量比上年多了多少吨",
        "谁和谁签了合同",
        "他和她的关系怎么样",
        "哪家公司和政府签约最早",
        "三个项目里哪个投资最大",
        "大桥和隧道分别有多长",
        "高铁和飞机哪个快",  # of no one kind of figure
        "谁先提出相对论",
        "四川和湖北两省的贸易顺差有多少",
        "北京和东京时差有几小时",
        "北京和上海温差有多少度",
        "北京和上海的价差是多少元",
        "松岭大桥比柳湾大桥早几年通车",
        "松岭大桥比柳湾大桥早几年",
        "甲桥比乙桥早通车几年",
        "四川的投资比湖北多几倍",
        "四川的投资比湖北多几成",
        "四川的投资比湖北多百分之几",
        "四川和湖北两省共同援建了多少所学校",
        "四川和湖北两省共建学校多少所",
        "四川和湖北两省共有多少所学校",
        "四川和湖北两省共享多少个平台",
        "四川和湖北两省共用几座机场",
        "红队和蓝队两队共交手几次",
        "红队和蓝队两队一共交手了几次",
        "张三和李四谁最后当选",
        "红队和蓝队哪个后卫得分",
        "松岭大桥和柳湾大桥哪座先期投入使用",
        "红队和蓝队谁先锋得分",
        "四川不比湖北多吗",
        "四川比湖北多不多",  # of what?
        "四川有没有超过湖北",
        "四川的投资并不比湖北多吗",
        "四川和湖北谁的投资不多",
        "四川和湖北谁的投资不太多",
        "四川的投资没有湖北多吗",
        "四川的投资没有超过湖北吗",
        "四川的投资超过预期吗",
        "张三和李四谁的水平高",
        "四川和湖北谁的排名高",
        "两地和睦相处多少年了",
        "",
    ],
)
def test_other_questions_compare_nothing(question: str) -> None:
    assert compared(analyse(question).text) is None


def test_whose_figure_it_is_shows_by_places_only_where_each_side_names_its_own() -> None:
    assert told_by_place(understood("四川和湖北谁的投资多").sides)
    assert not told_by_place(understood("四川与湖北互访，是四川来得多还是湖北去得多").sides)
    assert not told_by_place(understood("启明集团和远航集团谁捐得多").sides)


# -- which it is ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("四川和湖北谁在昭苏的总投资多", "四川（四川6.45亿元，湖北9800万元）"),
        ("四川和湖北哪个省援建的学校更少", "湖北（四川31所，湖北19所）"),
        ("四川援建的学校多还是卫生院多", "学校（学校31所，卫生院17所）"),
        ("四川2021年和2022年哪年引进企业多", "2022年（2021年58家，2022年73家）"),
        ("松岭大桥和柳湾大桥哪座更长", "松岭大桥（松岭大桥1250米，柳湾大桥980米）"),
        ("桃林大桥和柳湾大桥哪座更短", "柳湾大桥（桃林大桥1.1公里，柳湾大桥980米）"),
        ("松岭大桥和桃林大桥哪座先通车", "松岭大桥（松岭大桥2019年8月16日，桃林大桥2020年）"),
        ("松岭大桥重还是柳湾大桥重", "松岭大桥（松岭大桥8600吨，柳湾大桥7400吨）"),
        ("松岭大桥和柳湾大桥哪座先通车", "松岭大桥（松岭大桥2019年8月16日，柳湾大桥2021年5月1日）"),
        ("松岭大桥和柳湾大桥哪座最晚通车", "柳湾大桥（松岭大桥2019年8月16日，柳湾大桥2021年5月1日）"),
        ("柳湾大桥比松岭大桥长吗", "不是，柳湾大桥980米，松岭大桥1250米"),
        ("云杉公司的软件业务和硬件业务哪块收入高", "硬件业务（软件业务3.4亿元，硬件业务5.1亿元）"),
        ("云杉公司的软件业务、硬件业务、培训业务三项里哪项涨得最快", "培训业务（软件业务12%，硬件业务7%，培训业务21%）"),
        ("云杉公司培养的工程师和技师哪个多", "工程师（工程师420名，技师135名）"),
        ("校园歌会的学生队和校友队哪个多", "学生队（学生队5支，校友队3支）"),
        ("启明集团和长风集团谁给助学基金捐得多", "长风集团（启明集团50万元，长风集团80万元）"),
        ("江苏和陕西谁援建的学校多", "江苏（江苏30多所，陕西19所）"),
        ("江苏和陕西谁的总投资多", "江苏（江苏超过6亿元，陕西2.5亿元）"),
        ("江苏和陕西谁培训的教师多", "陕西（江苏不到100人，陕西150人）"),
        ("江苏和陕西谁引进的企业少", "陕西（江苏100家以上，陕西80家）"),
        ("江苏和辽宁谁选派的干部多", "江苏（江苏约40名，辽宁25名）"),
        ("江苏、辽宁、陕西三省哪个省援建的学校最少", "陕西（江苏30多所，辽宁35所，陕西19所）"),
        ("江苏的总投资是不是比陕西多", "是，江苏超过6亿元，陕西2.5亿元"),
        ("江苏的总投资超过陕西吗", "是，江苏超过6亿元，陕西2.5亿元"),
        ("松岭大桥比柳湾大桥早通车吗", "是，松岭大桥2019年8月16日，柳湾大桥2021年5月1日"),
        ("柳湾大桥比松岭大桥早通车吗", "不是，柳湾大桥2021年5月1日，松岭大桥2019年8月16日"),
        ("老王比老李大吗", "是，老王65岁，老李58岁"),
        ("老王和老李谁种的地多", "老李（老王12亩，老李1公顷）"),
        ("东山区和西山区谁的gdp高", "东山（东山310亿元，西山298.7亿元）"),
        ("远山厂和近水厂哪个厂月产量高", "近水厂（远山厂800公斤，近水厂1.2吨）"),
    ],
)
def test_the_side_that_wins_comes_first_with_the_figures_of_all(assistant: Assistant, question: str, text: str) -> None:
    answer = assistant.ask(question)
    assert answer.text == text
    quoted = "".join(citation.quote for citation in answer.citations)
    assert all(figure in quoted for figure in re.findall(r"\d[\d.]*[万亿]?[所元米吨支名%家]", text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("四川和湖北的总投资加起来多少", "共7.43亿元（四川6.45亿元 + 湖北9800万元）"),
        ("四川和湖北两省一共援建了多少所学校", "共50所（四川31所 + 湖北19所）"),
        ("松岭大桥和柳湾大桥两座桥一共多少米", "共2230米（松岭大桥1250米 + 柳湾大桥980米）"),
        ("松岭大桥比柳湾大桥长多少米", "松岭大桥多270米（松岭大桥1250米 - 柳湾大桥980米）"),
        ("四川和湖北援建的学校相差几所", "四川多12所（四川31所 - 湖北19所）"),
        ("湖北比四川少援建了多少所学校", "四川多12所（四川31所 - 湖北19所）"),
    ],
)
def test_figures_are_added_and_taken_from_each_other_in_the_open(assistant: Assistant, question: str, text: str) -> None:
    assert assistant.ask(question).text == text


@pytest.mark.parametrize(
    "question",
    [
        "启明集团和远航集团谁给助学基金捐得多",  # 元 and 港元
        "四川和甘肃援建的学校加起来多少所",  # 六十多所 adds up to nothing
        "四川和青海谁援建的学校多",  # 浙江、青海等省: no figure of 青海 alone
        "四川和贵州谁援建的学校多",
        "启明集团和晨星集团谁给助学基金捐得多",
        "松岭大桥和石门大桥哪座先通车",
        "松岭大桥和桃林大桥加起来多少米",  # 米 and 公里
        "昭苏和伊宁谁得到的总投资多",  # 昭苏 has one from each province
        "江苏和辽宁谁援建的学校多",  # 30多所 and 35所
        "江苏和辽宁谁的总投资多",  # 超过6亿元 and 6.3亿元
        "江苏和辽宁谁培训的教师多",  # 不到100人 and 98人
        "江苏和辽宁谁引进的企业多",  # 100家以上 and 120家
        "江苏和陕西谁选派的干部多",  # 约40名 and 42名
        "江苏、辽宁、陕西三省哪个省援建的学校最多",
        "江苏和辽宁引进的企业加起来多少家",
        "江苏和辽宁援建的学校相差几所",
        "江苏的总投资比辽宁多吗",
        "白石公司今年和去年哪年钢材产量高",  # 20吨 is what it grew by
        "小张和小李谁的身高高",  # 1米 is a part of each
        "小张跑完全程的时间比小李长吗",
        "东山区人口比西山区多多少",  # no 亿元
        "松岭大桥和柳湾大桥哪座高",  # their lengths are told
    ],
)
def test_without_figures_of_one_kind_for_every_side_nothing_is_compared(assistant: Assistant, question: str) -> None:
    assert not compares(assistant.ask(question))


def test_figures_told_with_about_add_up_to_about(assistant: Assistant) -> None:
    assert assistant.ask("江苏和辽宁选派的干部加起来多少名").text == "共约65名（江苏约40名 + 辽宁25名）"


def test_a_comparison_not_understood_is_not_answered_yes(assistant: Assistant) -> None:
    for question in ("松岭大桥没有柳湾大桥长吗", "松岭大桥有柳湾大桥长吗", "松岭大桥和柳湾大桥一样长吗", "松岭大桥不如柳湾大桥长吗"):
        assert not assistant.ask(question).text.startswith(("是", "不是")), question
