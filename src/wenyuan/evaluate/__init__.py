"""Questions with known answers -> `Report`: what share is right, cited, refused; how sure that is; where the misses are lost.

The same assistant is asked as at the doors; there is no second pipeline. Nothing here knows how an answer is made.
"""

from __future__ import annotations

from wenyuan.evaluate.compare import Comparison, Difference, compare
from wenyuan.evaluate.questions import load_questions
from wenyuan.evaluate.report import Estimate, Report, Row
from wenyuan.evaluate.run import Measured, evaluate
from wenyuan.evaluate.runs import newest_run, read_run, write_run
from wenyuan.evaluate.tables import comparison_table, readme_table, to_markdown

__all__ = [
    "Comparison",
    "Difference",
    "Estimate",
    "Measured",
    "Report",
    "Row",
    "compare",
    "comparison_table",
    "evaluate",
    "load_questions",
    "newest_run",
    "read_run",
    "readme_table",
    "to_markdown",
    "write_run",
]
