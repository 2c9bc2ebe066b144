"""A claim and the text it cites -> supported, contradicted or not stated, with what differs.

A claim's figures, dates, places and names must each stand in the cited text, and stand there in the place that the claim gives
them: 天津…22所 is not borne out by a passage in which the 22所 is 上海's. Knows nothing of questions, retrieval or models.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from wenyuan.about import another_topic, other_filler, other_subject, spoken_of
from wenyuan.chinese.names import contains, places
from wenyuan.chinese.numbers import QuantityKind
from wenyuan.chinese.tags import tagged
from wenyuan.chinese.text import normalised
from wenyuan.cited_text import CitedText
from wenyuan.evidence import synonyms
from wenyuan.mentions import Mention, Part, mentions, rivals, same, same_unit, same_value
from wenyuan.polarity import opposed
from wenyuan.slots import adjacent, fit
from wenyuan.whose import belongs_to_another
from wenyuan.wording import plain, says_it_in_so_many_words

_MARGIN = 0.1  # by which another figure must fit better
_ALIGNED = 0.5  # by which the text straight around another date, place or name must agree better: five characters
_PAIRED, _PAIRED_MIN_CHARS = 0.6, 4  # share of a long name's pairs of characters above which it is held to be there
_HOME = frozenset(("中国", "我国", "全国"))  # what a Chinese newspaper need not name
_JOINED_BEFORE = re.compile(r"[在于与和及同跟从由向对被把将让令后前时去来给]")
_JOINED_AFTER = re.compile(r"[不为是会有等将曾在和与及被说从把让史]$")
_ENOUGH = 8  # differences after which no further ones are looked for
_NAMED_AT_ONCE = 0.3  # fit from which a rival is named as what is stated instead


class Support(str, Enum):
    """What a cited text says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_STATED = "not stated"


class Differing(str, Enum):
    """What sort of thing differs."""

    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    PLACE = "place"
    SUBJECT = "subject"
    NAME = "name"
    NEGATION = "negation"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a claim says and the cited text does not."""

    what: Differing
    claimed: str  # normalised, as the claim has it
    stated: str = ""  # what the cited text has in its place; "" when nothing


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check."""

    support: Support
    differences: tuple[Difference, ...] = ()

    @property
    def differs(self) -> tuple[str, ...]:
        """The claim's parts that the cited text does not hold."""
        return tuple(difference.claimed for difference in self.differences)


def verify(claim: str, cited: str, heading: str = "", published: date | None = None) -> Verdict:
    """Whether ``cited``, read under ``heading``, says what ``claim`` says; 去年 is a year when the day of publication is known."""
    said, text, over = (plain(normalised(part)) for part in (claim, cited, heading))
    if not said:
        return Verdict(Support.SUPPORTED)
    if says_it_in_so_many_words(said, text, published):
        return Verdict(Support.SUPPORTED)
    cited_text = CitedText(text, over)
    found = mentions(said, published)
    stated = mentions(text, published)
    above = mentions(over, published)
    asked = tuple(dict.fromkeys(mention.text for mention in found if mention.part is Part.PLACE and not mention.tag))
    differences: list[Difference] = []
    for mention in found:
        difference = _difference(said, mention, cited_text, stated, above, asked)
        if difference is not None:
            differences.append(difference)
        if len(differences) == _ENOUGH:
            break
    if not differences:
        subject = other_subject(said, cited_text)
        filler = other_filler(said, cited_text)
        if subject is not None:
            differences.append(Difference(Differing.SUBJECT, *subject))
        elif filler is not None:
            differences.append(Difference(Differing.NAME, *filler))
    turned = opposed(said, cited_text)
    if turned:
        differences.append(Difference(Differing.NEGATION, turned))
    if not differences and another_topic(said, cited_text):
        differences.append(Difference(Differing.TOPIC, said))
    return _verdict(differences)


