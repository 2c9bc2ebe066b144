"""What strangers send stays where it belongs: names of uploads, paths from a browser, and text in files that are exported."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chat.corpus_desk import CorpusDesk, Staged, safe_name
from wenyuan.chat.desk import OpenIndex
from wenyuan.contracts import Answer, Article, Citation, Reason, Span
from wenyuan.export import to_json, to_markdown, to_word

HOSTILE = '=HYPERLINK("http://a","点我")\u202e<script>alert(1)</script> **[点我](javascript:1)** @SUM(A1) {=1+1} \x00\x1b[31m'


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("..\\..\\windows\\a.txt", "windows/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\a.txt", "C_/a.txt"),
        ("a/./../b.txt", "a/b.txt"),
        (".. /. ./b.txt", "b.txt"),
        (".bashrc", "bashrc"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("...", ""),
        ("", ""),
        ("新闻/二月/通报.txt", "新闻/二月/通报.txt"),
    ],
)
def test_a_name_from_a_browser_lies_below_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(st.sampled_from("./\\:a北\x00\u202e ~*\ud800"), max_size=30) | st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_name_leads_out(name: str) -> None:
    found = safe_name(name)
    if found:
        root = Path("/root of all")
        assert (root / found).resolve().is_relative_to(root)
        assert all(len(part.encode()) <= 255 and part not in ("", ".", "..") for part in found.split("/"))


@pytest.fixture
def desk(copy_of_index: Path, tmp_path: Path) -> CorpusDesk:
    from wenyuan.answer import Assistant
    from wenyuan.config import NO_READER, Settings

    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return CorpusDesk(OpenIndex(Assistant.open(Settings(index_dir=str(copy_of_index), reader=NO_READER))), uploads)


def upload(desk: CorpusDesk, name: str, text: str) -> dict[str, str]:
    place = desk.upload_folder / f"{len(list(desk.upload_folder.iterdir()))}"
    place.write_text(f"{text}\n\n{text}新建了三座桥，都在去年通车。\n", encoding="utf-8")
    return {"path": str(place), "name": name}


def files_of(staged: Staged) -> list[tuple[str, tuple[Article, ...], str]]:
    """What was staged, its folder gone."""
    staged.folder.cleanup()
    return list(staged.files)


def test_paths_outside_the_uploads_are_not_touched(desk: CorpusDesk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("秘密在此，谁也不能看见。", encoding="utf-8")
    (desk.upload_folder / "link.txt").symlink_to(secret)
    paths = [
        str(secret),
        "/etc/passwd",
        "../secret.txt",
        str(desk.upload_folder / ".." / "secret.txt"),
        str(desk.upload_folder / "link.txt"),
    ]
    strange: list[object] = [{"path": path, "name": "a.txt"} for path in [*paths, None, 3, "\x00", ["a"]]]
    staged = desk.stage([*strange, None, "a", {"name": "b.txt"}])
    assert files_of(staged) == []
    assert files_of(desk.stage({"path": str(secret)})) == []


def test_uploads_of_one_name_are_all_kept(desk: CorpusDesk) -> None:
    wanted = [("a.txt", "北湖"), ("a.txt", "南湖"), ("a.txt/b.txt", "东湖"), ("../a.txt", "西湖"), ("c/a.txt", "中湖"), ("c", "远湖")]
    staged = desk.stage([upload(desk, name, text) for name, text in wanted])
    assert [name for name, _, _ in staged.files] == ["a.txt", "2/a.txt", "3/a.txt/b.txt", "4/a.txt", "c/a.txt", "2/c"]
    told = desk.add(staged, lambda done, total: None, lambda: False)
    staged.folder.cleanup()
    held = {source.text[:2] for source in desk.opened.assistant.index.sources.values()}
    assert {"北湖", "南湖", "东湖", "西湖", "中湖"} <= held
    assert "加入完成" in told


def test_a_file_that_would_be_passed_over_says_so_before(desk: CorpusDesk) -> None:
    staged = desk.stage([upload(desk, "README.txt", "北湖"), upload(desk, "好.txt", "南湖")])
    assert [(name, bool(reason)) for name, _, reason in files_of(staged)] == [("README.txt", True), ("好.txt", False)]


def answer(text: str) -> Answer:
    quote = Citation(1, "a", text, text, text, (Span(0, len(text)),), text, True)
    return Answer(text, text, text, text, (quote,), 0.5, Reason.FOUND, (), {}, "any", {})


def test_text_of_strangers_is_no_formula_field_or_markup_in_what_is_exported() -> None:
    made = datetime(2024, 5, 6, tzinfo=timezone.utc)
    package = zipfile.ZipFile(io.BytesIO(to_word([answer(HOSTILE)], made)))
    document = package.read("word/document.xml").decode("utf-8")
    for field in ("fldSimple", "instrText", "<w:hyperlink", "<w:object", "altChunk", "<script", "\x00", "\x1b", "\u202e"):
        assert field not in document, field
    assert not [name for name in package.namelist() if "embeddings" in name or "vbaProject" in name]
    markdown = to_markdown([answer(HOSTILE)], made)
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(", markdown)
    assert not [line for line in markdown.splitlines() if line.startswith(("=", "+", "@", "\t"))]
    assert "\x1b" not in to_json([answer(HOSTILE)], made)
