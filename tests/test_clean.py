"""Cleaning drops what no reader came for, groups the rest, and rewrites nothing."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.clean import clean
from wenyuan.contracts import Article, Block, BlockKind, Source
from wenyuan.ingest import load, source_id

SEEDS = Path(__file__).parents[1] / "seeds"


def article(text: str, title: str = "") -> Article:
    return clean(Source(source_id("t"), "t", title, text, "utf-8", ""))


@lru_cache(maxsize=1)
def seeds() -> dict[str, Article]:
    return {source.uri[:3]: clean(source) for source in load([SEEDS]) if isinstance(source, Source)}


def texts(found: Article, kind: BlockKind) -> list[str]:
    return [found.source.slice(block.spans) for block in found.blocks if block.kind is kind]


def block_with(found: Article, words: str) -> Block:
    (block,) = [block for block in found.blocks if words in found.source.slice(block.spans)]
    return block


def dropped(found: Article, rule: str) -> list[str]:
    return [found.source.slice([item.span]) for item in found.dropped_spans if item.rule == rule]


def assert_partition(found: Article) -> None:
    spans = sorted([*(span for block in found.blocks for span in block.spans), *(item.span for item in found.dropped_spans)])
    at = 0
    for span in spans:
        assert span.start == at
        at = span.end
    assert at == len(found.source.text)
    invisible = "\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\x00"
    assert all(character.isspace() or character in invisible for run in dropped(found, "white space") for character in run)
    assert all(block.spans for block in found.blocks)


# -- the five articles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_the_seeds_are_partitioned(number: str) -> None:
    assert_partition(seeds()[number])


@pytest.mark.parametrize(
    ("number", "title"),
    [
        ("000", "聚焦全国对口支援三峡库区工作座谈会 心手相连续写山海情 携手合作同奔“共富路” ——七省市对口支援万州结硕果"),
        ("001", "感恩支援情 峡江谱新篇 ——全国对口支援湖北三峡库区成果纪实"),
        ("002", "心手相连感恩奋进 深化合作再谱新篇 全国对口支援三峡工程重庆库区工作取得新进展"),
        ("003", "從“外部輸血”到“自我造血” 一千八百億“活水”為三峽重慶庫區發展注入“新動能”"),
        (
            "004",
            "聚焦全国对口支援三峡库区工作座谈会 将协作向更大范围、更宽领域、更深层次推进"
            " 吉林巫溪 携手打造强县富民标志性成果 谱写对口支援新篇章",
        ),
    ],
)
def test_titles(number: str, title: str) -> None:
    assert seeds()[number].title == title


@pytest.mark.parametrize(
    ("number", "words", "sections"),
    [
        ("000", "产业，是一个地方发展的根本", ("谋深产业协作 扬优势、强特色 共谱绿色发展曲",)),
        ("000", "上海:截至今年5月", ("链接", "数说对口支援")),
        ("001", "三十年春风化雨", ()),
        ("001", "签订第一份对口支援协议", ("北京市",)),
        ("001", "先后有25个厅局", ("湖南省",)),
        ("001", "增进民生福祉", ("山东省青岛市",)),
        ("001", "实现从", ("湖北省武汉市",)),
        ("002", "192个结对帮扶关系", ("合作的力度不断增强 推动升级,多层次多形式凝心共建",)),
        ("003", "過去制約", ("民生筑底", "從“有”到“優”的幸福升級")),
        ("003", "浙涪", ("產業賦能", "“飛來鳳凰”催生發展新動能")),
        ("004", "4030平方公里", ()),
        ("004", "近140万元", ("聚焦民生", "提升群众获得感、幸福感")),
        ("004", "上磺镇", ("优势互补 筑牢产业发展根基",)),
        ("004", "冰雪产业", ("人才接力 激活发展内生动力",)),
        ("004", "志合者", ("一线样本",)),
    ],
)
def test_sections(number: str, words: str, sections: tuple[str, ...]) -> None:
    assert block_with(seeds()[number], words).section == sections


@pytest.mark.parametrize(
    ("number", "whole", "pieces"),
    [
        ("000", "平均住院日由10.03天下降到8.51天", 2),
        ("000", "在万州区天津医院门诊大厅", 2),
        ("001", "生物医药、先进制造业", 3),
        ("001", "列为精准扶贫典型案例", 3),
        ("001", "培训干部、各类技术人才1万余人次", 2),
        ("001", "企业来秭归投资兴业", 2),
        ("001", "兴山县体育馆及青少年活动中心", 3),
        ("001", "产业发展,实施普安万亩白茶基地", 3),
        ("001", "便民服务中心、营盘", 3),
        ("001", "新增对夷陵区专项资金150万元", 3),
        ("001", "12家规模工业企业", 2),
        ("001", "“消费协作月”", 2),
        ("001", "苗木基地、普安", 3),
        ("001", "深化合作。", 3),
        ("001", "实现从“输血型”到“造血型”", 2),
        ("002", "变化为高质量发展和区域协调发展", 2),
        ("004", "招商引企等方式", 2),
        ("004", "人才培训，为巫溪高质量发展提供智力支持", 3),
        ("004", "冰雪运动发展提供了人才支撑", 3),
        ("004", "培养了一批电商实战专业人才", 2),
    ],
)
def test_cut_sentences_are_one_block(number: str, whole: str, pieces: int) -> None:
    block = block_with(seeds()[number], whole)
    assert block.kind is BlockKind.BODY
    assert len(block.spans) == pieces


def test_captions_of_000() -> None:
    found = seeds()["000"]
    assert texts(found, BlockKind.CAPTION) == [
        "平湖万州，“五桥”同框 摄/冉孟军",
        "甘宁镇的柑橘基地、同鑫农业园由天津援建 摄/冉孟军",
        "宁波援建的小桔灯宁书屋",
        "南京援建的金陵中学，学生参观校史馆 摄/侯本艳",
        "厦门援建的幼师幼儿园，孩子们在美丽的园区里玩耍 摄/付作侨",
        "上海援建的万州新田中学",
        "天津援建的周家坝街道流水社区便民服务中心 摄/冉孟军",
        "福建援建的熊家中学，学生在操场军训 摄/冉孟军",
    ]
    assert block_with(found, "小桔灯宁书屋").section == ("增进民生福祉 补短板、提品质 办好群众心头事",)


def test_captions_of_001_with_a_full_stop() -> None:
    found = seeds()["001"]
    captions = texts(found, BlockKind.CAPTION)
    assert len(captions) == 16
    assert all(caption.endswith("。") for caption in captions)
    assert block_with(found, "巴东县民族医院").section == ("北京市",)
    assert block_with(found, "秭归县城武汉路。").kind is BlockKind.CAPTION


def test_captions_of_004() -> None:
    assert texts(seeds()["004"], BlockKind.CAPTION) == [
        "吉林省支持兰英大峡谷建设，为创建国家4A级景区助力",
        "吉林省以技术和资金助力建成巫溪县稻虾种养基地",
        "吉林省援建的巫溪县长春小学",
        "吉林省援建的兰英乡西安村八里槽贝母种植示范基地",
        "吉林省支持培训滑雪教练，助力巫溪县红池坝冰雪旅游发展",
    ]


@pytest.mark.parametrize(
    ("number", "rule", "runs"),
    [
        ("000", "byline", ["孔德虎 杨莉"]),
        ("000", "picture credit", ["图片除署名外由万州区水利局提供"]),
        ("002", "byline", ["刘茂娇 李海林 龙博"]),
        ("003", "byline", ["(新重慶-重慶日報記者 劉翰書)"]),
        ("003", "markup", ["?/strong>", "?/a>"]),
        ("004", "byline", ["刘钦 龙搏腾宇 图片由巫溪县水利局提供"]),
    ],
)
def test_what_is_dropped(number: str, rule: str, runs: list[str]) -> None:
    assert dropped(seeds()[number], rule) == runs


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("2023-08-12 18:05，正文：原标题：【某大队】在行动", "【某大队】在行动"),
        ("2023年8月1日 正文: 村里修了路。", "村里修了路。"),
        ("原标题：好消息", "好消息"),
        ("2023年8月1日，村里修了路。", "2023年8月1日，村里修了路。"),  # a sentence of the article
        ("他翻到正文：第一页是空的。", "他翻到正文：第一页是空的。"),
    ],
)
def test_labels_of_a_saved_page_are_not_its_words(line: str, kept: str) -> None:
    found = article(line)
    assert "".join(found.source.slice(block.spans) for block in found.blocks) == kept


def test_emphasis_marks_leave_the_kept_text() -> None:
    found = seeds()["000"]
    assert found.dropped["emphasis marks"] == 4 * 32
    assert "项目852个,其中无偿援助对口支援资金9.92亿元" in found.source.slice(block_with(found, "上海:截至").spans)


def test_the_web_page_is_reduced_to_its_article() -> None:
    found = seeds()["003"]
    kept = "".join(found.source.slice(block.spans) for block in found.blocks)
    assert kept.startswith("從“外部輸血”")
    assert kept.endswith("辦負責人表示。".replace("辦", "k"))
    for foreign in ("首頁", "登錄", "7332.6", "藍皮書", "分享", "傳播正能量", "(qū)", "(fā)", "strong"):
        assert foreign not in kept
    assert "三峽重慶庫區累計引入對口支援資金1802.5億元,實施項目1256個" in kept
    assert sum(map(len, dropped(found, "teaser"))) > 400


def test_only_short_runs_are_dropped_from_the_other_four() -> None:
    for number in ("000", "001", "002", "004"):
        found = seeds()[number]
        assert sum(count for rule, count in found.dropped.items() if rule not in ("white space", "emphasis marks")) < 30


# -- rules in general ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "一段百科文字，只有一句话。",
        "没有句号的一行",
        '尤金袋鼠（"Macropus eugenii"）分布在澳洲南部；人工智能(ai)也在。2**3等于8。',
        "亳(bó)州是一座城。",
        "张伟 李娜",
        "首页",
    ],
)
def test_a_lone_paragraph_comes_through_whole(text: str) -> None:
    found = article(text, "题目")
    assert texts(found, BlockKind.BODY) == [text]
    assert found.dropped == {}


def test_lists_of_names_are_kept() -> None:
    text = "获奖者名单如下：\n张伟 李娜\n\n颁奖由学校主持。"
    assert "byline" not in article(text).dropped
    rows = "优秀学生有以下三十人。\n张伟 李娜 王芳\n刘洋 陈静 杨勇\n赵磊 黄敏 周杰\n以上。"
    assert "byline" not in article(rows).dropped


def test_chronicles_keep_their_dates() -> None:
    text = "大事记\n2021年9月4日\n考察团来访，签订了合作协议。\n2021年9月7日\n调研组来访，走访了三个村庄。"
    assert "page furniture" not in article(text).dropped


def test_share_line_before_more_text_ends_nothing() -> None:
    text = "大会今日召开，来自各地的代表出席了会议。\n分享到\n会议将持续三天，期间将举行二十场专题论坛，预计有三千人参加活动。"
    found = article(text)
    assert dropped(found, "page furniture") == ["分享到"]
    assert len(texts(found, BlockKind.BODY)) == 2


def test_hard_wrapped_text_is_put_together() -> None:
    text = (
        "　　　　第一章　山中岁月\r\n"
        "　　很久以前，在大山深处有一个小小的村庄，村庄里住着几十户人\r\n家，他们以种茶为生，日出而作，日落而息。村口有一棵老槐树，树\r\n"
        "下常有老人讲故事。\r\n　　有一年春天，一位名叫林远的年轻教师来到村里，他带来了三百\r\n本图书，在旧祠堂里办起了第一个图书室。\r\n"
    )
    found = article(text)
    assert [len(block.spans) for block in found.blocks] == [1, 3, 2]
    assert "几十户人家" in found.source.slice(found.blocks[1].spans)
    assert found.blocks[2].section == ("第一章 山中岁月",)


def test_markdown_headings_nest() -> None:
    found = article("# 十年\n\n引言在此。\n\n## 一、缘起\n\n由**林远**创办。\n\n### 细节\n\n- 藏书三百册。\n\n## 二、发展\n\n扩建了。\n")
    assert found.title == "十年"
    assert [(found.source.slice(block.spans), block.section) for block in found.blocks if block.kind is BlockKind.BODY] == [
        ("引言在此。", ()),
        ("由林远创办。", ("一、缘起",)),
        ("藏书三百册。", ("一、缘起", "细节")),
        ("扩建了。", ("二、发展",)),
    ]


def test_verse_is_body_not_headings() -> None:
    found = article(
        "静夜思\n\n床前明月光\n疑是地上霜\n举头望明月\n低头思故乡\n白日依山尽\n黄河入海流\n\n这是一首脍炙人口的唐诗，写的是客居他乡的思念。"
    )
    assert len(texts(found, BlockKind.BODY)) == 6 + 1 or len(texts(found, BlockKind.TITLE)) == 1
    assert BlockKind.HEADING not in {block.kind for block in found.blocks}


def test_a_latin_word_keeps_the_space_of_a_broken_line() -> None:
    lines = [
        "the quick brown fox jumps over",
        "the lazy dog and runs far away",
        "from all the hunters who are in",
        "the forest at night with a dog",
        "that barks.",
    ]
    found = article("\n".join(lines))
    assert " ".join(lines).replace(" ", "") == found.source.slice(found.blocks[0].spans).replace("\n", "").replace(" ", "")
    assert "over\nthe" in found.source.slice(found.blocks[0].spans)


# -- properties ----------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("\n", "\r\n", "\r", "\n\n", "\n\n\n\n", "　　", " ", "\t", "\ufeff", "\u200b", "\f", "\x00", "\u2028", "e\u0301", "|", "---"),
        *("。", "，", "！”", "……", "**", "(qū)", "區(qū)", "?/strong>", "<br>", "&nbsp;", "# ", "- ", "· ", "“引号", "?!笆奈濉睍r"),
        *("首页", "登录", "举报", "- 首頁\n- 登錄\n- 舉報\n", "分享让更多人看到", "王芳 李强", "本报记者 王芳", "（记者 王芳）", "摄/王芳"),
        *("图片由某局提供", "某省援建的某中学 摄/王芳\n", "某市援建的医院。", "第一章 总则", "一、", "（一）", "链接》", "2024年5月6日"),
        *("正文写到这里，还没有结束，", "这是完整的一句话。", "龙\U00020000\U0001f409", "ＡＢＣ１２３", "the quick"),
    ]
)
NO_SURROGATES = st.characters(codec="utf-8")
DOCUMENTS = st.lists(st.one_of(PIECES, st.text(NO_SURROGATES, max_size=5)), max_size=40).map("".join)


@given(DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_blocks_and_dropped_runs_are_a_partition(text: str) -> None:
    found = article(text)
    assert_partition(found)
    starts = [block.spans[0].start for block in found.blocks]
    assert starts == sorted(starts)
    assert found.dropped == article(text).dropped


@pytest.mark.parametrize(
    "unit",
    [
        "啊",
        "，",
        "區(qū)",
        "**啊**",
        "<br>",
        "(记者",
        "啊 ",
        "- 啊\n",
        "啊\n\n\n\n",
        "分享到\n",
        "王芳 李强\n",
        "链接\n正文。\n",
        "记者 记者 ",
        " 记者㍿\n",
        "。",
    ],
)
def test_100_000_characters_take_little_time(unit: str) -> None:
    started = time.perf_counter()
    found = article(unit * (100_000 // len(unit)))
    assert time.perf_counter() - started < 15  # seconds
    assert_partition(found)


def test_a_line_of_many_signatures_is_read_in_one_way() -> None:
    many = "记者/北北" + " 记者㍿" * 18  # each sign becomes four characters when normalised
    assert len(many) <= 80
    started = time.process_time()
    found = article(f"{many}！\n正文第一段在此，讲了一件事情。\n")
    assert time.process_time() - started < 2
    assert "byline" not in found.dropped
    signed = article("题目\n（记者 王芳 摄影：李强 张伟 编辑/赵敏）\n正文第一段在此，讲了一件事情。\n")
    assert signed.dropped["byline"] == len("（记者 王芳 摄影：李强 张伟 编辑/赵敏）")
