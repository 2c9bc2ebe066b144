"""What a claim is about, and whether a cited text speaks of that: the noun phrase or label that opens it, and its matter on the whole.

Texts given here are normalised. Knows nothing of verdicts.
"""

from __future__ import annotations

import re

from wenyuan.chinese.tags import tagged
from wenyuan.cited_text import CitedText, content_words
from wenyuan.evidence import synonyms
from wenyuan.mentions import Part, mentions
from wenyuan.whose import gives_in_anothers_stead

_TOPIC = 0.3  # share of a claim's words below which the cited text is about something else
_TOPIC_MIN_WORDS = 3
_SPOKEN_OF = 0.5  # share of a claim's opening nouns that the cited text must have
_NAME_HELD = 0.34  # share of the pairs of characters of a name unknown to the tagger that the cited text must have
_NAME_MIN_CHARS = 3
_ABBREVIATION_MAX_CHARS = 6
_VERBATIM = 0.85  # share of a claim's characters in runs of the text from which it is the text's own sentence
_FRAME = 3  # characters on either side that make a place in a sentence the same place
_ANYBODY = frozenset(
    "国家 全国 政府 人们 大家 各地 全市 全省 全县 当地 我国 中国 市民 群众 百姓 老百姓 时候 目前 情况 问题 数据 结果 文中 文章 报道 "
    "记者 有关 方面 一共 总共 其中 此外 期间 同时 以来 世界 著名 主要 现在 最后 最初".split()
)
_NOUN = re.compile(r"n|vn|j|l|b|a|f|m|q|s|z|uj")
_OF_A_BODY = re.compile(r"(?:集团|公司|大学|学院|医院|银行|中学|小学|俱乐部|项目|工程|基金会)$")
_LABEL = re.compile(r"(?:^|(?<=[。;]))([^\W\d_]{2,12}):")
_SPEAKS = re.compile(r"(?:说|道|表示|介绍|认为|指出|强调|称|问|答|写|如下|包括|分别|即|是)$")


def other_subject(said: str, cited: CitedText) -> tuple[str, str] | None:
    """(what the claim is about, what the cited text has in its place or ""), where the text does not speak of it; None where it does."""
    stead = gives_in_anothers_stead(said, cited)
    return stead or _label(said, cited) or _opening(said, cited)


def _label(said: str, cited: CitedText) -> tuple[str, str] | None:
    """The label that opens a claim as in a list, 天津:…, where the cited text has another or none."""
    match = _LABEL.match(said)
    if match is None or _SPEAKS.search(match[1]) or spoken_of(match[1], cited.text + cited.heading) >= _SPOKEN_OF:
        return None
    stated = next((label for label in _LABEL.findall(cited.text) if not _SPEAKS.search(label)), "")
    return match[1], stated


def _opening(said: str, cited: CitedText) -> tuple[str, str] | None:
    """The nouns that open a claim, where the cited text has less than half of them, or not the name among them."""
    opening: list[str] = []
    joined = False  # single characters belong to a name that the tagger cut: 科 创智 谷
    unknown: set[int] = set()  # which of the opening are such names
    named = 0  # characters of places, figures and dates that stand by themselves
    known = [mention for mention in mentions(said) if mention.part in (Part.FIGURE, Part.DATE, Part.PLACE)]  # judged one by one
    running = tagged(said)
    for number, word in enumerate(running):
        if any(mention.start < word.end and word.start < mention.end for mention in known):
            named += len(word.text)
            joined = False
            opening.append("")  # nothing is joined across it
            continue
        after = running[number + 1] if number + 1 < len(running) else None
        heads_a_name = number == 0 and after is not None and _OF_A_BODY.search(after.text) and len(word.text) > 1  # 兴发集团
        if not (_NOUN.match(word.tag) or heads_a_name) or re.search(r"[^\u3400-\u9fffa-z0-9]", word.text):
            break
        single = len(word.text) == 1 and word.text not in "的之"
        if opening and word.text not in "的之" and word.tag != "f" and (single or joined) and opening[-1] not in ("", "的", "之"):
            opening[-1] += word.text
            unknown.add(len(opening) - 1)
        else:
            opening.append(word.text)
        joined = single
    nouns = [word for word in opening if len(word) > 1 and word not in _ANYBODY]
    text = cited.text + cited.heading
    names = [opening[number] for number in sorted(unknown) if len(opening[number]) >= _NAME_MIN_CHARS]
    missing = next((name for name in names if spoken_of(name, text) < _NAME_HELD), "")
    if missing:
        return missing, ""
    held = named + sum(len(word) * spoken_of(word, text) for word in nouns)
    if nouns and held < _SPOKEN_OF * (named + sum(map(len, nouns))):
        return "".join(opening), ""
    return None


def spoken_of(word: str, text: str) -> float:
    """[0, 1]: how much of ``word`` stands in ``text``: as it is, as a word used for it, or by its pairs of characters."""
    if word in text or any(other in text for other in synonyms().get(word, ())):
        return 1.0
    if 2 < len(word) <= _ABBREVIATION_MAX_CHARS and re.search(".{0,2}".join(map(re.escape, word)), text):
        return 0.9  # 发改委, where 发展改革委 stands
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def another_topic(said: str, cited: CitedText) -> bool:
    """Whether hardly any word of the claim stands in the cited text or over it."""
    words = [word.text for word in content_words(said) if len(word.text) > 1]
    if len(words) < _TOPIC_MIN_WORDS:
        return False
    text = cited.text + cited.heading
    held = sum(
        1.0 if word in text or any(other in text for other in synonyms().get(word, ())) else 0.5 * (word[-2:] in text) for word in words
    )
    return held / len(words) < _TOPIC


def other_filler(said: str, cited: CitedText) -> tuple[str, str] | None:
    """(a noun of the claim, what the cited text has between the very words that stand around it); None where there is no such."""
    text = cited.text
    covered = bytearray(len(said))
    for at in range(len(said) - _FRAME + 1):
        if said[at : at + _FRAME] in text:
            covered[at : at + _FRAME] = b"\1" * _FRAME
    if sum(covered) < _VERBATIM * len(said):
        return None  # another wording: what stands where says little
    for match in re.finditer(rb"\0+", bytes(covered)):
        low, high = match.span()
        run, before, after = said[low:high], said[max(0, low - _FRAME) : low], said[high : high + _FRAME]
        if not re.fullmatch(r"[\u3400-\u9fff]{2,8}", run) or len(after) < _FRAME or 0 < len(before) < _FRAME:
            continue
        if run in cited.heading or any(word.tag[:1] not in "njlsg" for word in tagged(said) if word.start < high and low < word.end):
            continue
        frame = (re.escape(before) if before else r"(?:^|(?<=[,;。]))") + r"([\u3400-\u9fff]{1,12}?)" + re.escape(after)
        filler = re.search(frame, text)
        if filler is not None and not set(filler[1]) & set(run) and filler[1] not in synonyms().get(run, ()):
            return run, filler[1]
    return None
