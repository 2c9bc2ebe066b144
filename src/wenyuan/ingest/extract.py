"""Packed documents to their visible text: html, pdf and docx, a blank line between paragraphs.

This module knows nothing of files and their names; a damaged document raises whatever its library raises.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

# Where web pages state when an article was published (Open Graph, schema.org, and the usual Chinese news systems).
_DATE_META = ("article:published_time", "og:published_time", "og:release_date", "datepublished", "publishdate", "pubdate", "publish_date")


@dataclass(frozen=True, slots=True)
class Extracted:
    """Visible text, and the title and date of publication where the format states them."""

    text: str
    title: str = ""
    published: date | None = None


def from_html(data: bytes) -> Extracted:
    """Main text, title and date of a web page given as UTF-8; all its visible text when no main text is found."""
    import lxml.html  # type: ignore[import-untyped]
    import trafilatura

    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)  # whatever the page claims of its encoding
    page = lxml.html.document_fromstring(data, parser=parser)
    title, published = _html_title(page), _html_date(page)
    found = trafilatura.bare_extraction(page, include_comments=False, include_tables=True, favor_recall=True, with_metadata=False)
    text = "" if found is None else str(getattr(found, "text", None) or "")
    if not text.strip():
        page = lxml.html.document_fromstring(data, parser=parser)
        for element in page.xpath("//script|//style|//noscript|//template|//head"):
            element.drop_tree()
        text = "\n".join(str(piece).strip() for piece in page.itertext() if str(piece).strip())
    return Extracted(re.sub(r"\s*\n\s*", "\n\n", text.strip()), title, published)


def _html_title(page: Any) -> str:
    """The title a page states for its article, else its only first-level heading, else the page's own."""
    stated = [" ".join(content.split()) for content in page.xpath('//meta[@property="og:title" or @name="ArticleTitle"]/@content')]
    headings = [" ".join(heading.text_content().split()) for heading in page.xpath("//h1")]
    if len(headings) != 1:
        headings = []
    whole = " ".join((page.findtext(".//title") or "").split())
    return next((title for title in (*stated, *headings, whole) if title), "")


def _html_date(page: Any) -> date | None:
    """The one day of publication a page's metadata states, else None."""
    days = set()
    for meta in page.xpath("//meta[@content]"):
        name = str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        match = re.match(r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})", str(meta.get("content"))) if name in _DATE_META else None
        if match:
            days.add(match.groups())
    try:
        return date(*(int(part) for part in days.pop())) if len(days) == 1 else None
    except ValueError:
        return None


def from_pdf(data: bytes) -> Extracted:
    """Text of every page, a form feed between pages, and the title in the document's properties."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        pages = []
        for page in document:
            text_page = page.get_textpage()
            pages.append(text_page.get_text_range().replace("\r\n", "\n").replace("\ufffe", ""))
            text_page.close()
            page.close()
        title = " ".join(str(document.get_metadata_dict().get("Title") or "").split())
    finally:
        document.close()
    return Extracted("\n\f".join(pages), title)


def from_docx(data: bytes) -> Extracted:
    """Paragraphs and table rows in the order of the document, and the title in its properties."""
    import docx
    from docx.table import Table

    document = docx.Document(io.BytesIO(data))
    pieces: list[str] = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            pieces += ("\t".join(cell.text.strip() for cell in row.cells) for row in item.rows)
        else:
            pieces.append(item.text.strip())
    title = " ".join((document.core_properties.title or "").split())
    return Extracted("\n\n".join(piece for piece in pieces if piece), title)
