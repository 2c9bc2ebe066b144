"""The commands that do work: build, ask, search, eval, chat. Each imports its rooms when it runs, so that --help stays quick."""

from __future__ import annotations

import argparse
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wenyuan.cite import answer_record, as_text, hits_as_text, one_line, search_record
from wenyuan.cli.lines import QuestionLine, json_line, read_question_lines, result_lines, stdout_is_utf8, typed_question
from wenyuan.config import Settings
from wenyuan.errors import IndexFolderError, SettingsError, SourceError

if TYPE_CHECKING:
    from wenyuan.answer import Assistant
    from wenyuan.contracts import Article, Chunk, Embedder

Line = TypeVar("Line")
SETTINGS_FILE = Path("wenyuan.toml")  # in the current folder; optional
DEFAULT_SOURCES = "seeds"


def settings_of(arguments: argparse.Namespace, **overrides: Any) -> Settings:
    """Settings from the command line, then ``WENYUAN_…``, then ``wenyuan.toml`` in the current folder, then the defaults."""
    toml = SETTINGS_FILE if SETTINGS_FILE.exists() else None
    return Settings.load(toml, index_dir=arguments.index_dir, embedder=arguments.embedder, **overrides)


def note(message: str) -> None:
    """Tells the user something that is not the result: one line on stderr."""
    print(one_line(message), file=sys.stderr)


def build(arguments: argparse.Namespace) -> int:
    """Makes the index; 1 when some files could not be read, 2 when none could."""
    from wenyuan.chunk import chunk
    from wenyuan.clean import clean
    from wenyuan.embed import open_embedder
    from wenyuan.ingest import Limits, load
    from wenyuan.store import build_index

    settings = settings_of(arguments)
    paths = [Path(path) for path in arguments.paths or [DEFAULT_SOURCES]]
    if not arguments.paths and not paths[0].exists():
        raise SettingsError(f"there is no folder {DEFAULT_SOURCES} here; name the files or folders to build from: wenyuan build PATH …")
    articles: list[Article] = []
    chunks: dict[str, tuple[Chunk, ...]] = {}
    unreadable = 0
    for item in load(paths, settings.source_max_bytes, Limits.of(settings)):
        try:
            if isinstance(item, SourceError):
                raise item
            article = clean(item)
        except SourceError as error:
            unreadable += 1
            note(f"wenyuan: skipped {error}")
            continue
        articles.append(article)
        chunks[article.source.id] = tuple(chunk(article, settings.chunk_max_chars))
    if not articles:
        names = ", ".join(map(str, paths))
        raise IndexFolderError(
            f"no article could be read from {names}, so nothing was built; see wenyuan build --help for the kinds of file"
        )
    embedder = open_embedder(settings.embedder, settings.cache_dir, settings.threads)
    if _is_current(settings, articles, chunks, embedder):
        print(f"{settings.index_dir}: already up to date, {len(articles)} articles, {sum(map(len, chunks.values()))} chunks")
    else:
        with progress_bar("embedding") as progress:
            report = build_index(
                Path(settings.index_dir), articles, lambda article: chunks[article.source.id], embedder, settings, progress
            )
        print(
            f"{settings.index_dir}: {report.sources} articles, {report.chunks} chunks "
            f"({report.embedded} embedded, {report.reused} reused) in {report.seconds:.1f} s"
        )
    if unreadable:
        note(f"wenyuan: {unreadable} of {unreadable + len(articles)} sources could not be read; they are named above")
    return 1 if unreadable else 0


def _is_current(settings: Settings, articles: list[Article], chunks: dict[str, tuple[Chunk, ...]], embedder: Embedder) -> bool:
    """True when the index already holds exactly these articles and chunks, made with this embedder and dictionary."""
    from wenyuan.chinese.words import dictionary_digest, read_dictionary
    from wenyuan.store import open_index

    try:
        index = open_index(Path(settings.index_dir), embedder.fingerprint)
    except IndexFolderError:
        return False
    return (
        index.manifest.user_dictionary_sha256 == dictionary_digest(read_dictionary(settings.user_dictionary))
        and index.manifest.chunk_max_chars == settings.chunk_max_chars
        and index.articles == {article.source.id: article for article in articles}
        and index.chunks
        == tuple(chunk for article in sorted(articles, key=lambda item: item.source.uri) for chunk in chunks[article.source.id])
    )


def ask(arguments: argparse.Namespace) -> int:
    """Answers one question as text or JSON, or a file of questions as JSON lines."""
    from wenyuan.write import with_writing
    from wenyuan.writers import writer_of

    settings = settings_of(arguments, writer_url=arguments.writer)
    lines = _questions(arguments, settings)
    writer = writer_of(settings)
    with result_lines(arguments.out) as out:
        assistant = assistant_of(settings)
        for line in watched(lines, "asking"):
            answer = with_writing(assistant.ask(line.question, line.context), writer, assistant.index.sources)
            print(json_or_nothing(arguments, answer_record(answer, line.id)) or as_text(answer), file=out)
    return 0


def search(arguments: argparse.Namespace) -> int:
    """Finds passages for one question as text or JSON, or for a file of questions as JSON lines."""
    settings = settings_of(arguments, top=arguments.top)
    lines = _questions(arguments, settings)
    with result_lines(arguments.out) as out:
        assistant = assistant_of(settings)
        sources = assistant.index.sources
        for line in watched(lines, "searching"):
            hits = assistant.search(line.question, line.context, settings.top)
            print(json_or_nothing(arguments, search_record(line.question, hits, sources, line.id)) or hits_as_text(hits, sources), file=out)
    return 0


