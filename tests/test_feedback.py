"""A reader's verdict -> a line of a question set: complete where answer and evidence are known, beside it where they are not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wenyuan.chat.conversation import Turn
from wenyuan.chat.feedback import COMPLETE, INCOMPLETE, Verdict, keep, question_line
from wenyuan.contracts import Answer, AnswerType, Article, Block, BlockKind, Chunk, Citation, Hit, Reason, Source, Span, Stage
from wenyuan.errors import QuestionSetError
from wenyuan.evaluate import load_questions
from wenyuan.explain import Trace

TEXT = "记事\n甲方建了8所。乙方建了9所。"
SOURCE = Source("s1", "a.txt", "记事", TEXT, "utf-8", "0" * 64)
FIRST, SECOND = (Span(3, 10),), (Span(10, 17),)
ARTICLE = Article(SOURCE, "记事", (Block(BlockKind.BODY, (Span(3, 17),)),), ())
CHUNK = Chunk("s1:0", "s1", 0, BlockKind.BODY, (FIRST, SECOND), TEXT[3:17], "记事", ())


def turn(context: tuple[str, ...] = (), **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "question": "建了几所",
        "standalone": "建了几所",
        "text": "8所",
        "sentence": "甲方建了8所。",
        "citations": (Citation.of(SOURCE, FIRST, 1),),
        "confidence": 0.9,
        "reason": Reason.FOUND,
        "hits": (Hit(CHUNK, 1, 0.5, Stage.FUSED),),
    }
    return Turn(Answer(**{**values, **changes}), context, {"s1": ARTICLE}, "g1")


TRACE = cast(Trace, SimpleNamespace(query=SimpleNamespace(expected=AnswerType.COUNT), record=lambda: {"passages": []}))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_right_answer_that_stands_in_a_passage_makes_a_complete_line(tmp_path: Path) -> None:
    kept = keep(tmp_path, turn(), Verdict("answer", " 9所 ", " 看错了 "), TRACE)
    assert kept.complete
    assert kept.path == tmp_path / COMPLETE
    line = lines(kept.path)[0]
    assert (line["kind"], line["answers"], line["evidence"], line["note"]) == (
        "count",
        ["9所"],
        [{"uri": "a.txt", "quote": "乙方建了9所。"}],
        "看错了",
    )
    assert line["given"]["answer"] == "8所"
    assert "trace" in line
    (question,) = load_questions(kept.path, {"s1": SOURCE})
    assert question.evidence[0].spans == SECOND


def test_what_still_lacks_answer_or_evidence_waits_for_a_person(tmp_path: Path) -> None:
    for verdict in (Verdict("answer"), Verdict("answer", "77所")):
        kept = keep(tmp_path, turn(), verdict, TRACE)
        assert not kept.complete
        assert kept.path == tmp_path / INCOMPLETE
    assert not (tmp_path / COMPLETE).exists()


def test_one_that_should_have_been_refused_is_complete_without_evidence(tmp_path: Path) -> None:
    kept = keep(tmp_path, turn(), Verdict("refuse", "9所"), TRACE)
    assert kept.complete
    assert lines(kept.path)[0]["kind"] == "unanswerable"
    assert load_questions(kept.path, {"s1": SOURCE})[0].evidence == ()


def test_a_wrong_citation_takes_the_answer_for_right_and_its_own_quote_for_no_evidence() -> None:
    line = question_line(turn(), Verdict("citation"), TRACE)
    assert (line["answers"], line["evidence"]) == (["8所"], [])


def test_a_follow_up_keeps_what_was_asked_before() -> None:
    line = question_line(turn(("先问",)), Verdict("refuse"), TRACE)
    assert line["context"] == ["先问"]
    assert question_line(turn(("先问",)), Verdict("answer", "9所"), TRACE)["kind"] == "followup"


def test_lines_of_several_people_do_not_mix(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda number: keep(tmp_path, turn(), Verdict("answer", "9所", f"第{number}个" * 50), TRACE), range(60)))
    found = lines(tmp_path / COMPLETE)
    assert len(found) == 60
    assert len({line["note"] for line in found}) == 60
    assert len({line["id"] for line in found}) == 60


def test_half_characters_from_a_browser_do_not_break_the_file(tmp_path: Path) -> None:
    keep(tmp_path, turn(), Verdict("answer", "9所", "坏\ud83d"), TRACE)
    assert lines(tmp_path / COMPLETE)[0]["note"].startswith("坏")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(QuestionSetError, match="cannot be written"):
        keep(tmp_path / "file", turn(), Verdict("answer"), TRACE)
