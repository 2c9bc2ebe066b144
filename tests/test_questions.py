"""The committed question set is well formed and its gold stands in the articles; broken sets are refused with one sentence."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from wenyuan.contracts import Source, Span
from wenyuan.errors import QuestionSetError
from wenyuan.evaluate.questions import KINDS, UNANSWERABLE, load_questions, locate
from wenyuan.evaluate.scoring import contains, plain

ROOT = Path(__file__).resolve().parents[1]
SEED_SET = ROOT / "eval" / "questions" / "seeds.jsonl"
SHORT_KINDS = ("count", "amount", "date", "percent", "person_or_org", "place", "noisy", "followup")


@pytest.fixture(scope="module")
def seeds() -> dict[str, Source]:
    return {
        path.name: Source(id=path.name, uri=path.name, title="", text=path.read_bytes().decode("utf-8"), encoding="utf-8", sha256="")
        for path in sorted((ROOT / "seeds").glob("*.txt"))
    }


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SEED_SET.read_text(encoding="utf-8").splitlines()]


def test_every_line_parses_and_every_quote_is_in_its_article(seeds: dict[str, Source], records: list[dict[str, Any]]) -> None:
    questions = load_questions(SEED_SET, seeds)
    assert len(questions) == len(records)
    for question in questions:
        for evidence in question.evidence:
            source = seeds[evidence.uri]
            assert source.slice(evidence.spans) == evidence.quote, question.id


def test_every_quote_of_ours_is_found_once(seeds: dict[str, Source], records: list[dict[str, Any]]) -> None:
    for record in records:
        for evidence in record["evidence"] if record["id"].startswith("w") else ():
            (source,) = (source for uri, source in seeds.items() if uri.startswith(evidence["file"]))
            assert source.text.count(evidence["quote"]) == 1, record["id"]


def test_short_answers_and_list_items_stand_in_their_evidence(records: list[dict[str, Any]]) -> None:
    outside = set()
    for record in records:
        quotes = [evidence["quote"] for evidence in record["evidence"]]
        found = [any(contains(quote, answer) for quote in quotes) for answer in record["answers"]]
        if record.get("all_required") or record["kind"] == "conflict":
            # Items are joined before they are looked for: a photo caption may cut one in two.
            if record["kind"] != "conflict" and not all(contains("".join(quotes), answer) for answer in record["answers"]):
                outside.add(record["id"])
        elif record["kind"] in SHORT_KINDS and not any(found):
            outside.add(record["id"])
    assert outside <= NAMED_BY_A_HEADING


# Whose paragraph it is stands in a heading, which is no evidence: a list over sections names the owners.
NAMED_BY_A_HEADING = {"w136"}


def test_ids_and_questions_do_not_repeat(records: list[dict[str, Any]]) -> None:
    assert len({record["id"] for record in records}) == len(records)
    asked = Counter((plain(record["question"]), tuple(record.get("context", ()))) for record in records)
    assert [key for key, times in asked.items() if times > 1] == []


def test_every_kind_is_asked_and_every_kind_of_ours_held_out(records: list[dict[str, Any]]) -> None:
    assert {record["kind"] for record in records} == set(KINDS)
    held_out = Counter(record["kind"] for record in records if record.get("split") == "test")
    assert set(held_out) == set(KINDS)
    ours = [record for record in records if record["id"].startswith("w")]
    assert [record["split"] for record in ours] == ["test" if number % 4 == 0 else "dev" for number in range(1, len(ours) + 1)]
    assert sum(record["kind"] == UNANSWERABLE for record in ours) >= 30


def test_a_split_is_a_part(seeds: dict[str, Source]) -> None:
    parts = [load_questions(SEED_SET, seeds, split) for split in ("dev", "test")]
    assert sorted(q.id for part in parts for q in part) == sorted(q.id for q in load_questions(SEED_SET, seeds))
    assert all(parts)


@pytest.mark.parametrize(
    ("text", "quote", "span"),
    [
        ("前面。援建22所。", "援建22所", Span(3, 8)),
        ("援建\r\n22所。", "援建22所", Span(0, 7)),
        ("援建**22**所。", "援建22所", Span(0, 9)),
        ("援建22所。", "援建 22\n所", Span(0, 5)),
        ("援建22所。", "援建23所", None),
        ("援建22所。", "", None),
        ("援建22所。", " ", None),
    ],
)
def test_a_quote_is_located_exactly_or_without_white_space_and_marks(text: str, quote: str, span: Span | None) -> None:
    assert locate(text, quote) == span


SOURCE = Source(id="a", uri="news/000_ab.txt", title="", text="天津援建学校22所。", encoding="utf-8", sha256="")
LINE = {"id": "1", "question": "几所？", "kind": "count", "answers": ["22所"], "evidence": [{"file": "000", "quote": "学校22所"}]}


@pytest.mark.parametrize("name", ["000", "000_ab.txt", "news/000_ab.txt"])
def test_a_source_is_named_by_number_name_or_uri(tmp_path: Path, name: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({**LINE, "evidence": [{"file": name, "quote": "22所"}]}), encoding="utf-8")
    (question,) = load_questions(path, {"a": SOURCE})
    assert question.evidence[0].spans == (Span(6, 9),)
    assert question.evidence[0].uri == SOURCE.uri


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "'id' is missing"),
        ({"question": None}, "'question' is missing"),
        ({"question": 7}, "'question' is missing"),
        ({"kind": "riddle"}, "kind 'riddle' is unknown"),
        ({"answers": []}, "answers or evidence are empty"),
        ({"answers": "22所"}, "'answers' is not a list of texts"),
        ({"evidence": []}, "answers or evidence are empty"),
        ({"evidence": "学校22所"}, "evidence is not a list"),
        ({"evidence": [{"file": "000", "quote": "学校23所"}]}, "is not in news/000_ab.txt"),
        ({"evidence": [{"file": "001", "quote": "学校22所"}]}, "matches no source"),
        ({"kind": "unanswerable"}, "an unanswerable question has answers or evidence"),
        ({"any": 1}, "'any' is neither true nor false"),
        ({"context": "天津"}, "'context' is not a list of texts"),
    ],
)
def test_a_broken_line_is_named_with_file_and_line(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = tmp_path / "set.jsonl"
    lines = [LINE, {**LINE, "id": "2", **change}]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with pytest.raises(QuestionSetError, match=r"set\.jsonl, line 2: ") as caught:
        load_questions(path, {"a": SOURCE})
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "天津", '"a"', json.dumps(LINE) + "\n" + json.dumps(LINE)])
def test_what_is_no_question_set_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=r"set\.jsonl, line \d"):
        load_questions(path, {"a": SOURCE})


def test_files_that_cannot_be_read_or_are_empty_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    (tmp_path / "gb.jsonl").write_bytes("天津".encode("gb18030"))
    for name in ("absent.jsonl", "empty.jsonl", "gb.jsonl"):
        with pytest.raises(QuestionSetError, match=name):
            load_questions(tmp_path / name, {"a": SOURCE})


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(LINE).encode() + b"\r\n")
    assert [question.id for question in load_questions(path, {"a": SOURCE})] == ["1"]
