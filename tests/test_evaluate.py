"""Measures with hand-worked numbers, and whole runs over an assistant whose every answer is written down here."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wenyuan.contracts import Answer, BlockKind, Chunk, Citation, Evidence, Hit, Question, Reason, Source, Span, Stage
from wenyuan.errors import QuestionSetError
from wenyuan.evaluate import (
    Report,
    compare,
    comparison_table,
    evaluate,
    load_questions,
    measures,
    newest_run,
    read_run,
    readme,
    readme_table,
    scoring,
    statistics,
    to_markdown,
    write_run,
)
from wenyuan.evaluate.report import Miss

ROOT = Path(__file__).resolve().parents[1]
#            0         1         2         3
#            0123456789012345678901234567890123456
TEXT = "天津援建学校22所。宁波援建卫生院14所。江苏援建学校26所。今天下雨了。"
SOURCE = Source(id="s", uri="000_a.txt", title="援建", text=TEXT, encoding="utf-8", sha256="")
SENTENCES = (Span(0, 10), Span(10, 21), Span(21, 31), Span(31, 37))


def chunk(ordinal: int) -> Chunk:
    span = SENTENCES[ordinal]
    return Chunk(
        id=f"s:{ordinal}",
        source_id="s",
        ordinal=ordinal,
        kind=BlockKind.BODY,
        sentences=((span,),),
        text=SOURCE.slice((span,)),
        title="援建",
        section=(),
    )


def hits(*ordinals: int, stage: Stage = Stage.FUSED) -> tuple[Hit, ...]:
    return tuple(Hit(chunk=chunk(ordinal), rank=rank, score=1 / rank, stage=stage) for rank, ordinal in enumerate(ordinals, 1))


def question(
    id: str = "q",
    kind: str = "count",
    answers: Sequence[str] = ("22所",),
    spans: Sequence[int] = (0,),
    all_required: bool = False,
    any_evidence: bool = False,
) -> Question:
    evidence = tuple(Evidence(SOURCE.uri, SOURCE.slice((SENTENCES[at],)), (SENTENCES[at],)) for at in spans)
    return Question(
        id=id,
        text=f"问{id}",
        kind=kind,
        answers=tuple(answers),
        evidence=evidence,
        all_required=all_required,
        any_evidence=any_evidence,
    )


def answer(
    text: str = "22所", cited: Sequence[int] = (0,), sentence: str = "", confidence: float = 0.9, found: Sequence[int] = ()
) -> Answer:
    citations = tuple(Citation.of(SOURCE, (SENTENCES[at],), number) for number, at in enumerate(cited, 1))
    reason = Reason.FOUND if citations else Reason.FACT_NOT_STATED
    return Answer(
        question="问",
        standalone="问",
        text=text,
        sentence=sentence or text,
        citations=citations,
        confidence=confidence,
        reason=reason,
        hits=hits(*found),
        timings_ms={"read": 3.0, "total": 5.0},
    )


REFUSAL = answer("", cited=(), confidence=0.1)
SOURCES = {"s": SOURCE}


# Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("约83亿元", "3亿", False),
        ("约83亿元和3亿", "3亿", True),
        ("2.5亿", "5亿", False),
        ("2.5", "2", False),
        ("2.", "2", True),
        ("援建**22**所", "22所", True),
        ("援建 22 所", "22所", True),
        ("浙江大學", "浙江大学", True),
        ("產(chǎn)業(yè)培育", "产业培育", True),
        ("１２月３日", "12月3日", True),
        ("任何", "", False),
    ],
)
def test_an_answer_is_found_on_number_boundaries_in_simplified_characters(text: str, wanted: str, found: bool) -> None:
    assert scoring.contains(text, wanted) is found


@pytest.mark.parametrize(("text", "sign"), [("不是，是万州", -1), ("没有", -1), ("是的", 1), ("，是", 1), ("有", 1), ("万州", 0), ("", 0)])
def test_polarity_is_what_an_answer_begins_with(text: str, sign: int) -> None:
    assert scoring.polarity(text) == sign


YES_NO = question(kind="yes_no", answers=("不是", "否", "宁波"))
LIST = question(kind="list", answers=("天津", "宁波"), all_required=True)
CONFLICT = question(kind="conflict", answers=("22所", "26所"), spans=(0, 2))


@pytest.mark.parametrize(
    ("asked", "given", "right"),
    [
        (question(), answer(), True),
        (question(), answer("222所"), False),
        (question(), answer("天津", sentence="天津援建22所"), False),  # the short answer itself must hold the figure
        (question(), answer("22所" + "等" * 60), False),  # a paragraph is no short answer
        (question(), REFUSAL, False),
        (YES_NO, answer("不是，是宁波"), True),
        (YES_NO, answer("是"), False),
        (YES_NO, answer("宁波"), False),  # no polarity: naming it without a no affirms it
        (question(kind="yes_no", answers=("是", "22所")), answer("22所"), True),
        (LIST, answer("天津", sentence="天津和宁波"), True),
        (LIST, answer("天津"), False),
        (CONFLICT, answer("有两个数", cited=(0, 2)), True),  # the quotes name the figures
        (CONFLICT, answer("22所"), False),
        (question(kind="how_or_why", answers=("甲", "乙")), answer("因为乙"), True),
        (question(kind="unanswerable", answers=(), spans=()), REFUSAL, True),
        (question(kind="unanswerable", answers=(), spans=()), answer(), False),
    ],
)
def test_right_and_wrong_by_kind(asked: Question, given: Answer, right: bool) -> None:
    assert scoring.is_right(asked, given) is right


@pytest.mark.parametrize(
    ("golds", "given", "exact", "f1"),
    [
        (("22所",), "22所", 1.0, 1.0),
        (("22所",), "22 所。", 1.0, 1.0),
        (("22所",), "共22所学校", 0.0, 2 * (2 / 5) * (2 / 2) / (2 / 5 + 2 / 2)),  # 共 22 所 学 校: a run of 2 in 5, of 2
        (("22所",), "220所", 0.0, 2 * (1 / 2) * (1 / 2) / (1 / 2 + 1 / 2)),  # only 所
        (("22所",), "", 0.0, 0.0),
        (("甲乙丙",), "甲丙", 0.0, 0.4),  # contiguous: 甲 alone, P = 1/2, R = 1/3
        (("江苏省", "江苏"), "江蘇", 1.0, 1.0),
    ],
)
def test_exact_match_and_f1_as_in_cmrc_2018(golds: tuple[str, ...], given: str, exact: float, f1: float) -> None:
    asked = question(answers=golds)
    assert scoring.exact_match(asked, given) == exact
    assert scoring.f1(asked, given) == pytest.approx(f1)


def test_where_all_items_are_required_they_are_one_answer() -> None:
    assert scoring.f1(LIST, "天津、宁波") == 1.0
    assert scoring.f1(LIST, "天津") == pytest.approx(2 / 3)  # P = 1, R = 2/4


# Spans ------------------------------------------------------------------------------------------------------------


def test_overlap_counts_each_code_point_once() -> None:
    assert measures.overlap([Span(0, 6), Span(4, 8)], [Span(5, 20)]) == 3
    assert measures.union([Span(4, 8), Span(0, 4), Span(9, 10)]) == (Span(0, 8), Span(9, 10))


@pytest.mark.parametrize(("span", "covers"), [(Span(0, 5), True), (Span(0, 4), False), (Span(5, 10), True), (Span(10, 21), False)])
def test_half_of_a_quote_covers_it(span: Span, covers: bool) -> None:
    assert measures.covers([span], question().evidence[0]) is covers


def test_search_measures_by_hand() -> None:
    asked = question(spans=(0, 2))
    found = hits(3, 2, 1, 0)
    assert measures.recall(asked, found, SOURCES, 1) == 0.0
    assert measures.recall(asked, found, SOURCES, 2) == 0.5
    assert measures.recall(asked, found, SOURCES, 4) == 1.0
    assert measures.reciprocal_rank(asked, found, SOURCES) == 1 / 2
    assert measures.reciprocal_rank(asked, found, SOURCES, k=1) == 0.0
    by_hand = (1 / math.log2(3) + 1 / math.log2(5)) / (1 / math.log2(2) + 1 / math.log2(3))
    assert measures.ndcg(asked, found, SOURCES, relevant=2) == pytest.approx(by_hand)
    assert measures.ndcg(asked, found, SOURCES, relevant=0) == 0.0
    assert measures.recall(question(spans=(0, 2), any_evidence=True), found, SOURCES, 2) == 1.0


def test_citation_measures_by_hand() -> None:
    asked = question(spans=(0, 2))
    given = answer(cited=(0, 1))
    assert measures.citation_precision(asked, given) == 0.5
    assert measures.covered(asked, measures.spans_of_citations(given.citations)) == 0.5
    assert measures.rests_on_evidence(asked, measures.spans_of_citations(given.citations))
    assert not measures.rests_on_evidence(CONFLICT, measures.spans_of_citations(given.citations))  # needs both figures
    assert measures.citation_precision(asked, REFUSAL) is None


def test_a_citation_that_does_not_support_counts_for_nothing() -> None:
    given = dataclasses.replace(answer(cited=()), citations=(Citation.of(SOURCE, (SENTENCES[0],), 1, supports=False),))
    assert measures.citation_precision(question(), given) is None
    assert measures.spans_of_citations(given.citations) == {}


def test_verbatim_is_the_slice_to_the_code_point() -> None:
    changed = dataclasses.replace(answer().citations[0], quote="天津援建学校 22 所。")
    assert measures.verbatim(answer(cited=(0, 1)), SOURCES) == 1.0
    assert measures.verbatim(dataclasses.replace(answer(), citations=(changed, *answer().citations)), SOURCES) == 0.5
    assert measures.verbatim(REFUSAL, SOURCES) is None


# Numbers ----------------------------------------------------------------------------------------------------------


def test_expected_calibration_error_by_hand() -> None:
    # Bin .9-1: two answers, sure .95 on average, half right: gap .45, weight 2/4. Bin .1-.2: one, .1, wrong: .1, 1/4.
    # Bin .5-.6: one, .5, right: .5, 1/4.
    confidences, right = [0.9, 1.0, 0.1, 0.5], [True, False, False, True]
    assert statistics.expected_calibration_error(confidences, right) == pytest.approx(0.45 * 2 / 4 + 0.1 / 4 + 0.5 / 4)
    assert statistics.expected_calibration_error([], []) == 0.0


def test_risk_coverage_by_hand() -> None:
    curve = statistics.risk_coverage([0.5, 0.9, 0.5, 0.2], [False, True, True, False])
    assert curve == ((0.25, 0.0), (0.75, 1 / 3), (1.0, 0.5))
    assert statistics.risk_coverage([], []) == ()


def test_bootstrap_is_fixed_and_holds_the_mean() -> None:
    values = [1.0] * 80 + [0.0] * 20
    low, high = statistics.bootstrap_interval(values)
    assert (low, high) == statistics.bootstrap_interval(values)
    # Normal approximation: 0.8 ± 1.96 * sqrt(0.8 * 0.2 / 100) = 0.8 ± 0.078
    assert low == pytest.approx(0.722, abs=0.02)
    assert high == pytest.approx(0.878, abs=0.02)
    assert statistics.bootstrap_interval([1.0]) == (1.0, 1.0)


def test_paired_bootstrap_tells_a_sure_fall_from_none() -> None:
    low, high, p = statistics.paired_bootstrap([-1.0] * 30 + [0.0] * 70)
    assert low < -0.3 < high < 0
    assert p < 0.01
    assert statistics.paired_bootstrap([0.0] * 10) == (0.0, 0.0, 1.0)
    assert statistics.paired_bootstrap([1.0, -1.0] * 50)[2] > 0.5


def test_percentiles_are_linear() -> None:
    middle, slow = statistics.percentiles([1.0, 2.0, 3.0, 4.0, 5.0])
    assert middle == 3.0
    assert slow == pytest.approx(4.8)


# Runs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Index:
    generation: str = "g1"
    sources: Mapping[str, Source] = field(default_factory=lambda: SOURCES)
    chunks: tuple[Chunk, ...] = tuple(map(chunk, (0, 1, 3)))  # the sentence of Jiangsu was lost in cleaning


@dataclass(frozen=True)
class Assistant:
    """Says what it is told to: question text -> answer."""

    answers: Mapping[str, Answer]
    index: Index = field(default_factory=Index)

    def ask(self, question: str, context: Sequence[str] = ()) -> Answer:
        return self.answers[question]

    def search_stages(self, question: str, context: Sequence[str] = (), top: int = 10) -> Mapping[Stage, Sequence[Hit]]:
        return {Stage.DENSE: hits(3, 0, stage=Stage.DENSE)[:top], Stage.FUSED: hits(0, 3)[:top]}


QUESTIONS = (
    question("right"),
    question("wrong"),
    question("unread"),
    question("refused"),
    question("unfound", answers=("14所",), spans=(1,)),
    question("unindexed", answers=("26所",), spans=(2,)),
    question("unstated", kind="unanswerable", answers=(), spans=()),
    question("invented", kind="unanswerable", answers=(), spans=()),
)
ANSWERS = {
    "问right": answer(),
    "问wrong": answer("23所"),
    "问unread": answer("14所", cited=(1,)),
    "问refused": REFUSAL,
    "问unfound": answer("22所", cited=(0,)),
    "问unindexed": answer("22所", cited=(0,)),
    "问unstated": REFUSAL,
    "问invented": answer("晴", cited=(3,)),
}


@pytest.fixture
def report() -> Report:
    return evaluate(Assistant(ANSWERS), QUESTIONS, settings={"top": 10, "index_dir": "/somewhere/index", "embedder": "/models/mine"})


def test_a_miss_is_laid_where_the_walk_lost_the_evidence(report: Report) -> None:
    assert {row.id: row.miss for row in report.rows} == {
        "right": Miss.NONE,
        "wrong": Miss.NOT_EXTRACTED,
        "unread": Miss.NOT_READ,
        "refused": Miss.REFUSED,
        "unfound": Miss.NOT_RETRIEVED,
        "unindexed": Miss.NOT_INDEXED,
        "unstated": Miss.NONE,
        "invented": Miss.NOT_REFUSED,
    }


def test_means_of_a_run_by_hand(report: Report) -> None:
    means = {measure: (estimate.mean, estimate.rows) for measure, estimate in report.overall.items()}
    assert means["accuracy"] == (2 / 8, 8)
    assert means["answered"] == (1 / 6, 6)
    assert means["refused"] == (1 / 2, 2)
    assert means["refusal_precision"] == (1 / 2, 2)
    assert means["false_refusal"] == (1 / 6, 6)
    assert means["cited"] == (2 / 5, 5)
    assert means["citation_precision"] == (2 / 5, 5)
    assert means["citation_recall"] == (2 / 5, 5)
    assert means["verbatim"] == (1.0, 6)
    assert means["recall@1/fused"] == (4 / 6, 6)
    assert means["recall@1/dense"] == (0.0, 6)
    assert means["mrr@10/dense"][0] == pytest.approx(4 / 6 / 2)
    assert means["exact"] == (1 / 6, 6)
    assert report.kinds["unanswerable"]["accuracy"].mean == 0.5
    assert report.latency_ms["total"].p50_ms == 5.0
    assert report.calibration.curve == ((1.0, 5 / 6),)
    assert report.calibration.expected_error == pytest.approx(0.9 - 1 / 6)


def test_equal_runs_give_equal_reports_but_for_times_and_name(report: Report) -> None:
    again = evaluate(Assistant(ANSWERS), QUESTIONS, settings={"embedder": "/models/mine", "top": 10})
    assert dataclasses.replace(again, run_id=report.run_id).to_json() == report.to_json()
    assert report.settings == {"embedder": "mine", "top": 10}  # folders of this machine are left out


def test_a_report_comes_back_from_its_json(report: Report) -> None:
    text = report.to_json()
    assert Report.from_json(text).to_json() == text
    assert "问right" in text  # Chinese as it is
    assert json.loads(text)["rows"][0]["id"] == "right"


def test_a_run_is_written_beside_its_table_and_never_over_another(report: Report, tmp_path: Path) -> None:
    report = dataclasses.replace(report, run_id="20250131T235959Z", commit="0123456789" * 4)
    later = dataclasses.replace(report, run_id="20250131T235960Z")
    first, second = write_run(report, tmp_path), write_run(later, tmp_path)
    assert (first.name, second.name) == ("2025-01-31-0123456-seeds.json", "2025-01-31-0123456-seeds-2.json")
    assert read_run(first).to_json() == report.to_json()
    assert first.with_suffix(".md").read_text(encoding="utf-8") == to_markdown(report)
    newest = newest_run(tmp_path, "seeds")
    assert newest is not None
    assert newest.run_id == later.run_id
    assert newest_run(tmp_path, "other") is None
    with pytest.raises(QuestionSetError, match="cannot write the run"):
        write_run(report, first / "below-a-file")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', '{"format": 1}', '{"format": 1, "rows": [{"id": "a"}]}'])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    for name in ("run.json", "absent.json"):
        with pytest.raises(QuestionSetError, match=name):
            read_run(tmp_path / name)


# Comparisons ------------------------------------------------------------------------------------------------------


MANY = tuple(question(str(number)) for number in range(40))


def many(wrong: Sequence[int]) -> Report:
    return evaluate(Assistant({q.text: answer("1所" if number in wrong else "22所") for number, q in enumerate(MANY)}), MANY)


def test_a_sure_fall_is_a_regression_and_an_unsure_one_is_not() -> None:
    before = many([0])
    worse = compare(before, many(range(1, 13)))
    accuracy = next(difference for difference in worse.differences if difference.measure == "accuracy")
    assert (accuracy.wins, accuracy.losses, accuracy.ties) == (1, 12, 27)
    assert accuracy.now - accuracy.baseline == pytest.approx(-11 / 40)
    assert accuracy.high < 0
    assert accuracy.regressed
    assert worse.regressed
    assert (worse.won, len(worse.lost)) == (("0",), 12)
    assert not compare(before, many([0, 1])).regressed  # one question more: the interval holds zero
    assert not compare(before, before).regressed
    assert not compare(many(range(12)), before).regressed  # better


def test_more_false_refusals_are_a_regression() -> None:
    refusing = evaluate(Assistant({q.text: REFUSAL if number < 12 else answer() for number, q in enumerate(MANY)}), MANY)
    found = {difference.measure: difference for difference in compare(many([]), refusing).differences}
    assert found["false_refusal"].regressed
    assert (found["false_refusal"].wins, found["false_refusal"].losses) == (0, 12)


def test_a_quote_that_is_not_verbatim_is_a_regression() -> None:
    given = answer()
    forged = dataclasses.replace(given, citations=(dataclasses.replace(given.citations[0], quote="天津援建学校廿二所。"),))
    later = evaluate(Assistant({q.text: forged if number == 0 else answer() for number, q in enumerate(MANY)}), MANY)
    comparison = compare(many([]), later)
    assert comparison.regressed
    assert "A quote differs from its source" in comparison_table(comparison)


def test_only_questions_in_both_runs_are_paired(report: Report) -> None:
    other = dataclasses.replace(report, rows=report.rows[:3])
    assert compare(other, report).pairs == 3
    reworded = dataclasses.replace(report, rows=tuple(dataclasses.replace(row, question="另问") for row in report.rows))
    with pytest.raises(QuestionSetError, match="shares no question"):
        compare(reworded, report)


# Tables -----------------------------------------------------------------------------------------------------------


def test_tables_show_the_figures_and_are_safe(report: Report) -> None:
    hostile = dataclasses.replace(report.rows[1], question="<script>|x\n**y**")
    table = to_markdown(dataclasses.replace(report, rows=(hostile, *report.rows[1:])))
    assert r"\<script\>\|x \*\*y\*\*" in table
    assert "| Answerable questions answered right | 16.7 % (" in readme_table(report)
    assert "5 / 5 ms" in readme_table(report)
    assert "| not retrieved | 1 |" in table
    assert "Won: none" in comparison_table(compare(report, report))


def test_an_empty_run_has_tables_too() -> None:
    empty = evaluate(Assistant({}), ())
    assert to_markdown(empty)
    assert empty.calibration.curve == ()


def test_the_readme_is_rewritten_between_its_marks(report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, runs = tmp_path / "README.md", tmp_path / "runs"
    path.write_text("a\n<!-- run:begin -->\nold\n<!-- run:end -->\nb\n", encoding="utf-8")
    assert readme.main([str(path), str(runs)]) == 2
    assert "holds no run" in capsys.readouterr().err
    write_run(report, runs)
    assert readme.main([str(path), str(runs)]) == 0
    text = path.read_text(encoding="utf-8")
    assert readme.between_marks(text) == readme_table(report)
    assert text.startswith("a\n")
    assert text.endswith("-->\nb\n")
    assert readme.main([str(path), str(runs)]) == 0
    assert path.read_text(encoding="utf-8") == text
    path.write_text("no marks", encoding="utf-8")
    assert readme.main([str(path), str(runs)]) == 2


def test_the_readme_gives_the_newest_committed_run() -> None:
    newest = newest_run(ROOT / "eval" / "runs", readme.SET_NAME)
    if newest is not None:  # until there is a run there is nothing to compare
        assert readme.between_marks((ROOT / "README.md").read_text(encoding="utf-8")) == readme_table(newest)


def test_the_seed_set_runs_through_with_an_assistant_that_always_refuses() -> None:
    sources = {
        path.name: Source(id=path.name, uri=path.name, title="", text=path.read_bytes().decode("utf-8"), encoding="utf-8", sha256="")
        for path in sorted((ROOT / "seeds").glob("*.txt"))
    }
    questions = load_questions(ROOT / "eval" / "questions" / "seeds.jsonl", sources)
    assistant = Assistant({q.text: REFUSAL for q in questions}, Index(sources={**sources, **SOURCES}, chunks=()))
    run = evaluate(assistant, questions)
    assert run.overall["refused"].mean == 1.0
    assert run.overall["false_refusal"].mean == 1.0
    assert run.overall["answered"].mean == 0.0
    assert {row.miss for row in run.rows} == {Miss.NONE, Miss.NOT_INDEXED}
