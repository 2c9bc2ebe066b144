"""The command that fits how answers are weighed to question sets, and says what each threshold would do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.cli.commands import note, settings_of
from wenyuan.cli.lines import read_question_lines
from wenyuan.config import NO_READER, Settings
from wenyuan.errors import QuestionSetError

if TYPE_CHECKING:
    from wenyuan.answer import Assistant
    from wenyuan.contracts import AnswerType, Question
    from wenyuan.evaluate.calibration import Pool

OFF_TOPIC = "off-topic:"  # before a set that the index does not answer at all
_WEIGHED_APART = ("yes_no", "comparison", "conflict")  # kinds whose answers are no single choice


def calibrate(arguments: argparse.Namespace) -> int:
    """Weighs every question of every set against its own index, fits, and writes the weights.

    Questions are weighed twice: with the first passages read alone, as they are where those answer surely, and with all. Yes/no
    questions are judged last, by the weights fitted to the others.
    """
    from wenyuan.answer import Assistant
    from wenyuan.contracts import AnswerType
    from wenyuan.evaluate.calibration import at_thresholds, fit, fit_verdicts, judged_question, write_weights
    from wenyuan.evaluate.questions import UNANSWERABLE
    from wenyuan.weigh import Weights

    settings = settings_of(arguments)
    sets = _sets(arguments, settings)
    pools: list[Pool] = []
    for name, (assistant, questions) in sets.items():
        before = len(pools)
        pools += _weighed(assistant, questions)
        note(f"{name}: {len(pools) - before} questions")
    if not any(any(one.right) for one in pools) or all(any(one.right) for one in pools):
        raise QuestionSetError("nothing to learn from: the sets need questions with an answer and questions without one")
    first = []
    if settings.reader != NO_READER:
        fewer = replace(settings, reader_passages=min(settings.reader_first, settings.reader_passages))
        for assistant, questions in sets.values():
            first += _weighed(Assistant(assistant.index, assistant.embedder, fewer, assistant.reader, Weights({}, {})), questions)
    weights, chances, figures = fit(pools, first)
    judged = []
    for assistant, questions in sets.values():
        judging = Assistant(assistant.index, assistant.embedder, settings, assistant.reader, Weights(weights["order"], weights["chance"]))
        for question, expected in questions:
            if expected is AnswerType.YES_NO and question.kind in ("yes_no", UNANSWERABLE):
                judged.append(judged_question(question, *judging.judge(question.text, question.context), judging.index.sources))
    verdict, more = fit_verdicts(judged)
    table = at_thresholds(pools, chances)
    figures |= more
    sizes = {name: len(questions) for name, (_, questions) in sets.items()}
    write_weights(
        Path(arguments.out),
        {**weights, "verdict": verdict},
        {**figures, "sets": sizes, "reader": settings.reader != NO_READER, "thresholds": table},
    )
    print("threshold  answered  false refusals  refused   (cross-validated)")
    for row in table:
        print(f"{row['threshold']:9.2f}  {row['answered']:8.1%}  {row['false_refusal']:14.1%}  {row['refused']:7.1%}")
    print(f"expected calibration error {figures['ece']:.3f}, {int(figures['questions'])} questions; written to {arguments.out}")
    if verdict:
        right, ece = more["polarity right where it is said"], more["ece of yes or no"]
        print(f"yes or no: {len(judged)} questions, right where it is said {right:.1%}, expected calibration error {ece:.3f}")
    return 0


def _sets(arguments: argparse.Namespace, settings: Settings) -> dict[str, tuple[Assistant, list[tuple[Question, AnswerType]]]]:
    """By name of each set: the assistant on its index, without weights, and its questions with what each asks for."""
    from wenyuan.analyse import analyse
    from wenyuan.answer import Assistant
    from wenyuan.contracts import Question
    from wenyuan.evaluate.questions import UNANSWERABLE, load_questions
    from wenyuan.weigh import Weights

    opened: dict[str, Assistant] = {}
    sets = {}
    for name in arguments.sets:
        path, _, index = name.removeprefix(OFF_TOPIC).partition("@")
        if index not in opened:
            opened[index] = Assistant.open(replace(settings, index_dir=index or settings.index_dir), Weights({}, {}))
        assistant = opened[index]
        if name.startswith(OFF_TOPIC):
            # every third: silence about another topic is soon learnt
            asked = [Question(f"off-{line.id}", line.question, UNANSWERABLE) for line in read_question_lines(Path(path), 2000)[::3]]
        else:
            asked = list(load_questions(Path(path), assistant.index.sources, arguments.split))
        called = f"{OFF_TOPIC if name.startswith(OFF_TOPIC) else ''}{Path(path).parent.name}/{Path(path).name}"
        sets[called] = assistant, [(question, analyse(question.text, question.context).expected) for question in asked]
    return sets


def _weighed(assistant: Assistant, questions: Sequence[tuple[Question, AnswerType]]) -> list[Pool]:
    """Everything that could answer each question whose answer is a single choice."""
    from wenyuan.contracts import AnswerType
    from wenyuan.evaluate.calibration import pool

    pools = []
    for question, expected in questions:
        if question.kind in _WEIGHED_APART or expected in (AnswerType.YES_NO, AnswerType.COMPARISON):
            continue
        query, choices = assistant.weigh(question.text, question.context)
        if not query.not_a_question:
            pools.append(pool(question, query, choices, partial(assistant.shown, query, choices=choices)))
    return pools
