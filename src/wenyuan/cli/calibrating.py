"""The command that fits how answers are weighed to question sets, and says what each threshold would do."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from wenyuan.cli.commands import note, settings_of
from wenyuan.cli.lines import read_question_lines
from wenyuan.config import NO_READER
from wenyuan.errors import QuestionSetError

OFF_TOPIC = "off-topic:"  # before a set that the index does not answer at all
_WEIGHED_APART = ("yes_no", "comparison", "conflict")  # kinds whose answers are made of several choices


def calibrate(arguments: argparse.Namespace) -> int:
    """Weighs every question of every set against its own index, fits, and writes the weights."""
    from wenyuan.answer import Assistant
    from wenyuan.contracts import AnswerType, Question
    from wenyuan.evaluate.calibration import Pool, at_thresholds, fit, pool, write_weights
    from wenyuan.evaluate.questions import UNANSWERABLE, load_questions
    from wenyuan.weigh import Weights

    settings = settings_of(arguments)
    opened: dict[str, Assistant] = {}
    pools: list[Pool] = []
    sets: dict[str, int] = {}
    for name in arguments.sets:
        path, _, index = name.removeprefix(OFF_TOPIC).partition("@")
        if index not in opened:
            opened[index] = Assistant.open(replace(settings, index_dir=index or settings.index_dir), Weights({}, {}))
        assistant = opened[index]
        before = len(pools)
        if name.startswith(OFF_TOPIC):
            # every third: silence about another topic is soon learnt
            asked = [Question(f"off-{line.id}", line.question, UNANSWERABLE) for line in read_question_lines(Path(path), 2000)[::3]]
        else:
            asked = list(load_questions(Path(path), assistant.index.sources, arguments.split))
        for question in asked:
            if question.kind in _WEIGHED_APART:
                continue
            query, choices = assistant.weigh(question.text, question.context)
            if query.not_a_question or query.expected in (AnswerType.YES_NO, AnswerType.COMPARISON):
                continue
            pools.append(pool(question, query, choices, partial(assistant.shown, query, choices=choices)))
        called = f"{OFF_TOPIC if name.startswith(OFF_TOPIC) else ''}{Path(path).name}"
        sets[called] = len(pools) - before
        note(f"{called}: {sets[called]} questions")
    if not any(any(one.right) for one in pools) or all(any(one.right) for one in pools):
        raise QuestionSetError("nothing to learn from: the sets need questions with an answer and questions without one")
    weights, judged, figures = fit(pools)
    table = at_thresholds(pools, judged)
    write_weights(Path(arguments.out), weights, {**figures, "sets": sets, "reader": settings.reader != NO_READER, "thresholds": table})
    print("threshold  answered  false refusals  refused   (cross-validated)")
    for row in table:
        print(f"{row['threshold']:9.2f}  {row['answered']:8.1%}  {row['false_refusal']:14.1%}  {row['refused']:7.1%}")
    print(f"expected calibration error {figures['ece']:.3f}, {int(figures['questions'])} questions; written to {arguments.out}")
    return 0
