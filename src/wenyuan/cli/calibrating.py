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
_WEIGHED_APART = ("yes_no", "comparison", "conflict")  # kinds whose answers are no single choice


def calibrate(arguments: argparse.Namespace) -> int:
    """Weighs every question of every set against its own index, fits, and writes the weights."""
    from wenyuan.analyse import analyse
    from wenyuan.answer import Assistant
    from wenyuan.contracts import AnswerType, Question
    from wenyuan.evaluate.calibration import Judged, Pool, at_thresholds, fit, fit_verdicts, judged_question, pool, write_weights
    from wenyuan.evaluate.questions import UNANSWERABLE, load_questions
    from wenyuan.weigh import Weights

    settings = settings_of(arguments)
    opened: dict[str, Assistant] = {}
    pools: list[Pool] = []
    judged: list[Judged] = []
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
            expected = analyse(question.text, question.context).expected
            if expected is AnswerType.YES_NO and question.kind in ("yes_no", UNANSWERABLE):
                judged.append(judged_question(question, *assistant.judge(question.text, question.context), assistant.index.sources))
            if question.kind in _WEIGHED_APART or expected in (AnswerType.YES_NO, AnswerType.COMPARISON):
                continue
            query, choices = assistant.weigh(question.text, question.context)
            if query.not_a_question:
                continue
            pools.append(pool(question, query, choices, partial(assistant.shown, query, choices=choices)))
        called = f"{OFF_TOPIC if name.startswith(OFF_TOPIC) else ''}{Path(path).name}"
        sets[called] = len(pools) - before
        note(f"{called}: {sets[called]} questions")
    if not any(any(one.right) for one in pools) or all(any(one.right) for one in pools):
        raise QuestionSetError("nothing to learn from: the sets need questions with an answer and questions without one")
    weights, chances, figures = fit(pools)
    verdict, more = fit_verdicts(judged)
    table = at_thresholds(pools, chances)
    figures |= more
    write_weights(
        Path(arguments.out),
        {**weights, "verdict": verdict},
        {**figures, "sets": sets, "reader": settings.reader != NO_READER, "thresholds": table},
    )
    print("threshold  answered  false refusals  refused   (cross-validated)")
    for row in table:
        print(f"{row['threshold']:9.2f}  {row['answered']:8.1%}  {row['false_refusal']:14.1%}  {row['refused']:7.1%}")
    print(f"expected calibration error {figures['ece']:.3f}, {int(figures['questions'])} questions; written to {arguments.out}")
    if verdict:
        right, ece = more["polarity right where it is said"], more["ece of yes or no"]
        print(f"yes or no: {len(judged)} questions, right where it is said {right:.1%}, expected calibration error {ece:.3f}")
    return 0