def _verdict(differences: list[Difference]) -> Verdict:
    if not differences:
        return Verdict(Support.SUPPORTED)
    contradicted = any(difference.stated or difference.what is Differing.NEGATION for difference in differences)
    return Verdict(Support.CONTRADICTED if contradicted else Support.NOT_STATED, tuple(dict.fromkeys(differences)))


# -- one mention ---------------------------------------------------------------------------------------------------------


def _difference(
    said: str, mention: Mention, cited: CitedText, stated: tuple[Mention, ...], above: tuple[Mention, ...], asked: tuple[str, ...]
) -> Difference | None:
    """What is wrong with one mention of the claim; None when the cited text has it in its place."""
    matching = [other for other in stated if _bears_out(said, mention, other)]
    others = [other for other in stated if rivals(mention, other)]
    if not matching and _stands_elsewhere(mention, cited, above):
        rival = _better_aligned(said, mention, cited, [], others) if mention.part is Part.PLACE else None
        return None if rival is None else Difference(Differing.PLACE, mention.text, rival.text)
    if not matching and mention.part is Part.NAME and mention.text in _HOME and not others:
        return None
    named = [(fit(said, mention, cited, other), other) for other in others]
    best_rival, rival = max(named, key=lambda pair: pair[0], default=(0.0, None))
    if not matching:
        return _missing(mention, rival if best_rival >= _NAMED_AT_ONCE or len(others) == 1 else None, stated)
    if mention.part is not Part.FIGURE:
        rival = _better_aligned(said, mention, cited, matching, others)
        return Difference(_sort_of(mention), mention.text, rival.text) if rival is not None else None
    fits = [(fit(said, mention, cited, other), other) for other in matching]
    if asked:
        theirs = [pair for pair in fits if not belongs_to_another(cited, pair[1], asked)]
        if not theirs:
            owner = belongs_to_another(cited, fits[0][1], asked)
            return Difference(Differing.SUBJECT, "、".join(asked), owner)
        fits = theirs
        named = [pair for pair in named if not belongs_to_another(cited, pair[1], asked)]
        best_rival, rival = max(named, key=lambda pair: pair[0], default=(0.0, None))
    best, own = max(fits, key=lambda pair: pair[0])
    if rival is not None and best_rival - best > _MARGIN and not _taken(said, mention, cited, own, rival):
        return Difference(Differing.UNIT if _differs_in_unit(mention, rival) else Differing.NUMBER, mention.text, rival.text)
    return None


def _taken(said: str, mention: Mention, cited: CitedText, own: Mention, rival: Mention) -> bool:
    """Whether ``rival`` is what another figure of the claim says, and the two do not stand better the other way round."""
    others = [other for other in mentions(said) if other.start != mention.start and same(other, rival)]
    straight = max((fit(said, other, cited, rival) for other in others), default=-math.inf)
    crossed = max((fit(said, other, cited, own) for other in others), default=-math.inf)
    return bool(others) and fit(said, mention, cited, rival) + crossed - fit(said, mention, cited, own) - straight <= 2 * _MARGIN


def _bears_out(said: str, mention: Mention, other: Mention) -> bool:
    """The same, or a place within the one that the claim names: 浙江捐建, where 杭州 did; but not 重庆在万州, where 福建 did."""
    if same(mention, other):
        return True
    if mention.part is not Part.PLACE or other.part is not Part.PLACE or not contains(mention.text, other.text):
        return False
    claimed = [place for place in places(said) if place.name == other.text]
    return all(place.start >= mention.end and re.fullmatch(r"[省市县区的]{0,2}", said[mention.end : place.start]) for place in claimed)


def _better_aligned(said: str, mention: Mention, cited: CitedText, matching: list[Mention], others: list[Mention]) -> Mention | None:
    """The mention that stands in the cited text in the very words in which the claim has this one; None when this one does."""
    if not others:
        return None
    own = max((adjacent(said, mention, cited.text, other) for other in matching), default=0.0)
    best = max(others, key=lambda other: adjacent(said, mention, cited.text, other))
    return best if adjacent(said, mention, cited.text, best) - own >= _ALIGNED else None


