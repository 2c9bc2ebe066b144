"""Training data, synthesis, batches, and a run that is killed and goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.errors import QuestionSetError, SettingsError
from wenyuan.training.data import Example, HardNegatives, Passage, load, normaliser, sentence_bounds, window_around
from wenyuan.training.synthesise import TwinMaker, questions_of, reworded, synthetic_examples

TEXT = (
    "青山镇位于江边。2019年,镇里修建了3座水厂,由县水务局负责运营。水厂每天供水2.5万吨。居民张明说,水比以前甜。老街上还有一座石桥,建于清代。"
)


def write(folder: Path, passages: list[dict[str, str]], questions: list[dict[str, object]] | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(record) for record in passages), encoding="utf-8")
    if questions is not None:
        (folder / "questions.jsonl").write_text("\n".join(json.dumps(record) for record in questions), encoding="utf-8")
    return folder


def labelled(folder: Path, copies: int = 1) -> Path:
    passages: list[dict[str, str]] = []
    questions: list[dict[str, object]] = []
    for copy in range(copies):
        text = TEXT.replace("青山", f"青{chr(0x5C71 + copy)}")
        passages.append({"id": f"p{copy}", "title": f"青{chr(0x5C71 + copy)}镇", "text": text})
        for number, (question, answer) in enumerate(
            [("修建了几座水厂?", "3座"), ("谁负责运营水厂?", "县水务局"), ("石桥建于哪个朝代?", "清代")]
        ):
            start = text.index(answer)
            span = {"doc_id": f"p{copy}", "start": start, "end": start + len(answer)}
            questions.append({"id": f"q{copy}-{number}", "question": question, "answers": [answer], "spans": [span]})
    return write(folder, passages, questions)


def test_offsets_follow_normalisation(tmp_path: Path) -> None:
    text = "㈠陸特於１９８６年，開創了研究。"
    span = {"doc_id": "p", "start": text.index("１"), "end": text.index("，")}
    question: dict[str, object] = {"id": "q", "question": "哪年開創?", "answers": ["１９８６年"], "spans": [span]}
    passages, examples = load([write(tmp_path, [{"id": "p", "title": "陸特", "text": text}], [question])], normaliser())
    assert passages[0].text[examples[0].start : examples[0].end] == "1986年"
    assert examples[0].answers == ("1986年",)
    assert passages[0].title == "陆特"


def test_bad_lines_are_named(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "p", "title": "", "text": "一"}\n{', encoding="utf-8")
    with pytest.raises(QuestionSetError, match="line 2"):
        load([tmp_path], normaliser())


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, len(TEXT) - 4), st.integers(1, 4))
def test_a_window_holds_what_it_is_cut_around(seed: int, start: int, size: int) -> None:
    low, high = window_around(TEXT, start, start + size, Random(seed))
    assert 0 <= low <= start < start + size <= high <= len(TEXT)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_a_window_keeps_off_what_it_must_avoid(seed: int) -> None:
    random = Random(seed)
    bounds = sentence_bounds(TEXT)
    avoid, other = random.sample(bounds, 2)
    low, high = window_around(TEXT, other[0], other[0] + 2, random, avoid)
    assert high <= avoid[0] or low >= avoid[1]


def test_sentences_partition_the_text() -> None:
    assert "".join(TEXT[low:high] for low, high in sentence_bounds(TEXT)) == TEXT


def test_hard_negatives_never_hold_the_answer() -> None:
    passages = [Passage(f"p{i}", "青山镇", TEXT.replace("3座水厂", f"{i}座水厂")) for i in range(3, 9)]
    start = TEXT.index("3座")
    example = Example("青山镇修建了几座水厂?", 0, start, start + 2, ("3座",))
    negatives = HardNegatives(passages * 20)
    negatives.mine([example])
    random = Random(0)
    drawn = [window for window in (negatives.draw(0, example, random) for _ in range(60)) if window is not None]
    assert drawn
    assert all("3座" not in negatives.passages[window.passage].text[window.start : window.end] for window in drawn)


def test_questions_are_asked_of_figures_dates_agents_and_places() -> None:
    made = {
        item.rule: item for item in questions_of("去年8月,县里的新剧院由县文化局负责建设。县政府在人民广场举行文化节开幕仪式。", Random(1))
    }
    assert "谁负责建设" in made["agent"].question
    count = next(item for item in questions_of(TEXT, Random(1)) if item.rule == "count")
    assert TEXT[count.start : count.end] == "3座"
    assert re.search("(多少|几)座水厂", count.question)


def test_a_synthetic_answer_stands_where_it_says() -> None:
    passages = [Passage(f"p{i}", "", TEXT.replace("3座", f"{i}座")) for i in range(2, 30)]
    examples = synthetic_examples(passages, 0, 20, Random(2))
    assert 0 < len(examples) <= 20
    for example in examples:
        answer = passages[example.passage].text[example.start : example.end]
        assert example.answers == (answer,)
        assert answer not in example.question


def test_a_twin_names_what_its_passage_does_not() -> None:
    others = [Passage(name, name, f"{name}有一座塔。") for name in ("白水镇", "黄土镇", "黑石镇")]
    passages = [Passage("p", "青山镇", TEXT), *others]
    maker = TwinMaker(passages, [])
    twins = [twin for seed in range(9) for twin in maker.twins("2019年青山镇最大的水厂有几座?", "青山镇 " + TEXT, Random(seed))]
    assert any(other.title in twin for twin in twins for other in others)
    assert any("最小" in twin for twin in twins)
    assert all(twin != "2019年青山镇最大的水厂有几座?" for twin in twins)
    years = [match[0] for twin in twins if (match := re.match(r"\d{4}", twin))]
    assert any(year not in TEXT for year in years)


def test_rewording_keeps_something_to_ask() -> None:
    for seed in range(50):
        assert len(reworded("青山镇在什么时候修建了水厂?", Random(seed))) >= 4


def test_without_labels_there_is_nothing_to_train(tmp_path: Path) -> None:
    from wenyuan.training.train import TrainingSettings, prepare

    with pytest.raises(SettingsError, match=r"questions\.jsonl"):
        prepare([write(tmp_path, [{"id": "p", "title": "", "text": TEXT}], None)], TrainingSettings())


def test_best_span_is_never_the_first_token() -> None:
    from wenyuan.training.train import best_span

    logits = np.array([[9.0, 0, 2, 0], [9.0, 0, 0, 3]])
    assert best_span(logits) == (2, 3)


@pytest.mark.model
def test_a_step_is_a_function_of_seed_and_number(tmp_path: Path) -> None:
    from wenyuan.training.train import TrainingSettings, prepare

    folder = labelled(tmp_path, 8)
    settings = TrainingSettings(groups=3, synthetic=0)
    first, held_out = prepare([folder], settings)
    second, _ = prepare([folder], settings)
    second.step(9)  # other steps before do not matter
    assert first.step(4) == second.step(4)
    assert first.step(4) != first.step(5)
    assert len(held_out) % 2 == 0
    for pair in first.step(4):
        assert pair.answered == (pair.start > 0)
        assert pair.start <= pair.end < len(pair.ids)


@pytest.mark.model
def test_a_question_that_nothing_answers_is_read_over_what_comes_nearest(tmp_path: Path) -> None:
    from wenyuan.training.train import TrainingSettings, prepare

    start = TEXT.index("石桥")
    nearest = [{"doc_id": "p0", "start": start, "end": start + 2}]
    none = {"id": "n", "question": "石桥有多长?", "answers": [], "spans": nearest, "unanswerable": True}
    folder = labelled(tmp_path, 1)
    with (folder / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(none))
    batches, _ = prepare([folder], TrainingSettings(groups=1, synthetic=0))
    steps = [batches.step(number) for number in range(20)]
    alone = [pairs for pairs in steps if all(not pair.answered for pair in pairs)]
    assert alone
    assert all(len(pairs) == 1 and pairs[0].twin and pairs[0].holds is None for pairs in alone)


@pytest.mark.model
def test_a_yes_no_question_is_learnt_from_the_window_that_tells(tmp_path: Path) -> None:
    from wenyuan.training.train import TrainingSettings, prepare

    folder = labelled(tmp_path, 2)
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.dumps({**json.loads(line), "holds": number % 2 == 0}) for number, line in enumerate(lines)]
    (folder / "questions.jsonl").write_text("\n".join(asked), encoding="utf-8")
    batches, _ = prepare([folder], TrainingSettings(groups=2, synthetic=0))
    pairs = [pair for number in range(9) for pair in batches.step(number)]
    assert {pair.holds for pair in pairs if pair.answered} == {True, False}
    assert all(pair.holds is None for pair in pairs if not pair.answered)
    assert not any(pair.twin for pair in pairs)  # another year or place may be answered by no


@pytest.mark.model
def test_adapters_add_up_to_the_weights_they_ship_as() -> None:
    import torch

    from wenyuan.training import model as reader_model

    adapted = reader_model.build(2, 1, 5, lora_rank=4)
    trained = {name for name, parameter in adapted.named_parameters() if parameter.requires_grad}
    assert all(".lora_" in name or name.startswith("heads") for name in trained)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if ".lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05)
    plain = reader_model.build(2, 1, 5)
    before = reader_model.weights_of(plain)["l1.q.w"].copy()
    reader_model.load(plain, reader_model.weights_of(adapted))
    assert not np.allclose(before, reader_model.weights_of(plain)["l1.q.w"])
    words, mask = torch.randn(2, 9, 384), torch.ones(2, 9, dtype=torch.int64)
    with torch.inference_mode():
        for one, other in zip(reader_model.scores(adapted, words, mask), reader_model.scores(plain, words, mask), strict=True):
            assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.model
@pytest.mark.slow
def test_a_killed_run_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    from wenyuan.training.train import TrainingSettings, train_reader

    data = labelled(tmp_path / "data", 6)
    whole = TrainingSettings(
        steps=3, groups=2, synthetic=0, checkpoint_steps=2, layers=2, frozen_layers=1, warm_up_steps=2, decay_share=0.0
    )
    train_reader([data], tmp_path / "whole", whole, progress=False)
    part = TrainingSettings(**{**{name: getattr(whole, name) for name in whole.__slots__}, "steps": 2})
    train_reader([data], tmp_path / "killed", part, progress=False)
    train_reader([data], tmp_path / "killed", whole, progress=False)
    left, right = (load_file(tmp_path / name / "reader.safetensors") for name in ("whole", "killed"))
    assert left.keys() == right.keys()
    assert all(np.array_equal(left[name], right[name]) for name in left)
    assert (tmp_path / "whole" / "training.png").stat().st_size > 0
    assert json.loads((tmp_path / "whole" / "training.json").read_text(encoding="utf-8"))["settings"]["steps"] == 3
