"""Writes sample.md: synthetic questions and twins as a training run sees them, to be read by eye.

python eval/reader/sample.py LABELLED_FOLDER UNLABELLED_FOLDER eval/reader/sample.md
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random

from wenyuan.training.data import load, normaliser
from wenyuan.training.synthesise import TwinMaker, questions_of, synthetic_examples

SIZE = 50
COUNT = 1500  # as in the run


def main() -> None:
    """Write the sample and how many of each rule there were before balancing."""
    labelled, unlabelled, out = map(Path, sys.argv[1:4])
    passages, examples = load([labelled, unlabelled], normaliser())
    first = 1 + max(example.passage for example in examples)
    random = Random(11)
    made = Counter(item.rule for passage in passages[first:] for item in questions_of(passage.text, random))
    chosen = synthetic_examples(passages, first, COUNT, random)
    twins = TwinMaker(passages, [*examples, *chosen])
    with_twin = sum(bool(twins.twins(example.question, passages[example.passage].text, Random(0))) for example in chosen)
    rows = ["| question | answer in the text | near-miss twin | verdict |", "|---|---|---|---|"]
    for example in random.sample(chosen, min(SIZE, len(chosen))):
        text = passages[example.passage].text
        before, after = text[max(0, example.start - 12) : example.start], text[example.end : example.end + 8]
        twin = next(iter(twins.twins(example.question, text, random)), "")
        rows.append(
            " | ".join(["", example.question, f"…{before}**{example.answers[0]}**{after}…", twin, "", ""]).replace("\n", " ").strip()
        )
    counts = ", ".join(f"{rule} {count}" for rule, count in made.most_common())
    head = f"# Synthetic questions\n\nMade by rule: {counts}. Chosen: {len(chosen)}, of which {with_twin} allow a twin.\n\n"
    out.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
