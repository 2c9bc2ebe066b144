"""``python -m wenyuan.evaluate.readme [README.md] [RUNS]``: writes the newest run's table between the marks of a README."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from wenyuan.errors import QuestionSetError, WenyuanError
from wenyuan.evaluate.runs import newest_run
from wenyuan.evaluate.tables import readme_table

BEGIN, END = "<!-- run:begin -->", "<!-- run:end -->"
SET_NAME = "seeds"  # the question set whose figures the README gives


def between_marks(text: str) -> str:
    """What stands between the marks, ends stripped; raises QuestionSetError without both, once each and in order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise QuestionSetError(f"the README needs {BEGIN} and, below it, {END}, once each")
    return text.split(BEGIN)[1].split(END)[0].strip()


def with_table(text: str, table: str) -> str:
    """``text`` with ``table`` between the marks, all else as it was."""
    between_marks(text)
    return f"{text.split(BEGIN)[0]}{BEGIN}\n{table}\n{END}{text.split(END)[1]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the README gives the newest run, 2 with one line on stderr when it cannot."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    readme = Path(words[0] if words else "README.md")
    runs = Path(words[1] if len(words) > 1 else "eval/runs")
    try:
        report = newest_run(runs, SET_NAME)
        if report is None:
            raise QuestionSetError(f"{runs} holds no run over {SET_NAME!r}; make one with `wenyuan eval --out {runs}`")
        text = readme.read_bytes().decode("utf-8")
        readme.write_bytes(with_table(text, readme_table(report)).encode("utf-8"))
    except (WenyuanError, OSError, UnicodeDecodeError) as error:
        print(f"wenyuan: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
