"""What becomes of a writer's sentences: how many it writes, how many are kept, and why the others are dropped.

    python eval/writer.py --url http://127.0.0.1:8000/v1 [--model NAME] [--count 20] [--show]

Takes every n-th answered development question, asks the server once for each, and holds every sentence against its citations as the
doors do.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from wenyuan.answer import Assistant
from wenyuan.config import Settings
from wenyuan.errors import WriterError
from wenyuan.evaluate.questions import load_questions
from wenyuan.write import checked, with_writing
from wenyuan.writers import OpenAIWriter


class _Keeping:
    """A writer that remembers what the server said last."""

    def __init__(self, writer: OpenAIWriter) -> None:
        self.name = writer.name
        self.said: str | WriterError = ""
        self._writer = writer

    def write(self, question: str, answer: str, quotes: list[tuple[int, str]]) -> str:
        try:
            self.said = self._writer.write(question, answer, quotes)
        except WriterError as error:
            self.said = error
            raise
        return self.said


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--index-dir", default="index")
    parser.add_argument("--questions", type=Path, default=Path("eval/questions/seeds.jsonl"))
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    assistant = Assistant.open(Settings(index_dir=arguments.index_dir))
    questions = [one for one in load_questions(arguments.questions, assistant.index.sources, "dev") if one.answers and not one.context]
    writer = _Keeping(OpenAIWriter(arguments.url, arguments.model, arguments.timeout))
    faults: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    seconds = []
    for question in questions[:: max(1, len(questions) // arguments.count)][: arguments.count]:
        answer = assistant.ask(question.text)
        if answer.abstained:
            outcomes["abstained, not asked"] += 1
            continue
        started = time.perf_counter()
        found = with_writing(answer, writer, assistant.index.sources)
        seconds.append(time.perf_counter() - started)
        silent = f"no words: {found.notice}" if isinstance(writer.said, WriterError) else "nothing kept"
        outcomes["written" if found.written else silent] += 1
        sentences = []
        if isinstance(writer.said, str):
            cited = {citation.number: citation for citation in answer.citations if citation.supports}
            sentences = list(checked(writer.said, answer, cited, assistant.index.sources))
            faults.update(sentence.fault or "kept" for sentence in sentences)
        if arguments.show:
            print(f"{question.text} | {answer.text}\n    said: {writer.said!r}\n    shown: {found.written!r} {found.notice}")
            for sentence in sentences:
                print(f"    {sentence.fault or 'kept'}: {sentence.text} {sentence.numbers}")
    print(dict(outcomes), dict(faults), f"mean {sum(seconds) / max(1, len(seconds)):.1f} s an answer")


if __name__ == "__main__":
    main()
