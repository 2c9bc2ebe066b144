"""The corpus -> the HTML of 语料: what is in it, how a file was cleaned, how far a change is, what it did.

Every text of a stranger is escaped here. It knows nothing of Gradio, nor of how a change is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenyuan.chat.parts import number, panel, table
from wenyuan.chunk import sentences_of
from wenyuan.cite import escape_html
from wenyuan.contracts import Article, BlockKind, Span

PREVIEW_MAX_CHARS = 60_000  # of one article
STATUS: Mapping[str, str] = {
    "added": "新加入",
    "changed": "有改动",
    "unchanged": "没有变",
    "removed": "已移除",
    "renamed": "已改名",
    "failed": "没有成功",
}
_RULES: Mapping[str, str] = {  # names of cleaning rules, in Chinese; a rule without one is shown by its own name
    "white space": "空白",
    "navigation": "导航",
    "page furniture": "网页杂项",
    "teaser": "相关文章",
    "picture credit": "图片来源",
    "byline": "署名",
    "emphasis marks": "强调符号",
    "markup": "网页标记",
    "heading mark": "标题符号",
    "list mark": "列表符号",
    "pinyin gloss": "注音",
}
_KINDS = {BlockKind.TITLE: "标题", BlockKind.HEADING: "小标题", BlockKind.BODY: "正文", BlockKind.CAPTION: "图片说明"}


def page(articles: Mapping[str, Article], generations: Sequence[tuple[str, str, int, bool]], told: str = "") -> str:
    """The view: ``told`` on top (HTML), then adding, then the list, then earlier states as (name, time, articles, in force)."""
    return f"{told}{_adding()}{_list(articles)}{_history(generations)}"


def _adding() -> str:
    return (
        '<section class="panel adding"><h2>加入文章</h2><p class="quiet">txt、md、html、pdf、docx、jsonl，也可以是装着它们的 zip。'
        "先看清理的结果，再决定加不加；读不了的文件会说明原因，不影响其他文件。</p>"
        '<div class="drop" data-drop><label class="pick">选文件<input type="file" multiple data-pick '
        'accept=".txt,.md,.markdown,.html,.htm,.pdf,.docx,.jsonl,.zip"></label>'
        '<label class="pick">选文件夹<input type="file" webkitdirectory multiple data-pick></label>'
        '<span class="quiet">或把文件拖到这里</span></div></section>'
    )


def _list(articles: Mapping[str, Article]) -> str:
    rows = "".join(_row(id, article) for id, article in articles.items())
    characters = sum(len(article.source.text) for article in articles.values())
    inside = table("articles", "收录的文章", ("文章", "日期", "#字数", "#保留", "(操作)"), rows)
    again = '<p><button type="button" data-rebuild>全部重新清理、重建索引</button></p>'
    return panel("收录的文章", f"{len(articles)} 篇，{characters:,} 字", inside + again)


def _row(id: str, article: Article) -> str:
    title, uri = escape_html(article.title or article.source.uri), escape_html(article.source.uri)
    date = article.source.published.isoformat() if article.source.published else "—"
    return (
        f'<tr><td><button type="button" class="link" data-preview="{escape_html(id)}">{title}</button>'
        f'<small class="quiet">{uri}</small></td><td data-label="日期">{date}</td>'
        f"{number('字数', f'{len(article.source.text):,}')}{number('保留', _share_kept(article))}"
        f'<td class="act"><button type="button" data-remove="{uri}" aria-label="移除 {title}">移除</button></td></tr>'
    )


def _share_kept(article: Article) -> str:
    whole = len(article.source.text)
    blank = article.dropped.get("white space", 0)
    dropped = sum(article.dropped.values()) - blank
    return f"{100 * (1 - dropped / max(1, whole - blank)):.0f}%"


def _history(generations: Sequence[tuple[str, str, int, bool]]) -> str:
    rows = "".join(
        f"<li>{'<b>现在</b>' if current else ''}<span>{escape_html(created.replace('T', ' ')[:16])}</span><span>{sources} 篇</span>"
        f'<small class="quiet">{escape_html(name)}</small>'
        + ("" if current else f'<button type="button" data-rollback="{escape_html(name)}">回到这里</button>')
        + "</li>"
        for name, created, sources, current in reversed(generations)
    )
    quiet = '<p class="quiet">每次改动都是新的一版，旧的留着，可以退回。</p>'
    return panel("版本", "", f'{quiet}<ol class="history">{rows}</ol>')


def working(what: str, done: int, total: int, seconds: float, since: float = 0.0) -> str:
    """How far a change is, with the time that is left.

    ``seconds`` it took to come to ``done``, and ``since`` seconds have gone by: steps are coarse, and the estimate counts down.
    """
    share = done / total if total else 0.0
    left = f"，还要约 {max(1, round(seconds / share * (1 - share) - since))} 秒" if 0.02 < share < 1 and seconds > 1 else ""
    counts = f"{done:,} / {total:,}" if total else "准备中"
    return (
        f'<section class="panel working"><p role="status">{what}：{counts}{left}</p>'
        f'<progress max="100" value="{100 * share:.0f}" aria-label="{what}">{100 * share:.0f}%</progress>'
        '<p><button type="button" data-cancel>取消</button></p></section>'
    )


def staged(files: Sequence[tuple[str, Sequence[Article], str]]) -> str:
    """What would be added: (name, articles, reason why it cannot be read) of each file, each article as it was cleaned."""
    good = sum(1 for _, articles, _ in files if articles)
    items = []
    for place, (name, articles, reason) in enumerate(files):
        if reason:
            items.append(
                f'<li class="failed"><b>{escape_html(name)}</b><span class="badge failed">读不了</span><p>{escape_html(reason)}</p></li>'
            )
            continue
        words = sum(len(article.source.text) for article in articles)
        first = next(iter(articles), None)
        inside = "".join(f"<h3>{escape_html(one.title or one.source.uri)}</h3>{preview(one)}" for one in articles[:3])
        more = f'<p class="quiet">还有 {len(articles) - 3} 篇没有显示。</p>' if len(articles) > 3 else ""
        items.append(
            f'<li><b>{escape_html(name)}</b><span class="badge">{len(articles)} 篇，{words:,} 字</span>'
            f"<details{' open' if place == 0 and first else ''}><summary>看清理的结果</summary>{inside}{more}</details></li>"
        )
    add = f'<button type="button" class="primary" data-add>加入这 {good} 个文件</button>' if good else ""
    return (
        f'<section class="panel staged" tabindex="-1"><h2>还没有加入 <small>{len(files)} 个文件，{len(files) - good} 个读不了</small></h2>'
        f'<p>{add}<button type="button" data-discard>不加了</button></p><ul class="files">{"".join(items)}</ul></section>'
    )


def changed(outcomes: Sequence[tuple[str, str, str]], summary: str) -> str:
    """What a change did: (uri, status, message) of each file."""
    shown = [one for one in outcomes if one[1] != "unchanged"] or list(outcomes)
    items = "".join(_outcome(*one) for one in shown[:200])
    return f'<section class="panel told" role="status"><h2>{escape_html(summary)}</h2><ul class="files">{items}</ul></section>'


def _outcome(uri: str, status: str, message: str) -> str:
    badge = f'<span class="badge {escape_html(status)}">{STATUS.get(status, escape_html(status))}</span>'
    return f"<li><b>{escape_html(uri)}</b>{badge}{f'<p>{escape_html(message)}</p>' if message else ''}</li>"


def trouble(message: str) -> str:
    """Something went wrong; the corpus is as it was."""
    return f'<section class="panel told trouble" role="alert"><h2>没有改动</h2><p>{escape_html(message)}</p></section>'


def one_article(article: Article) -> str:
    """How an article of the corpus was cleaned."""
    return (
        f'<section class="panel staged" tabindex="-1"><h2>{escape_html(article.title or article.source.uri)}</h2>'
        f'<p><button type="button" data-discard>收起</button></p>{preview(article)}</section>'
    )


def preview(article: Article) -> str:
    """The whole source in order: what is kept by kind, what was dropped by which rule, which sentences were put together."""
    text = article.source.text
    runs: list[tuple[Span, str, str]] = []
    stitched = 0
    counts: dict[BlockKind, int] = {}
    for block in article.blocks:
        counts[block.kind] = counts.get(block.kind, 0) + sum(map(len, block.spans))
        joined = {span for sentence in sentences_of(block, article.source) if len(sentence) > 1 for span in sentence}
        stitched += sum(len(sentence) > 1 for sentence in sentences_of(block, article.source))
        for span in block.spans:
            inside = sorted((one for one in joined if one.start < span.end and span.start < one.end), key=lambda one: one.start)
            at = span.start
            for one in inside:
                start, end = max(at, one.start), min(span.end, one.end)
                if at < start:
                    runs.append((Span(at, start), block.kind.value, _KINDS[block.kind]))
                if start < end:
                    runs.append((Span(start, end), f"{block.kind.value} stitched", f"{_KINDS[block.kind]}，被隔断的一句，已接上"))
                at = max(at, end)
            if at < span.end:
                runs.append((Span(at, span.end), block.kind.value, _KINDS[block.kind]))
    for item in article.dropped_spans:
        kind = "blank" if item.rule == "white space" else "dropped"
        runs.append((item.span, kind, f"去掉：{_RULES.get(item.rule, item.rule)}"))
    runs.sort(key=lambda run: run[0].start)
    shown = "".join(
        escape_html(text[span.start : span.end])
        if kind == "blank"
        else f'<span class="k-{kind.replace(" ", " k-")}" title="{escape_html(title)}">{escape_html(text[span.start : span.end])}</span>'
        for span, kind, title in runs
        if span.start < PREVIEW_MAX_CHARS
    )
    cut = f'<p class="quiet">只显示了前 {PREVIEW_MAX_CHARS:,} 字，全文 {len(text):,} 字。</p>' if len(text) > PREVIEW_MAX_CHARS else ""
    return f'{_legend(article, counts, stitched)}<pre class="preview" role="region" tabindex="0" aria-label="清理的结果">{shown}</pre>{cut}'


def _legend(article: Article, counts: Mapping[BlockKind, int], stitched: int) -> str:
    kept = "".join(
        f'<li><span class="k-{kind.value}">{_KINDS[kind]}</span> {counts[kind]:,} 字</li>' for kind in BlockKind if kind in counts
    )
    joined = f'<li><span class="k-stitched">接上的句子</span> {stitched} 句</li>' if stitched else ""
    dropped = "".join(
        f'<li><span class="k-dropped">{escape_html(_RULES.get(rule, rule))}</span> {count:,} 字</li>'
        for rule, count in sorted(article.dropped.items(), key=lambda item: -item[1])
        if rule != "white space"
    )
    return f'<ul class="legend">{kept}{joined}{dropped}</ul>'
