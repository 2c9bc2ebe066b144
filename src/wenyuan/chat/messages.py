"""Errors -> what the page says of them, in Chinese, with what to do. It knows nothing of where they came from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wenyuan import errors
from wenyuan.errors import SourceError, WenyuanError

_SAID: Mapping[type[WenyuanError], str] = {
    errors.UnknownEncoding: "文字编码认不出来；请另存为 UTF-8 再试",
    errors.EmptySource: "里面没有可读的文字；扫描件要先做文字识别",
    errors.UnsupportedFormat: "不是能读的文件；请换成 txt、md、html、pdf、docx 或 jsonl",
    errors.UnreadableSource: "打不开或已损坏；请检查文件，或另存一份再试",
    errors.SourceError: "读不了；请检查文件",
    errors.ChangeCancelled: "已取消，语料没有变",
    errors.IndexLocked: "别人正在改动语料；请等完成后再试",
    errors.IndexMissing: "还没有索引；请先运行 wenyuan build",
    errors.IndexDamaged: "索引损坏了；请重建，或退回上一版",
    errors.IndexMismatch: "索引是用别的模型或版本做的；请重建",
    errors.IndexFolderError: "索引文件夹读写不了",
    errors.ModelUnavailable: "缺少模型文件；请运行 wenyuan doctor",
    errors.ModelError: "模型出了问题；请运行 wenyuan doctor",
    errors.QuestionSetError: "题集用不了",
    errors.SettingsError: "设置有问题",
}
# What a file's error says beyond its kind, and how that is said in Chinese; the first that is found is taken.
_DETAILS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"protected by a password"), "有密码保护；请去掉密码，另存一份再试"),
    (re.compile(r"more than (\w{1,40}) = (\d{1,20})"), r"太大了（最多 \2）；请拆成几份，或调高 \1"),
    (re.compile(r"line (\d{1,9}) is no JSON"), r"第 \1 行不是 JSON；每行写一个对象"),
    (re.compile(r"line (\d{1,9}) lacks"), r'第 \1 行缺 id 或 text；每行写成 {"id", "title", "text"}'),
    (re.compile(r"line (\d{1,9}) has an empty text"), r"第 \1 行的 text 是空的；请删去这一行"),
    (re.compile(r"repeats the id"), "id 与前面的行重复；请让每行的 id 不同"),
    (re.compile(r"is empty;"), "是空文件"),
    (re.compile(r"zip inside a zip"), "压缩包里还有压缩包；请先解开"),
    (re.compile(r"leads out of its zip"), "压缩包里的文件名指向包外，没有读取"),
    (re.compile(r"old \.doc file"), "其实是旧的 .doc 文件；请另存为 docx"),
    (re.compile(r"not the (\.\w{1,12}) file its name says"), r"内容不是 \1 文件；请改成它真正的后缀"),
)
# Those whose own words say which line, file or value it is.
_WITH_DETAIL = (errors.QuestionSetError, errors.SettingsError, errors.ModelError, errors.IndexFolderError)


def in_chinese(error: WenyuanError) -> str:
    """One line: what happened and what to do; the error's own words in brackets where they say more."""
    said = next((_SAID[kind] for kind in type(error).__mro__ if kind in _SAID), "出了错")
    if isinstance(error, SourceError):
        detail = str(error).removeprefix(f"{error.uri}: ")
        found = ((pattern.search(detail), words) for pattern, words in _DETAILS)
        return next((match.expand(words) for match, words in found if match), said)
    plain = isinstance(error, (errors.ChangeCancelled, errors.IndexLocked))
    return said if plain or not isinstance(error, _WITH_DETAIL) else f"{said}（{error}）"
