"""Pieces of HTML that several views are made of. What goes in as HTML is escaped already; labels are ours."""

from __future__ import annotations

from collections.abc import Sequence


def table(name: str, label: str, heads: Sequence[str], rows: str) -> str:
    """A table of class ``name`` that scrolls in its own region; a head with # is of numbers, one in brackets is for ears only."""
    cells = "".join(_head(text) for text in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="{name}">'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _head(text: str) -> str:
    if text.startswith("("):
        return f'<th scope="col"><span class="unseen">{text[1:-1]}</span></th>'
    if text.startswith("#"):
        return f'<th scope="col" class="num">{text[1:]}</th>'
    return f'<th scope="col">{text}</th>'


def number(label: str, shown: str, under: str = "") -> str:
    """A cell with a number; ``label`` stands before it where the table is shown as cards."""
    small = f"<small>{under}</small>" if under else ""
    return f'<td class="num" data-label="{label}">{shown}{small}</td>'


def panel(heading: str, small: str, inside: str, attributes: str = "") -> str:
    """A framed section under a heading, with something smaller beside it."""
    beside = f" <small>{small}</small>" if small else ""
    return f'<section class="panel"{attributes}><h2>{heading}{beside}</h2>{inside}</section>'
