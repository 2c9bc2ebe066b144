"""Numbers -> small inline SVG plots, drawn on the server so that the page loads no plotting library. Every label is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from wenyuan.cite import escape_html

_W, _H, _LEFT, _BOTTOM, _TOP, _RIGHT = 460, 270, 54, 44, 34, 20


def bars(rows: Sequence[tuple[str, float, float, float, int]], name: str) -> str:
    """Horizontal bars, one a row of (label, mean, low, high, n), all in [0, 1]; the interval as a thin line."""
    height, left, width = 26, 108, 460
    span = width - left - 100
    parts = []
    for number, (label, mean, low, high, count) in enumerate(rows):
        y = number * height
        parts.append(
            f'<text x="{left - 8}" y="{y + 18}" text-anchor="end">{escape_html(label)}</text>'
            f'<rect class="ground" x="{left}" y="{y + 6}" width="{span}" height="14"/>'
            f'<rect class="value" x="{left}" y="{y + 6}" width="{span * mean:.1f}" height="14"/>'
            f'<path class="interval" d="M{left + span * low:.1f} {y + 13}H{left + span * high:.1f}"/>'
            f'<text x="{left + span + 8}" y="{y + 18}">{100 * mean:.0f}%<tspan class="quiet"> / {count}</tspan></text>'
        )
    return _svg(width, max(height, height * len(rows)), name, "".join(parts))


def line(points: Sequence[tuple[float, float]], name: str, across: str, up: str, diagonal: bool = False, dots: bool = False) -> str:
    """A curve through ``points``; across in [0, 1], up from 0 to the next round share above the highest."""
    top = 1.0 if diagonal else next((limit for limit in (0.05, 0.1, 0.2, 0.3, 0.5) if max((y for _, y in points), default=0) <= limit), 1.0)
    width, height = _W - _LEFT - _RIGHT, _H - _TOP - _BOTTOM

    def at(x: float, y: float) -> str:
        return f"{_LEFT + width * x:.1f} {_TOP + height * (1 - y / top):.1f}"

    grid = "".join(
        f'<path class="grid" d="M{at(0, top * share)}L{at(1, top * share)}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{_TOP + height * (1 - share) + 4:.1f}" text-anchor="end">{100 * top * share:g}%</text>'
        for share in (0, 0.5, 1)
    ) + "".join(
        f'<text class="tick" x="{_LEFT + width * share:.1f}" y="{_H - 24}" text-anchor="middle">{100 * share:g}%</text>'
        for share in (0, 0.5, 1)
    )
    ideal = f'<path class="ideal" d="M{at(0, 0)}L{at(1, 1)}"/>' if diagonal else ""
    curve = f'<path class="curve" d="M{"L".join(at(x, y) for x, y in points)}"/>' if points else ""
    marks = (
        "".join(f'<circle class="dot" r="3.5" cx="{at(x, y).split()[0]}" cy="{at(x, y).split()[1]}"/>' for x, y in points) if dots else ""
    )
    names = (
        f'<text class="axis" x="{_LEFT + width / 2}" y="{_H - 3}" text-anchor="middle">{escape_html(across)}</text>'
        f'<text class="axis" x="0" y="16">{escape_html(up)}</text>'
    )
    return _svg(_W, _H, name, grid + ideal + curve + marks + names)


def latency(rows: Sequence[tuple[str, float, float]], name: str) -> str:
    """Horizontal bars of (label, p50, p95) in milliseconds on one scale."""
    height, left, width = 26, 108, 460
    span = width - left - 116
    longest = max((p95 for _, _, p95 in rows), default=1.0) or 1.0
    parts = []
    for number, (label, p50, p95) in enumerate(rows):
        y = number * height
        parts.append(
            f'<text x="{left - 8}" y="{y + 18}" text-anchor="end">{escape_html(label)}</text>'
            f'<rect class="ground" x="{left}" y="{y + 6}" width="{max(1.0, span * p95 / longest):.1f}" height="14"/>'
            f'<rect class="value" x="{left}" y="{y + 6}" width="{max(1.0, span * p50 / longest):.1f}" height="14"/>'
            f'<text x="{left + max(1.0, span * p95 / longest) + 8:.1f}" y="{y + 18}">{p50:.0f} / {p95:.0f}</text>'
        )
    return _svg(width, max(height, height * len(rows)), name, "".join(parts))


def _svg(width: int, height: int, name: str, inside: str) -> str:
    return f'<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{escape_html(name)}">{inside}</svg>'
