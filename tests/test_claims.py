"""A claim, with what it cites or without, is held against real articles through the API, the terminal door and the lines of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wenyuan.answer import Assistant
from wenyuan.claim_check import ClaimCheck, claim_as_text
from wenyuan.claims import Cited, ClaimChecker, coverage
from wenyuan.cli import main
from wenyuan.config import Settings
from wenyuan.contracts import Span
from wenyuan.errors import SettingsError
from wenyuan.verify import Differing, Support

Out = pytest.CaptureFixture[str]

LIBRARY = """青石市图书馆新馆开放

本报讯 青石市图书馆新馆5月6日开放。新馆建筑面积3.2万平方米，藏书**120**万册，设有阅览座位1800个。旧馆藏书只有45万册。
新馆由林海设计院设计，总投资4.6亿元。馆长周敏说，新馆没有设立收费阅览室。

夜间开放时间由晚上8点延长到晚上10点。
"""
ORCHARD = """白鹿县苹果丰收

白鹿县今年苹果总产量达到8.5万吨，比去年增长12%。全县种植苹果的农户有6300户。
邻近的青石市苹果产量为2.1万吨。
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two made-up articles."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "图书馆.txt").write_text(LIBRARY, encoding="utf-8")
    (folder / "苹果.txt").write_text(ORCHARD, encoding="utf-8")
    assert main(["build", str(folder / "图书馆.txt"), str(folder / "苹果.txt"), "--index-dir", str(folder / "index")]) == 0
    return folder / "index"


@pytest.fixture(scope="module")
def checker(index: Path) -> ClaimChecker:
    return ClaimChecker(Assistant.open(Settings(index_dir=str(index))))


def texts() -> dict[str, str]:
    return {"图书馆.txt": LIBRARY, "苹果.txt": ORCHARD}


def assert_verbatim(found: ClaimCheck) -> None:
    for citation in found.citations:
        assert "".join(texts()[citation.uri][span.start : span.end] for span in citation.spans) == citation.quote


@pytest.mark.parametrize(
    ("claim", "quoted"),
    [
        ("青石市图书馆新馆藏书120万册", "120"),
        ("白鹿县种植苹果的农户有6300户", "6300户"),
        ("新館由林海設計院設計", "林海设计院"),
        ("白鹿县苹果总产量达到85000吨", "8.5万吨"),
        ("图书馆夜间开放延长到晚上10点", "晚上10点"),
    ],
)
def test_what_the_articles_say_is_supported_and_quoted(checker: ClaimChecker, claim: str, quoted: str) -> None:
    found = checker.check(claim)
    assert found.support is Support.SUPPORTED
    assert found.sentence == "与原文相符。"
    assert quoted in found.citations[0].quote
    assert found.citations[0].supports
    assert_verbatim(found)


@pytest.mark.parametrize(
    ("claim", "what", "claimed", "stated"),
    [
        ("青石市图书馆新馆藏书130万册", Differing.NUMBER, "130万册", "120万册"),
        ("青石市图书馆新馆总投资4.6万元", Differing.UNIT, "4.6万元", "4.6亿元"),
        ("青石市图书馆新馆6月6日开放", Differing.DATE, "6月6日", "5月6日"),
        ("青石市图书馆新馆设立了收费阅览室", Differing.NEGATION, "没有", ""),
        ("白鹿县苹果总产量比去年减少12%", Differing.NEGATION, "减少", ""),
    ],
)
def test_what_differs_is_named_with_what_is_stated_instead(
    checker: ClaimChecker, claim: str, what: Differing, claimed: str, stated: str
) -> None:
    found = checker.check(claim)
    assert found.support is Support.CONTRADICTED
    assert (what, claimed, stated) in [(one.what, one.claimed, one.stated) for one in found.differences]
    assert found.sentence.startswith("与原文不符：")
    assert claimed in found.sentence
    assert not any(citation.supports for citation in found.citations)
    assert_verbatim(found)


@pytest.mark.parametrize("claim", ["青石市动物园有三只熊猫", "白鹿县苹果出口到九个国家", "周敏获得了全国先进工作者称号"])
def test_what_the_articles_do_not_say_is_not_stated(checker: ClaimChecker, claim: str) -> None:
    found = checker.check(claim)
    assert found.support is Support.NOT_STATED
    assert found.sentence.startswith("原文没有这样写")
    assert not any(citation.supports for citation in found.citations)
    assert_verbatim(found)


def test_a_citation_is_all_that_a_claim_may_rest_on(checker: ClaimChecker) -> None:
    claim = "新馆总投资4.6亿元"
    assert checker.check(claim, Cited("图书馆.txt")).support is Support.SUPPORTED
    assert checker.check(claim, Cited("图书馆.txt", "总投资4.6亿元")).support is Support.SUPPORTED
    assert checker.check(claim, Cited("图书馆.txt", "藏书120万册")).support is Support.NOT_STATED
    assert checker.check(claim, Cited("苹果.txt")).support is Support.NOT_STATED
    at = LIBRARY.index("总投资")
    found = checker.check(claim, Cited("图书馆.txt", spans=(Span(at, at + 8),)))
    assert found.support is Support.SUPPORTED
    assert found.citations[0].quote == LIBRARY[at : at + 8]


