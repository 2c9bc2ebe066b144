"""Recall@5 of second turns against that of the full question; and of every question against itself in traditional characters.

    python eval/followups.py [--index-dir index] [--questions eval/questions/followups.jsonl] [--show 20]
    python eval/followups.py --scripts [--questions eval/questions/seeds.jsonl]

With ``--scripts`` each question is asked as written and converted by opencc (s2t, and t2s for those written in traditional characters),
and what is cited is compared too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import opencc

from wenyuan.answer import Assistant
from wenyuan.config import Settings
from wenyuan.evaluate.measures import recall
from wenyuan.evaluate.questions import load_questions


def main() -> None:
    """Prints both recalls and their difference, by kind of turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--index-dir", default="index")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--scripts", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    assistant = Assistant.open(Settings(index_dir=arguments.index_dir))
    if arguments.scripts:
        scripts(assistant, arguments.questions or Path("eval/questions/seeds.jsonl"), arguments.show)
    else:
        turns(assistant, arguments.questions or Path("eval/questions/followups.jsonl"), arguments.show)


def turns(assistant: Assistant, path: Path, show: int) -> None:
    """Second turns with their context, against the full question alone."""
    records = {record["id"]: record for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    sources = assistant.index.sources
    for turn in ("follows", "switches"):
        pairs = []
        for question in load_questions(path, sources):
            record = records[question.id]
            if record["turn"] != turn:
                continue
            second = recall(question, assistant.search(question.text, question.context, 5), sources, 5)
            full = recall(question, assistant.search(record["full"], (), 5), sources, 5)
            pairs.append((second, full))
            if second < full and show:
                show -= 1
                print(
                    f"{question.id} {' / '.join(question.context)} / {question.text} -> {assistant.ask(question.text, question.context).standalone}"  # noqa: E501
                )
        second, full = (100 * sum(column) / len(pairs) for column in zip(*pairs, strict=True))
        print(f"{turn}: {len(pairs)} turns, recall@5 {second:.1f} %, full question {full:.1f} %, difference {second - full:+.1f}")


def scripts(assistant: Assistant, path: Path, show: int) -> None:
    """Questions as written and in the other script."""
    traditional, simplified = opencc.OpenCC("s2t").convert, opencc.OpenCC("t2s").convert
    sources = assistant.index.sources
    pairs, same, asked = [], 0, 0
    for question in load_questions(path, sources):
        convert = traditional if traditional(question.text) != question.text else simplified
        text, context = convert(question.text), tuple(map(convert, question.context))
        one, other = assistant.ask(question.text, question.context), assistant.ask(text, context)
        asked += 1
        alike = [citation.spans for citation in one.citations] == [citation.spans for citation in other.citations]
        same += alike
        if question.evidence:
            hits = (assistant.search(question.text, question.context, 5), assistant.search(text, context, 5))
            pairs.append(tuple(recall(question, found, sources, 5) for found in hits))
        if not alike and show:
            show -= 1
            print(f"{question.id} {question.text} -> {text}: {one.text!r} {other.text!r}")
    one, other = (100 * sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    print(f"{len(pairs)} questions with evidence, recall@5 {one:.2f} % as written, {other:.2f} % in the other script, {other - one:+.2f}")
    print(f"the same citations for {same} of {asked}")


if __name__ == "__main__":
    main()
