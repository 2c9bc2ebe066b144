"""The date of publication, where the text of a newspaper states one. It would rather find none than a wrong one.

A date in a sentence is what the text tells of, never when it was published. What counts stands where newspapers and their web
pages put it: alone on one of the first lines, beside the paper's name, the page number or a word for publishing; or in the
bracket `（《人民日报》 2012年05月08日 04 版）` that ends an article. This module knows nothing of files and formats.
"""

from __future__ import annotations

import re
from datetime import date

_HEAD_CHARS = 400
_TAIL_CHARS = 120
_FIRST_YEAR = 1900

_DAY = r"(?P<year>(?:19|20)\d\d)\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?!\d)\s?[日号號]?"
_CLOCK = r"(?:[ T\u3000]{0,3}\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
_PUBLISHED = "(?:发布|發佈|發布|刊登|发表|發表|更新)(?:时间|時間|日期|于|於)?|(?:日期|时间|時間|出版日期)"
# A name of a paper, agency or site ends so: 人民网, 重庆日报, 新华社, 中国新闻网, 三峡都市报.
_PAPER = r"[\u4e00-\u9fffA-Za-z·]{0,12}(?:网|網|报|報|社|刊|在线|在線|电视台|電視台|客户端|新闻|新聞|头条|頭條|之家|财经|財經)"
_AFTER = (
    r"(?:[ \t\u3000|,，]{0,3}(?:星期|周|週)[一二三四五六日天]|[ \t\u3000|,，]{0,3}第?\s?[A-Z]?\d{1,3}\s?版(?:[:：]?[\u4e00-\u9fff]{1,6})?"
    rf"|[ \t\u3000|]{{1,3}}(?:来源|來源|稿源|作者|责任编辑|编辑)[:：]?[ \u3000]?[\u4e00-\u9fffA-Za-z·]{{0,16}}"
    rf"|[ \t\u3000|]{{0,3}}{_PAPER}){{0,3}}"
)
_LINE = re.compile(
    rf"(?:^|[\r\n])[ \t\u3000\ufeff]{{0,8}}[\[【(（]?[ \t\u3000]{{0,2}}"
    rf"(?:(?:{_PUBLISHED})[ \u3000]?[:：]?[ \u3000]?|(?:来源|來源|稿源)[:：][^\r\n\d]{{0,20}}"
    rf"|(?:《[^\r\n《》\d]{{1,16}}》|{_PAPER})[ \t\u3000|,，]{{0,3}})?"
    rf"(?<!\d){_DAY}{_CLOCK}[ \t\u3000]{{0,2}}[\]】)）]?{_AFTER}[\]】)）]?[ \t\u3000]{{0,8}}(?=[\r\n]|$|[,，]正文)"
)
_IMPRINT = re.compile(
    rf"[(（]?[ \u3000]?《[^\r\n《》]{{1,16}}》[ \u3000]?[(（]?[ \u3000]?{_DAY}[ \u3000,，]{{0,3}}第?\s?[A-Z]?\d{{1,3}}\s?版"
)
_WHOLE = re.compile(rf"[ \t]{{0,3}}(?:{_DAY}|(?P<compact>(?:19|20)\d{{6}})(?!\d))(?:[ T\u3000]{{0,3}}[0-9:：.+Z-]{{0,20}})[ \t]{{0,3}}")


def stated_date(text: str) -> date | None:
    """The date of publication that the first lines, or the imprint at the end, state; None where it is not exactly one."""
    days = {day for match in _LINE.finditer(text[:_HEAD_CHARS]) if (day := _date(match)) is not None}
    if not days:
        days = {day for match in _IMPRINT.finditer(text[-_TAIL_CHARS:]) if (day := _date(match)) is not None}
    return days.pop() if len(days) == 1 else None


def written_date(text: str) -> date | None:
    """The date that ``text`` is, with or without a time of day (``2024-05-06T08:30``, ``2024年5月6日``, ``20240506``); else None."""
    match = _WHOLE.fullmatch(text) if len(text) <= 60 else None
    if match is None:
        return None
    compact = match["compact"]
    return _day(compact[:4], compact[4:6], compact[6:]) if compact else _date(match)


def _date(match: re.Match[str]) -> date | None:
    return _day(match["year"], match["month"], match["day"])


def _day(year: str, month: str, day: str) -> date | None:
    """The day, None when there is none such or it lies before newspapers are likely to."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year >= _FIRST_YEAR else None
