"""Word documents to the text a reader sees, a blank line between paragraphs. It knows nothing of files.

python-docx opens the document; the text is taken from its XML, as python-docx passes over text boxes, content controls and
words inserted with changes tracked. Deleted words, and the copy of a text box kept for old programs, are left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from wenyuan.ingest.extracted import Extracted

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_NOT_SHOWN = frozenset({_W + "del", _W + "moveFrom", _W + "pPr", _W + "rPr", _FALLBACK})
_NESTING_MAX = 100  # tables in tables, boxes in boxes


def from_docx(data: bytes) -> Extracted:
    """Paragraphs, table rows and text boxes in the order of the document, and the title in its properties.

    The dates in a document's properties say when a file was made, not when its text was published, and are not taken.
    """
    import docx
    from docx.opc.constants import RELATIONSHIP_TYPE

    document = docx.Document(io.BytesIO(data))
    stated = any(relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in document.part.package.rels.values())
    title = " ".join((document.core_properties.title or "").split()) if stated else ""  # python-docx makes one up where there is none
    pieces = (piece.strip() for piece in _blocks(document.element.body, 0))
    return Extracted("\n\n".join(piece for piece in pieces if piece), title)


def _blocks(parent: Any, depth: int) -> Iterator[str]:
    """The text of each paragraph and table row in ``parent``, tables and boxes within them included."""
    if depth > _NESTING_MAX:
        raise ValueError(f"tables or boxes lie in one another more than {_NESTING_MAX} deep")
    for element in parent:
        if element.tag == _W + "p":
            boxes: list[Any] = []
            yield "".join(_shown(element, boxes))
            for box in boxes:
                yield from _blocks(box, depth + 1)
        elif element.tag == _W + "tbl":
            for row in element.iter(_W + "tr"):
                if next(row.iterancestors(_W + "tbl")) is element:  # rows of tables inside belong to their cell
                    yield "\t".join(
                        " ".join(" ".join(_blocks(cell, depth + 1)).split()) for cell in row.iter(_W + "tc") if _cell_of(cell, row)
                    )
        elif element.tag not in _NOT_SHOWN and isinstance(element.tag, str):
            yield from _blocks(element, depth + 1)


def _cell_of(cell: Any, row: Any) -> bool:
    """True when ``cell`` is one of ``row`` itself, not of a table inside it."""
    return next(cell.iterancestors(_W + "tr")) is row


def _shown(element: Any, boxes: list[Any]) -> Iterator[str]:
    """The text in ``element``; text boxes anchored in it are put into ``boxes``. Depth is bounded by the XML parser's own limit."""
    for child in element:
        if child.tag == _W + "t":
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag == _W + "txbxContent":
            boxes.append(child)
        elif child.tag not in _NOT_SHOWN and isinstance(child.tag, str):
            yield from _shown(child, boxes)
