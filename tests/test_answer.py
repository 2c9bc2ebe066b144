"""The whole walk from a question to a cited answer, on a small index of invented articles."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stand_ins import HashingEmbedder, plain_source
from wenyuan.answer import Assistant
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.config import Settings
from wenyuan.contracts import Answer, Citation, Reason, Stage
from wenyuan.errors import IndexMismatch
from wenyuan.read import Reading
from wenyuan.store import build_index, open_index
from wenyuan.verify import Support, verify
from wenyuan.weigh import Weights

SOURCES = {
    "xiezuo.txt": """东西部协作交出成绩单

三年来，各支援省市在昭苏县办成了一批实事。

四川省

三年来，四川省在昭苏县援建学校31所、卫生院十七所，总投资6.45亿元。2021年引进企业58家；2022年引进企业73家。

四川省选派医生126名赴昭苏县坐诊。昭苏县选派教师48名到四川省跟岗学习。

湖北省

湖北省在昭苏县援建学校19所，引进企业64家，总投资4.1亿元。双方还在伊宁市举办农产品展销会。

江西省

江西省在昭苏县援建学校8所，引进企业64家，总投资2.73亿元。
""",
    "daqiao.txt": """清水河大桥建成通车\r
\r
清水河大桥全长1250米，由路桥集团承建，2019年8月16日建成通车。大桥通车后，从县城到高铁站的车程由90分钟缩短为25分钟。\r
\r
\r
\r
清水河大桥夜景，桥上装有路灯316盏。李明 摄\r
\r
\r
\r
为了方便两岸居民出行，桥上专门设置了自行车道。\r
""",
    "lincha.txt": """林區採茶忙\n\n林區今年種植茶樹２６００畝，帶動茶農增收。\n""",
    "daohang.txt": """普洱茶产业稳步发展\n\n普洱市茶园面积达168万亩，茶农年人均增收3200元。\n""",
    "chaye.txt": """云南茶叶走出大山\n\n普洱市茶园面积达214万亩，居全省前列。\n""",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("answers")
    articles = [clean(plain_source(uri, text)) for uri, text in SOURCES.items()]
    build_index(folder, articles, lambda article: chunk(article, 240), HashingEmbedder(), Settings())
    return Assistant(open_index(folder), HashingEmbedder(), Settings())


def cut(citation: Citation) -> str:
    """What the citation's spans hold in the text the source was made of."""
    return "".join(SOURCES[citation.uri][span.start : span.end] for span in citation.spans)


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


def refused(answer: Answer, reason: Reason) -> bool:
    return answer.abstained and answer.reason is reason and answer.text == "" and answer.citations == () and answer.sentence != ""


# -- short answers on exact citations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text", "uri", "quote"),
    [
        ("清水河大桥全长多少米", "1250米", "daqiao.txt", "清水河大桥全长1250米，由路桥集团承建，2019年8月16日建成通车。"),
        ("清水河大桥是哪年建成通车的", "2019年8月16日", "daqiao.txt", "清水河大桥全长1250米，由路桥集团承建，2019年8月16日建成通车。"),
        ("清水河大桥由谁承建", "路桥集团", "daqiao.txt", "清水河大桥全长1250米，由路桥集团承建，2019年8月16日建成通车。"),
        ("从县城到高铁站要多久", "25分钟", "daqiao.txt", "大桥通车后，从县城到高铁站的车程由90分钟缩短为25分钟。"),
        ("车程缩短之前是多少分钟", "90分钟", "daqiao.txt", "大桥通车后，从县城到高铁站的车程由90分钟缩短为25分钟。"),
        ("展销会在哪里举办", "伊宁市", "xiezuo.txt", "双方还在伊宁市举办农产品展销会。"),
        ("普洱茶农人均增收多少钱", "3200元", "daohang.txt", "普洱市茶园面积达168万亩，茶农年人均增收3200元。"),
    ],
)
def test_a_short_answer_stands_on_the_sentence_that_says_it(assistant: Assistant, question: str, text: str, uri: str, quote: str) -> None:
    answer = assistant.ask(question)
    assert (answer.text, answer.reason, answer.abstained) == (text, Reason.FOUND, False)
    (citation,) = answer.citations
    assert (citation.number, citation.uri, citation.quote, citation.supports) == (1, uri, quote, True)
    assert cut(citation) == quote
    assert answer.sentence == quote
    assert assistant.settings.min_confidence <= answer.confidence <= 1.0


