"""Lines that are no part of the article: navigation, share buttons, other articles' teasers, authors and picture credits.

Each rule sees normalised (simplified, half-width) text. This module knows nothing of titles, headings and body text; it is
careful, because what it drops can never be an answer: a rule that would leave nothing of a text drops nothing.
"""

from __future__ import annotations

import re

from wenyuan.clean.lines import Line
from wenyuan.contracts import Dropped, Span

_LINE_MAX_CHARS = 80  # no piece of furniture is longer, but for teasers

# The hundred or so surnames that nearly all Chinese bear, and the common two-character ones.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛"
    "闫雷龙史陶贺毛段郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文温樊殷施颜洪季庞俞柳华鲁倪齐申翟牛蓝骆葛柴聂兰章关岳阮苗管焦霍卓耿纪翁祝舒牟凌左冉路古翁梅裴祁裘景阳明成冷蒲"
)
_LONG_SURNAMES = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|百里|南宫"
_NAME = rf"(?:(?:{_LONG_SURNAMES})[\u4e00-\u9fff]{{1,2}}|[{_SURNAMES}][\u4e00-\u9fff]{{1,3}})"
_NAMES = rf"{_NAME}(?:[ 、,/]+{_NAME})*"
_CREW = (
    "记者|通讯员|特约撰稿人?|实习生|作者|撰文|文字|编辑|责编|责任编辑|校对|编审|审核|监制|摄影|文/图|图/文|文图|视频|制图|设计|策划|统筹"
)
# A further name does not begin with a word for a work: were it read as either, a line of many would be read in 2^n ways.
_ANY_NAMES = rf"[\u4e00-\u9fff·]{{2,4}}(?:[ 、,/]+(?!{_CREW})[\u4e00-\u9fff·]{{2,4}}){{0,5}}"
_PICTURES_BY = r"(?:本[版文])?(?:图片|照片|配图|图)(?:除署名外)?(?:均|皆|都)?(?:由|来源于?[:]?|来自).{1,30}?(?:提供|供图)?"

_PICTURE_CREDIT = re.compile(rf"\(?{_PICTURES_BY}\)?")
_NAME_LINE = re.compile(rf"(?P<names>{_NAME}(?:[ 、]+{_NAME})+)(?: {_PICTURES_BY})?")
_CREW_LINE = re.compile(
    rf"[(]?[\u4e00-\u9fff·\- ]{{0,16}}?(?:{_CREW})(?: *[:/] *{_ANY_NAMES}| *{_NAMES})"
    rf"(?:[ ;,、/|]+(?:{_CREW})[:/ ]*{_ANY_NAMES})*[)]?"
)
_CREW_IN_BRACKETS = re.compile("记者|記者|通讯员|通訊員|作者|编辑|編輯|责编|責編|撰稿|摄影|攝影|实习生|實習生|校对|校對")
_BRACKETS_AT_END = re.compile(r"[(（【\[][^()（）【】\[\]]{2,40}[)）】\]]$")

_NAVIGATION = re.compile(
    "首页|主页|民文|english|无障碍|登录|注册|退出|举报|搜索|导航|网站地图|联系我们|关于我们|客户端|手机版|繁体|简体|设为首页|加入收藏|微博|微信|rss|菜单|返回"
)
_NAVIGATION_MAX_CHARS = 12
_AFTER_END = re.compile(
    "分享(?:让更多人看到|到|至|给好友)?[:]?|(?:相关|推荐|延伸|热门|更多)(?:阅读|新闻|链接|报道|推荐|文章|内容|资讯|精彩)[:>》]*|猜你喜欢|往期回顾"
    "|本[网报站]专稿|返回(?:首页|顶部|列表)|上一篇.*|下一篇.*|热点排行|点击排行|精彩推荐|为您推荐|网友评论|我要评论|扫[一码].{0,12}|打印本页.*|关闭窗口"
)
_STATED = re.compile(
    r"(?:来源|稿源|信息来源|发布时间|发布日期|字号|阅读量?|浏览次数|点击量?|分享到?|字体)[:].{0,40}"
    r"|(?:责任编辑|责编|编辑|校对|审核|监制|终审)[:].{1,20}"
    r"|.{0,20}(?:版权所有|未经授权.{0,10}转载|all rights reserved).{0,30}"
)
_DATE_LINE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?: ?\d{1,2}[:]\d{2}(?:[:]\d{2})?)?(?: ?(?:来源|作者)[:].{1,20})?")
_DATE_LINE_AMONG_FIRST = 6  # lines


