"""What came of checking a claim → Chinese words, terminal text, the JSON line. Knows nothing of how it was checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wenyuan.chinese.text import normalise
from wenyuan.cite import citation_record, footnotes_as_text, one_line
from wenyuan.contracts import Citation
from wenyuan.verify import Difference, Differing, Support, Verdict

_HEADS = {Support.SUPPORTED: "与原文相符", Support.CONTRADICTED: "与原文不符", Support.NOT_STATED: "原文没有这样写"}
_KINDS = {
    Differing.NUMBER: "数字",
    Differing.UNIT: "单位",
    Differing.DATE: "日期",
    Differing.PLACE: "地点",
    Differing.SUBJECT: "主体",
    Differing.NAME: "名称",
}


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """The outcome for one claim. ``citations`` bear it out, speak against it or, where nothing is stated, come nearest."""

    claim: str
    support: Support
    sentence: str  # the outcome in Chinese
    differences: tuple[Difference, ...] = ()  # in the claim's and the source's own characters
    citations: tuple[Citation, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def outcome(claim: str, verdict: Verdict, citations: tuple[Citation, ...]) -> ClaimCheck:
    """``verdict`` in Chinese, its differences in the claim's own characters and those of the quotes."""
    quote = "".join(citation.quote for citation in citations)
    differences = tuple(
        Difference(one.what, _verbatim(claim, one.claimed), _verbatim(quote, one.stated) if one.stated else "")
        for one in verdict.differences
    )
    said = "；".join(dict.fromkeys(map(describe, differences)))
    head = _HEADS[verdict.support]
    return ClaimCheck(claim, verdict.support, f"{head}：{said}。" if said else f"{head}。", differences, citations)


def describe(difference: Difference) -> str:
    """One difference in Chinese: 数字不同，所说“24所”，原文“22所”."""
    if difference.what is Differing.NEGATION:
        return f"说反了：“{difference.claimed}”"
    if difference.what is Differing.TOPIC:
        return "没有谈到这件事"
    kind = _KINDS[difference.what]
    if difference.stated:
        return f"{kind}不同，所说“{difference.claimed}”，原文“{difference.stated}”"
    return f"没有写到“{difference.claimed}”"


def _verbatim(text: str, part: str) -> str:
    """The characters of ``text`` that are ``part`` when normalised; ``part`` where none are."""
    plain = normalise(text)
    kept = [at for at, char in enumerate(plain.text) if char not in " *"]
    at = "".join(plain.text[place] for place in kept).find(re.sub(r"[ *]", "", part))
    if at < 0 or not part:
        return part
    low, high = plain.original(kept[at], kept[at + len(re.sub(r"[ *]", "", part)) - 1] + 1)
    return text[low:high]


def claim_record(found: ClaimCheck, id: str | int | None = None) -> dict[str, Any]:
    """The outcome as a JSON line; ``verdict`` is supported, contradicted or not_stated."""
    return {
        "id": id,
        "claim": found.claim,
        "verdict": found.support.name.lower(),
        "sentence": found.sentence,
        "differences": [
            {"what": one.what.value, "claimed": one.claimed, "stated": one.stated, "message": describe(one)} for one in found.differences
        ],
        "citations": [citation_record(citation) for citation in found.citations],
        "timings_ms": {name: round(value, 3) for name, value in found.timings_ms.items()},
    }


def claim_as_text(found: ClaimCheck) -> str:
    """The outcome for a terminal: one sentence, then the quote with its place."""
    lines = [one_line(found.sentence)]
    if found.citations:
        head = {Support.SUPPORTED: "依据", Support.CONTRADICTED: "原文"}.get(found.support, "最接近的原文，没有这样写")
        lines += ["", head, *footnotes_as_text(found.citations)]
    return "\n".join(lines)
