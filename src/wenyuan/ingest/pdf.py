"""PDFs to their text, columns in reading order, a blank line between paragraphs and a form feed between pages.

pypdfium2 gives characters and their boxes. `wenyuan.ingest.layout` puts them into lines, order and paragraphs. A page that is
a picture of a page is named. This module knows nothing of files.
"""

from __future__ import annotations

import ctypes
from typing import Any

from wenyuan.errors import UnreadableSource
from wenyuan.ingest.extracted import Extracted
from wenyuan.ingest.layout import Glyph, page_text
from wenyuan.ingest.limits import Limits

_SCANNED = "is a picture of a page and holds no text; recognise its text (OCR) first"
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_NOT_TEXT = frozenset("\r\n\x02\ufffe\uffff\x00")  # line ends pdfium made up, and its signs for hyphens and lost characters


def from_pdf(data: bytes, uri: str, limits: Limits) -> Extracted:
    """Text of every page, and the title in the document's properties; raises UnreadableSource, or what pypdfium2 raises."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise UnreadableSource(uri, "is protected by a password; save it without one") from error
        raise
    try:
        if len(document) > limits.pdf_max_pages:
            raise UnreadableSource(
                uri, f"has {len(document)} pages, more than pdf_max_pages = {limits.pdf_max_pages}; split it or raise the setting"
            )
        pages: list[str] = []
        unread: list[tuple[str, str]] = []
        size = 0
        for number in range(len(document)):
            text, scanned = _page(document, number)
            size += len(text)
            if size > limits.source_max_chars:
                raise UnreadableSource(
                    uri, f"holds more than source_max_chars = {limits.source_max_chars} code points; split it or raise the setting"
                )
            if scanned:
                unread.append((f"page {number + 1}", _SCANNED))
            pages.append(text)
        title = " ".join(str(document.get_metadata_dict().get("Title") or "").split())
    finally:
        document.close()
    return Extracted("\n\f".join(pages), title, unread=tuple(unread))


def _page(document: Any, number: int) -> tuple[str, bool]:
    """The text of a page, and whether the page is only a picture."""
    import pypdfium2.raw as pdfium

    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text = "" if page.get_rotation() else page_text(_glyphs(text_page))
            if not text:  # set upright, or turned: in the order of the file
                text = "".join(
                    character for character in text_page.get_text_range().replace("\r\n", "\n") if character not in "\x00\x02\ufffe"
                )
        finally:
            text_page.close()
        pictures = not text.strip() and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    finally:
        page.close()
    return text, pictures


def _glyphs(text_page: Any) -> list[Glyph]:
    """The characters of a page with their boxes, in the order of the file."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    glyphs = []
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        character = chr(code) if 0 < code < 0x110000 and not 0xDC00 <= code < 0xE000 else ""
        if 0xD800 <= code < 0xDC00:  # pdfium gives UTF-16 units
            low = pdfium.FPDFText_GetUnicode(text_page, index + 1) if index + 1 < text_page.count_chars() else 0
            character = chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)) if 0xDC00 <= low < 0xE000 else ""
        if not character or character in _NOT_TEXT or (character == " " and pdfium.FPDFText_IsGenerated(text_page, index) == 1):
            continue  # a space that pdfium made up: `layout` knows better where there is one
        if pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
            glyphs.append(Glyph(character, box.left, box.bottom, box.right, box.top))
    return glyphs
