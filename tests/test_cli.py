"""Every command through its real door, on the seed articles."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import EXAMPLE, SEEDS
from wenyuan.cli import main

Out = pytest.CaptureFixture[str]


def sources() -> dict[str, str]:
    return {path.name: path.read_bytes().decode("utf-8") for path in SEEDS.glob("*.txt")}


def test_help_and_version(capsys: Out) -> None:
    assert main(["--help"]) == 0
    for command in ("build", "ask", "search", "eval", "inspect", "doctor", "chat"):
        assert command in capsys.readouterr().out or main([command, "--help"]) == 0
    assert main(["--version"]) == 0
    assert re.search(r"wenyuan \d+\.\d+\.\d+\n$", capsys.readouterr().out)


def test_build_again_changes_nothing(seeds_index: Path, capsys: Out) -> None:
    before = sorted(path.name for path in seeds_index.iterdir())
    assert main(["build", str(SEEDS), "--index-dir", str(seeds_index)]) == 0
    assert "already up to date, 5 articles" in capsys.readouterr().out
    assert sorted(path.name for path in seeds_index.iterdir()) == before


def test_build_reuses_vectors_and_names_what_it_could_not_read(
    copy_of_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    extra = tmp_path / "新的"
    extra.mkdir()
    (extra / "好.txt").write_text("短文\n\n北湖新建了三座桥，都在去年通车。\n", encoding="utf-8")
    (extra / "坏.txt").write_bytes(b"\x00\xff\xfe\x81\x00" * 50)
    assert main(["build", str(SEEDS), str(extra), "--index-dir", str(copy_of_index)]) == 1
    out, err = capsys.readouterr()
    assert "6 articles" in out
    assert re.search(r"\(\d{1,2} embedded, 1\d\d reused\)", out)
    assert "坏.txt" in err
    assert "1 of 7 sources could not be read" in err


def test_build_without_paths_takes_seeds_of_the_current_folder(seeds_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.chdir(SEEDS.parent)
    assert main(["build", "--index-dir", str(seeds_index)]) == 0
    assert "up to date" in capsys.readouterr().out


def test_ask_answers_the_example_from_its_source(seeds_index: Path, capsys: Out) -> None:
    assert main(["ask", EXAMPLE, "--json", "--index-dir", str(seeds_index)]) == 0
    out, _ = capsys.readouterr()
    record = json.loads(out)
    assert out.count("\n") == 1
    assert record["question"] == EXAMPLE
    assert record["id"] is None
    assert "22所" in record["answer"]
    assert not record["abstained"]
    for citation in record["citations"]:
        text = sources()[citation["uri"]]
        assert "".join(text[start:end] for start, end in citation["spans"]) == citation["quote"]


def test_ask_in_words(seeds_index: Path, capsys: Out) -> None:
    assert main(["ask", EXAMPLE, "--index-dir", str(seeds_index)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("22所\n")
    assert "[1]" in out
    assert "依据" in out
    assert err == ""


def test_an_abstention_is_no_error(seeds_index: Path, capsys: Out) -> None:
    assert main(["ask", "木星有多少颗卫星", "--json", "--index-dir", str(seeds_index)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["abstained"]
    assert record["answer"] == ""
    assert record["citations"] == []
    assert record["reason"] in ("NOTHING_RELEVANT", "FACT_NOT_STATED")


def test_question_files_keep_order_ids_and_context(seeds_index: Path, tmp_path: Path, capsys: Out) -> None:
    questions, answers = tmp_path / "问.jsonl", tmp_path / "答.jsonl"
    lines = [{"id": "b", "question": EXAMPLE, "other": 1}, {"id": 7, "question": "卫生院呢", "context": [EXAMPLE]}]
    questions.write_text("\ufeff" + "\n\n".join(json.dumps(line) for line in lines) + "\r\n", encoding="utf-8")
    assert main(["ask", "--questions", str(questions), "--out", str(answers), "--index-dir", str(seeds_index)]) == 0
    assert capsys.readouterr().out == ""
    records = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == ["b", 7]
    assert records[1]["question"] == "卫生院呢"
    assert records[1]["standalone"] != "卫生院呢"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_search(seeds_index: Path, tmp_path: Path, capsys: Out) -> None:
    assert main(["search", EXAMPLE, "--json", "--top", "3", "--index-dir", str(seeds_index)]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    for hit in hits:
        assert "".join(sources()[hit["uri"]][start:end] for start, end in hit["spans"]) == hit["text"]
    assert main(["search", EXAMPLE, "--top", "2", "--index-dir", str(seeds_index)]) == 0
    assert capsys.readouterr().out.startswith("1. ")
    questions, found = tmp_path / "q.jsonl", tmp_path / "h.jsonl"
    questions.write_text(json.dumps({"id": "x", "question": EXAMPLE}), encoding="utf-8")
    assert main(["search", "--questions", str(questions), "--out", str(found), "--top", "1", "--index-dir", str(seeds_index)]) == 0
    assert [len(json.loads(line)["hits"]) for line in found.read_text(encoding="utf-8").splitlines()] == [1]


def test_eval_writes_a_run_and_compares(seeds_index: Path, tmp_path: Path, capsys: Out) -> None:
    questions = tmp_path / "three.jsonl"
    lines = (SEEDS.parent / "eval" / "questions" / "seeds.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    questions.write_text("\n".join(lines), encoding="utf-8")
    runs = tmp_path / "runs"
    assert main(["eval", str(questions), "--out", str(runs), "--index-dir", str(seeds_index)]) == 0
    out, err = capsys.readouterr()
    assert "|" in out
    (run,) = runs.glob("*.json")
    assert str(run) in err
    assert main(["eval", str(questions), "--baseline", str(run), "--index-dir", str(seeds_index)]) == 0
    better = json.loads(run.read_text(encoding="utf-8"))
    assert better["rows"]


def test_inspect_lists_articles_then_one_then_a_chunk(seeds_index: Path, capsys: Out) -> None:
    def shown(*name: str) -> str:
        assert main(["inspect", *name, "--index-dir", str(seeds_index)]) == 0
        return capsys.readouterr().out

    overview = shown()
    for name in sources():
        assert name in overview
    assert "stitched sentences" in overview
    name = sorted(sources())[0]
    article = shown(name)
    assert "blocks" in article
    chunk = re.search(r"^  (\w+:\d+) \[", article, re.M)
    assert chunk is not None
    lines = shown(chunk[1]).splitlines()
    assert lines[0].startswith(chunk[1])
    place = re.match(r"  \[(\d+), (\d+)\) (.+)", lines[2])
    assert place is not None
    assert sources()[name][int(place[1]) : int(place[2])].startswith(place[3][:5])


def test_doctor_is_content_with_a_good_index_and_says_what_is_wrong_with_a_bad_one(
    seeds_index: Path, copy_of_index: Path, tmp_path: Path, capsys: Out
) -> None:
    assert main(["doctor", "--index-dir", str(seeds_index)]) == 0
    assert "problem" not in capsys.readouterr().out
    for path in copy_of_index.glob("*/chunks.jsonl"):
        path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    assert main(["doctor", "--index-dir", str(copy_of_index)]) == 2
    assert "wenyuan build" in capsys.readouterr().out
    assert main(["doctor", "--index-dir", str(tmp_path / "none")]) == 2


def test_settings_come_from_file_then_environment_then_flags(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wenyuan.toml").write_text(f"index_dir = {json.dumps(str(seeds_index))}\ntop = 1\n", encoding="utf-8")
    assert main(["search", EXAMPLE, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == 1
    monkeypatch.setenv("WENYUAN_TOP", "2")
    assert main(["search", EXAMPLE, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == 2
    assert main(["search", EXAMPLE, "--json", "--top", "4"]) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == 4


def run(*words: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("WENYUAN_", "PYTHON")) or name == "WENYUAN_CACHE_DIR"
    }
    return subprocess.run([sys.executable, "-m", "wenyuan.cli", *words], capture_output=True, env={**clean, **environment}, timeout=120)


def test_the_real_command_on_a_terminal_that_knows_no_chinese(seeds_index: Path) -> None:
    words = run("ask", EXAMPLE, "--index-dir", str(seeds_index), PYTHONIOENCODING="ascii")
    assert words.returncode == 0
    assert words.stdout.startswith(b"22\\u6240")
    record = run("ask", EXAMPLE, "--json", "--index-dir", str(seeds_index), PYTHONIOENCODING="ascii")
    assert json.loads(record.stdout)["answer"] == "22所"


def test_a_reader_that_closes_the_pipe_early_is_no_error(seeds_index: Path) -> None:
    words = f'-m wenyuan.cli inspect --index-dir "{seeds_index}" "{min(sources())}"'
    command = f'"{sys.executable}" {words} | head -n 1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
