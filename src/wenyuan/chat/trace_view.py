"""A trace -> the HTML of 为什么是这段 and 为什么不是它. Every text of a stranger is escaped here; it knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenyuan import explain
from wenyuan.chat.conversation import Turn
from wenyuan.chat.parts import number, panel, table
from wenyuan.cite import REASON_LABELS, escape_html
from wenyuan.contracts import AnswerType, Article, Stage
from wenyuan.explain import Passage, Trace, WhyNot

EXPECTED: Mapping[AnswerType, str] = {
    AnswerType.COUNT: "数量",
    AnswerType.AMOUNT: "金额",
    AnswerType.PERCENT: "比例",
    AnswerType.DURATION: "时长",
    AnswerType.NUMBER: "数字",
    AnswerType.DATE: "时间",
    AnswerType.PERSON_OR_ORG: "人或机构",
    AnswerType.PLACE: "地点",
    AnswerType.LIST: "名单",
    AnswerType.DEFINITION: "是什么",
    AnswerType.HOW_OR_WHY: "怎样、为何",
    AnswerType.YES_NO: "是与否",
    AnswerType.COMPARISON: "比较",
    AnswerType.ANY: "不限",
}
STAGES: Mapping[Stage, str] = {Stage.DENSE: "语义", Stage.KEYWORD: "字词", Stage.FUSED: "合并", Stage.READ: "阅读"}
FELL: Mapping[str, tuple[str, str]] = {
    explain.CITED: ("引用", "答案出自这里。"),
    explain.UNSURE: ("不够有把握", "它最接近，但把握不到可以作答的程度。"),
    explain.WEAKER: ("不如别处", "读过了，也有合用的内容，但别处与问题更贴合。"),
    explain.GATED: ("对不上", "有同类的内容，但地点、年份、方向或所属的对象与问题不符。"),
    explain.NO_CANDIDATE: ("没有同类内容", "读过了，但里面没有所问的那一类内容。"),
    explain.NEAR_COPY: ("与别处重复", "别的段落已经说了同样的话，这一段不再重复。"),
    explain.OUTRANKED: ("排名靠后", "检索到了，但排在要阅读的段落之后。"),
    explain.NOT_FOUND: ("没有检索到", "语义和字词两路检索的候选里都没有它。"),
}
WHY_NOT_SHOWN = 12  # passages
_TIMES = {"analyse": "分析", "retrieve": "检索", "read": "阅读", "check": "核对", "total": "合计"}


def nothing() -> str:
    """What stands there before anything was asked."""
    return (
        '<section class="panel"><h2>为什么是这段</h2><p class="quiet">先在“问答”里问一个问题，'
        "这里会说明它是怎样被理解的、找到了哪些段落、为什么选中其中一段。</p></section>"
    )


def page(turns: Sequence[Turn], place: int, trace: Trace, articles: Mapping[str, Article], found: str = "") -> str:
    """The whole view: the choice of a turn, how its question was understood, the question of another passage, the passages.

    ``found`` (HTML) is what came of that question.
    """
    return "".join(
        [
            _chooser(turns, place),
            '<section class="panel">',
            _verdict(trace),
            _understood(trace),
            _times(trace.timings_ms),
            "</section>",
            _why_not_form(place, articles),
            found,
            _passages(trace, articles),
        ]
    )


def _chooser(turns: Sequence[Turn], place: int) -> str:
    options = "".join(
        f'<option value="{number}"{" selected" if number == place else ""}>{number + 1}. {escape_html(turn.answer.question[:80])}</option>'
        for number, turn in reversed(list(enumerate(turns)))
    )
    return f'<p class="choose"><label>哪一问 <select data-choose-turn>{options}</select></label></p>'


def _verdict(trace: Trace) -> str:
    answer = trace.answer
    said = REASON_LABELS[answer.reason] if answer.abstained else answer.text
    kind = "abstained" if answer.abstained else "answered"
    sure = "" if answer.abstained else f'<span class="quiet">把握 {min(99, round(answer.confidence * 100))}%</span>'
    return f'<h2 class="verdict {kind}"><span>{escape_html(answer.question)}</span><b>{escape_html(said[:200])}</b>{sure}</h2>'


def _understood(trace: Trace) -> str:
    query = trace.query
    scope = [*query.places, *(f"{year}年" for year in query.years)]
    terms = "".join(
        f"<li{' class=nowhere' if not term.passages else ''}>{escape_html(term.text)}<small>{term.passages}</small></li>"
        for term in trace.terms
    )
    words = "".join(f"<li>{escape_html(term)}</li>" for term in query.terms)
    rows = [
        ("理解为", escape_html(query.standalone)),
        ("要找的是", EXPECTED[query.expected] + (f"（{escape_html('、'.join(query.units))}）" if query.units else "")),
        ("范围", escape_html("、".join(scope)) or '<span class="quiet">没有限定</span>'),
        ("问题里的词", f'<ul class="terms">{words}</ul>' if words else '<span class="quiet">没有</span>'),
        ("按字词检索", f'<ul class="terms counted">{terms}</ul>' if terms else '<span class="quiet">没有</span>'),
    ]
    cells = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    note = '<p class="quiet note">字词后面的数字是含有它的段落数；划去的在全部文章里都没有。</p>' if terms else ""
    return f'<dl class="facts-list">{cells}</dl>{note}'


def _times(timings_ms: Mapping[str, float]) -> str:
    parts = [(_TIMES.get(name, escape_html(name)), took) for name, took in timings_ms.items() if name != "total" and took >= 0]
    whole = max(timings_ms.get("total", 0.0), sum(took for _, took in parts), 0.001)
    bars = "".join(
        f'<span class="t{place % 5}" style="flex-grow:{max(took, whole / 200):.3f}" title="{name} {took:.1f} 毫秒"></span>'
        for place, (name, took) in enumerate(parts)
    )
    named = "".join(f'<li class="t{place % 5}">{name} {took:.1f} 毫秒</li>' for place, (name, took) in enumerate(parts))
    return f'<div class="times"><div class="bar" aria-hidden="true">{bars}</div><ul>{named}<li>合计 {whole:.1f} 毫秒</li></ul></div>'


def _passages(trace: Trace, articles: Mapping[str, Article]) -> str:
    if not trace.passages:
        return ""
    stages = [stage for stage in Stage if any(stage in passage.ranks for passage in trace.passages)]
    rows = "".join(_row(passage, stages, articles) for passage in trace.passages)
    shown = table("passages", "找到的段落", ("段落", *(f"#{STAGES[stage]}" for stage in stages), "结果"), rows)
    note = '<p class="quiet note">每格是名次，下面的小字是得分；得分只在同一列里可比。</p>'
    return panel("找到的段落", f"前 {len(trace.passages)} 段", shown + note)


def _row(passage: Passage, stages: Sequence[Stage], articles: Mapping[str, Article]) -> str:
    chunk = passage.chunk
    cells = "".join(
        number(STAGES[stage], str(passage.ranks[stage]), f"{passage.scores.get(stage, 0):.3f}")
        if stage in passage.ranks
        else number(STAGES[stage], "—")
        for stage in stages
    )
    article = articles.get(chunk.source_id)
    title = chunk.title or (article.source.uri if article else "")
    place = f"第 {chunk.spans[0].start:,}–{chunk.spans[-1].end:,} 字"
    where = " · ".join(part for part in (title, " / ".join(chunk.section), place) if part)
    return (
        f'<tr class="{passage.fell}"><td><details><summary>{escape_html(_cut(chunk.text, 70))}</summary>'
        f'<p class="whole">{escape_html(chunk.text)}</p></details><small class="quiet">{escape_html(where)}</small></td>'
        f"{cells}<td>{_fate(passage)}</td></tr>"
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"


def _fate(passage: Passage) -> str:
    label, reason = FELL[passage.fell]
    offered = f"<small>会答“{escape_html(passage.offered[:40])}”" if passage.offered else "<small>"
    score = f" {passage.score:.2f} 分" if passage.score is not None else ""
    return f'<span class="fate {passage.fell}" title="{reason}">{label}</span>{offered}{score}</small>'


def _why_not_form(place: int, articles: Mapping[str, Article]) -> str:
    options = "".join(
        f'<option value="{escape_html(id)}">{escape_html(_cut(article.title or article.source.uri, 60))}</option>'
        for id, article in articles.items()
    )
    return panel(
        "为什么不是它",
        "",
        '<p class="quiet">以为答案在别处？选一篇文章，或贴上一句原文，看它在哪一步落选。</p>'
        f'<form class="why-not" data-why-not="{place}">'
        '<label>一句原文<input type="text" name="sentence" maxlength="500" autocomplete="off"></label>'
        f'<label>或一篇文章<select name="source"><option value="">（不选）</option>{options}</select></label>'
        '<button type="submit" class="primary">查一查</button></form>',
    )


_FOCUSED = ' id="why-not-result" tabindex="-1"'  # the script takes the reader there


def answer_why_not(found: Sequence[WhyNot], wanted: str) -> str:
    """Where each passage that was pointed at fell out; a word where there is none."""
    if not found:
        said = f"收录的文章里没有“{escape_html(_cut(wanted, 120))}”。"
        return panel("没有这句话", "", f"<p>{said}可能在清理时被去掉了：到“语料”里打开文章，能看到去掉了什么、依哪条规则。</p>", _FOCUSED)
    items = "".join(map(_fallen, found[:WHY_NOT_SHOWN]))
    left = len(found) - WHY_NOT_SHOWN
    more = f'<p class="quiet">另有 {left} 段，走得更近的都在上面。</p>' if left > 0 else ""
    return panel("它在哪一步落选", "", f'<ul class="fates">{items}</ul>{more}', _FOCUSED)


def _fallen(one: WhyNot) -> str:
    passage = one.passage
    label, reason = FELL[passage.fell]
    lines = [f'<p><span class="fate {passage.fell}">{label}</span> {reason}</p>']
    if passage.offered and passage.fell != explain.CITED:
        lines.append(f"<p>它会给出的答案：{escape_html(_cut(passage.offered, 80))}</p>")
    if one.stands_in_the_way and passage.fell in (explain.WEAKER, explain.OUTRANKED, explain.GATED):
        lines.append(f'<p class="quiet">选中的是：{escape_html(_cut(one.stands_in_the_way, 80))}</p>')
    lines.append(f'<p class="quote">{escape_html(_cut(passage.chunk.text, 160))}</p>')
    ranks = " · ".join(f"{STAGES[stage]}第 {passage.ranks[stage]}" for stage in STAGES if stage in passage.ranks)
    lines.append(f'<p class="quiet">{ranks or "两路检索都没有名次"}</p>')
    return f"<li>{''.join(lines)}</li>"
