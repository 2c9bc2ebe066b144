"""What 语料 does, without Gradio: uploads are put aside and looked at, then added; articles removed, rebuilt, rolled back."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wenyuan.chat import corpus_view
from wenyuan.chat.desk import OpenIndex
from wenyuan.chat.messages import in_chinese
from wenyuan.contracts import Article
from wenyuan.errors import ChangeCancelled, SourceError, WenyuanError
from wenyuan.ingest.formats import is_article

if TYPE_CHECKING:
    from wenyuan.corpus import ChangeReport, Corpus

FILES_MAX = 5000  # of one upload
_NAME_MAX_BYTES = 180
_DEPTH_MAX = 6  # folders of a folder that is uploaded
_NOT_IN_NAMES = re.compile('[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')

_MESSAGES = {"removed": "旧的版本里还留着它；运行 wenyuan gc --keep 1 可以彻底删除"}
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Staged:
    """Uploaded files that are not in the corpus yet. The folder goes when this does."""

    folder: tempfile.TemporaryDirectory[str]
    files: tuple[tuple[str, tuple[Article, ...], str], ...] = field(default=())  # name, articles, reason why it cannot be read

    def html(self) -> str:
        """What is shown of them."""
        return corpus_view.staged(self.files)


@dataclass(frozen=True, slots=True)
class CorpusDesk:
    """Changes the corpus and shows it."""

    opened: OpenIndex
    upload_folder: Path  # where the server puts what browsers send; no other file of this machine is touched

    def page(self, told: str = "") -> str:
        """The view, with ``told`` (HTML) on top."""
        assistant = self.opened.assistant
        try:
            found = [(one.name, one.created, one.sources, one.current) for one in self._corpus().generations()]
        except WenyuanError as error:
            found, told = [], told + corpus_view.trouble(in_chinese(error))
        return corpus_view.page(assistant.index.articles, found, told)

    def stage(self, uploads: object) -> Staged:
        """The files of an upload, [{"path", "name"}] as a browser names them, cleaned but not added."""
        folder = tempfile.TemporaryDirectory(prefix="wenyuan-")
        files: list[tuple[str, tuple[Article, ...], str]] = []
        for upload in uploads[:FILES_MAX] if isinstance(uploads, list) else []:
            if not isinstance(upload, dict):
                continue
            path, name = self.uploaded(upload.get("path")), safe_name(str(upload.get("name", "")))
            if path is None or not name:
                continue
            try:
                name, place = _free(Path(folder.name), name)
                shutil.copyfile(path, place)
            except OSError as error:
                files.append((name, (), f"存不下来：{error.strerror}"))
                continue
            files.append(self._looked_at(name, place))
        return Staged(folder, tuple(files))

    def uploaded(self, path: object) -> Path | None:
        """The file that the server received, None for any other: the path comes from a browser."""
        if not isinstance(path, str) or "\x00" in path:
            return None
        found = Path(path).resolve()
        return found if found.is_relative_to(self.upload_folder.resolve()) and found.is_file() else None

    def _looked_at(self, name: str, place: Path) -> tuple[str, tuple[Article, ...], str]:
        try:
            articles = tuple(self._corpus().preview(place))
        except SourceError as error:
            return name, (), in_chinese(error)
        if articles and not is_article(PurePosixPath(name)):
            return name, (), "名字是 README 的文件不收；改个名字再上传"  # a folder is read without them, see `ingest.load`
        return name, articles, "" if articles else "里面没有文章"

    def add(self, staged: Staged, progress: Progress, cancelled: Cancelled) -> str:
        """Adds what can be read of the staged files; HTML of what came of it. Raises ChangeCancelled."""
        paths = [Path(staged.folder.name)]
        readable = sum(1 for _, articles, _ in staged.files if articles)
        if not readable:
            return corpus_view.trouble("没有一个文件能读。")
        reasons = {name: reason for name, _, reason in staged.files if reason}
        return self._changed(lambda corpus: corpus.add(paths, progress=progress, cancelled=cancelled), "加入完成", reasons)

    def remove(self, uri: object) -> str:
        """Takes an article out."""
        if not isinstance(uri, str) or not any(source.uri == uri for source in self.opened.assistant.index.sources.values()):
            return corpus_view.trouble("没有这篇文章，也许已经移除了。")
        return self._changed(lambda corpus: corpus.remove([uri]), "已移除")

    def rollback(self, name: object) -> str:
        """Puts an earlier state in force."""
        try:
            now = self._corpus().rollback(name if isinstance(name, str) else "")
            self.opened.reopen()
        except WenyuanError as error:
            return corpus_view.trouble(in_chinese(error))
        return corpus_view.changed((), f"已回到 {now}")

    def rebuild(self, progress: Progress, cancelled: Cancelled) -> str:
        """Cleans every article again and makes the whole index anew. Raises ChangeCancelled."""
        return self._changed(lambda corpus: corpus.add((), progress=progress, cancelled=cancelled), "已重建")

    def _changed(self, change: Callable[[Corpus], ChangeReport], what: str, reasons: Mapping[str, str] | None = None) -> str:
        try:
            report = change(self._corpus())
            self.opened.reopen()
        except ChangeCancelled:  # whoever cancelled says so
            raise
        except WenyuanError as error:
            return corpus_view.trouble(in_chinese(error))
        counts: dict[str, int] = {}
        for outcome in report.outcomes:
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
        parts = "，".join(f"{corpus_view.STATUS.get(status, status)} {count}" for status, count in counts.items())
        outcomes = [(one.uri, one.status, (reasons or {}).get(one.uri, _MESSAGES.get(one.status, one.message))) for one in report.outcomes]
        return corpus_view.changed(outcomes, f"{what}：{parts or '没有变化'}，{report.seconds:.1f} 秒")

    def preview(self, id: object) -> str:
        """How an article of the corpus was cleaned; "" for none."""
        articles: Mapping[str, Article] = self.opened.assistant.index.articles
        return corpus_view.one_article(articles[id]) if isinstance(id, str) and id in articles else ""

    def _corpus(self) -> Corpus:
        from wenyuan.corpus import Corpus

        assistant = self.opened.assistant
        return Corpus(assistant.settings, assistant.embedder)


def _free(folder: Path, name: str) -> tuple[str, Path]:
    """``name``, led by a number where an upload of that name is there already, and its place, whose folder exists."""
    tried, number = name, 1
    while True:
        place = folder / tried
        above = [folder / part for part in PurePosixPath(tried).parents]
        if not place.exists() and not any(one.is_file() for one in above):
            place.parent.mkdir(parents=True, exist_ok=True)
            return tried, place
        number += 1
        tried = f"{number}/{name}"


def safe_name(name: str) -> str:
    """A file name from a browser as one below some folder, ``a/b.txt``; "" where nothing is left of it."""
    parts = [_NOT_IN_NAMES.sub("_", part).strip(" .") for part in re.split(r"[/\\]", name)]
    kept = [_shortened(part) for part in parts if part]
    return "/".join(kept[-_DEPTH_MAX:])


def _shortened(part: str) -> str:
    """At most _NAME_MAX_BYTES bytes, the suffix kept; lone surrogates, which no file system takes, replaced."""
    part = part.encode("utf-8", "replace").decode("utf-8")
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 12:
        stem, dot, suffix = part, "", ""
    room = _NAME_MAX_BYTES - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix
