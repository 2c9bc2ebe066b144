"""A claim and the text it cites -> supported, contradicted or not stated, with what differs.

A claim's figures, dates, places and names must each stand in the cited text, and stand there in the place that the claim gives
them: 天津…22所 is not borne out by a passage in which the 22所 is 上海's. Knows nothing of questions, retrieval or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from wenyuan.chinese.names import contains, places
from wenyuan.chinese.numbers import QuantityKind
from wenyuan.chinese.tags import tagged
from wenyuan.chinese.text import normalised
from wenyuan.evidence import synonyms
from wenyuan.mentions import Mention, Part, mentions, rivals, same, same_value
from wenyuan.polarity import opposed
from wenyuan.slots import CitedText, adjacent, belongs_to_another, content_words, fit, gives_in_anothers_stead

_MARGIN = 0.1  # by which another figure must fit better
_ALIGNED = 0.5  # by which the text straight around another date, place or name must agree better: five characters
_TOPIC = 0.3  # share of a claim's words below which the cited text is about something else
_TOPIC_MIN_WORDS = 3
_SPOKEN_OF = 0.5  # share of a claim's opening nouns that the cited text must have
_ANYBODY = frozenset(
    "国家 全国 政府 人们 大家 各地 全市 全省 全县 当地 我国 中国 市民 群众 百姓 老百姓 时候 目前 情况 问题 数据 结果".split()
)
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
    said, text, over = (_plain(part) for part in (claim, cited, heading))
    if not said:
        return Verdict(Support.SUPPORTED)
    if _says_it_in_so_many_words(said, text, published):
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
    subject = _subject(said, cited_text)
    if subject is not None and not differences:
        differences.append(subject)
    turned = opposed(said, cited_text)
    if turned:
        differences.append(Difference(Differing.NEGATION, turned))
    if not differences and _another_topic(said, cited_text):
        differences.append(Difference(Differing.TOPIC, said))
    return _verdict(differences)


def _verdict(differences: list[Difference]) -> Verdict:
    if not differences:
        return Verdict(Support.SUPPORTED)
    contradicted = any(difference.stated or difference.what is Differing.NEGATION for difference in differences)
    return Verdict(Support.CONTRADICTED if contradicted else Support.NOT_STATED, tuple(dict.fromkeys(differences)))


def _plain(text: str) -> str:
    """``text`` normalised, without Markdown's asterisks and the spaces between Han characters."""
    return re.sub(r"\*+|(?<![a-z0-9]) | (?![a-z0-9])", "", normalised(text)).strip(" 。.!?;,…")


# -- the same words ------------------------------------------------------------------------------------------------------


def _says_it_in_so_many_words(said: str, text: str, published: date | None) -> bool:
    """Whether ``text`` holds ``said`` but for how figures and dates are written, and does not deny it."""
    one, other = _canonical(said, published), _canonical(text, published)
    at = other.find(one)
    return at >= 0 and len(one) > 1 and not re.search(r"(?:没有?|[并从尚]?未能?|并非|不是?|无法|否认|无)$", other[:at])


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
    if rival is not None and best_rival - max(score for score, _ in fits) > _MARGIN:
        return Difference(Differing.UNIT if _differs_in_unit(mention, rival) else Differing.NUMBER, mention.text, rival.text)
    return None


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


def _subject(said: str, cited: CitedText) -> Difference | None:
    """What the claim is about, where the cited text does not speak of it, or has another do what the claim says of it."""
    stead = gives_in_anothers_stead(said, cited)
    if stead is not None:
        return Difference(Differing.SUBJECT, *stead)
    opening: list[str] = []
    joined = False  # single characters belong to a name that the tagger cut: 科 创智 谷
    named = 0  # characters of places, figures and dates
    known = [mention for mention in mentions(said) if mention.part in (Part.FIGURE, Part.DATE, Part.PLACE)]  # judged one by one
    for word in tagged(said):
        if any(mention.start < word.end and word.start < mention.end for mention in known):
            named += len(word.text)
            joined = False
            continue
        if not re.match(r"n|vn|j|l|b|a|f|m|q|s|z|uj", word.tag) or re.search(r"[^\u3400-\u9fffa-z0-9]", word.text):
            break
        single = len(word.text) == 1 and word.text not in "的之"
        if opening and word.text not in "的之" and (single or joined):
            opening[-1] += word.text
        else:
            opening.append(word.text)
        joined = single
    nouns = [word for word in opening if len(word) > 1 and word not in _ANYBODY]
    text = cited.text + cited.heading
    held = named + sum(len(word) * _spoken_of(word, text) for word in nouns)
    if nouns and held < _SPOKEN_OF * (named + sum(map(len, nouns))):
        return Difference(Differing.SUBJECT, "".join(opening))
    return None


def _spoken_of(word: str, text: str) -> float:
    """[0, 1]: how much of ``word`` stands in ``text``, as it is or in a word used for it."""
    if word in text or any(other in text for other in synonyms().get(word, ())):
        return 1.0
    if len(word) > 2 and (word[:2] in text or word[-2:] in text):
        return 0.7
    return 0.0


def _named(name: str, text: str) -> bool:
    if name in text or any(other in text for other in synonyms().get(name, ())):
        return True
    if len(name) > 3 and name[1:] in text:  # 去石宝镇
        return True
    if re.search(r"[省市县区村镇乡]$", name) and len(name) > 2 and name[:-1] in text:
        return True
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
    if same_value(one.value, two.value) and mention.unit != other.unit:
        return True
    return one.kind is two.kind is QuantityKind.AMOUNT and _number(mention) == _number(other) != ""


def _number(mention: Mention) -> str:
    match = re.search(r"\d[\d.,]*", mention.text)
    return match.group() if match else ""


# -- the topic -----------------------------------------------------------------------------------------------------------


def _another_topic(said: str, cited: CitedText) -> bool:
    """Whether hardly any word of the claim stands in the cited text or over it."""
    words = [word.text for word in content_words(said) if len(word.text) > 1]
    if len(words) < _TOPIC_MIN_WORDS:
        return False
    text = cited.text + cited.heading
    held = sum(
        1.0 if word in text or any(other in text for other in synonyms().get(word, ())) else 0.5 * (word[-2:] in text) for word in words
    )
    return held / len(words) < _TOPIC