def drop_furniture(lines: list[Line]) -> None:
    """Give each line that is no part of the article the name of the rule that drops it, and take credits off line ends."""
    lines = [line for line in lines if not line.rule]  # some held nothing but marks
    if len(lines) > 1:
        for rule in (navigation, after_the_end, page_furniture, picture_credits, bylines):
            rule(lines)
        if all(line.rule for line in lines):  # nothing would be left: then it was the article after all
            for line in lines:
                line.rule = ""
    for line in lines:
        if not line.rule:
            reporter_credit(line)


def navigation(lines: list[Line]) -> None:
    """Very short items at the head or the tail, several of them words that only ever name places of a web site."""
    for run in (lines, lines[::-1]):
        taken = []
        for line in run:
            short = len(line.text) <= _NAVIGATION_MAX_CHARS and not line.ended
            if not (short and (line.bullet or _NAVIGATION.fullmatch(line.plain))):
                break
            taken.append(line)
        if sum(_NAVIGATION.search(line.plain) is not None for line in taken) >= 2:
            for line in taken:
                line.rule = "navigation"


def after_the_end(lines: list[Line]) -> None:
    """Share buttons and "related articles" end an article; lists and slogans after them belong to the web site.

    Only where no paragraph of running text follows that is not an item of a list.
    """
    running = [number for number, line in enumerate(lines) if not line.rule and not line.bullet and len(line.text) > 30 and line.ended]
    last_running = max(running, default=-1)
    for number, line in enumerate(lines):
        if not number or line.rule or len(line.text) > _LINE_MAX_CHARS or not _AFTER_END.fullmatch(line.plain):
            continue
        line.rule = "page furniture"
        if number > last_running:
            for other in lines[number:]:
                other.rule = other.rule or ("teaser" if other.bullet else "page furniture")
            return


def page_furniture(lines: list[Line]) -> None:
    """Lines by which a web page states source, date, font size, editors or copyright."""
    for line in lines:
        if not line.rule and len(line.text) <= _LINE_MAX_CHARS and _STATED.fullmatch(line.plain):
            line.rule = "page furniture"
    dated = [number for number, line in enumerate(lines) if len(line.text) <= _LINE_MAX_CHARS and _DATE_LINE.fullmatch(line.plain)]
    if len(dated) == 1 and dated[0] < _DATE_LINE_AMONG_FIRST:  # more than one, or further down: a chronicle, a signature
        lines[dated[0]].rule = "page furniture"


def picture_credits(lines: list[Line]) -> None:
    """Lines that say who took or gave the pictures of the whole article."""
    for line in lines:
        if not line.rule and len(line.text) <= _LINE_MAX_CHARS and _PICTURE_CREDIT.fullmatch(line.plain):
            line.rule = "picture credit"


def bylines(lines: list[Line]) -> None:
    """Lines of nothing but two or more names, or of names after a word for their work, as newspapers sign.

    Three such lines in a row, or one after a colon, are a list the article itself gives.
    """
    found = {number for number, line in enumerate(lines) if not line.rule and _is_byline(line)}
    for number in sorted(found):
        in_list = sum(other in found for other in range(number - 2, number + 3)) >= 3
        led_in = number > 0 and lines[number - 1].text.endswith((":", "："))
        if not in_list and not led_in:
            lines[number].rule = "byline"


def reporter_credit(line: Line) -> None:
    """A bracket with a reporter's or editor's name at the end of a paragraph, after its last sentence has ended."""
    match = _BRACKETS_AT_END.search(line.text[-60:])
    if not match or not _CREW_IN_BRACKETS.search(match[0]):
        return
    if line.marks and line.marks[-1].span.end > line.end - len(match[0]):
        return
    start = line.end - len(match[0])
    before = line.text[: -len(match[0])].rstrip()
    if before.endswith(tuple("。！？!?”’」』…")):
        line.marks.append(Dropped("byline", Span(start, line.end)))
        line.text = line.text[: -len(match[0])]


def _is_byline(line: Line) -> bool:
    """True for a line of names."""
    if len(line.text) > _LINE_MAX_CHARS or line.bullet or line.level:
        return False
    match = _NAME_LINE.fullmatch(line.plain)
    if match:  # four-character names are rare, four-character phrases are not
        sizes = [len(name) for name in re.split("[ 、]+", match["names"])]
        return sum(size == 4 for size in sizes) * 2 <= len(sizes)
    return _CREW_LINE.fullmatch(line.plain) is not None
