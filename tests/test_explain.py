"""Why this passage, and why not that one, over the seed articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import EXAMPLE
from wenyuan import explain
from wenyuan.answer import Assistant
from wenyuan.chinese.text import normalised
from wenyuan.config import Settings
from wenyuan.contracts import AnswerType, Stage
from wenyuan.explain import Walk, why_not

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def assistant(seeds_index: Path) -> Assistant:
    return Assistant.open(Settings(index_dir=str(seeds_index)))


@pytest.fixture(scope="module")
def walk(assistant: Assistant) -> Walk:
    return Walk(assistant, EXAMPLE)


def test_a_trace_says_how_the_question_was_understood_and_which_passage_was_cited(walk: Walk) -> None:
    trace = walk.trace()
    assert trace.answer.text == "22所"
    assert trace.query.expected is AnswerType.COUNT
    assert "天津" in trace.query.places
    held = {term.text: term.passages for term in trace.terms}
    passages = [normalised(chunk.heading + chunk.text) for chunk in walk.assistant.index.chunks]  # what the keyword search reads
    assert held["学校"] == sum("学校" in text for text in passages)
    cited = [passage for passage in trace.passages if passage.fell == explain.CITED]
    assert [passage.offered for passage in cited] == ["22所"]
    assert {Stage.DENSE, Stage.KEYWORD, Stage.FUSED} <= set(cited[0].ranks)
    assert len(trace.passages) <= explain.SHOWN_PASSAGES
    ranks = [passage.ranks[Stage.FUSED] for passage in trace.passages if Stage.FUSED in passage.ranks]
    assert ranks == sorted(ranks)


def test_the_record_of_a_trace_is_json(walk: Walk) -> None:
    record = json.loads(json.dumps(walk.trace().record(), ensure_ascii=False))
    assert record["standalone"] == EXAMPLE
    assert record["passages"][0]["fell"] in vars(explain).values()
    assert record["timings_ms"]["total"] > 0


def test_another_place_falls_at_the_gate_and_says_what_was_preferred(walk: Walk) -> None:
    found = walk.why_not("援建幼儿园、中小学26所")
    assert found[0].passage.fell == explain.GATED
    assert found[0].stands_in_the_way == "22所"


def test_an_article_is_asked_after_by_its_name_and_its_passages_come_furthest_first(walk: Walk) -> None:
    uri = next(source.uri for source in walk.assistant.index.sources.values() if source.uri.startswith("001"))
    found = walk.why_not(uri)
    assert len(found) == sum(walk.assistant.index.sources[chunk.source_id].uri == uri for chunk in walk.assistant.index.chunks)
    order = [explain.CITED, explain.UNSURE, explain.WEAKER, explain.GATED]
    order += [explain.NO_CANDIDATE, explain.NEAR_COPY, explain.OUTRANKED, explain.NOT_FOUND]
    places = [order.index(one.passage.fell) for one in found]
    assert places == sorted(places)


def test_what_stands_nowhere_is_an_empty_list(assistant: Assistant) -> None:
    assert why_not(assistant, EXAMPLE, (), "木星有九十五颗卫星") == []
    assert why_not(assistant, EXAMPLE, (), "") == []


def test_an_abstention_is_retraced_too(assistant: Assistant) -> None:
    trace = explain.explain(assistant, "木星有多少颗卫星")
    assert trace.answer.abstained
    assert not any(passage.fell == explain.CITED for passage in trace.passages)