def _questions(arguments: argparse.Namespace, settings: Settings) -> list[QuestionLine]:
    """The one question typed, or those of the file; SettingsError when both or neither are given."""
    if (arguments.question is None) == (arguments.questions is None):
        raise SettingsError("give either one QUESTION or --questions FILE.jsonl")
    if arguments.questions is not None:
        if arguments.context:
            raise SettingsError("--context goes with one QUESTION; in a file of questions it is a key of each line")
        return read_question_lines(Path(arguments.questions), settings.question_max_chars)
    return [typed_question(arguments.question, arguments.context, settings.question_max_chars)]


def json_or_nothing(arguments: argparse.Namespace, record: dict[str, Any]) -> str:
    """The record as a line of JSON; "" where one typed question is answered on the terminal in words."""
    if (
        arguments.json
        or getattr(arguments, "questions", None) is not None
        or getattr(arguments, "claims", None) is not None
        or arguments.out is not None
    ):
        return json_line(record, ascii_only=arguments.out is None and not stdout_is_utf8())
    return ""


def assistant_of(settings: Settings) -> Assistant:
    """An assistant on the index that the settings name."""
    from wenyuan.answer import Assistant

    return Assistant.open(settings)


def evaluate(arguments: argparse.Namespace) -> int:
    """Measures the answers to a question set and prints the table; 3 when they are worse than the baseline's."""
    from wenyuan.evaluate import compare, comparison_table, load_questions, read_run, to_markdown, write_run
    from wenyuan.evaluate import evaluate as measure

    settings = settings_of(arguments)
    path = Path(arguments.file)
    baseline = None if arguments.baseline is None else read_run(Path(arguments.baseline))
    assistant = assistant_of(settings)
    questions = load_questions(path, assistant.index.sources, arguments.split)
    set_name = path.stem if arguments.split is None else f"{path.stem}-{arguments.split}"
    with progress_bar("evaluating") as progress:
        report = measure(assistant, questions, set_name=set_name, settings=asdict(settings), progress=progress)
    print(to_markdown(report))
    if arguments.out is not None:
        note(f"wenyuan: the run is in {write_run(report, Path(arguments.out))}")
    if baseline is None:
        return 0
    comparison = compare(baseline, report)
    print(comparison_table(comparison))
    return 3 if comparison.regressed else 0


def train_reader(arguments: argparse.Namespace) -> int:
    """Trains the reader, or goes on with a run that was stopped."""
    from wenyuan.training.train import TrainingSettings
    from wenyuan.training.train import train_reader as train

    settings = settings_of(arguments)
    if arguments.steps < 1:
        raise SettingsError(f"--steps {arguments.steps} is out of range: give 1 or more")
    if arguments.lora_rank < 0:
        raise SettingsError(f"--lora-rank {arguments.lora_rank} is out of range: give 0 for none, or 4 to 64")
    if arguments.start_from and not Path(arguments.start_from).is_file():
        raise SettingsError(f"--start-from {arguments.start_from}: no such file; give a reader.safetensors")
    training = TrainingSettings(
        seed=arguments.seed,
        steps=arguments.steps,
        synthetic=arguments.synthetic,
        learning_rate=arguments.learning_rate,
        threads=settings.threads or 2,
        lora_rank=arguments.lora_rank,
        start_from=arguments.start_from,
        bfloat16=arguments.bfloat16,
    )
    print(train([Path(folder) for folder in arguments.data], Path(arguments.out), training, cache_dir=settings.cache_dir))
    return 0


def chat(arguments: argparse.Namespace) -> int:
    """Serves the page until the keyboard stops it."""
    settings = settings_of(arguments)
    path = None if arguments.auth_file is None else Path(arguments.auth_file)
    if arguments.add_user is not None:
        if path is None:
            raise SettingsError("--add-user needs --auth-file FILE, which is where the name is written")
        return _add_user(path, arguments.add_user)
    _check_address(arguments.host, arguments.port, has_login=path is not None)
    from wenyuan.chat import serve
    from wenyuan.chat.login import read_users

    users = None if path is None else read_users(path)

    serve(assistant_of(settings), arguments.host, arguments.port, users)
    return 0


def _add_user(path: Path, name: str) -> int:
    """Asks for a password, twice on a terminal, and writes its hash into the file of those who may use the page."""
    from getpass import getpass

    from wenyuan.chat.login import add_user

    if sys.stdin.isatty():
        password = getpass(f"password of {name}: ")
        if getpass("once more: ") != password:
            raise SettingsError("the two passwords differ; nothing was written")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    add_user(path, name, password)
    print(f"{path}: {name} may use the page")
    return 0


def _check_address(host: str, port: int, has_login: bool) -> None:
    """SettingsError where the page may not or cannot be served; found out before the models are loaded."""
    if not 1 <= port <= 65535:
        raise SettingsError(f"--port {port} is out of range: give 1 to 65535")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not has_login:
        raise SettingsError(
            f"--host {host} is not a loopback address: others could use the page; give --auth-file FILE with those who may, "
            "or serve on 127.0.0.1 or ::1"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"cannot serve on {host} port {port} ({error.strerror}); give another --port") from error


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that takes (done, total) and draws a bar on stderr, on a terminal only."""
    from tqdm import tqdm

    with tqdm(desc=what, disable=None, leave=False, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def watched(lines: list[Line], what: str) -> Iterator[Line]:
    """The lines, with a bar on stderr where there are many and stderr is a terminal."""
    from tqdm import tqdm

    yield from tqdm(lines, desc=what, leave=False, file=sys.stderr, disable=None if len(lines) > 1 else True)
