"""A follow-up and the questions before it -> one question that stands alone. No model; the result is shown to the asker.

Four ways Chinese leaves things out, each handled in its own function: `那福建呢` (another value for one slot), `它…` (a pronoun),
`多少人次？` (only the new thing asked), and none (a question that stands alone, perhaps on another topic, is left as it is).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wenyuan.chinese.names import Place, level, places
from wenyuan.chinese.text import normalised
from wenyuan.chinese.words import words

_ELLIPSIS = re.compile(r"^(?:那么?|然后)?[,，]?(?P<slot>[^,，?？]{1,12}?)(?:方面|那边)?(?:呢|又如何|怎么样)[?？!！。 ]*$")
_PRONOUN = re.compile(
    r"它们|他们|她们|它|他(?!人)|她|该(?:市|省|县|区|项目|公司|医院|学校|镇|乡|企业|平台|地)|这(?:个|家|所|座|里|些|项)?(?=[市省县区项公医学镇乡企平地是有的]|里)"
)
_ASKED = re.compile(
    r"(?:是|有|为|达|达到)?(?:多少|几|若干)[万亿千百]*(?:个|名|人次|人|位|所|家|项(?!目)|座|栋|对|批次|批|次|例|件|户|村|亩|吨|列|条|班次|班|期|支|辆|种|类|倍|天|年|元|钱|岁|小时|平方米|公里|米)?(?:钱|元)?"
    r"|(?:是|在|叫|有)?(?:什么时候|什么地方|什么名字|什么|哪一?年|哪一?天|哪个?月|哪里|哪儿|哪些|哪几个|哪一?[个家所]|谁|为什么|怎么样|怎么|如何|怎样|多久|多大|多长|多高)"
)
_NAMES_ITS_OWN = re.compile(r"[“\"《「][^“”\"《》「」]{4,20}[”\"》」]")  # a long quoted name is a subject of its own
_TOPIC_END = re.compile(
    r"(?:首批|第一|一共|总共|累计|去年|今年|每年|在|给|向|为|对|从|到|由|被|把|跟|和|与|的|是|有|了|共|叫|位于|属于|多少|几|什么|哪|谁|何|怎|如|占地|无偿|援建|援助|支援|帮|投|建|派|引|培|开|成立|获|于|,|，)"
)


def standalone_question(question: str, context: Sequence[str]) -> str:
    """``question`` with what earlier questions (oldest first) supply; unchanged when it stands alone."""
    before = ""
    for earlier in map(_simplified, context):
        before = _resolve(earlier, before) if before else earlier
    if not before:
        return question
    simplified = _simplified(question)
    resolved = _resolve(simplified, before)
    return question if resolved == simplified else resolved


def _simplified(text: str) -> str:
    """``text`` in simplified characters, all else as it is: what is left out is looked for by words and names written so."""
    plain = normalised(text)
    if len(plain) != len(text):
        return text
    return "".join(new if "\u3400" <= old <= "\u9fff" else old for old, new in zip(text, plain, strict=True))


def _resolve(question: str, before: str) -> str:
    question, before = question.strip(), before.strip()
    if not question or not before:
        return question
    if match := _ELLIPSIS.match(question):
        return _other_slot(match["slot"].strip("“”\"' "), before)
    if re.search(r"那里|那儿|当地", question):
        return f"{_statement(before)}，{re.sub('那里|那儿|当地', '', question)}"
    if _PRONOUN.search(question):
        return _PRONOUN.sub(lambda _: _topic(before), question, count=1)
    if _stands_alone(question):
        return question
    return f"{_statement(before)}，{re.sub('^(那么?|另外|还有)', '', question)}"


def _stands_alone(question: str) -> bool:
    plain = normalised(question)
    if places(plain) or _NAMES_ITS_OWN.search(plain):
        return True
    if re.match(
        r"比|又|还|其中|参加|引进|惠及|培训|派|开[的了]?|办|建|花|投|用|给|由|被|为什么|什么时候|是|有|哪|谁|怎|多少|几|共|一共|总共", plain
    ):
        return False
    content = _ASKED.sub(" ", plain)
    content = re.sub(r"[^\u3400-\u9fffa-z0-9]|之前|以前|后来|然后|其中|一共|总共|参加的?|呢|吗|是|有|在|的|了|共|那", "", content)
    return len(content) >= 8


def _other_slot(slot: str, before: str) -> str:
    """``before`` with ``slot`` in place of what plays the same part in it."""
    plain = normalised(slot)
    found = places(before)
    if (new := places(plain)) and new[0].end - new[0].start >= len(plain) - 1:
        old = _same_part(new[0], found)
        if old is not None:
            return before[: old.start] + slot + before[old.end :]
        return slot + before
    if re.fullmatch(r"(?:19|20)\d\d年?|去年|今年|前年", plain):
        year = slot if slot.endswith("年") else slot + "年"
        replaced = re.sub(r"(?:19|20)\d\d年|去年|今年|前年", year, before, count=1)
        return replaced if replaced != before else year + before
    # 医院呢: another thing counted
    counted = re.search(r"((?:多少|几)(?:个|名|位|所|家|项(?!目)|座|对|批|次)?)([^,，。?？的了有]{1,8})", before)
    if re.search(r"资金|金额|投资|收入|产值|[款费钱额]$", slot):
        return f"{_topic(before)}{slot}是多少"
    if counted and "的" not in slot:
        return before[: counted.start(2)] + slot + before[counted.end(2) :]
    asked = re.search(r"(?:无偿|援助|资金|金额|投资|培训|人员|项目|学校|医院)", before)
    if asked:
        return f"{_topic(before)}{slot}{''.join(_ASKED.findall(before)[:1])}"
    return f"{_statement(before)}，{slot}"


def _same_part(new: Place, found: Sequence[Place]) -> Place | None:
    """The place in ``found`` most alike in rank to ``new``; the earlier one (the one who acts) where two are."""
    rank = level(new.name)
    outside = [place for place in found if not place.in_institution] or list(found)
    return min(outside, key=lambda place: (abs(level(place.name) - rank), place.start), default=None)


def _topic(before: str) -> str:
    """What ``before`` is about: its leading name or noun phrase."""
    found = places(before)
    if found and found[0].start == 0 and not found[0].in_institution:
        rest = before[found[0].end :]
        if _TOPIC_END.match(rest):
            return before[: found[0].end]
    boundary = 0
    for word in words(before):
        if boundary and _TOPIC_END.match(before[boundary:]):
            break
        boundary += len(word)
    topic = before[:boundary].strip(" ,，?？。")
    return topic if 0 < len(topic) <= 20 else (found[0].name if found else topic[:20])


def _statement(before: str) -> str:
    """``before`` without what it asks with."""
    text = _ASKED.sub("", before)
    return re.sub(r"[?？!！。]|[吗呢吧]$|了$", "", text).strip(" ，,") or before
