"""The commands that look: `inspect` shows what was kept and dropped, `doctor` what is in order. Neither changes anything."""

from __future__ import annotations

import argparse
import difflib
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.cite import one_line
from wenyuan.cli.commands import settings_of
from wenyuan.config import DEFAULT_EMBEDDER, NO_READER, Settings
from wenyuan.contracts import Article, BlockKind, Chunk, Span
from wenyuan.errors import IndexFolderError, ModelError, SettingsError

if TYPE_CHECKING:
    from wenyuan.store import LocalIndex


def inspect(arguments: argparse.Namespace) -> int:
    """Prints all articles, one article by its uri, or one chunk by its id."""
    from wenyuan.store import open_index

    index = open_index(Path(settings_of(arguments).index_dir))
    for line in _described(index, arguments.name):
        print(line)
    return 0


def _described(index: LocalIndex, name: str | None) -> Iterator[str]:
    if name is None:
        return _overview(index)
    chunk = index.chunk_by_id(name)
    if chunk is not None:
        return _chunk(index.articles[chunk.source_id], chunk)
    for article in index.articles.values():
        if name in (article.source.uri, article.source.id):
            return _article(article, [chunk for chunk in index.chunks if chunk.source_id == article.source.id])
    known = [article.source.uri for article in index.articles.values()]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3) or known[:1]
    raise SettingsError(
        f"no article or chunk is named {name!r}; one of the names is {near[0]}, `wenyuan inspect` lists all"
        if near
        else "the index is empty"
    )


def _overview(index: LocalIndex) -> Iterator[str]:
    """One line per article, one per dropping rule, and the totals."""
    dropped: dict[str, int] = {}
    yield f"generation {index.generation}, embedder {index.manifest.embedder}, {index.manifest.dimension} dimensions"
    for article in index.articles.values():
        chunks = [chunk for chunk in index.chunks if chunk.source_id == article.source.id]
        for rule, count in article.dropped.items():
            dropped[rule] = dropped.get(rule, 0) + count
        yield f"{one_line(article.source.uri)}  {one_line(article.title) or '(no title)'}"
        yield f"  {_counts(article, chunks)}"
    yield "dropped, code points per rule" if dropped else "nothing was dropped"
    for rule, count in sorted(dropped.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {rule}  {count}"
    yield f"{len(index.articles)} articles, {len(index.chunks)} chunks"


def _counts(article: Article, chunks: list[Chunk]) -> str:
    captions = sum(block.kind is BlockKind.CAPTION for block in article.blocks)
    stitched = sum(len(sentence) > 1 for chunk in chunks for sentence in chunk.sentences)
    return (
        f"{len(article.source.text)} code points, {len(article.blocks)} blocks, {captions} captions, {len(chunks)} chunks, "
        f"{stitched} stitched sentences, {sum(article.dropped.values())} dropped"
    )


def _article(article: Article, chunks: list[Chunk]) -> Iterator[str]:
    """What was dropped by which rule, then every block, then every chunk, each with its spans."""
    source = article.source
    yield f"{one_line(source.uri)}  {one_line(article.title) or '(no title)'}"
    yield f"  id {source.id}, {source.encoding}, sha256 {source.sha256}, published {source.published or 'unknown'}"
    yield f"  {_counts(article, chunks)}"
    yield "dropped" if article.dropped_spans else "nothing was dropped"
    for item in article.dropped_spans:
        yield f"  {item.rule} {_places([item.span])} {one_line(source.slice([item.span]))[:60]}"
    yield "blocks"
    for block in article.blocks:
        yield f"  {block.kind.value} {_places(block.spans)} {one_line(source.slice(block.spans))[:60]}"
    yield "chunks"
    for chunk in chunks:
        yield f"  {chunk.id} {_places(chunk.spans)} {one_line(chunk.text)[:60]}"


def _chunk(article: Article, chunk: Chunk) -> Iterator[str]:
    """A chunk's heading, then each of its sentences with its spans."""
    yield f"{chunk.id}  {chunk.kind.value}  {one_line(article.source.uri)}"
    yield f"  {one_line(chunk.heading) or '(no heading)'}"
    for sentence in chunk.sentences:
        yield f"  {_places(sentence)} {one_line(article.source.slice(sentence))}"


def _places(spans: list[Span] | tuple[Span, ...]) -> str:
    return " ".join(f"[{span.start}, {span.end})" for span in spans)


def doctor(arguments: argparse.Namespace) -> int:
    """Prints one line per thing looked at; 2 when something needs doing."""
    settings = settings_of(arguments)
    _well(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    _well("settings")
    fingerprint, findings = _look_at_model(settings)
    findings += _look_at_reader(settings)
    findings += _look_at_index(settings, fingerprint)
    return 2 if findings else 0


def _look_at_model(settings: Settings) -> tuple[str | None, int]:
    """The embedder's fingerprint, None when it does not open, and the number of problems."""
    from wenyuan.embed import open_embedder
    from wenyuan.models import default_model_folder, verify_model

    try:
        if settings.embedder == DEFAULT_EMBEDDER:
            verify_model(default_model_folder(settings.cache_dir))
        embedder = open_embedder(settings.embedder, settings.cache_dir, settings.threads)
        vector = embedder.embed_question("问源")
    except (ModelError, OSError) as error:
        return None, _problem("model", str(error))
    _well(f"model {embedder.name}, {len(vector)} dimensions, fingerprint {embedder.fingerprint[:16]}")
    return embedder.fingerprint, 0


def _look_at_reader(settings: Settings) -> int:
    """The number of problems with the reader."""
    from wenyuan.read import open_reader

    if settings.reader == NO_READER:
        _well("no reader: answers by rules alone")
        return 0
    try:
        reader = open_reader(settings.reader, settings.cache_dir, settings.threads)
        reader.read("问源是什么", [("", "问源是一个问答系统。")])
    except (ModelError, OSError) as error:
        return _problem("reader", str(error))
    _well(f"reader {reader.name}, fingerprint {reader.fingerprint[:16]}")
    return 0


def _look_at_index(settings: Settings, fingerprint: str | None) -> int:
    """The number of problems with the index folder, or with the model it was built with."""
    from wenyuan.store import check_index, damaged_but_held, open_index, removed_but_held

    findings = check_index(Path(settings.index_dir))
    if not findings:
        try:
            index = open_index(Path(settings.index_dir), fingerprint)
        except IndexFolderError as error:
            findings = [str(error)]
        else:
            _well(f"index {settings.index_dir}, generation {index.generation}, {len(index.articles)} articles, {len(index.chunks)} chunks")
            for name, uris in removed_but_held(Path(settings.index_dir)).items():
                named = ", ".join(uris[:3]) + (f" and {len(uris) - 3} more" if len(uris) > 3 else "")
                _well(f"generation {name} still holds text that this one does not, of {named}: `wenyuan gc --keep 1` removes it")
            for name, wrong in damaged_but_held(Path(settings.index_dir)).items():
                _well(
                    f"older generation {name} is damaged ({'; '.join(wrong)}): it cannot be gone back to, `wenyuan gc --keep 1` removes it"
                )
    return sum(_problem("index", finding) for finding in findings)


def _well(what: str) -> None:
    print(f"ok       {one_line(what)}")


def _problem(what: str, finding: str) -> int:
    print(f"problem  {what}: {one_line(finding)}")
    return 1
