"""Errors -> what the page says of them, in Chinese, with what to do. It knows nothing of where they came from."""

from __future__ import annotations

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
# Those whose own words say which line, file or value it is.
_WITH_DETAIL = (
    errors.QuestionSetError,
    errors.SettingsError,
    errors.ModelError,
    errors.UnreadableSource,
    errors.IndexFolderError,
    errors.UnsupportedFormat,
)


def in_chinese(error: WenyuanError) -> str:
    """One line: what happened and what to do; the error's own words in brackets where they say more."""
    said = next((_SAID[kind] for kind in type(error).__mro__ if kind in _SAID), "出了错")
    plain = isinstance(error, (errors.ChangeCancelled, errors.IndexLocked))
    if not isinstance(error, _WITH_DETAIL) or plain:
        return said
    detail = str(error).removeprefix(f"{error.uri}: ") if isinstance(error, SourceError) else str(error)
    return f"{said}（{detail}）"
