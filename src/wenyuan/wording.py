"""Whether a text says a claim in the claim's own words, figures and dates written in whatever way. Knows nothing of verdicts.

Texts given here are normalised.
"""

from __future__ import annotations

import re
from datetime import date

from wenyuan.mentions import Part, mentions

_DENIED_BEFORE = re.compile(r"(?:没有?|[并从尚]?未能?|并非|不是?|无法|否认|无)$")


def plain(text: str) -> str:
    """Normalised ``text`` without Markdown's asterisks, the spaces between Han characters and marks at its ends."""
    return re.sub(r"\*+|(?<![a-z0-9]) | (?![a-z0-9])", "", text).strip(" 。.!?;,…")


def says_it_in_so_many_words(said: str, text: str, published: date | None) -> bool:
    """Whether ``text`` holds ``said`` but for how figures and dates are written, and does not deny it."""
    one, other = _canonical(said, published), _canonical(text, published)
    at = other.find(one)
    return at >= 0 and len(one) > 1 and not _DENIED_BEFORE.search(other[:at])


def _canonical(text: str, published: date | None) -> str:
    """``text`` without punctuation, every figure and date in one form that no other runs into."""
    out, at = [], 0
    for mention in mentions(text, published):
        if mention.part not in (Part.FIGURE, Part.DATE) or mention.quantity is None or mention.start < at:
            continue
        item = mention.quantity
        start = item.start if mention.part is Part.DATE else min(item.number[0], item.end)
        if start < at:
            continue
        out.append(_bare(text[at:start]))
        value = "{}.{}.{}{}".format(*mention.moment, mention.relative) if mention.part is Part.DATE else f"{item.value:.10g}"
        more = "+" if re.search("[多余]", item.approximate) else ""
        out.append(f"⟨{item.kind.value[:1]}{'#' if item.ordinal else ''}{value}{more}{'' if mention.part is Part.DATE else mention.unit}⟩")
        at = item.end
    out.append(_bare(text[at:]))
    return "".join(out)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
