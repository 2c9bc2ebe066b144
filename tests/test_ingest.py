"""Files become sources exactly as they decode, or errors that name them."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import docx
import pytest

from wenyuan.contracts import Source
from wenyuan.errors import EmptySource, SourceError, UnknownEncoding, UnreadableSource, UnsupportedFormat
from wenyuan.ingest import decode, load, source_id, stated_date

SEEDS = Path(__file__).parents[1] / "seeds"


def sources(*paths: Path) -> list[Source]:
    found = list(load(paths))
    assert all(isinstance(item, Source) for item in found), found
    return [item for item in found if isinstance(item, Source)]


def only(path: Path, **arguments: int) -> Source | SourceError:
    (item,) = load([path], **arguments)
    return item


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def test_the_seeds_are_five_articles_and_no_readme() -> None:
    found = sources(SEEDS)
    assert [source.uri[:3] for source in found] == ["000", "001", "002", "003", "004"]
    for source in found:
        assert source.text == (SEEDS / source.uri).read_bytes().decode("utf-8")
        assert source.encoding == "utf-8"
        assert source.id == source_id(source.uri)
        assert source.published is None


@pytest.mark.parametrize("text", ["一行\r\n二行\n三行\r", "\ufeff有字节序标记", "龙\U00020000\U0001f409"])
def test_the_text_is_what_decoding_gives(tmp_path: Path, text: str) -> None:
    item = only(write(tmp_path / "a.txt", text))
    assert isinstance(item, Source)
    assert item.text == text


def test_other_encodings(tmp_path: Path) -> None:
    text = "对口支援三峡库区，碚磘䶮。"
    assert decode(text.encode("gb18030"), "a") == (text, "gb18030")
    assert decode(text.encode("utf-16"), "a") == (text, "utf-16")
    with pytest.raises(UnknownEncoding):
        decode(b"\xe4\xb8\xad\xff\xff\xfe", "a")
    with pytest.raises(UnsupportedFormat):
        decode("中文".encode("utf-16-le") + b"\x00\x00", "a")
    item = only(write(tmp_path / "a.txt", text.encode("gb18030")))
    assert isinstance(item, Source)
    assert item.encoding == "gb18030"


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.txt", b"", EmptySource),
        ("a.txt", b"\xef\xbb\xbf \r\n\xe3\x80\x80", EmptySource),
        ("a.txt", b"%PDF-1.4 \n", UnsupportedFormat),
        ("a.txt", b"text\x00text", UnsupportedFormat),
        ("a.txt", b"\xff\xff\xff", UnknownEncoding),
        ("a.pdf", b"no pdf", UnreadableSource),
        ("a.docx", b"no docx", UnreadableSource),
        ("a.html", b"<html><body></body></html>", EmptySource),
        ("a.doc", b"text", UnsupportedFormat),
        ("a.jsonl", b"\n\n", EmptySource),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, error: type[SourceError]) -> None:
    item = only(write(tmp_path / name, data))
    assert type(item) is error
    assert str(item).startswith(f"{name}: ")


def test_a_missing_path_and_a_file_too_large(tmp_path: Path) -> None:
    assert isinstance(only(tmp_path / "nothing.txt"), UnreadableSource)
    item = only(write(tmp_path / "a.txt", "一" * 100), source_max_bytes=100)
    assert isinstance(item, UnreadableSource)
    assert "300 bytes" in str(item)


def test_folders_are_searched_in_order_without_hidden_files_readmes_and_links_outside(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("b.txt", "a/c.md", ".hidden.txt", ".git/d.txt", "README.md", "readme.txt", "picture.png"):
        write(folder / name, "内容")
    write(tmp_path / "outside.txt", "外面")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert [source.uri for source in sources(folder)] == ["a/c.md", "b.txt"]
    assert [source.uri for source in sources(folder / "README.md")] == ["README.md"]


def test_equal_names_are_told_apart_and_nothing_is_read_twice(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one/a.txt", "一"), write(tmp_path / "two/a.txt", "二")
    assert [source.uri for source in sources(first.parent, second.parent)] == ["a.txt", "two/a.txt"]
    assert [source.uri for source in sources(first, first.parent)] == ["a.txt"]


def test_lines_of_a_jsonl_are_sources_and_bad_lines_are_named(tmp_path: Path) -> None:
    good = {"id": "p1", "title": "题目", "text": "正文\r\n第二行", "date": "2024-05-06"}
    lines = [
        json.dumps(good, ensure_ascii=False),
        "{",
        '{"id": "p2"}',
        '{"id": "p3", "text": " "}',
        json.dumps(good),
        '{"id": 4, "text": "四"}',
    ]
    items = list(load([write(tmp_path / "c.jsonl", "\n".join(lines))]))
    assert [type(item) for item in items] == [Source, UnreadableSource, UnreadableSource, EmptySource, UnreadableSource, Source]
    assert [str(item)[:9] for item in items if isinstance(item, SourceError)] == ["c.jsonl:2", "c.jsonl:3", "c.jsonl:4", "c.jsonl:5"]
    first = items[0]
    assert isinstance(first, Source)
    assert (first.uri, first.title, first.text, first.published) == ("c.jsonl#p1", "题目", "正文\r\n第二行", date(2024, 5, 6))


def test_html_gives_main_text_title_and_date_whatever_encoding_it_claims(tmp_path: Path) -> None:
    page = """<html><head><meta charset="gb2312"><title>十年_某网</title>
    <meta property="article:published_time" content="2024-05-06T08:00:00+08:00"><script>var a = "脚本";</script></head><body>
    <nav><ul><li><a href="/">首页</a></li></ul></nav><article><h1>山泉书屋的十年</h1>
    <p>山泉书屋由林远创办于2010年，最初只有三百本书，如今已经成为全县最大的乡村图书室，每年接待读者约五千人次。</p>
    <p>2015年，书屋扩建，新增面积120平方米，藏书增加到一万二千册，先后有四十六名学生从这里考上大学。</p></article></body></html>"""
    item = only(write(tmp_path / "a.html", page))
    assert isinstance(item, Source)
    assert item.title == "山泉书屋的十年"
    assert item.published == date(2024, 5, 6)
    assert "新增面积120平方米" in item.text
    assert "脚本" not in item.text


def test_docx_gives_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "书屋"
    document.add_paragraph("第一段。")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "藏书", "300"
    document.add_paragraph("第二段。")
    buffer = io.BytesIO()
    document.save(buffer)
    item = only(write(tmp_path / "a.docx", buffer.getvalue()))
    assert isinstance(item, Source)
    assert (item.title, item.text, item.encoding) == ("书屋", "第一段。\n\n藏书\t300\n\n第二段。", "docx")


def test_pdf_gives_its_text(tmp_path: Path) -> None:
    item = only(write(tmp_path / "a.pdf", small_pdf("Wenyuan 1792", "second line")))
    assert isinstance(item, Source)
    assert item.text.split("\n") == ["Wenyuan 1792", "second line"]


def small_pdf(*lines: str) -> bytes:
    """A one-page PDF with ``lines``, written by hand."""
    drawn = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    stream = f"BT /F1 12 Tf 50 700 Td {drawn} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 6\n0000000000 65535 f \n{table}{end}".encode("ascii")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("标题\n2024年5月6日 08:30\n正文", date(2024, 5, 6)),
        ("2023-08-14，正文：晒照官宣", date(2023, 8, 14)),
        ("发布时间：2024/05/06\n正文", date(2024, 5, 6)),
        ("2024年5月6日，大会召开。", None),  # what the text tells of
        ("2024-05-06\n2024-05-07\n正文", None),
        ("2024-13-06\n正文", None),
    ],
)
def test_a_date_only_where_it_stands_alone(text: str, day: date | None) -> None:
    assert stated_date(text) == day
