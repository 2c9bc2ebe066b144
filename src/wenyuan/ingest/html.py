"""Web pages to their main text, title and date of publication. It knows nothing of files; a damaged page raises as lxml does."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from wenyuan.ingest.dates import written_date
from wenyuan.ingest.extracted import Extracted

# Where web pages state when an article was published (Open Graph, schema.org, and the usual Chinese news systems).
_DATE_META = ("article:published_time", "og:published_time", "og:release_date", "datepublished", "publishdate", "pubdate", "publish_date")


def from_html(data: bytes) -> Extracted:
    """Main text, title and date of a web page given as UTF-8; all its visible text when no main text is found."""
    import lxml.html  # type: ignore[import-untyped]
    import trafilatura

    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)  # whatever the page claims of its encoding
    page = lxml.html.document_fromstring(data, parser=parser)
    title, published = _title(page), _date(page)
    found = trafilatura.bare_extraction(page, include_comments=False, include_tables=True, favor_recall=True, with_metadata=False)
    text = "" if found is None else str(getattr(found, "text", None) or "")
    if not text.strip():
        page = lxml.html.document_fromstring(data, parser=parser)
        for element in page.xpath("//script|//style|//noscript|//template|//head"):
            element.drop_tree()
        text = "\n".join(str(piece).strip() for piece in page.itertext() if str(piece).strip())
    lines = (line.strip() for line in text.splitlines())
    return Extracted("\n\n".join(line for line in lines if line), title, published)


def _title(page: Any) -> str:
    """The title a page states for its article, else its only first-level heading, else the page's own."""
    stated = [" ".join(content.split()) for content in page.xpath('//meta[@property="og:title" or @name="ArticleTitle"]/@content')]
    headings = [" ".join(heading.text_content().split()) for heading in page.xpath("//h1")]
    if len(headings) != 1:
        headings = []
    whole = " ".join((page.findtext(".//title") or "").split())
    return next((title for title in (*stated, *headings, whole) if title), "")


def _date(page: Any) -> date | None:
    """The one day of publication that a page's metadata, else its markup for machines, states; never a day from its text."""
    days = set()
    for meta in page.xpath("//meta[@content]"):
        name = str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        match = re.match(r"\s{0,9}(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?!\d)", str(meta.get("content"))) if name in _DATE_META else None
        day = written_date(match[1]) if match else None
        if day:
            days.add(day)
    if days:
        return days.pop() if len(days) == 1 else None
    stated = page.xpath('//time[@pubdate or @itemprop="datePublished"]/@datetime')
    stated += re.findall(
        r'"datePublished"\s{0,9}:\s{0,9}"([^"]{8,40})"', " ".join(page.xpath('//script[@type="application/ld+json"]/text()'))
    )
    days = {day for text in stated if (day := written_date(str(text))) is not None}
    return days.pop() if len(days) == 1 else None