def _sort_of(mention: Mention) -> Differing:
    return {Part.FIGURE: Differing.NUMBER, Part.DATE: Differing.DATE, Part.PLACE: Differing.PLACE, Part.NAME: Differing.NAME}[mention.part]


def _stands_elsewhere(mention: Mention, cited: CitedText, above: tuple[Mention, ...]) -> bool:
    """Whether the heading has it, or the cited text has it within something that is read otherwise."""
    if any(same(mention, other) for other in above):
        return True
    if mention.part is Part.PLACE:
        return mention.text in cited.text or mention.text in cited.heading
    if mention.part is Part.NAME:
        return _named(mention.text, cited.text) or _named(mention.text, cited.heading)
    item = mention.quantity
    if mention.part is Part.FIGURE and item is not None and not item.ordinal:
        return _literally(mention.text, cited.text) or _literally(mention.text, cited.heading)
    return False


def _named(name: str, text: str) -> bool:
    """Whether ``text`` has the name, but for what the tagger joined to it, a suffix, or a word between its parts."""
    if name in text or any(other in text for other in synonyms().get(name, ())):
        return True
    if len(name) > 2 and _JOINED_BEFORE.match(name) and name[1:] in text:  # 于元嘉, 去石宝镇
        return True
    if len(name) > 2 and _JOINED_AFTER.search(name) and name[:-1] in text:  # 孙恩曾
        return True
    if len(name) > 3 and name[1:] in text:
        return True
    short = re.sub(r"(?:集团|股份|有限|责任){0,4}公司$|集团$", "", name)
    if 1 < len(short) < len(name) and re.search(re.escape(short) + "(?:集团|公司)", text):  # 华峰集团公司, where 华峰集团 stands
        return True
    if re.search(r"[省市县区村镇乡]$", name) and len(name) > 2 and name[:-1] in text:
        return True
    if len(name) >= _PAIRED_MIN_CHARS and not re.search(r"第|[一二三四五六七八九十\d]", name) and spoken_of(name, text) > _PAIRED:
        return True  # 培训基地, where 培训教育基地 stands
    parts = [word.text for word in tagged(name)]
    return len(parts) > 1 and all(
        part in text or any(other in text for other in synonyms().get(part, ())) for part in parts if len(part) > 1
    )


def _literally(figure: str, text: str) -> bool:
    for match in re.finditer(re.escape(figure), text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if not (re.match(r"[\d.第〇零一二两三四五六七八九十百千万亿]", before)) and not (
            figure[-1].isdigit() and re.match(r"[\d.万亿%]", after)
        ):
            return True
    return False


def _missing(mention: Mention, rival: Mention | None, stated: tuple[Mention, ...]) -> Difference:
    """A mention that the cited text does not hold, with what it has in its place."""
    instead = rival.text if rival is not None else ""
    item = mention.quantity
    if mention.part is Part.FIGURE and item is not None:
        for other in stated:
            if other.part is Part.FIGURE and other.quantity is not None and _differs_in_unit(mention, other):
                return Difference(Differing.UNIT, mention.text, other.text)
    return Difference(_sort_of(mention), mention.text, instead)


def _differs_in_unit(mention: Mention, other: Mention) -> bool:
    """Whether two figures are written with the same number, and differ in what it counts: 22所 and 22家, 2.59亿元 and 2.59万元."""
    one, two = mention.quantity, other.quantity
    if one is None or two is None or one.ordinal != two.ordinal:
        return False
    if same_value(one.value, two.value) and not same_unit(mention.unit, other.unit):
        return True
    return one.kind is two.kind is QuantityKind.AMOUNT and _number(mention) == _number(other) != ""


def _number(mention: Mention) -> str:
    match = re.search(r"\d[\d.,]*", mention.text)
    return match.group() if match else ""
