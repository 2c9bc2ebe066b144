"""Weighing choices: the features, the order, the chance, and weights that are missing or damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from stand_ins import plain_source
from wenyuan.analyse import analyse
from wenyuan.choose import Choice, choose_candidates
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.consult import NOT_READ, Consulted
from wenyuan.contracts import Chunk, Hit, Query, Stage
from wenyuan.errors import ModelError
from wenyuan.evidence import Line, LineMaker, Relevance
from wenyuan.extract import candidates, offered
from wenyuan.read import Reading
from wenyuan.weigh import Weights, family_of, identifiers, packaged_weights, read_weights, weighed, whether

TEXT = "水库管理局通报\n\n水库去年供水3.2亿立方米，灌溉农田46万亩。管理局局长周明远表示，今年计划供水3.5亿立方米。\n"


def chunks() -> list[Chunk]:
    return list(chunk(clean(plain_source("shuiku.txt", TEXT)), 240))


def lines() -> list[Line]:
    return LineMaker(lambda one: None).of([Hit(one, rank, 1.0, Stage.FUSED) for rank, one in enumerate(chunks(), 1)])


def choices(question: str) -> tuple[Query, list[Choice]]:
    query = analyse(question)
    made = lines()
    relevance = Relevance(query, lambda term: 1, 3)
    return query, choose_candidates(query, candidates(query, made, relevance), relevance)


def test_without_weights_the_order_is_that_of_the_passages_and_no_chance_is_better_than_even() -> None:
    query, found = choices("水库去年供水多少立方米")
    assert [choice.chance for choice in weighed(query, found, NOT_READ, Weights({}, {}))] == [0.5] * len(found)


def test_the_order_is_by_weighted_features_and_the_chance_is_a_logistic_of_its_own() -> None:
    query, found = choices("水库去年供水多少立方米")
    ordered = weighed(query, found, NOT_READ, Weights({"rule": 1.0}, {"1": 2.0}))
    assert ordered[0].score == max(choice.score for choice in found)
    assert ordered[0].chance == pytest.approx(1 / (1 + math.exp(-2)))
    backwards = weighed(query, found, NOT_READ, Weights({"rule": -1.0}, {}))
    assert backwards[0].score == min(choice.score for choice in found)


def test_what_the_reader_points_at_comes_first_when_only_the_reader_counts() -> None:
    query, found = choices("水库去年供水多少立方米")
    text = next(one for one in chunks() if "3.5亿" in one.text)
    at = text.text.index("3.5亿立方米")
    consulted = Consulted({text.id: Reading(2.0, 0.1, ((at, at + 7, 4.0),))})
    ordered = weighed(query, found, consulted, Weights({"overlap": 1.0}, {}))
    assert ordered[0].candidate is not None
    assert ordered[0].candidate.verbatim == "3.5亿立方米"
    assert ordered[0].features["top"] == 1.0
    assert ordered[0].features["span"] == pytest.approx(0.5)
    # log odds of 0.9 to 0.1, of 6 at most
    assert ordered[0].features["present"] == pytest.approx(math.log(0.9001 / 0.1001) / 6)


def test_a_span_around_a_figure_is_offered_as_the_figure_alone() -> None:
    text = next(one for one in chunks() if "46万亩" in one.text)
    at = text.text.index("灌溉农田46万亩")
    consulted = Consulted({text.id: Reading(0.0, 0.5, ((at, at + 8, 1.0),))})
    query = analyse("灌溉了多少")
    more = offered(query, lines(), consulted)
    assert [candidate.verbatim for candidate in more] == ["46万亩"]
    assert offered(query, lines(), consulted, more) == []


def test_the_share_of_one_of_two_equals_is_a_half() -> None:
    query, found = choices("水库去年供水多少立方米")
    described = weighed(query, found[:2], NOT_READ, Weights({}, {}))
    # log(0.5 / 0.501 + 1e-6) / 3
    assert whether(described, [0.7, 0.7], "figure")(0)["share"] == pytest.approx(math.log(0.5 / 0.501) / 3, abs=1e-5)


@pytest.mark.parametrize(
    ("question", "family"),
    [
        ("水库供水多少", "figure"),
        ("大坝哪年建成的", "date"),
        ("局长是谁", "name"),
        ("为什么停水", "why"),
        ("灌区有哪些乡镇", "list"),
        ("什么是灌区", "open"),
    ],
)
def test_questions_fall_into_families(question: str, family: str) -> None:
    assert family_of(analyse(question)) == family


def test_ordinals_years_days_names_and_titles_identify() -> None:
    assert identifiers("第七届论坛") == identifiers("第7届展会") == {"第7届"}
    assert identifiers("2021年8月8日的《水利条例》和beatbox组") == {"2021", "8月8", "《水利条例》", "beatbox"}
    assert identifiers("供水多少") == frozenset()


def test_an_identifier_that_stands_nowhere_is_missing() -> None:
    query, found = choices("第三届水库供水多少立方米")
    assert {choice.features["missing"] for choice in weighed(query, found, NOT_READ, Weights({}, {}))} == {1.0}


def test_the_shipped_weights_are_whole() -> None:
    for with_reader in (True, False):
        weights = packaged_weights(with_reader)
        assert weights.order["rule"] != 0.0
        assert ("span" in weights.order) is with_reader
        assert all(math.isfinite(value) for value in (*weights.order.values(), *weights.chance.values()))


@pytest.mark.parametrize("text", ["", "{}", '{"order": {}}', '{"order": {"a": "b"}, "chance": {}}', "[]"])
def test_damaged_weights_say_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="wenyuan calibrate"):
        read_weights(path)
    path.write_text(json.dumps({"order": {"rule": 1}, "chance": {"1": -2}}), encoding="utf-8")
    assert read_weights(path) == Weights({"rule": 1.0}, {"1": -2.0})