def test_a_quote_that_is_not_in_the_article_proves_nothing(checker: ClaimChecker) -> None:
    found = checker.check("新馆总投资5亿元", Cited("图书馆.txt", "总投资5亿元"))
    assert found.support is Support.NOT_STATED
    assert found.citations == ()
    assert "找不到" in found.sentence


def test_what_cannot_be_checked_says_so(checker: ClaimChecker) -> None:
    with pytest.raises(SettingsError, match="no source"):
        checker.check("新馆总投资4.6亿元", Cited("无此文.txt"))
    with pytest.raises(SettingsError, match="outside"):
        checker.check("新馆总投资4.6亿元", Cited("图书馆.txt", spans=(Span(0, 99_999),)))
    with pytest.raises(SettingsError, match="empty"):
        checker.check(" \u200b ")
    with pytest.raises(SettingsError, match="too long"):
        checker.check("长" * 5000)


def test_coverage_counts_what_is_said() -> None:
    assert coverage("图书馆藏书120万册", "图书馆里藏书很多") > 0.9
    assert coverage("图书馆藏书120万册", "苹果丰收") < 0.2
    assert coverage("120", "苹果") == 1.0


def test_the_terminal_says_it_in_words_and_in_json(index: Path, capsys: Out) -> None:
    assert main(["verify", "青石市图书馆新馆藏书130万册", "--index-dir", str(index)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("与原文不符：数字不同，所说“130万册”，原文“120万册”。\n\n原文\n[1] ")
    assert err == ""
    assert (
        main(["verify", "新馆总投资4.6亿元", "--source", "图书馆.txt", "--quote", "总投资4.6亿元", "--json", "--index-dir", str(index)])
        == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "supported"
    assert record["id"] is None
    (citation,) = record["citations"]
    assert "".join(LIBRARY[start:end] for start, end in citation["spans"]) == citation["quote"] == "总投资4.6亿元"


def test_a_file_of_claims_becomes_a_file_of_outcomes(index: Path, tmp_path: Path, capsys: Out) -> None:
    lines = [
        {"id": "a", "claim": "新馆阅览座位1800个", "uri": "图书馆.txt"},
        {"id": 2, "claim": "白鹿县苹果总产量达到9.5万吨"},
        {"id": "c", "claim": "新馆总投资4.6亿元", "uri": "图书馆.txt", "spans": [[0, 5]]},
    ]
    path, out = tmp_path / "claims.jsonl", tmp_path / "outcomes.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert main(["verify", "--claims", str(path), "--out", str(out), "--index-dir", str(index)]) == 0
    assert capsys.readouterr().out == ""
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(one["id"], one["verdict"]) for one in found] == [("a", "supported"), (2, "contradicted"), ("c", "not_stated")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either one CLAIM or --claims"),
        (["x", "--quote", "y"], "need --source"),
        (["x", "--source", "a", "--quote", "y", "--span", "1:2"], "not both"),
        (["x", "--source", "图书馆.txt", "--span", "9"], "is no span"),
        (["x", "--source", "图书馆.txt", "--span", "9:2"], "not a span"),
        (["x", "--source", "无.txt"], "no source"),
        (["--claims", "无.jsonl"], "readable file"),
    ],
)
def test_misuse_is_one_line_and_code_2(arguments: list[str], message: str, index: Path, capsys: Out) -> None:
    assert main(["verify", *arguments, "--index-dir", str(index)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        '{"id": 1}',
        '{"claim": "x"}',
        '{"id": 1, "claim": 2}',
        '{"id": 1, "claim": "x", "spans": [[0, 1]]}',
        '{"id": 1, "claim": "x", "uri": "图书馆.txt", "spans": [[0]]}',
        '{"id": 1, "claim": "x", "uri": "图书馆.txt", "spans": [[5, 2]]}',
        '{"id": 1, "claim": ""}',
        '{"id": 1, "claim": "x", "uri": "无.txt"}',
    ],
)
def test_a_bad_line_of_claims_is_named_and_nothing_is_written(line: str, index: Path, tmp_path: Path, capsys: Out) -> None:
    path, out = tmp_path / "claims.jsonl", tmp_path / "outcomes.jsonl"
    path.write_text(line, encoding="utf-8")
    assert main(["verify", "--claims", str(path), "--out", str(out), "--index-dir", str(index)]) == 2
    assert str(path) in capsys.readouterr().err
    assert not out.exists()


def test_the_outcome_in_words_shows_no_control_characters(checker: ClaimChecker) -> None:
    assert "\x1b" not in claim_as_text(checker.check("新馆总投资4.6亿元\x1b[31m"))


def test_machines_check_claims_by_the_same_door_as_they_ask(index: Path) -> None:
    from wenyuan.chat.api import functions
    from wenyuan.chat.desk import OpenIndex

    verify = functions(OpenIndex(Assistant.open(Settings(index_dir=str(index)))), 200)["verify"]
    assert verify("青石市图书馆新馆藏书130万册")["verdict"] == "contradicted"
    assert verify("新馆总投资4.6亿元", "图书馆.txt", "总投资4.6亿元")["verdict"] == "supported"
    with pytest.raises(SettingsError, match="needs the uri"):
        verify("新馆总投资4.6亿元", "", "总投资4.6亿元")
