"""An article -> a readable page with the cited spans marked, or its untouched source; the list of all articles.

Every text of an article is escaped here. It knows nothing of questions and of Gradio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from wenyuan.cite import escape_html
from wenyuan.contracts import Article, Block, BlockKind, Span, Spans

SHOWN_MAX_CHARS = 60_000  # of one article at a time; a longer one is shown around what is cited, whole blocks of it
_TAGS = {BlockKind.TITLE: "h2", BlockKind.HEADING: "h3", BlockKind.BODY: "p", BlockKind.CAPTION: "p"}


def shelf(articles: Mapping[str, Article]) -> str:
    """The list of all articles, each a button that opens it."""
    rows = "".join(
        f'<li><button type="button" class="book" data-source="{escape_html(id)}">'
        f'<span class="name">{escape_html(article.title or article.source.uri)}</span>'
        f'<span class="facts">{facts(article)}</span></button></li>'
        for id, article in articles.items()
    )
    return (
        f'<div class="reader shelf"><header class="bar"><b>全部文章</b><span class="facts">{len(articles)} 篇</span>{_BACK}</header>'
        f"<ol>{rows}</ol></div>"
    )


_BACK = '<button type="button" class="back" data-back>回到回答</button>'


def facts(article: Article) -> str:
    """Date, length and file of an article, escaped."""
    published = article.source.published.isoformat() if article.source.published else ""
    return " · ".join(part for part in (published, f"{len(article.source.text):,} 字", escape_html(article.source.uri)) if part)


def page_of(
    article: Article,
    cited: Mapping[int, Spans] | None = None,
    shown: int | None = None,
    follow: bool = False,
    raw: bool = False,
    at: Mapping[str, int] | None = None,
) -> str:
    """The article as a readable page, the spans ``cited`` by footnote number marked and those of ``shown`` standing out.

    ``raw`` shows the source as it was decoded instead, nothing left out, with the same marks. ``follow`` asks the page's
    script to bring the reader to the mark, on a phone too. ``at`` (turn and number) says which click would open it again.
    """
    cited = cited or {}
    parts = [f'<div class="reader{" raw" if raw else ""}"{" data-follow" if follow else ""}>', _bar(article, cited, shown, raw, at)]
    if raw:
        text = _marked(article, _window(Span(0, len(article.source.text)), cited, shown), cited, shown) if article.source.text else ""
        parts.append(f'<pre class="source" role="region" tabindex="0" aria-label="原文，一字未动">{text}</pre>')
    else:
        if not any(block.kind is BlockKind.TITLE for block in article.blocks):
            parts.append(f"<h2>{escape_html(article.title or article.source.uri)}</h2>")
        blocks, left_out = _near(article, cited, shown)
        parts += [_block(article, block, cited, shown) for block in blocks]
        if left_out:
            parts.append(f'<p class="more">文章很长，这里只显示了引文前后的部分；其余 {left_out:,} 段没有显示。</p>')
    parts.append("</div>")
    return "".join(parts)


def surroundings(article: Article, spans: Spans, width: int) -> tuple[str, str]:
    """Up to ``width`` code points of kept text before and after a quote, of its own block; an ellipsis stands where more follows."""
    first, last = spans[0].start, spans[-1].end
    text = article.source.text
    before = after = ""
    for block in article.blocks:
        inside = [(span.start, span.end) for span in block.spans]
        if any(start <= first < end for start, end in inside):
            before = "".join(text[start : min(end, first)] for start, end in inside if start < first)
        if any(start < last <= end for start, end in inside):
            after = "".join(text[max(start, last) : end] for start, end in inside if end > last)
    before, after = before.lstrip(), after.rstrip()
    return (
        before if len(before) <= width else "…" + before[-width:],
        after if len(after) <= width else after[:width] + "…",
    )


def _window(whole: Span, cited: Mapping[int, Spans], shown: int | None) -> Span:
    """``whole``, or as much of it around what is shown as a browser takes without stalling."""
    if len(whole) <= SHOWN_MAX_CHARS:
        return whole
    middle = cited[shown][0].start if shown is not None and shown in cited else 0
    start = max(0, min(middle - SHOWN_MAX_CHARS // 2, whole.end - SHOWN_MAX_CHARS))
    return Span(start, min(whole.end, start + SHOWN_MAX_CHARS))


def _near(article: Article, cited: Mapping[int, Spans], shown: int | None) -> tuple[list[Block], int]:
    """The blocks to show, and how many are left out."""
    window = _window(Span(0, max(1, len(article.source.text))), cited, shown)
    blocks = [block for block in article.blocks if block.spans[0].start < window.end and block.spans[-1].end > window.start]
    return blocks, len(article.blocks) - len(blocks)


def _bar(article: Article, cited: Mapping[int, Spans], shown: int | None, raw: bool, at: Mapping[str, int] | None) -> str:
    place = ""
    if shown is not None and shown in cited:
        spans = cited[shown]
        place = f'<span class="place">{f"[{shown}] " if shown > 0 else ""}第 {spans[0].start:,}–{spans[-1].end:,} 字</span>'
    again = "".join(f' data-{name}="{value}"' for name, value in (at or {}).items())
    again += f' data-source="{escape_html(article.source.id)}"'
    # Without `data-turn` the article opens from the list; the script sends whatever stands here.
    return (
        '<header class="bar"><button type="button" data-shelf>全部文章</button>'
        f'<button type="button" class="toggle" aria-pressed="{"true" if raw else "false"}" data-raw="{"" if raw else "1"}"{again}>'
        f"{'读文章' if raw else '看原文件'}</button>"
        f'<span class="facts">{facts(article)}</span>{place}{_BACK}</header>'
    )


def _block(article: Article, block: Block, cited: Mapping[int, Spans], shown: int | None) -> str:
    tag = _TAGS[block.kind]
    label = '<span class="label" aria-hidden="true">图</span>' if block.kind is BlockKind.CAPTION else ""
    text = "".join(_marked(article, span, cited, shown) for span in block.spans)
    return f'<{tag} class="{block.kind.value}">{label}{text}</{tag}>'


def _marked(article: Article, span: Span, cited: Mapping[int, Spans], shown: int | None) -> str:
    """The text of one span, cut wherever a citation begins or ends, its cited parts in ``<mark>``."""
    cuts = sorted({span.start, span.end, *_inside(span, cited.values())})
    parts = []
    for start, end in pairwise(cuts):
        text = escape_html(article.source.text[start:end])
        numbers = [number for number, spans in cited.items() if any(one.start <= start and end <= one.end for one in spans)]
        if numbers:
            on = ' class="on"' if shown in numbers else ""
            # A footnote's number stands once, where its last span ends.
            label = "".join(f"[{number}]" for number in numbers if number > 0 and cited[number][-1].end == end)
            named = f' data-numbers="{label}"' if label else ""
            parts.append(f'<mark{on}{named} tabindex="-1" data-start="{start}" data-end="{end}">{text}</mark>')
        else:
            parts.append(text)
    return "".join(parts)


def _inside(span: Span, groups: Iterable[Spans]) -> Iterable[int]:
    return (cut for spans in groups for one in spans for cut in (one.start, one.end) if span.start < cut < span.end)
