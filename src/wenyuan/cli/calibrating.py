"""The command that fits the confidence of answers to question sets, and says what each threshold would do."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from wenyuan.cli.commands import note, settings_of
from wenyuan.config import NO_READER
from wenyuan.errors import QuestionSetError

DATA_QUESTIONS = 400  # of a labelled data folder; every other one with a near-miss twin


def calibrate(arguments: argparse.Namespace) -> int:
    """Asks every set of its own index with nothing held back, fits, and writes the calibration."""
    from wenyuan.answer import Assistant
    from wenyuan.evaluate.calibration import Asked, asked, at_thresholds, fit, labelled_questions, summary, write_calibration
    from wenyuan.evaluate.questions import load_questions

    settings = settings_of(arguments)
    records: list[Asked] = []
    sets = {}
    for name in arguments.sets:
        path, _, index = name.partition("@")
        opened = Assistant.open(replace(settings, index_dir=index or settings.index_dir))
        assistant = Assistant(opened.index, opened.embedder, replace(opened.settings, min_confidence=0.0), opened.reader)
        if Path(path).is_dir():
            questions = labelled_questions(Path(path), arguments.data_questions)
        else:
            questions = list(load_questions(Path(path), assistant.index.sources, arguments.split))
        # every set counts the same, however many questions it has
        found = [asked(question, assistant.ask(question.text, question.context), 300 / len(questions)) for question in questions]
        sets[Path(path).name] = summary(found)
        note(f"{Path(path).name}: {sets[Path(path).name]}")
        records += found
    if not any(record.answered and record.right for record in records) or all(record.right for record in records if record.answered):
        raise QuestionSetError("nothing to learn from: the sets need answers that are right and answers that are wrong")
    weights, chances, figures = fit(records)
    table = at_thresholds(records, chances)
    write_calibration(Path(arguments.out), weights, {**figures, "sets": sets, "reader": settings.reader != NO_READER, "thresholds": table})
    print("threshold  answered  false refusals  refused   (cross-validated)")
    for row in table:
        print(f"{row['threshold']:9.2f}  {row['answered']:8.1%}  {row['false_refusal']:14.1%}  {row['refused']:7.1%}")
    print(f"expected calibration error {figures['ece']:.3f}, {int(figures['answered'])} answers; written to {arguments.out}")
    return 0
