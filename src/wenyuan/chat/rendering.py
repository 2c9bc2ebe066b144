"""Answers and articles -> the HTML of the page. Every text from an article or an asker is escaped here; it knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from wenyuan.cite import CLOSEST_HITS, REASON_LABELS, escape_html, headline
from wenyuan.contracts import Answer, Article, Block, BlockKind, Citation, Hit, Reason, Span, Spans

LARGE_UP_TO = 24  # code points of a short answer that is set large
_TAGS = {BlockKind.TITLE: "h2", BlockKind.HEADING: "h3", BlockKind.BODY: "p", BlockKind.CAPTION: "p"}


def welcome(articles: Mapping[str, Article]) -> str:
    """What stands where answers will be: what this page does, over how much text."""
    characters = sum(len(article.source.text) for article in articles.values())
    return (
        '<section class="welcome"><p class="lead">问一句，答案后面跟着原文。</p>'
        f"<p>这里有 {len(articles)} 篇文章，共 {characters:,} 字。每个回答都逐字引用文章里的句子，点脚注就能在原文中看到它；"
        "文章里没有写的，会直接说没有。</p></section>"
    )


def examples(questions: Sequence[str]) -> str:
    """Buttons that ask an example question each; "" without any."""
    if not questions:
        return ""
    buttons = "".join(f'<button type="button" data-ask="{escape_html(text)}">{escape_html(text)}</button>' for text in questions)
    return f'<div class="examples" role="group" aria-label="试着问"><span>试着问</span>{buttons}</div>'


def turns(answers: Sequence[Answer]) -> str:
    """All turns of a conversation, newest first."""
    blocks = [_turn(answer, number, newest=number == len(answers) - 1) for number, answer in enumerate(answers)]
    return "".join(reversed(blocks))


def problem(question: str, message: str) -> str:
    """A turn that could not be answered because something went wrong."""
    return (
        '<article class="turn newest trouble" role="alert">'
        f'<h2 class="asked">{escape_html(question[:200])}</h2>'
        f'<p class="why">出错了</p><p class="message">{escape_html(message)}</p></article>'
    )


def _turn(answer: Answer, turn: int, newest: bool) -> str:
    kind = "abstained" if answer.abstained else "answered"
    parts = [f'<article class="turn {kind}{" newest" if newest else ""}" data-turn="{turn}">']
    parts.append(f'<h2 class="asked">{escape_html(answer.question)}</h2>')
    if answer.standalone not in ("", answer.question) and answer.reason is not Reason.NOT_A_QUESTION:
        parts.append(f'<p class="standalone">接着上文，理解为：{escape_html(answer.standalone)}</p>')
    parts.append(_abstention(answer, turn) if answer.abstained else _found(answer, turn))
    parts.append("</article>")
    return "".join(parts)


def _found(answer: Answer, turn: int) -> str:
    supporting = [citation for citation in answer.citations if citation.supports]
    others = [citation for citation in answer.citations if not citation.supports]
    several = answer.reason is Reason.SOURCES_DISAGREE
    alone = answer.sentence in ("", answer.text)
    parts = [_short(answer.text, several, "".join(_mark(citation, turn) for citation in supporting) if alone else "")]
    # What to make strong in a quote: the answer, or each of several without what is said of it in brackets.
    strong = [one.split("（")[0] for one in answer.text.split("；")] if several else [answer.text]
    if not alone:
        parts.append(f'<p class="sentence">{_sentence(answer.sentence, supporting, turn, strong)}</p>')
    if several:
        parts.append('<p class="notice">各处说法或所指范围不同，请对照下面的原文。</p>')
    parts.append(_cards("依据", supporting, turn, strong))
    parts.append(_cards("另可参看", others, turn, strong))
    total = answer.timings_ms.get("total")
    # Never 100: a figure that was estimated is not certain.
    sure = min(99, round(answer.confidence * 100))
    details = [f"把握 {sure}%", f"{len(supporting)} 处依据", f"{total:.0f} 毫秒" if total is not None else ""]
    parts.append(f'<p class="details">{" · ".join(part for part in details if part)}</p>')
    return "".join(parts)


def _short(text: str, several: bool, marks: str) -> str:
    """The short answer, set large; each on a line of its own where there are several."""
    lines = text.split("；") if several else [text]
    size = "" if max(len(line.split("（")[0]) if several else len(line) for line in lines) <= LARGE_UP_TO else " long"
    shown = "<br>".join(_with_scope(line) if several else escape_html(line) for line in lines)
    return f'<p class="short{size}{" several" if several else ""}">{shown}{marks}</p>'


def _with_scope(line: str) -> str:
    """One of several answers, what is said of it in brackets set smaller."""
    value, bracket, scope = line.partition("（")
    return f"{escape_html(value)}<small>{escape_html(bracket + scope)}</small>" if bracket else escape_html(line)


def _sentence(sentence: str, citations: Sequence[Citation], turn: int, strong: Sequence[str]) -> str:
    """The sentence with each footnote mark behind the quote it belongs to, or all at its end where it is not made of quotes."""
    if sentence == "".join(citation.quote for citation in citations):
        return "".join(_with_strong(citation.quote, strong) + _mark(citation, turn) for citation in citations)
    return _with_strong(sentence, strong) + "".join(_mark(citation, turn) for citation in citations)


def _abstention(answer: Answer, turn: int) -> str:
    parts = [f'<p class="why">{REASON_LABELS[answer.reason]}</p><p class="message">{escape_html(answer.sentence)}</p>']
    if answer.citations:
        parts.append(_cards("最接近的原文，没有回答这个问题", answer.citations, turn))
    elif answer.hits and answer.reason is not Reason.NOT_A_QUESTION:
        cards = "".join(_hit_card(hit, turn, place) for place, hit in enumerate(answer.hits[:CLOSEST_HITS], 1))
        parts.append(f'<h3>最接近的原文，没有回答这个问题</h3><ul class="cards">{cards}</ul>')
    return "".join(parts)


def _mark(citation: Citation, turn: int) -> str:
    name = f"出处 {citation.number}：{headline(citation)}"
    return (
        f'<button type="button" class="mark" data-turn="{turn}" data-number="{citation.number}" '
        f'aria-label="{escape_html(name)}" title="{escape_html(name)}">[{citation.number}]</button>'
    )


def _cards(heading: str, citations: Sequence[Citation], turn: int, strong: Sequence[str] = ()) -> str:
    if not citations:
        return ""
    cards = "".join(
        f'<li><button type="button" class="card" data-turn="{turn}" data-number="{citation.number}">'
        f'<span class="where"><b>[{citation.number}]</b> {escape_html(citation.title or citation.uri)}</span>'
        f"{_section(citation.section)}"
        f'<span class="quote">{_with_strong(citation.quote, strong)}</span></button></li>'
        for citation in citations
    )
    return f'<h3>{heading}</h3><ul class="cards">{cards}</ul>'


def _hit_card(hit: Hit, turn: int, place: int) -> str:
    return (
        f'<li><button type="button" class="card" data-turn="{turn}" data-number="-{place}">'
        f'<span class="where">{escape_html(hit.chunk.title or "（无题）")}</span>{_section(" / ".join(hit.chunk.section))}'
        f'<span class="quote">{escape_html(hit.chunk.text)}</span></button></li>'
    )


def _section(section: str) -> str:
    return f'<span class="section">{escape_html(section)}</span>' if section else ""


def _with_strong(text: str, parts: Sequence[str]) -> str:
    """``text`` escaped, the first of ``parts`` that is found in it made strong; not where it is all of it."""
    for part in parts:
        start = text.find(part) if part and part != text else -1
        if start >= 0:
            end = start + len(part)
            return f"{escape_html(text[:start])}<strong>{escape_html(part)}</strong>{escape_html(text[end:])}"
    return escape_html(text)


def shelf(articles: Mapping[str, Article]) -> str:
    """The list of all articles, each a button that opens it."""
    rows = "".join(
        f'<li><button type="button" class="book" data-source="{escape_html(id)}">'
        f'<span class="name">{escape_html(article.title or article.source.uri)}</span>'
        f'<span class="facts">{_facts(article)}</span></button></li>'
        for id, article in articles.items()
    )
    return f'<div class="reader shelf"><header class="bar"><b>全部文章</b></header><ol>{rows}</ol></div>'


def _facts(article: Article) -> str:
    published = article.source.published.isoformat() if article.source.published else ""
    return " · ".join(part for part in (published, f"{len(article.source.text):,} 字", escape_html(article.source.uri)) if part)


def page_of(article: Article, cited: Mapping[int, Spans] | None = None, shown: int | None = None, follow: bool = False) -> str:
    """The article as a readable page, the spans ``cited`` by footnote number marked and those of ``shown`` standing out.

    ``follow`` asks the page's script to bring the reader to the mark, on a phone too.
    """
    cited = cited or {}
    title = article.title or article.source.uri
    parts = [f'<div class="reader"{" data-follow" if follow else ""}>', _bar(article, cited, shown)]
    if not any(block.kind is BlockKind.TITLE for block in article.blocks):
        parts.append(f"<h2>{escape_html(title)}</h2>")
    parts += [_block(article, block, cited, shown) for block in article.blocks]
    parts.append("</div>")
    return "".join(parts)


def _bar(article: Article, cited: Mapping[int, Spans], shown: int | None) -> str:
    place = ""
    if shown is not None and shown in cited:
        spans = cited[shown]
        place = f'<span class="place">{f"[{shown}] " if shown > 0 else ""}第 {spans[0].start:,}–{spans[-1].end:,} 字</span>'
    return (
        f'<header class="bar"><button type="button" data-shelf>全部文章</button><span class="facts">{_facts(article)}</span>{place}'
        '<button type="button" class="back" data-back>回到回答</button></header>'
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
