"""Whose figure is it, and as of when: does a place in a line speak of the subject and the year that a question names?

A figure belongs to the last place that opens a clause before it, else to the section it stands in. Knows nothing of scores.
"""

from __future__ import annotations

import re
from functools import lru_cache

from wenyuan.chinese.names import Place, contains, level, places
from wenyuan.chinese.numbers import dates
from wenyuan.contracts import Query
from wenyuan.evidence import Line

# What may stand between the start of a clause and the place that acts in it.
_OPENING = re.compile(r"(?:^|[,;:。!?()“”\"—\s]|从|由|到|再到|及|暨|经|其中|同时|此外|以来|(?<=[,;:。])在|^在|年|月|日|后)$")
_COORDINATED = re.compile(r"[省市县区]?(?:[、和与及暨]|[(]?暨)")


@lru_cache(maxsize=8192)
def subjects(text: str) -> tuple[Place, ...]:
    """Places that open a clause of ``text`` and so may act in it; 天津医院 and 帮助万州 do not."""
    found: list[Place] = []
    before: Place | None = None
    for place in places(text):
        opens = _OPENING.search(text[: place.start]) is not None
        joined = before is not None and before in found[-1:] and _COORDINATED.fullmatch(text[before.end : place.start]) is not None
        if not place.in_institution and (opens or joined):
            found.append(place)
        before = place
    return tuple(found)


def missing_places(query: Query, line: Line) -> list[str]:
    """The places the question names that stand neither in the line nor over it.

    The paragraph before counts only for a paragraph that names no subject of its own.
    """
    text = line.heading + "。" + line.paragraph + line.text
    missing = [name for name in query.places if name not in text]
    if missing and line.previous and not subjects(line.paragraph + line.text):
        missing = [name for name in missing if name not in line.previous]
    return missing


def belongs_to_another(query: Query, line: Line, start: int) -> bool:
    """Whether the last subject before ``line.text[start]`` is a place the question does not name, though it names one."""
    if not query.places:
        return False
    text = line.paragraph + line.text[:start]
    before = subjects(text)
    if not before:
        return _other_section(query, line)
    # who gives is a province or a city, who is given to a county: neither stands in for the other
    alike = [place for place in before if any((level(place.name) == 6) == (level(name) == 6) for name in query.places)]
    if not alike:
        return False
    last = alike[-1]
    if _asked(query, last.name):
        return False
    # 上海、福建、厦门等省市共…: one subject of several names
    chain = [last]
    for place in reversed(alike[:-1]):
        between = text[place.end : chain[-1].start]
        if _COORDINATED.fullmatch(between):
            chain.append(place)
        else:
            break
    if any(_asked(query, place.name) for place in chain):
        return False
    # a place named in between belongs to the clause, whatever opened it: 上海市、厦门市帮助万州…
    named = [place for place in places(text) if _asked(query, place.name)]
    if named and named[-1].start > last.start:
        return False
    return bool(named) or _mentioned(query, line.heading)


def _mentioned(query: Query, text: str) -> bool:
    return any(name in text for name in query.places)


def _other_section(query: Query, line: Line) -> bool:
    """Whether the section is about a place of the same kind that the question does not name."""
    heads = [place for place in places(line.section) if not place.in_institution]
    if not heads or any(_asked(query, place.name) for place in heads):
        return False
    # the section is another's, and nothing in the sentence itself or before it in the paragraph names whom the question asks about
    return not (_mentioned(query, line.text) or _mentioned(query, line.paragraph))


def _asked(query: Query, name: str) -> bool:
    return any(name == asked or contains(asked, name) or contains(name, asked) for asked in query.places)


def year_fits(query: Query, line: Line, start: int, end: int) -> bool:
    """Whether the year the question names governs ``line.text[start:end]``: the nearest before it, or else after it."""
    if not query.years:
        return True
    stated = [
        (item.start, line.text[item.start : item.end])
        for item in dates(line.text)
        if re.search(r"(?:1\d|20)\d\d|十[一二三四五六七八九]五", line.text[item.start : item.end])
    ]
    if not stated:
        over = line.paragraph + line.heading
        return all(year in over for year in query.years)
    before = [text for at, text in stated if at < start and _same_sentence_part(line.text, at, start)] or [
        text for at, text in stated if at < start
    ]
    after = [text for at, text in stated if at >= end]
    governing = before[-1] if before else after[0] if after else stated[0][1]
    if start <= stated[0][0] < end:
        governing = line.text[start:end]
    return any(year in governing for year in query.years)


def _same_sentence_part(text: str, at: int, start: int) -> bool:
    return not re.search(r"[;。()]", text[at:start])


_SENT = re.compile(r"派|选派|委派|去|赴|(?<!以)来|给|帮|支援|援助|援建|捐|挂职|送|出口|到")
_TOWARDS = re.compile(r"(?:来|赴|到|去|往|向|给|帮助?|支援|援助|援建|无偿给)了?$")


def runs_the_other_way(query: Query, line: Line, start: int) -> bool:
    """Whether the line moves people or money from whom the question sends them to, or to whom it has them from."""
    if len(query.places) < 2 or not _SENT.search(query.text):
        return False
    giver, taker = _ends(query.text)
    if not giver or not taker or giver == taker:
        return False
    low, high = line.segments[line.segment_of(start)]
    reached = _ends(line.text[low:high])[1] or _ends(line.text)[1]
    if reached:
        return reached == giver
    before = subjects(line.paragraph + line.text[:start])
    acting = before[-1].name if before else ""
    if not acting:
        heads = places(line.section)
        acting = heads[-1].name if heads else ""
    return acting == taker


def _ends(text: str) -> tuple[str, str]:
    """(who gives or sends, who is given or sent to) as the order and the prepositions of ``text`` say; "" where they do not."""
    found = [place for place in places(text) if not place.in_institution]
    towards = [place for place in found if _TOWARDS.search(text[: place.start])]
    if not towards:
        return "", ""
    taker = towards[-1].name
    givers = [place.name for place in found if place.name != taker and place not in towards]
    return (givers[0] if givers else ""), taker


def in_aside(line: Line, start: int) -> bool:
    """Whether the place stands inside brackets that name a period of their own: (2025年无偿援助资金…)."""
    opened = line.text.rfind("(", 0, start)
    if opened < 0 or ")" in line.text[opened:start]:
        return False
    return bool(re.match(r"\((?:其中)?(?:1\d|20)\d\d年|\(去年|\(今年", line.text[opened:]))


def scope_of(line: Line, start: int) -> tuple[str, ...]:
    """Names of the places that govern ``line.text[start]``: the last subject before it, or the section's."""
    before = subjects(line.text[:start])
    if before:
        return tuple(dict.fromkeys(place.name for place in before[-2:]))
    earlier = subjects(line.paragraph)
    if earlier:
        return (earlier[0].name,)
    return tuple(dict.fromkeys(place.name for place in places(line.section)))
