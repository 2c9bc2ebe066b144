"""Turns of a conversation -> the HTML of the answers. All texts of articles and askers are escaped here. No Gradio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenyuan.chat.article_view import surroundings
from wenyuan.chat.conversation import Turn, link_of
from wenyuan.cite import CLOSEST_HITS, REASON_LABELS, WRITTEN_LABEL, as_text, escape_html, headline
from wenyuan.contracts import Answer, Article, Citation, Hit, Reason

LARGE_UP_TO = 24  # code points of a short answer that is set large
_AROUND_CHARS = 48  # code points of an article shown on either side of a quote
_WHY_SILENT = {
    Reason.NOTHING_RELEVANT: "收录的文章里没有谈到这件事。可以换一种说法，或在“语料”里加入写到它的文章。",
    Reason.FACT_NOT_STATED: "文章谈到了这件事，但没有写出所问的这一点；与其猜测，不如不答。",
    Reason.NOT_A_QUESTION: "",
}
FAULTS = {"answer": "答案错", "citation": "引用错", "refuse": "该拒答"}  # what may be wrong with an answer


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


def turns(shown: Sequence[Turn], newest: int | None = None) -> str:
    """All turns of a conversation, newest first; ``newest`` is the place of the one that stands out, the last unless given."""
    newest = len(shown) - 1 if newest is None else newest
    blocks = [_turn(turn, place, place == newest) for place, turn in enumerate(shown)]
    return "".join(reversed(blocks))


STAGES = {"retrieve": "检索", "read": "阅读", "check": "核对"}


def stages(reached: str = "retrieve") -> str:
    """The steps of the walk, the one that is being taken standing out."""
    steps = "".join(
        f"<li{' aria-current=step' if stage == reached else ''}>{label}{'…' if stage == reached else ''}</li>"
        for stage, label in STAGES.items()
    )
    return f'<ol class="stages" aria-label="进度">{steps}</ol>'


def done(once: str) -> str:
    """What stands there when an asking is over: the steps of the next one, not shown until it begins.

    ``once`` differs each time, so that the browser hears it.
    """
    return f'{stages()}<span data-done="{once}"></span>'


def tools() -> str:
    """Buttons that export the conversation."""
    named = {"markdown": "Markdown", "word": "Word", "json": "JSON"}
    buttons = "".join(f'<button type="button" data-export="{form}">{label}</button>' for form, label in named.items())
    return f'<div class="tools" role="group" aria-label="导出对话"><span>导出对话</span>{buttons}</div>'


def problem(question: str, message: str) -> str:
    """A turn that could not be answered because something went wrong."""
    return (
        '<article class="turn newest trouble" role="alert">'
        f'<h2 class="asked">{escape_html(question[:200])}</h2>'
        f'<p class="why">出错了</p><p class="message">{escape_html(message)}</p></article>'
    )


def _turn(turn: Turn, place: int, newest: bool) -> str:
    answer = turn.answer
    kind = "abstained" if answer.abstained else "answered"
    parts = [
        f'<article class="turn {kind}{" newest" if newest else ""}" data-turn="{place}" data-link="{escape_html(link_of(turn).encoded())}" '
        f'aria-label="{escape_html(f"第 {place + 1} 问：{answer.question[:60]}")}">',
        f'<h2 class="asked">{escape_html(answer.question)}</h2>',
    ]
    if turn.made_in:
        parts.append('<p class="notice">这个链接做好以后，收录的文章有过变动；下面是按现在的文章重新找到的。</p>')
    if answer.standalone not in ("", answer.question) and answer.reason is not Reason.NOT_A_QUESTION:
        parts.append(_standalone(answer, place))
    parts.append(_abstention(turn, place) if answer.abstained else _found(turn, place))
    parts.append(_actions(answer, place))
    parts.append("</article>")
    return "".join(parts)


def _standalone(answer: Answer, place: int) -> str:
    """The question as it was understood after the turns before, to be put right where that was wrong."""
    return (
        f'<form class="standalone" data-revise="{place}"><label>接着上文，理解为'
        f'<input type="text" name="text" value="{escape_html(answer.standalone)}" autocomplete="off" spellcheck="false"></label>'
        '<button type="submit">按此再问</button></form>'
    )


def _found(turn: Turn, place: int) -> str:
    answer = turn.answer
    supporting = [citation for citation in answer.citations if citation.supports]
    others = [citation for citation in answer.citations if not citation.supports]
    parts = []
    if answer.reason is Reason.SOURCES_DISAGREE:
        sides, rest, strong = _sides(turn, supporting, place)
        parts.append(sides)
        parts.append('<p class="notice">各处说法或所指范围不同，请对照原文。</p>')
        parts.append(_cards("依据", turn, rest, place, strong))
    else:
        alone = answer.sentence in ("", answer.text)
        marks = "".join(_mark(citation, place) for citation in supporting) if alone else ""
        size = "" if len(answer.text) <= LARGE_UP_TO else " long"
        parts.append(f'<p class="short{size}">{escape_html(answer.text)}{marks}</p>')
        if not alone:
            parts.append(f'<p class="sentence">{_sentence(answer.sentence, supporting, place, [answer.text])}</p>')
        parts.append(_written(answer))
        parts.append(_cards("依据", turn, supporting, place, [answer.text]))
    parts.append(_cards("另可参看", turn, others, place))
    return "".join(parts)


def _written(answer: Answer) -> str:
    """The paragraph of a writer, marked as such, and what became of the rest of its words; "" without a writer."""
    paragraph = f'<p class="written">{escape_html(answer.written)} <small>{WRITTEN_LABEL}</small></p>' if answer.written else ""
    return paragraph + (f'<p class="notice">{escape_html(answer.notice)}</p>' if answer.notice else "")


def _sides(turn: Turn, supporting: Sequence[Citation], place: int) -> tuple[str, list[Citation], list[str]]:
    """Each of several answers beside the others with its scope and its quotes; the citations that none of them took; the values."""
    sides = []
    taken: set[int] = set()
    values = []
    for line in turn.answer.text.split("；"):
        value, _, scope = line.partition("（")
        values.append(value)
        own = [citation for citation in supporting if value in citation.quote]
        own = [citation for citation in own if citation.number not in taken] or own[:1]
        taken |= {citation.number for citation in own}
        quotes = "".join(_card(turn, citation, place, [value]) for citation in own[:1])
        label = f'<p class="scope">{escape_html(scope.removesuffix("）"))}</p>' if scope else ""
        marks = "".join(_mark(citation, place) for citation in own[:1])
        sides.append(f'<li class="side"><p class="short">{escape_html(value)}{marks}</p>{label}{quotes}</li>')
        taken -= {citation.number for citation in own[1:]}
    rest = [citation for citation in supporting if citation.number not in taken]
    return f'<ul class="sides" aria-label="各处的说法">{"".join(sides)}</ul>', rest, values


def _sentence(sentence: str, citations: Sequence[Citation], place: int, strong: Sequence[str]) -> str:
    """The sentence with each footnote mark behind the quote it belongs to, or all at its end where it is not made of quotes."""
    if sentence == "".join(citation.quote for citation in citations):
        return "".join(_with_strong(citation.quote, strong) + _mark(citation, place) for citation in citations)
    return _with_strong(sentence, strong) + "".join(_mark(citation, place) for citation in citations)


def _abstention(turn: Turn, place: int) -> str:
    answer = turn.answer
    parts = [f'<p class="why">{REASON_LABELS[answer.reason]}</p><p class="message">{escape_html(answer.sentence)}</p>']
    if _WHY_SILENT.get(answer.reason):
        parts.append(f'<p class="because">{_WHY_SILENT[answer.reason]}</p>')
    if answer.citations:
        parts.append(_cards("也许相关", turn, answer.citations, place))
    elif answer.hits and answer.reason is not Reason.NOT_A_QUESTION:
        cards = "".join(_hit_card(turn, hit, place, number) for number, hit in enumerate(answer.hits[:CLOSEST_HITS], 1))
        parts.append(f'<h3>也许相关 <small>最接近的原文，没有回答这个问题</small></h3><ul class="cards">{cards}</ul>')
    return "".join(parts)


def _mark(citation: Citation, place: int) -> str:
    name = f"出处 {citation.number}：{headline(citation)}"
    return (
        f'<button type="button" class="mark" data-turn="{place}" data-number="{citation.number}" '
        f'aria-label="{escape_html(name)}" title="{escape_html(name)}">[{citation.number}]</button>'
    )


def _cards(heading: str, turn: Turn, citations: Sequence[Citation], place: int, strong: Sequence[str] = ()) -> str:
    if not citations:
        return ""
    cards = "".join(f"<li>{_card(turn, citation, place, strong)}</li>" for citation in citations)
    return f'<h3>{heading}</h3><ul class="cards">{cards}</ul>'


def _card(turn: Turn, citation: Citation, place: int, strong: Sequence[str]) -> str:
    article = turn.articles.get(citation.source_id)
    facts = _facts(article, citation.section)
    before, after = (
        f'<span class="around">{escape_html(text)}</span>' if text else ""
        for text in (surroundings(article, citation.spans, _AROUND_CHARS) if article else ("", ""))
    )
    return (
        f'<button type="button" class="card" data-turn="{place}" data-number="{citation.number}">'
        f'<span class="where"><b>[{citation.number}]</b> {escape_html(citation.title or citation.uri)}</span>{facts}'
        f'<span class="quote">{before}<span class="cited">{_with_strong(citation.quote, strong)}</span>{after}</span></button>'
    )


def _hit_card(turn: Turn, hit: Hit, place: int, number: int) -> str:
    facts = _facts(turn.articles.get(hit.chunk.source_id), " / ".join(hit.chunk.section))
    return (
        f'<li><button type="button" class="card" data-turn="{place}" data-number="-{number}">'
        f'<span class="where">{escape_html(hit.chunk.title or "（无题）")}</span>{facts}'
        f'<span class="quote">{escape_html(hit.chunk.text)}</span></button></li>'
    )


def _facts(article: Article | None, section: str) -> str:
    """Date and section of a quote."""
    date = article.source.published.isoformat() if article and article.source.published else ""
    shown = " · ".join(part for part in (date, section) if part)
    return f'<span class="section">{escape_html(shown)}</span>' if shown else ""


def _with_strong(text: str, parts: Sequence[str]) -> str:
    """``text`` escaped, the first of ``parts`` that is found in it made strong; not where it is all of it."""
    for part in parts:
        start = text.find(part) if part and part != text else -1
        if start >= 0:
            end = start + len(part)
            return f"{escape_html(text[:start])}<strong>{escape_html(part)}</strong>{escape_html(text[end:])}"
    return escape_html(text)


def _actions(answer: Answer, place: int) -> str:
    """What can be done with a turn, and in the same line how sure it is."""
    # Never 100: a figure that was estimated is not certain.
    sure = min(99, round(answer.confidence * 100))
    supporting = sum(citation.supports for citation in answer.citations)
    details = []
    if not answer.abstained:
        details.append(f'<span class="sure" title="按开发题估计，不是保证"><i style="--sure:{sure}%"></i>把握 {sure}%</span>')
        details.append(f"<span>{supporting} 处依据</span>")
    if "total" in answer.timings_ms:
        details.append(f"<span>{answer.timings_ms['total']:.0f} 毫秒</span>")
    buttons = [f'<button type="button" data-copy="{escape_html(as_text(answer))}">复制（带出处）</button>'] if not answer.abstained else []
    buttons.append(f'<button type="button" data-copy-link="{place}">复制链接</button>')
    if answer.reason is not Reason.NOT_A_QUESTION:
        buttons.append(f'<button type="button" data-why="{place}">为什么是这段</button>')
    return f'<footer class="details"><p>{"".join(details)}</p><p class="actions">{"".join(buttons)}</p>{_feedback(answer, place)}</footer>'


def _feedback(answer: Answer, place: int) -> str:
    """A form that says what is wrong with an answer: one click is enough, the rest may be left empty."""
    faults = {"answer": "不该拒答"} if answer.abstained else FAULTS
    if answer.reason is Reason.NOT_A_QUESTION:
        return ""
    buttons = "".join(f'<button type="submit" value="{fault}">{label}</button>' for fault, label in faults.items())
    return (
        f'<details class="feedback"><summary>答得不对？</summary><form data-feedback="{place}">'
        '<label>正确答案（可不填）<input type="text" name="right" maxlength="200" autocomplete="off"></label>'
        '<label>说明（可不填）<input type="text" name="note" maxlength="500" autocomplete="off"></label>'
        f'<div class="row">{buttons}</div></form></details>'
    )
