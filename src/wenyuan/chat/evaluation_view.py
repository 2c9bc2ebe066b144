"""Runs -> the HTML of 评测: what to run, how far it is, figures, plots and misses of a run, two runs side by side.

Every text of a stranger is escaped here. It knows nothing of Gradio, nor of how anything is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from wenyuan.chat import plots
from wenyuan.chat.parts import number, panel, table
from wenyuan.cite import escape_html
from wenyuan.evaluate import Comparison, Difference, Report, Row
from wenyuan.evaluate.report import Estimate, Miss

KINDS: Mapping[str, str] = {
    "count": "数量",
    "amount": "金额",
    "date": "时间",
    "percent": "比例",
    "person_or_org": "人或机构",
    "place": "地点",
    "list": "名单",
    "definition_or_what": "是什么",
    "how_or_why": "怎样、为何",
    "yes_no": "是与否",
    "comparison": "比较",
    "conflict": "说法不一",
    "noisy": "有错字",
    "followup": "追问",
    "unanswerable": "文中没有",
}
MEASURES: Mapping[str, str] = {
    "answered": "能答的答对了",
    "cited": "引文含有依据",
    "verbatim": "引文与原文一字不差",
    "refused": "该拒答的拒答了",
    "false_refusal": "不该拒答却拒答（越低越好）",
    "accuracy": "全部答对",
    "exact": "完全一致",
    "f1": "字面重合 F1",
    "citation_precision": "引文准确率",
    "citation_recall": "引文召回率",
    "refusal_precision": "拒答准确率",
}
MISSES: Mapping[Miss, str] = {
    Miss.NOT_REFUSED: "该拒答却答了",
    Miss.NOT_INDEXED: "清理时丢了",
    Miss.NOT_RETRIEVED: "没有检索到",
    Miss.REFUSED: "检索到却拒答",
    Miss.NOT_READ: "检索到没引用",
    Miss.NOT_EXTRACTED: "引用对答案错",
}
_HEAD = ("answered", "cited", "verbatim", "refused", "false_refusal")
_STEPS = {"analyse": "分析", "retrieve": "检索", "read": "阅读", "check": "核对", "total": "合计"}
_FOCUSED = ' id="eval-result" tabindex="-1"'  # the script takes the reader there
_BINS = 10
_MISSES_SHOWN = 200


def page(sets: Sequence[tuple[str, str]], runs: Sequence[tuple[str, str]], told: str = "", chosen: str = "") -> str:
    """The view: choices as (value, name), then ``told`` (HTML). ``chosen`` is the run that is open."""
    return f"{_choices(sets, runs, chosen)}{told}"


def _choices(sets: Sequence[tuple[str, str]], runs: Sequence[tuple[str, str]], chosen: str) -> str:
    upload = '<label class="pick">上传题集<input type="file" accept=".jsonl" data-pick-set></label>'
    return panel(
        "评测",
        "",
        f'<div class="forms"><form data-run>{_select("题集", "set", sets)}'
        f'<button type="submit" class="primary">开始评测</button>{upload}</form>'
        f'<form data-open-run>{_select("看一次结果", "run", runs, chosen)}<button type="submit">打开</button></form>'
        f"<form data-compare>{_select('比较', 'before', runs)}{_select('与', 'now', runs, chosen)}"
        '<button type="submit">比较</button></form></div>',
    )


def _select(label: str, name: str, named: Sequence[tuple[str, str]], chosen: str = "") -> str:
    return f'<label>{label}<select name="{name}">{_options(named, chosen)}</select></label>'


def _options(named: Sequence[tuple[str, str]], chosen: str = "") -> str:
    if not named:
        return '<option value="">（还没有）</option>'
    return "".join(
        f'<option value="{escape_html(value)}"{" selected" if value == chosen else ""}>{escape_html(name)}</option>'
        for value, name in named
    )


def report_page(report: Report, name: str) -> str:
    """One run: headline figures, plots, misses."""
    tiles = "".join(_tile(MEASURES[measure], report.overall[measure]) for measure in _HEAD if measure in report.overall)
    kinds = [
        (KINDS.get(kind, kind), one.mean, one.low, one.high, one.rows)
        for kind, values in report.kinds.items()
        if (one := values.get("accuracy"))
    ]
    took = [(_STEPS.get(step, step), one.p50_ms, one.p95_ms) for step, one in report.latency_ms.items()]
    error = f"{report.calibration.expected_error:.3f}"
    figures = [
        _figure("按题型答对", plots.bars(kinds, "按题型答对的比例"), "横线是 95% 区间，右边是题数。"),
        _figure("风险与覆盖", _risk(report), "只答最有把握的那些题时，答错的比例。"),
        _figure("把握与对错", _reliability(report.rows), f"点在虚线上，把握就与对的比例相符；期望校准误差 {error}。"),
        _figure("用时", plots.latency(took, "各步用时"), "深色是中位数，浅色到第 95 百分位，毫秒。"),
    ]
    made = f"{len(report.rows)} 题 · {escape_html(report.run_id)} · {escape_html(report.commit[:7])}{'（有改动）' if report.dirty else ''}"
    inside = f'<ul class="tiles">{tiles}</ul><div class="plots">{"".join(figures)}</div>'
    return panel(escape_html(report.set_name), made, inside, _FOCUSED) + _misses(report, name)


def _figure(title: str, plot: str, note: str) -> str:
    return f"<figure><figcaption>{title}<small>{escape_html(note)}</small></figcaption>{plot}</figure>"


def _tile(name: str, one: Estimate) -> str:
    return (
        f"<li><b>{100 * one.mean:.1f}%</b><span>{name}</span><small>{100 * one.low:.1f} 到 {100 * one.high:.1f}，{one.rows} 题</small></li>"
    )


def _risk(report: Report) -> str:
    return plots.line(report.calibration.curve, "风险与覆盖曲线", "作答的比例", "答错的比例")


def reliability(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(mean confidence, share right) of each of ten equal bins that holds an answer."""
    bins: dict[int, list[Row]] = {}
    for row in rows:
        if not row.abstained:
            bins.setdefault(min(_BINS - 1, int(row.confidence * _BINS)), []).append(row)
    return [
        (sum(row.confidence for row in inside) / len(inside), sum(row.values.get("accuracy", 0.0) for row in inside) / len(inside))
        for _, inside in sorted(bins.items())
    ]


