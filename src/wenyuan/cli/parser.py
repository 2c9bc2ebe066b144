"""The words of the terminal door: commands, options and their help. It knows nothing of what the commands do."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NoReturn

from wenyuan.cite import one_line
from wenyuan.cli import calibrating, checking, commands, corpus, looking


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"wenyuan: {one_line(message)[:400]}; see `{self.prog} --help`\n")


class _Version(argparse.Action):
    """Prints the installed version; looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"wenyuan {version('wenyuan')}")
        parser.exit(0)


def parser() -> argparse.ArgumentParser:
    """The parser of every command; ``arguments.run`` is the function that carries the command out."""
    top = _Parser(prog="wenyuan", description="问源：有出处的中文文章问答。Cited question answering over Chinese articles.")
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    top.add_argument("--debug", action="store_true", help="on a bug, show the whole traceback")
    names = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)

    shared = _Parser(add_help=False)
    shared.add_argument("--index-dir", metavar="DIR", help="folder of the index (default: index)")
    shared.add_argument(
        "--embedder", metavar="NAME", help="embedding model: a sentence-transformers name or folder (default: the packaged one)"
    )

    def command(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        sub = names.add_parser(name, parents=[shared], help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    build = command("build", commands.build, "make the index from txt, md, html, pdf, docx and jsonl files")
    build.add_argument("paths", metavar="PATH", nargs="*", help="files and folders (default: seeds)")

    _changes(command)

    ask = command("ask", commands.ask, "answer a question, or a file of questions, with citations")
    ask.add_argument("question", metavar="QUESTION", nargs="?")
    ask.add_argument("--json", action="store_true", help="print the answer as one line of JSON")
    ask.add_argument(
        "--context", metavar="QUESTION", action="append", default=[], help="an earlier question, for a follow-up; may be repeated"
    )
    ask.add_argument(
        "--writer",
        metavar="URL",
        help="have an OpenAI-compatible server (…/v1) phrase the answer, each sentence checked (default: none)",
    )
    _question_files(ask)

    search = command("search", commands.search, "the passages nearest a question, best first")
    search.add_argument("question", metavar="QUESTION", nargs="?")
    search.add_argument("--json", action="store_true", help="print the hits as one line of JSON")
    search.add_argument(
        "--context", metavar="QUESTION", action="append", default=[], help="an earlier question, for a follow-up; may be repeated"
    )
    search.add_argument("--top", metavar="N", type=int, help="number of passages, 1 to 1000 (default: 10)")
    _question_files(search)

    _claims(command)

    evaluate = command("eval", commands.evaluate, "answer a question set and measure the answers")
    evaluate.add_argument("file", metavar="FILE.jsonl", nargs="?", default="eval/questions/seeds.jsonl")
    evaluate.add_argument("--split", metavar="NAME", help='only the questions of this split, as each line\'s "split" says')
    evaluate.add_argument("--out", metavar="DIR", help="folder for the run (default: it is only printed)")
    evaluate.add_argument("--baseline", metavar="RUN.json", help="an earlier run to compare with; exit code 3 on a regression")

    inspect = command("inspect", looking.inspect, "what was kept and dropped: all articles, one article, or one chunk")
    inspect.add_argument("name", metavar="URI|CHUNK_ID", nargs="?")

    command("doctor", looking.doctor, "check settings, models and the index, and say what to do")

    calibrate = command("calibrate", calibrating.calibrate, "fit how answers are weighed, and their confidence, to question sets")
    calibrate.add_argument(
        "sets",
        metavar="[off-topic:]SET[@INDEX]",
        nargs="+",
        help="a question set, and the index that is asked, which answers it or, off topic, does not",
    )
    calibrate.add_argument("--split", metavar="NAME", help="only the questions of this split")
    calibrate.add_argument("--out", metavar="FILE.json", required=True, help="where the weights go")

    train = command("train-reader", commands.train_reader, "train the reader from labelled passages and unlabelled news")
    train.add_argument("data", metavar="DATA", nargs="+", help="folders with corpus.jsonl and, where labelled, questions.jsonl")
    train.add_argument("--out", metavar="DIR", required=True, help="folder for weights, log and plot; an unfinished run there goes on")
    train.add_argument("--steps", metavar="N", type=int, default=1000, help="default: 1000, half an hour on two idle cores")
    train.add_argument("--seed", metavar="N", type=int, default=1, help="default: 1")
    train.add_argument("--synthetic", metavar="N", type=int, default=1500, help="questions made from unlabelled text (default: 1500)")
    train.add_argument("--learning-rate", metavar="RATE", type=float, default=1.8e-4, help="of the encoder (default: 1.8e-4)")
    train.add_argument(
        "--lora-rank", metavar="N", type=int, default=0, help="train adapters of this rank instead of the layers (needs peft)"
    )
    train.add_argument("--start-from", metavar="FILE", default="", help="weights of an earlier reader to go on from (.safetensors)")
    train.add_argument("--bfloat16", action="store_true", help="faster where the processor has avx512_bf16, slower elsewhere")

    chat = command("chat", commands.chat, "serve the web page")
    chat.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1; any but a loopback address needs --auth-file")
    chat.add_argument("--auth-file", metavar="FILE", help="names and hashed passwords of those who may use the page")
    chat.add_argument(
        "--add-user", metavar="NAME", help="write NAME and a password, asked for or read from stdin, into --auth-file and stop"
    )
    chat.add_argument("--port", metavar="N", type=int, default=7860, help="1 to 65535 (default: 7860)")
    return top


def _changes(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that change what is in the index."""
    add = command("add", corpus.add, "add files and folders to the index, or their new text where their names are known")
    add.add_argument("paths", metavar="PATH", nargs="*", help="files and folders; none: make the index anew from the texts it holds")

    remove = command("remove", corpus.remove, "remove documents from the index")
    remove.add_argument("uris", metavar="URI", nargs="+", help="names as `wenyuan inspect` lists them, or of a whole file or folder")

    rename = command("rename", corpus.rename, "give a document of the index another name")
    rename.add_argument("old", metavar="OLD", help="its name, as `wenyuan inspect` lists it")
    rename.add_argument("new", metavar="NEW")

    rollback = command("rollback", corpus.rollback, "go back to an older generation of the index")
    rollback.add_argument("generation", metavar="GENERATION", nargs="?", help="its name (default: the one before the one in force)")

    command("generations", corpus.generations, "list the generations of the index, oldest first")

    gc = command("gc", corpus.collect, "remove older generations of the index, and what stopped builds have left")
    gc.add_argument("--keep", metavar="N", type=int, default=3, help="how many stay, the one in force among them (default: 3)")


def _claims(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The command that checks what somebody says."""
    verify = command("verify", checking.verify, "whether the articles bear a sentence out: supported, contradicted or not stated")
    verify.add_argument("claim", metavar="CLAIM", nargs="?", help="a sentence; without --source its evidence is searched in the index")
    verify.add_argument("--json", action="store_true", help="print the outcome as one line of JSON")
    verify.add_argument("--source", metavar="URI", help="the article that the claim cites")
    verify.add_argument("--quote", metavar="TEXT", help="the words of that article that it cites")
    verify.add_argument(
        "--span", metavar="START:END", action="append", default=[], help="the characters of it that it cites; may be repeated"
    )
    verify.add_argument("--claims", metavar="FILE.jsonl", help='one {"id", "claim", "uri"?, "quote"? or "spans"?} a line')
    verify.add_argument("--out", metavar="FILE.jsonl", help="where the lines go, in the same order (default: stdout)")


def _question_files(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--questions", metavar="FILE.jsonl", help='one {"id", "question", "context"?} a line')
    sub.add_argument("--out", metavar="FILE.jsonl", help="where the lines go, in the same order (default: stdout)")
