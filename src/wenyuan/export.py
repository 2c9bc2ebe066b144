"""A conversation -> a file to keep: Markdown, Word, JSON, each with every quote and where it stands.

It knows nothing of how an answer was found, nor of any page.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from wenyuan.cite import REASON_LABELS, answer_record, as_markdown, escape_markdown, footnote_marks, headline, location, one_line, visible
from wenyuan.contracts import Answer

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

TITLE = "问源：问答记录"
# What XML 1.0 cannot hold, and Word therefore refuses to open.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_markdown(answers: Sequence[Answer], made: datetime) -> str:
    """The conversation as Markdown, oldest question first; texts of strangers are escaped."""
    parts = [f"# {TITLE}", f"{made:%Y-%m-%d %H:%M}，共 {len(answers)} 问。"]
    for number, answer in enumerate(answers, 1):
        parts.append(f"## {number}. {escape_markdown(one_line(answer.question))}")
        if answer.standalone not in ("", answer.question):
            parts.append(f"理解为：{escape_markdown(one_line(answer.standalone))}")
        parts.append(as_markdown(answer))
    return "\n\n".join(parts) + "\n"


def to_json(answers: Sequence[Answer], made: datetime) -> str:
    """The conversation as JSON: answer records as the contract has them, oldest first."""
    records = [answer_record(answer, number) for number, answer in enumerate(answers, 1)]
    text = json.dumps({"made": made.isoformat(timespec="seconds"), "answers": records}, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def to_word(answers: Sequence[Answer], made: datetime) -> bytes:
    """The conversation as the bytes of a .docx: question, answer, sentence with footnote marks, quotes with their places."""
    from docx import Document
    from docx.shared import Pt

    document = Document()
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.title = TITLE
    document.core_properties.author = ""
    document.add_heading(TITLE, 0)
    document.add_paragraph(f"{made:%Y-%m-%d %H:%M}，共 {len(answers)} 问。")
    for number, answer in enumerate(answers, 1):
        document.add_heading(_for_xml(f"{number}. {one_line(answer.question)}"), 1)
        if answer.standalone not in ("", answer.question):
            document.add_paragraph(_for_xml(f"理解为：{one_line(answer.standalone)}"))
        if answer.abstained:
            document.add_paragraph().add_run(REASON_LABELS[answer.reason]).bold = True
            document.add_paragraph(_for_xml(answer.sentence))
        else:
            document.add_paragraph().add_run(_for_xml(one_line(answer.text))).bold = True
            sentence = document.add_paragraph(_for_xml(one_line(answer.sentence)))
            sentence.add_run(f" {footnote_marks(answer.citations)}").font.superscript = True
        for citation in answer.citations:
            document.add_paragraph(_for_xml(citation.quote), style="Intense Quote")
            _small(document.add_paragraph(_for_xml(f"[{citation.number}] {one_line(headline(citation))}")), Pt(9))
            _small(document.add_paragraph(_for_xml(one_line(location(citation)))), Pt(9))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _small(paragraph: Paragraph, size: int) -> None:
    for run in paragraph.runs:
        run.font.size = size


def _for_xml(text: str) -> str:
    """``text`` with its control and direction characters made visible and nothing in it that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", visible(text))


Maker = Callable[[Sequence[Answer], datetime], "str | bytes"]
# format -> (name of the file, media type, how it is made)
FORMATS: Mapping[str, tuple[str, str, Maker]] = {
    "markdown": ("问答记录.md", "text/markdown;charset=utf-8", to_markdown),
    "word": ("问答记录.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", to_word),
    "json": ("问答记录.json", "application/json", to_json),
}
