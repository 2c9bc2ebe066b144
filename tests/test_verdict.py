"""Verdicts on yes/no questions: which passage tells, how rules and reader are weighed, and what is shown of it."""

from __future__ import annotations

import pytest

from stand_ins import plain_source
from wenyuan.analyse import analyse
from wenyuan.choose import choose_lines
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.consult import NOT_READ, Consulted
from wenyuan.contracts import Hit, Stage
from wenyuan.evaluate.calibration import FOLDS, Judged, fit_verdicts
from wenyuan.evidence import Line, LineMaker, Relevance
from wenyuan.judge import Judgement
from wenyuan.read import Reading
from wenyuan.verdict import NO, NOT_SAID, YES, chances, decide, described, told

TEXT = "水库管理局通报\n\n水库去年供水3.2亿立方米，灌溉农田46万亩。\n\n管理局局长周明远表示，今年计划供水3.5亿立方米。\n"
QUESTION = analyse("水库去年供水3.5亿立方米吗")
READER_ONLY = {YES: {"holds, present": 4.0, "1": -1.0}, NO: {"holds, present": -4.0, "1": -1.0}}


def lines() -> list[Line]:
    chunks = chunk(clean(plain_source("shuiku.txt", TEXT)), 40)
    return LineMaker(lambda one: None).of([Hit(one, rank, 1.0, Stage.FUSED) for rank, one in enumerate(chunks, 1)])


def reading(line: Line, words: str, no_answer: float, holds: float) -> tuple[str, Reading]:
    at = line.chunk.text.index(words)
    return line.chunk.id, Reading(1.0, no_answer, ((at, at + len(words), 5.0),), holds)


def consulted() -> Consulted:
    """The first sentence tells that it does not hold; the second would say it does, and tells less."""
    made = lines()
    first = next(line for line in made if "3.2亿" in line.text)
    second = next(line for line in made if "3.5亿" in line.text)
    return Consulted(dict([reading(first, "3.2亿立方米", 0.02, -4.0), reading(second, "3.5亿立方米", 0.6, 4.0)]))


def rule(words: str, holds: bool, how: str = "words") -> Judgement:
    made = lines()
    choice = next(one for one in choose_lines(QUESTION, made, Relevance(QUESTION, lambda term: 1, 3)) if words in one.line.text)
    return Judgement(QUESTION, "是" if holds else "不是", choice, holds, how)


def test_the_passage_that_tells_most_is_heard() -> None:
    said = told(lines(), consulted())
    assert said is not None
    assert said.line.text[said.start : said.end] == "3.2亿立方米"
    assert told(lines(), NOT_READ) is None


def test_a_no_puts_right_what_was_supposed() -> None:
    decided = decide(QUESTION, None, told(lines(), consulted()), READER_ONLY)
    assert decided is not None
    verdict, chance = decided
    assert (verdict.holds, verdict.text) == (False, "不是，3.2亿立方米")
    assert 0.5 < chance < 1


def test_a_rule_that_puts_right_speaks_where_it_agrees() -> None:
    judgement = Judgement(QUESTION, "不是，是3.2亿立方米", rule("3.2亿", False).choice, False, "figure")
    decided = decide(QUESTION, judgement, told(lines(), consulted()), READER_ONLY)
    assert decided is not None
    assert decided[0].text == "不是，是3.2亿立方米"


def test_a_rule_that_disagrees_gives_way_where_the_reader_weighs_more() -> None:
    decided = decide(QUESTION, rule("3.5亿", True), told(lines(), consulted()), READER_ONLY)
    assert decided is not None
    assert not decided[0].holds
    assert "3.2亿" in decided[0].choice.line.text


def test_without_a_reader_nothing_is_said_against_the_rule() -> None:
    against = {NO: {"1": 3.0}}
    assert decide(QUESTION, rule("3.5亿", True), None, against) is None
    assert decide(QUESTION, None, None, against) is None


def test_without_weights_the_rule_stands() -> None:
    decided = decide(QUESTION, rule("3.5亿", True), told(lines(), consulted()), {})
    assert decided is not None
    assert (decided[0].holds, decided[1]) == (True, 0.5)
    assert decide(QUESTION, None, told(lines(), consulted()), {}) is None


def test_chances_of_yes_no_and_neither_add_up_to_one() -> None:
    assert chances({"1": 1.0}, {}) == pytest.approx((1 / 3, 1 / 3))
    yes, no = chances({"1": 1.0}, {YES: {"1": 1e9}, NO: {"1": -1e9}})
    assert (yes, no) == pytest.approx((1.0, 0.0))


def test_a_judgement_is_described_by_its_rule_and_sign() -> None:
    features = described(rule("3.5亿", False, "figure"), None)
    assert features["rule figure"] == -1.0
    assert "holds" not in features


def test_verdicts_are_learnt_from_what_tells() -> None:
    judged = [
        Judged(f"{outcome}{n}", {"1": 1.0, "holds": holds + n / 50, "present": present}, outcome)
        for n in range(12)
        for outcome, holds, present in ((YES, 0.6, 0.8), (NO, -0.8, 0.8), (NOT_SAID, 0.1, -0.9))
    ]
    weights, figures = fit_verdicts(judged)
    assert weights[YES]["holds"] > 0 > weights[NO]["holds"]
    assert weights[YES]["present"] > 0
    assert weights[NO]["present"] > 0
    assert figures["polarity right where it is said"] == 1.0
    assert figures["ece of yes or no"] < 0.4


def test_without_all_outcomes_there_is_nothing_to_learn() -> None:
    assert fit_verdicts([Judged(str(n), {"1": 1.0}, YES) for n in range(FOLDS)]) == ({}, {})