def test_a_citation_names_its_title_and_section(assistant: Assistant) -> None:
    (citation,) = assistant.ask("湖北援建了多少所学校").citations
    assert (citation.title, citation.section) == ("东西部协作交出成绩单", "湖北省")


def test_a_caption_can_be_cited(assistant: Assistant) -> None:
    answer = assistant.ask("桥上装有多少盏路灯")
    assert answer.text.startswith("316")
    assert [cut(citation) for citation in answer.citations] == quotes(answer)
    assert "路灯316盏" in answer.citations[0].quote


def test_a_reason_is_answered_with_the_sentence(assistant: Assistant) -> None:
    answer = assistant.ask("桥上为什么设置自行车道")
    assert quotes(answer) == ["为了方便两岸居民出行，桥上专门设置了自行车道。"]
    assert "方便两岸居民出行" in answer.text


def test_hits_and_timings_come_with_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("清水河大桥全长多少米")
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert len(answer.hits) <= assistant.settings.top
    assert {"analyse", "retrieve", "read", "total"} <= set(answer.timings_ms)


# -- whose, where, when, which way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("四川援建了多少所学校", "31所"),
        ("湖北援建了多少所学校", "19所"),
        ("江西援建了几所学校", "8所"),
        ("四川援建了多少卫生院", "十七所"),
        ("四川的总投资是多少", "6.45亿元"),
        ("江西的总投资是多少", "2.73亿元"),
    ],
)
def test_a_figure_is_bound_to_its_subject_and_thing(assistant: Assistant, question: str, text: str) -> None:
    assert assistant.ask(question).text == text


@pytest.mark.parametrize(("place", "section"), [("湖北", "湖北省"), ("江西", "江西省")])
def test_the_same_figure_of_two_places_is_cited_from_the_one_asked_about(assistant: Assistant, place: str, section: str) -> None:
    answer = assistant.ask(f"{place}引进了多少家企业")
    assert answer.text == "64家"
    assert [citation.section for citation in answer.citations] == [section]


@pytest.mark.parametrize(("year", "text"), [("2021", "58家"), ("2022", "73家")])
def test_a_figure_is_bound_to_its_year(assistant: Assistant, year: str, text: str) -> None:
    answer = assistant.ask(f"四川{year}年引进了多少家企业")
    assert answer.text == text
    assert quotes(answer) == ["2021年引进企业58家；2022年引进企业73家。"]


def test_a_year_that_the_text_does_not_cover_is_not_answered(assistant: Assistant) -> None:
    assert refused(assistant.ask("四川2020年引进了多少家企业"), Reason.FACT_NOT_STATED)


def test_a_figure_is_bound_to_its_direction(assistant: Assistant) -> None:
    assert assistant.ask("昭苏选派了多少教师到四川").text == "48名"
    assert assistant.ask("四川选派了多少名医生赴昭苏").text == "126名"
    assert refused(assistant.ask("四川选派了多少教师到昭苏"), Reason.FACT_NOT_STATED)


# -- no answer without evidence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["清水河大桥造价多少钱", "四川培训了多少名护士", "浙江援建了多少所学校"])
def test_a_fact_the_articles_do_not_state_is_refused(assistant: Assistant, question: str) -> None:
    assert refused(assistant.ask(question), Reason.FACT_NOT_STATED)


@pytest.mark.parametrize("question", ["火星探测器重多少公斤", "谁获得了诺贝尔文学奖"])
def test_a_topic_the_articles_do_not_touch_is_refused(assistant: Assistant, question: str) -> None:
    assert refused(assistant.ask(question), Reason.NOTHING_RELEVANT)


