"""Whose a figure of a cited text is, and who gives there and who takes. Texts given here are normalised. Knows nothing of verdicts."""

from __future__ import annotations

import re

from wenyuan.binding import subjects
from wenyuan.chinese.names import contains, level, places
from wenyuan.cited_text import CitedText
from wenyuan.mentions import Mention

_COORDINATED = re.compile(r"[省市县区]?(?:[、和与及暨]|[(]?暨)")


def belongs_to_another(cited: CitedText, stated: Mention, asked: tuple[str, ...]) -> str:
    """The name of whose ``stated`` is, where that is none of ``asked``; "" where it is theirs or nobody's in particular.

    Who gives is a province or a city, who is given to a county: neither stands in for the other.
    """
    for county in (False, True):
        alike = tuple(name for name in asked if (level(name) == 6) is county)
        if not alike:
            continue
        owning = _owners(cited, stated, alike, county)
        if owning and not any(contains(name, owner) or contains(owner, name) for name in alike for owner in owning):
            return owning[0]
    return ""


def _owners(cited: CitedText, stated: Mention, asked: tuple[str, ...], county: bool) -> tuple[str, ...]:
    """Whose ``stated`` is: the last subject of that rank before it with those joined to it, else the heading's places."""
    before = [place for place in cited.subjects if place.start < stated.start]
    alike = [place for place in before if (level(place.name) == 6) is county]
    if not alike:
        if before or any(name in cited.text for name in asked):
            return ()
        return tuple(place.name for place in cited.heads if (level(place.name) == 6) is county)
    chain = [alike[-1]]
    for place in reversed(alike[:-1]):
        if not _COORDINATED.fullmatch(cited.text[place.end : chain[-1].start]):
            break
        chain.append(place)
    # a place named in between belongs to the clause, whatever opened it: 上海市、厦门市帮助万州…
    between = [place.name for place in places(cited.text) if chain[0].end <= place.start < stated.start and place.name in asked]
    return (*(place.name for place in chain), *between)


_GIVES = re.compile(r"(?:市|省|县|区|[^,;。由被靠受获的]{0,6}?)(?:援建|援助|支援|帮助|捐|派|选派|无偿|帮扶|资助|扶持)")
_TAKES = re.compile(r"(?:来|赴|到|去|往|向|给|为|帮助?|支援|援助|援建|支持|助力)[^,;。]{0,2}$")


def gives_in_anothers_stead(claim: str, cited: CitedText) -> tuple[str, str] | None:
    """(the place that the claim has give, who gives in the cited text), where that place only takes there."""
    for place in subjects(claim):
        if not _GIVES.match(claim, place.end) or place.name in cited.heading:
            continue
        there = [other for other in places(cited.text) if other.name == place.name and not other.in_institution]
        acting = [other for other in cited.subjects if other.name != place.name]
        if there and acting and all(_TAKES.search(cited.text[: other.start]) for other in there):
            return place.name, acting[0].name
    return None
