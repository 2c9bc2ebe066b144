"""About a hundred ways to misuse the commands: each gives one clear line on stderr, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conftest import EXAMPLE, SEEDS
from wenyuan.cli import main
from wenyuan.cli.lines import result_lines

Out = pytest.CaptureFixture[str]


@dataclass
class Box:
    """What a case may use: an empty folder and the index of the seeds, which it must not change."""

    folder: Path
    index: str

    def file(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def empty(self, name: str) -> str:
        (self.folder / name).mkdir()
        return self.path(name)


@dataclass(frozen=True)
class Case:
    id: str
    words: Callable[[Box], list[str]]
    says: str  # a pattern that the one line on stderr matches
    environment: Mapping[str, str] = field(default_factory=dict)
    toml: bytes | None = None


def line(**record: object) -> str:
    return json.dumps(record)


def questions(content: bytes | str, command: str = "ask") -> Callable[[Box], list[str]]:
    return lambda box: [command, "--questions", box.file("q.jsonl", content), "--out", box.path("out.jsonl"), "--index-dir", box.index]


def build(*names_and_contents: tuple[str, bytes | str]) -> Callable[[Box], list[str]]:
    return lambda box: ["build", *(box.file(*pair) for pair in names_and_contents), "--index-dir", box.path("index")]


GOOD = line(id="a", question="问题")

MISUSE = [
    Case("no command", lambda box: [], "COMMAND"),
    Case("unknown command", lambda box: ["answer"], "invalid choice"),
    Case("command cut short", lambda box: ["buil"], "invalid choice"),
    Case("unknown option", lambda box: ["ask", "问", "--colour"], "unrecognized arguments"),
    Case("option cut short", lambda box: ["ask", "问", "--js"], "unrecognized arguments"),
    Case("option without its value", lambda box: ["ask", "问", "--index-dir"], "expected one argument"),
    Case("two questions", lambda box: ["ask", "一", "二"], "unrecognized arguments"),
    Case("ask nothing", lambda box: ["ask"], "either one QUESTION or --questions"),
    Case("ask both ways", lambda box: ["ask", "问", "--questions", "x.jsonl"], "either one QUESTION or --questions"),
    Case("search nothing", lambda box: ["search"], "either one QUESTION or --questions"),
    Case("context with a file", lambda box: ["ask", "--questions", "x.jsonl", "--context", "前"], "--context goes with one"),
    Case("top is a word", lambda box: ["search", "问", "--top", "ten"], "invalid int value"),
    Case("top is a fraction", lambda box: ["search", "问", "--top", "1.5"], "invalid int value"),
    Case("top is nothing", lambda box: ["search", "问", "--top", "0"], "top = 0 is out of range"),
    Case("top is negative", lambda box: ["search", "问", "--top", "-3"], "top = -3 is out of range"),
    Case("top is huge", lambda box: ["search", "问", "--top", "1001"], "out of range"),
    Case("top is endless", lambda box: ["search", "问", "--top", "9" * 5000], "--top|integer"),
    Case("port is a word", lambda box: ["chat", "--port", "http"], "invalid int value"),
    Case("port is nothing", lambda box: ["chat", "--port", "0"], "--port 0 is out of range"),
    Case("port is too high", lambda box: ["chat", "--port", "65536"], "out of range"),
    Case("host is all", lambda box: ["chat", "--host", "0.0.0.0"], "not a loopback address"),
    Case("host is all of v6", lambda box: ["chat", "--host", "::"], "not a loopback address"),
    Case("host is a name", lambda box: ["chat", "--host", "example.com"], "not a loopback address"),
    Case("host is empty", lambda box: ["chat", "--host", ""], "not a loopback address"),
]

SETTINGS = [
    Case("unknown setting in the environment", lambda box: ["ask", "问"], "unknown setting colour; known are", {"WENYUAN_COLOUR": "red"}),
    Case("setting that is no number", lambda box: ["ask", "问"], "top = 'many' is not a int", {"WENYUAN_TOP": "many"}),
    Case("setting out of range", lambda box: ["ask", "问"], "min_confidence = 2.0 is out of range", {"WENYUAN_MIN_CONFIDENCE": "2"}),
    Case("setting that is not a number at all", lambda box: ["ask", "问"], "min_confidence = nan", {"WENYUAN_MIN_CONFIDENCE": "nan"}),
    Case("empty setting", lambda box: ["ask", "问"], "top = '' is not a int", {"WENYUAN_TOP": ""}),
    Case("toml that does not parse", lambda box: ["ask", "问"], "wenyuan.toml", toml=b"top = \n"),
    Case("toml in another encoding", lambda box: ["ask", "问"], "wenyuan.toml.*UTF-8", toml="index_dir = '索引'".encode("gb18030")),
    Case("toml with an unknown key", lambda box: ["ask", "问"], "unknown setting tops", toml=b"tops = 3\n"),
    Case("toml with a table", lambda box: ["ask", "问"], "unknown setting", toml=b"[search]\ntop = 3\n"),
    Case("toml with a wrong type", lambda box: ["ask", "问"], "top = \\[1\\] is not a int", toml=b"top = [1]\n"),
    Case("toml with a truth value", lambda box: ["ask", "问"], "top = True is not a int", toml=b"top = true\n"),
    Case("toml with a fraction", lambda box: ["ask", "问"], "top = 1.5 is not a int", toml=b"top = 1.5\n"),
    Case("toml with a text for a folder", lambda box: ["ask", "问"], "index_dir = 3 is not a str", toml=b"index_dir = 3\n"),
    Case("toml of zeros", lambda box: ["ask", "问"], "wenyuan.toml", toml=b"\0\0\0"),
]

BUILDING = [
    Case("no seeds folder here", lambda box: ["build", "--index-dir", box.path("index")], "no folder seeds here"),
    Case("missing path", lambda box: ["build", box.path("none.txt"), "--index-dir", box.path("index")], "no article could be read"),
    Case("empty path", lambda box: ["build", "", "--index-dir", box.path("index")], "no article could be read|nothing"),
    Case("empty folder", lambda box: ["build", box.empty("e"), "--index-dir", box.path("index")], "no article could be read"),
    Case(
        "folder of other things",
        lambda box: ["build", str(Path(box.file("f/a.xyz", "x")).parent), "--index-dir", box.path("i")],
        "no article",
    ),
    Case("empty file", build(("a.txt", "")), "no article could be read"),
    Case("white space only", build(("a.txt", " \r\n\u3000\n")), "no article could be read"),
    Case("binary file", build(("a.txt", bytes(range(256)) * 20)), "no article could be read"),
    Case("picture", build(("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 90)), "no article could be read"),
    Case("broken UTF-8", build(("a.txt", "一二三四".encode() * 20 + b"\xff\xff\xff\x00\x80")), "no article could be read"),
    Case("no PDF", build(("a.pdf", b"%PDF-1.7 no more")), "no article could be read"),
    Case("empty PDF", build(("a.pdf", b"")), "no article could be read"),
    Case("no docx", build(("a.docx", b"PK\x03\x04 broken")), "no article could be read"),
    Case("empty docx", build(("a.docx", b"")), "no article could be read"),
    Case("html without text", build(("a.html", "<html><body><script>x</script></body></html>")), "no article could be read"),
    Case("jsonl that is not JSON", build(("a.jsonl", "{id: 1}\n")), "no article could be read"),
    Case("jsonl of numbers", build(("a.jsonl", "1\n2\n")), "no article could be read"),
    Case("jsonl without text", build(("a.jsonl", line(id="a", title="b"))), "no article could be read"),
    Case("jsonl with a wrong text", build(("a.jsonl", line(id="a", text=[1]))), "no article could be read"),
    Case("jsonl too deep", build(("a.jsonl", "[" * 200_000)), "no article could be read"),
    Case("null bytes", build(("a.txt", "\0" * 5000)), "no article could be read"),
    Case(
        "unknown embedder", lambda box: ["build", str(SEEDS), "--embedder", "no-such/model", "--index-dir", box.path("i")], "no-such/model"
    ),
    Case("embedder is a file", lambda box: ["build", str(SEEDS), "--embedder", box.file("m", "x"), "--index-dir", box.path("i")], "m"),
    Case("index folder is a file", lambda box: ["build", str(SEEDS), "--index-dir", box.file("index", "x")], "index"),
    Case("index folder under a file", lambda box: ["build", str(SEEDS), "--index-dir", box.file("f", "x") + "/index"], "index"),
    Case("index folder that may not be made", lambda box: ["build", str(SEEDS), "--index-dir", "/proc/wenyuan"], "/proc/wenyuan"),
    Case(
        "user dictionary missing",
        lambda box: ["build", str(SEEDS), "--index-dir", box.path("i")],
        "words.txt",
        {"WENYUAN_USER_DICTIONARY": "words.txt"},
    ),
]

ASKING = [
    Case("missing index", lambda box: ["ask", EXAMPLE, "--index-dir", box.path("none")], "run `wenyuan build` first"),
    Case("missing index for search", lambda box: ["search", EXAMPLE, "--index-dir", box.path("none")], "run `wenyuan build` first"),
    Case("missing index for inspect", lambda box: ["inspect", "--index-dir", box.path("none")], "run `wenyuan build` first"),
    Case(
        "missing index for chat",
        lambda box: ["chat", "--index-dir", box.path("none"), "--port", str(free_port())],
        "run `wenyuan build` first",
    ),
    Case(
        "missing index for eval",
        lambda box: ["eval", box.file("q.jsonl", GOOD), "--index-dir", box.path("none")],
        "run `wenyuan build` first",
    ),
    Case("empty index folder", lambda box: ["ask", EXAMPLE, "--index-dir", box.empty("i")], "run `wenyuan build` first"),
    Case("index folder is a file too", lambda box: ["ask", EXAMPLE, "--index-dir", box.file("i", "x")], "wenyuan build"),
    Case("index folder is nothing", lambda box: ["ask", EXAMPLE, "--index-dir", box.folder.name + "\x01"], "wenyuan build"),
    Case("question too long", lambda box: ["ask", "长" * 2001, "--index-dir", box.index], "2001 code points, more than question_max_chars"),
    Case("question of ten megabytes", lambda box: ["ask", "长" * 10_000_000, "--index-dir", box.index], "question_max_chars"),
    Case("context too long", lambda box: ["ask", "问", "--context", "长" * 2001, "--index-dir", box.index], "question_max_chars"),
    Case("question of half surrogates", lambda box: ["ask", "天津\udce5\udcad", "--index-dir", box.index], "UTF-8"),
    Case("context of half surrogates", lambda box: ["ask", "问", "--context", "\udcff", "--index-dir", box.index], "UTF-8"),
    Case("search of half surrogates", lambda box: ["search", "\ud800", "--index-dir", box.index], "UTF-8"),
    Case("unknown article", lambda box: ["inspect", "nothing.txt", "--index-dir", box.index], "no article or chunk is named 'nothing.txt'"),
    Case("unknown chunk", lambda box: ["inspect", "abc:999", "--index-dir", box.index], "no article or chunk"),
    Case("empty name", lambda box: ["inspect", "", "--index-dir", box.index], "no article or chunk"),
]

QUESTION_FILES = [
    Case("file missing", lambda box: ["ask", "--questions", box.path("q.jsonl"), "--index-dir", box.index], "q.jsonl.*No such file"),
    Case("file is a folder", lambda box: ["ask", "--questions", box.empty("q"), "--index-dir", box.index], "directory"),
    Case("file empty", questions(""), "holds no question"),
    Case("file of blank lines", questions("\n \n\r\n"), "holds no question"),
    Case("file in GB18030", questions(line(id="a", question="x")[:-1].encode() + '，"注": "问"}'.encode("gb18030")), "not UTF-8"),
    Case("line not JSON", questions(GOOD + "\n{'id': 1}\n"), "line 2: not JSON"),
    Case("line cut off", questions(GOOD + "\n" + GOOD[:-3]), "line 2: not JSON"),
    Case("line a list", questions("[]"), "line 1: not an object"),
    Case("line a number", questions(GOOD + "\n\n3"), "line 3: not an object"),
    Case("no id", questions(line(question="x")), 'line 1: has no "id"'),
    Case("no question", questions(line(id="x")), 'line 1: has no "question"'),
    Case("id a list", questions(line(id=[], question="x")), '"id" is neither'),
    Case("id nothing", questions(line(id=None, question="x")), '"id" is neither'),
    Case("id a truth value", questions(line(id=True, question="x")), '"id" is neither'),
    Case("question a number", questions(line(id="x", question=3)), '"question" is not text'),
    Case("question nothing", questions(line(id="x", question=None)), '"question" is not text'),
    Case("context a text", questions(line(id="x", question="y", context="z")), '"context" is not a list'),
    Case("context of numbers", questions(line(id="x", question="y", context=[1])), '"context" is not a list'),
    Case("surrogate in JSON", questions('{"id": "x", "question": "\\ud800"}'), "line 1: the question holds bytes"),
    Case("surrogate in the id", questions('{"id": "\\udfff", "question": "x"}'), "line 1: the question holds bytes"),
    Case("line too deep", questions("[" * 200_000), "line 1: not JSON"),
    Case("endless number", questions('{"id": ' + "9" * 10_000 + ', "question": "x"}'), "line 1: not JSON"),
    Case("long question in a file", questions(GOOD + "\n" + line(id="b", question="长" * 2001)), "line 2: the question has 2001"),
    Case("ten megabytes in a file", questions(line(id="b", question="长" * 3_500_000)), "line 1: the question has"),
    Case("file for search broken", questions(GOOD + "\nx", "search"), "line 2: not JSON"),
    Case(
        "out is a folder",
        lambda box: ["ask", "--questions", box.file("q.jsonl", GOOD), "--out", box.empty("o"), "--index-dir", box.index],
        "is a folder",
    ),
    Case(
        "out in a missing folder",
        lambda box: ["ask", "--questions", box.file("q.jsonl", GOOD), "--out", box.path("no/o"), "--index-dir", box.index],
        "is not a folder",
    ),
    Case(
        "out where nothing may be written",
        lambda box: ["ask", "--questions", box.file("q.jsonl", GOOD), "--out", "/proc/o.jsonl", "--index-dir", box.index],
        "/proc",
    ),
    Case("eval file missing", lambda box: ["eval", box.path("q.jsonl"), "--index-dir", box.index], "q.jsonl"),
    Case("eval file empty", lambda box: ["eval", box.file("q.jsonl", ""), "--index-dir", box.index], "no questions"),
    Case("eval line broken", lambda box: ["eval", box.file("q.jsonl", "{"), "--index-dir", box.index], "line 1"),
    Case(
        "eval evidence not in its source",
        lambda box: [
            "eval",
            box.file("q.jsonl", line(id="a", question="b", kind="count", answers=["1"], evidence=[{"file": "000", "quote": "此句不在"}])),
            "--index-dir",
            box.index,
        ],
        "line 1",
    ),
    Case(
        "baseline missing",
        lambda box: ["eval", box.file("q.jsonl", GOOD), "--baseline", box.path("r.json"), "--index-dir", box.index],
        "r.json",
    ),
    Case(
        "baseline no run",
        lambda box: ["eval", box.file("q.jsonl", GOOD), "--baseline", box.file("r.json", "[]"), "--index-dir", box.index],
        "r.json",
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def box(seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    folder = tmp_path / "盒"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Box(folder, str(seeds_index))


def assert_one_clear_line(err: str, says: str) -> None:
    """All lines on stderr are ours and short; the last says what happened."""
    lines = err.splitlines()
    assert lines, "nothing on stderr"
    assert "Traceback" not in err
    assert "a bug in wenyuan" not in err
    for one in lines:
        assert one.startswith("wenyuan: "), one
        assert len(one) < 1500
    assert re.search(says, lines[-1]), lines[-1]


@pytest.mark.parametrize("case", MISUSE + SETTINGS + BUILDING + ASKING + QUESTION_FILES, ids=lambda case: case.id)
def test_one_line_and_exit_code_2(case: Case, box: Box, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    if case.toml is not None:
        box.file("wenyuan.toml", case.toml)
    assert main(case.words(box)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert_one_clear_line(err, case.says)
    assert not (box.folder / "out.jsonl").exists()
    assert not list(box.folder.glob("**/*.tmp"))


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "\u3000\n\t",
        "？？？",
        "……",
        "。",
        "\0",
        "a\0b",
        "\x1b[31m",
        "\u202e问",
        "😀",
        "\ufeff",
        "\u200b",
        "-",
        "%s%n{0}",
        "'; DROP",
        "1" * 2000,
    ],
)
def test_odd_questions_are_answered_or_declined_but_never_break(question: str, box: Box, capsys: Out) -> None:
    words = ["ask", "--index-dir", box.index, "--json", "--", question]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    record = json.loads(out)
    assert record["question"] == question
    assert record["abstained"]
    assert main(["ask", "--index-dir", box.index, "--", question]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_gb18030_is_read_not_refused(box: Box, capsys: Out) -> None:
    name = box.file("国标.txt", "北湖记事\n\n北湖新建了三座桥，都在去年通车。两岸居民往来方便多了。\n".encode("gb18030"))
    assert main(["build", name, "--index-dir", box.path("i")]) == 0
    assert main(["search", "北湖有几座桥", "--index-dir", box.path("i")]) == 0
    assert "三座桥" in capsys.readouterr().out


def test_some_files_unreadable_is_partly_done(box: Box, capsys: Out) -> None:
    good = box.file("好.txt", "北湖记事\n\n北湖新建了三座桥，都在去年通车。\n")
    assert main(["build", good, box.path("没有.txt"), box.file("坏.pdf", b"no"), "--index-dir", box.path("i")]) == 1
    out, err = capsys.readouterr()
    assert "1 articles" in out
    assert "没有.txt" in err
    assert "坏.pdf" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["manifest.json", "chunks.jsonl", "vectors.npy", "sources.jsonl", "keywords.json"])
@pytest.mark.parametrize("how", ["gone", "flipped", "cut", "emptied"])
def test_a_damaged_index_says_so(name: str, how: str, copy_of_index: Path, capsys: Out) -> None:
    (path,) = copy_of_index.glob(f"*/{name}")
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"flipped": flipped, "cut": content[:middle], "emptied": b""}[how])
    assert main(["inspect", "--index-dir", str(copy_of_index)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert_one_clear_line(err, "is damaged.*wenyuan build")


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"\xff\xfe", b"../..\n", b"20260101T000000000000Z-0123456789abcdef\n"])
def test_a_damaged_pointer_says_so(content: bytes, copy_of_index: Path, capsys: Out) -> None:
    (copy_of_index / "CURRENT").write_bytes(content)
    assert main(["inspect", "--index-dir", str(copy_of_index)]) == 2
    assert_one_clear_line(capsys.readouterr().err, "is damaged.*wenyuan build")


def test_an_index_that_another_process_writes_is_locked(copy_of_index: Path, capsys: Out) -> None:
    from filelock import FileLock

    with FileLock(copy_of_index / ".lock"):
        code = main(["build", str(SEEDS / "000_3fa44552089a53c4.txt"), "--index-dir", str(copy_of_index)])
    assert code == 2
    assert_one_clear_line(capsys.readouterr().err, "another process is building")


def test_a_taken_port_says_so(seeds_index: Path, capsys: Out) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["chat", "--port", str(port), "--index-dir", str(seeds_index)]) == 2
    assert_one_clear_line(capsys.readouterr().err, f"port {port}.*give another --port")


def _stopped_half_way(out: Path) -> None:
    with result_lines(str(out)) as stream:
        stream.write("half")
        raise KeyboardInterrupt


def test_the_old_result_stays_when_something_goes_wrong(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old\n", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        _stopped_half_way(out)
    assert out.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [out]


def run(*words: str | bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WENYUAN_") or name == "WENYUAN_CACHE_DIR"}
    command = [sys.executable, "-m", "wenyuan.cli", *words]
    return subprocess.run(command, capture_output=True, env={**clean, "PYTHONIOENCODING": "utf-8"}, cwd=folder, timeout=120)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ask"], "either one QUESTION"),
        (["ask", EXAMPLE], "run `wenyuan build` first"),
        (["ask", b"\xe5\xa4\xff\xfe"], "UTF-8"),
        (["build"], "no folder seeds here"),
        (["build", b"\xff\xfe.txt"], "no article could be read"),
        (["bogus"], "invalid choice"),
        (["eval"], "seeds.jsonl|wenyuan build"),
    ],
    ids=str,
)
def test_the_real_command_never_shows_a_traceback(words: list[str | bytes], says: str, tmp_path: Path) -> None:
    done = run(*words, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert_one_clear_line(done.stderr.decode("utf-8"), says)