@pytest.mark.parametrize("question", ["你好", "谢谢！", "给我写一首诗", "", "？？？"])
def test_small_talk_is_no_question(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert refused(answer, Reason.NOT_A_QUESTION)
    assert answer.hits == ()


def test_the_reasons_for_silence_are_told_apart(assistant: Assistant) -> None:
    assert len({assistant.ask(question).sentence for question in ("清水河大桥造价多少钱", "火星探测器重多少公斤", "你好")}) == 3


def test_below_the_least_confidence_nothing_is_answered(assistant: Assistant) -> None:
    strict = Assistant(assistant.index, assistant.embedder, Settings(min_confidence=1.0))
    assert strict.ask("清水河大桥由谁承建").abstained


# -- several right answers, yes and no, comparisons -----------------------------------------------------------------------


def test_an_open_question_lists_every_figure_with_its_scope(assistant: Assistant) -> None:
    answer = assistant.ask("总投资是多少")
    assert answer.reason is Reason.SOURCES_DISAGREE
    assert set(answer.text.split("；")) == {"6.45亿元（四川）", "4.1亿元（湖北）", "2.73亿元（江西）"}
    assert [citation.number for citation in answer.citations] == [1, 2, 3]
    assert {citation.section for citation in answer.citations} == {"四川省", "湖北省", "江西省"}
    assert [cut(citation) for citation in answer.citations] == quotes(answer)


def test_two_articles_that_disagree_are_both_cited(assistant: Assistant) -> None:
    answer = assistant.ask("普洱市的茶园面积是多少")
    assert answer.reason is Reason.SOURCES_DISAGREE
    assert not answer.abstained
    assert "168万亩" in answer.text
    assert "214万亩" in answer.text
    assert {citation.uri for citation in answer.citations} == {"daohang.txt", "chaye.txt"}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("四川在昭苏援建了31所学校吗", "是，31所"),
        ("四川在昭苏援建了26所学校吗", "不是，是31所"),
        ("清水河大桥全长1250米吗", "是，1250米"),
        ("清水河大桥全长2250米吗", "不是，是1250米"),
    ],
)
def test_a_supposed_figure_is_borne_out_or_corrected(assistant: Assistant, question: str, text: str) -> None:
    answer = assistant.ask(question)
    assert (answer.text, answer.reason) == (text, Reason.FOUND)
    assert len(answer.citations) == 1
    assert cut(answer.citations[0]) == answer.citations[0].quote


def test_what_is_supposed_and_stated_is_confirmed(assistant: Assistant) -> None:
    answer = assistant.ask("农产品展销会是在伊宁举办的吗")
    assert answer.text == "是，伊宁市"
    assert quotes(answer) == ["双方还在伊宁市举办农产品展销会。"]


def test_the_smaller_of_two_sums_with_both_cited(assistant: Assistant) -> None:
    answer = assistant.ask("四川和湖北谁的总投资少")
    assert answer.text == "湖北（四川6.45亿元，湖北4.1亿元）"
    assert [citation.section for citation in answer.citations] == ["四川省", "湖北省"]
    assert [cut(citation) for citation in answer.citations] == quotes(answer)


def test_the_larger_of_two_sums(assistant: Assistant) -> None:
    assert assistant.ask("湖北和江西谁的总投资多").text == "湖北（湖北4.1亿元，江西2.73亿元）"


def test_equal_figures_are_called_equal(assistant: Assistant) -> None:
    assert assistant.ask("湖北和江西引进的企业哪个多").text == "一样：湖北64家，江西64家"


# -- follow-ups and scripts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "question", "standalone", "text"),
    [
        (("四川援建了多少所学校",), "那湖北呢", "湖北援建了多少所学校", "19所"),
        (("四川2021年引进了多少家企业",), "2022年呢", "四川2022年引进了多少家企业", "73家"),
        (("四川援建了多少所学校", "那湖北呢"), "江西呢", "江西援建了多少所学校", "8所"),
        (("清水河大桥由谁承建",), "它全长多少米", "清水河大桥全长多少米", "1250米"),
        (("四川援建了多少所学校",), "清水河大桥全长多少米", "清水河大桥全长多少米", "1250米"),
    ],
)
def test_a_follow_up_is_answered_as_it_stands_alone(
    assistant: Assistant, context: tuple[str, ...], question: str, standalone: str, text: str
) -> None:
    answer = assistant.ask(question, context)
    assert (answer.question, answer.standalone, answer.text) == (question, standalone, text)


@pytest.mark.parametrize(("question", "text"), [("四川援建了多少所學校", "31所"), ("清水河大橋什麼時候建成通車", "2019年8月16日")])
def test_a_question_in_traditional_characters_is_answered(assistant: Assistant, question: str, text: str) -> None:
    answer = assistant.ask(question)
    assert (answer.question, answer.text) == (question, text)