def _reliability(rows: Sequence[Row]) -> str:
    return plots.line(reliability(rows), "把握与答对比例", "把握", "答对的比例", diagonal=True, dots=True)


def _misses(report: Report, name: str) -> str:
    missed = [row for row in report.rows if row.miss is not Miss.NONE]
    if not missed:
        return '<section class="panel"><h2>没有答错的题</h2></section>'
    counts = Counter(row.miss for row in missed)
    where = "".join(f"<li>{MISSES[miss]} <b>{counts[miss]}</b></li>" for miss in MISSES if counts[miss])
    rows = "".join(_missed(row, name) for row in missed[:_MISSES_SHOWN])
    shown = table("misses", "答错的题", ("问题", "应答", "答了", "丢在哪一步", "(操作)"), rows)
    return panel("答错的题", f"{len(missed)} 题", f'<ul class="where-lost">{where}</ul>{shown}')


def _missed(row: Row, name: str) -> str:
    kind = KINDS.get(row.kind, escape_html(row.kind))
    gold, given = (escape_html(text[:80]) or "（拒答）" for text in ("；".join(row.gold), row.answer))
    return (
        f'<tr><td><small class="quiet">{escape_html(row.id)} · {kind}</small>{escape_html(row.question)}</td>'
        f'<td data-label="应答">{gold}</td><td data-label="答了">{given}</td><td>{MISSES.get(row.miss, "")}</td>'
        f'<td class="act"><button type="button" data-drill="{escape_html(row.id)}" data-run-name="{escape_html(name)}" '
        f'aria-label="为什么：{escape_html(row.question)}">为什么</button></td></tr>'
    )


def comparison_page(comparison: Comparison) -> str:
    """Two runs, measure by measure."""
    known = list(MEASURES)
    ordered = sorted(comparison.differences, key=lambda one: known.index(one.measure) if one.measure in known else len(known))
    heads = ("指标", "#之前", "#现在", "#差", "#p", "#赢 / 输 / 平", "(判断)")
    won, lost = (escape_html("、".join(ids[:60])) or "无" for ids in (comparison.won, comparison.lost))
    runs = f"{escape_html(comparison.baseline_id)} → {escape_html(comparison.run_id)}，共同的 {comparison.pairs} 题"
    shown = table("compared", "比较", heads, "".join(map(_difference, ordered)))
    verdict = "有退步" if comparison.regressed else "没有退步"
    return panel(verdict, runs, f"{shown}<p>新答对的：{won}</p><p>新答错的：{lost}</p>", _FOCUSED)


def _difference(one: Difference) -> str:
    cells = [
        number("之前", f"{100 * one.baseline:.1f}%"),
        number("现在", f"{100 * one.now:.1f}%"),
        number("差", f"{100 * (one.now - one.baseline):+.1f}", f"{100 * one.low:+.1f} 到 {100 * one.high:+.1f}"),
        number("p", f"{one.p:.3f}"),
        number("赢 / 输 / 平", f"{one.wins} / {one.losses} / {one.ties}"),
    ]
    name = MEASURES.get(one.measure, escape_html(one.measure))
    return f'<tr class="{"worse" if one.regressed else ""}"><td>{name}</td>{"".join(cells)}<td>{"变差" if one.regressed else ""}</td></tr>'