def test_a_traditional_article_is_quoted_in_its_own_characters(assistant: Assistant) -> None:
    answer = assistant.ask("林区种植茶树多少亩")
    assert answer.text == "２６００畝"
    assert quotes(answer) == ["林區今年種植茶樹２６００畝，帶動茶農增收。"]
    assert cut(answer.citations[0]) == answer.citations[0].quote


# -- what holds for every answer ------------------------------------------------------------------------------------------


def test_search_gives_ranked_hits_of_each_stage(assistant: Assistant) -> None:
    assert "1250米" in assistant.search("清水河大桥全长多少米", top=3)[0].chunk.text
    assert len(assistant.search("清水河大桥全长多少米", top=3)) == 3
    assert set(assistant.search_stages("清水河大桥全长多少米")) == {Stage.DENSE, Stage.KEYWORD, Stage.FUSED}


def test_asking_twice_gives_the_same(assistant: Assistant) -> None:
    one, two = assistant.ask("总投资是多少"), assistant.ask("总投资是多少")
    assert (one.text, one.citations, one.confidence, one.hits) == (two.text, two.citations, two.confidence, two.hits)


def test_an_index_of_another_embedder_is_refused(assistant: Assistant) -> None:
    with pytest.raises(IndexMismatch):
        Assistant(assistant.index, HashingEmbedder("other"), Settings())


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(
                [
                    "四川",
                    "昭苏",
                    "湖北",
                    "清水河大桥",
                    "普洱",
                    "援建",
                    "学校",
                    "企业",
                    "投资",
                    "2021年",
                    "多少",
                    "哪里",
                    "谁",
                    "吗",
                    "比",
                    "和",
                    "为什么",
                    "31所",
                    "？",
                ]
            ),
            max_size=9,
        ).map("".join),
    )
)
@settings(deadline=None, max_examples=60)
def test_every_answer_is_verbatim_verified_or_a_refusal(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    json.dumps([answer.text, answer.sentence, answer.confidence])
    assert 0.0 <= answer.confidence <= 1.0
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(cut(citation) == citation.quote != "" for citation in answer.citations)
    if answer.abstained:
        assert answer.text == ""
        assert answer.reason in (Reason.NOTHING_RELEVANT, Reason.FACT_NOT_STATED, Reason.NOT_A_QUESTION)
    else:
        assert answer.text
        assert answer.reason in (Reason.FOUND, Reason.SOURCES_DISAGREE)
        assert answer.sentence == "".join(quotes(answer))


def test_every_figure_of_an_answer_stands_in_its_citations(assistant: Assistant) -> None:
    for question in ("四川援建了多少所学校", "清水河大桥什么时候通车", "总投资是多少", "普洱市的茶园面积是多少"):
        answer = assistant.ask(question)
        figures = answer.text.split("；")
        assert len(figures) == len(answer.citations)
        for figure, citation in zip(figures, answer.citations, strict=True):
            assert verify(figure, citation.quote, f"{citation.title} {citation.section}").support is Support.SUPPORTED


# -- reading ---------------------------------------------------------------------------------------------------------------


class NotingReader:
    """Points at 31所 and at nothing else, and notes how many passages it was given at a time."""

    name, fingerprint = "noting", "noting"

    def __init__(self) -> None:
        self.given: list[int] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.given.append(len(passages))
        places = [text.find("31所") for _, text in passages]
        return [Reading(0.0, 0.1, ((at, at + 3, 4.0),)) if at >= 0 else Reading(0.0, 0.9, ()) for at in places]


@pytest.mark.parametrize(("sure", "given"), [(9.0, [2]), (-9.0, [2, 3])])
def test_the_rest_is_read_where_the_first_passages_do_not_answer_surely(assistant: Assistant, sure: float, given: list[int]) -> None:
    reader = NotingReader()
    weights = Weights({"span": 9.0, "overlap": 9.0}, {"1": sure})
    settings = Settings(reader_passages=5, reader_first=2, min_confidence=0.0)
    reading = Assistant(assistant.index, assistant.embedder, settings, reader, weights)
    assert "31所" in reading.ask("四川省在昭苏县援建了多少所学校").text
    assert reader.given == given
