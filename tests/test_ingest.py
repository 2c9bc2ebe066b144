"""Files become sources exactly as they decode, or errors that name them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from wenyuan.contracts import Source
from wenyuan.errors import EmptySource, SourceError, UnknownEncoding, UnreadableSource, UnsupportedFormat
from wenyuan.ingest import Limits, decode, load, source_id, stated_date

SEEDS = Path(__file__).parents[1] / "seeds"


def sources(*paths: Path) -> list[Source]:
    found = list(load(paths))
    assert all(isinstance(item, Source) for item in found), found
    return [item for item in found if isinstance(item, Source)]


def only(path: Path, **arguments: Any) -> Source | SourceError:
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
    assert decode((text + "\n").encode("utf-16-le"), "a") == (text + "\n", "utf-16-le")
    assert decode(text.encode("utf-32"), "a") == (text, "utf-32")
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
        ("a.txt", "\u2028\u2060\u2003".encode(), EmptySource),  # a line separator, a word joiner, a wide space
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
    item = only(write(tmp_path / "a.pdf", small_pdf("Wenyuan was built", "in 1776. Its books")))
    assert isinstance(item, Source)
    assert item.text == "Wenyuan was built in 1776. Its books"  # one paragraph: a line break stands for a space


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


# -- encodings -----------------------------------------------------------------------------------------------------------

SIMPLIFIED = "青石县图书馆搬进老粮仓已经一年，全年接待读者23.7万人次。馆长说，最远的村来回要走96公里。"
TRADITIONAL = "青石縣圖書館搬進老糧倉已經一年，全年接待讀者23.7萬人次。館長說，最遠的村來回要走96公里。"


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gb2312", "gb18030"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (TRADITIONAL, "gbk", "gb18030"),  # traditional characters in a mainland encoding
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
    ],
)
def test_an_encoding_is_taken_where_the_text_is_chinese_in_it_alone(text: str, encoding: str, named: str) -> None:
    found, taken = decode(text.encode(encoding), "a")
    assert (found.lstrip("\ufeff"), taken) == (text, named)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (SIMPLIFIED.encode("utf-8")[:-1], "damaged at byte"),  # cut inside a character: GB18030 would take it for other characters
        (SIMPLIFIED.encode("utf-8").replace("读者".encode(), b"\xff", 1), "damaged at byte"),
        ("ファイルの文字コードを変換してください。これは日本語の文章です。".encode("shift_jis"), "no encoding that is certain"),
        ("Cet été, la forêt près du château a brûlé".encode("cp1252"), "no encoding that is certain"),
        ("Привет, это русский текст".encode("koi8-r"), "no encoding that is certain"),
    ],
)
def test_an_encoding_that_is_not_certain_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UnknownEncoding, match=says):
        decode(data, "a")


# -- files made by other programs ----------------------------------------------------------------------------------------

FILES = Path(__file__).parent / "files"
MEMO_START = "2024年4月至8月，县林业局组织38名技术人员"
MEMO_END = "游人扫码即可读到这棵树的故事。"
MEMO_ROW = "二级\t311\t500元"
PAGE_START = "山城新闻网青石11月7日电（记者 陈舟）"
PAGE_END = "并为其中的45公里加装护栏。"
REPORT = "工程全部完工后，可恢复灌溉面积1.3万亩，保护下游群众4.6万人。"


@pytest.mark.parametrize(
    ("name", "title", "encoding", "published", "holds"),
    [
        ("columns_libreoffice.pdf", "青石县古树普查通报", "pdf", None, [MEMO_START, MEMO_END, MEMO_ROW]),
        ("newspaper_chromium.pdf", "山城日报 第3版", "pdf", date(2024, 12, 19), ["司机老杜说", "座位\t412个\t藏书\t18.6万册"]),
        ("memo_libreoffice.docx", "", "docx", None, [MEMO_START, MEMO_END, MEMO_ROW, "举报电话"]),
        ("report_pandoc.docx", "", "docx", None, [REPORT, "柏树湾\t98\t540"]),
        ("memo_libreoffice.html", "青石县古树普查通报", "utf-8", None, [MEMO_START, MEMO_END]),
        ("webpage_chromium.html", "青石县今年新修农村公路86公里", "utf-8", date(2024, 11, 8), [PAGE_START, PAGE_END]),
        ("memo_libreoffice.txt", "", "utf-8", None, [MEMO_START, "\r\n"]),
        ("report_pandoc_gb18030.txt", "", "gb18030", None, [REPORT]),
        ("report_pandoc.md", "", "utf-8", None, [REPORT]),
        ("webpage_pandoc.md", "", "utf-8", date(2024, 11, 8), [PAGE_START, PAGE_END]),
    ],
)
def test_files_of_other_programs(name: str, title: str, encoding: str, published: date | None, holds: list[str]) -> None:
    item = only(FILES / name)
    assert isinstance(item, Source), item
    assert (item.title if title else "", item.encoding, item.published) == (title, encoding, published)
    assert [words for words in holds if words not in item.text] == []
    assert "脚本写的字" not in item.text


@pytest.mark.parametrize(("name", "count", "day"), [("lines_jq.jsonl", 3, date(2024, 9, 30)), ("lines_sqlite.jsonl", 8, date(2024, 10, 8))])
def test_lines_of_other_programs(name: str, count: int, day: date) -> None:
    found = sources(FILES / name)
    assert len(found) == count
    assert {source.published for source in found} == {day}


def test_a_newspaper_page_is_read_column_by_column() -> None:
    item = only(FILES / "newspaper_chromium.pdf")
    assert isinstance(item, Source)
    in_order = [
        "老粮仓里读书声",
        "——青石县图书馆搬进新家一年记",
        "本报讯（记者 林溪）青石县图书馆搬进老粮仓已经一年。这座建于1958年的粮仓有六间仓房，停用二十多年，",
        "把书送到村口",
        "图书馆买了两辆流动书车，每周二、周四开往全县17个乡镇。司机老杜说，最远的云台村来回要走96公里，",  # from column to column
        "旧墙与新灯",
        "今年，图书馆打算把报告厅的讲座从每月两场增加到四场，并在城东社区开设第一家分馆，预计明年6月开门迎客。",
        "数字·新馆一年",
    ]
    places = [item.text.find(words) for words in in_order]
    assert -1 not in places, places
    assert places == sorted(places)
    source = (FILES / "source" / "newspaper.html").read_text(encoding="utf-8")
    paragraphs = re.findall(r"<p>(.+?)</p>", source)
    assert len(paragraphs) == 7
    assert [paragraph for paragraph in paragraphs if paragraph not in item.text.split("\n\n")] == []


def test_scanned_pages_are_named_and_the_others_read() -> None:
    item = only(FILES / "scanned.pdf")
    assert isinstance(item, EmptySource)
    assert "picture of a page" in str(item)
    source, missing = load([FILES / "partly_scanned.pdf"])
    assert isinstance(source, Source)
    assert MEMO_END in source.text
    assert str(missing).startswith("partly_scanned.pdf page 1: is a picture of a page")


@pytest.mark.parametrize("name", ["folder_zip.zip", "folder_git.zip"])
def test_a_zip_is_read_like_a_folder(name: str) -> None:
    top = f"{name}/稿件" if "git" in name else name
    assert [source.uri for source in sources(FILES / name)] == [
        f"{top}/新闻/二月/通报.txt",
        f"{top}/新闻/网页.html",
        f"{top}/通报.docx",
    ]


@pytest.mark.parametrize(("name", "uri"), [("locked.pdf", "locked.pdf"), ("locked.zip", "locked.zip/新闻/网页.html")])
def test_what_a_password_protects_is_named(name: str, uri: str) -> None:
    item = only(FILES / name)
    assert isinstance(item, UnreadableSource)
    assert str(item).startswith(f"{uri}: is protected by a password")


# -- limits and hostile files --------------------------------------------------------------------------------------------

SMALL = Limits(source_max_chars=1000, html_max_bytes=1000, pdf_max_pages=1, archive_max_files=3, archive_max_bytes=2000)


def zipped(*names_and_contents: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names_and_contents:
            archive.writestr(name, content)
    return buffer.getvalue()


def docx_of(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    item = zipfile.ZipInfo(name)
    item.create_system, item.external_attr = 3, 0o120777 << 16
    return item


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", "字".encode() * 1001, "source_max_chars = 1000"),
        ("a.html", b"<p>" + b"a" * 1000, "html_max_bytes = 1000"),
        ("a.zip", zipped(*((f"{n}.txt", b"a") for n in range(4))), "archive_max_files = 3"),
        ("a.zip", zipped(("a.txt", bytes(2001))), "archive_max_bytes = 2000"),
        ("a.docx", docx_of("一"), "archive_max_files = 3"),
        ("a.jsonl", b'{"id": 1, "text": "' + b"a" * 1001 + b'"}', "source_max_chars = 1000"),
    ],
)
def test_each_limit_is_named_when_passed(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    item = only(write(tmp_path / name, data), limits=SMALL)
    assert isinstance(item, UnreadableSource)
    assert says in str(item)


def test_the_number_of_pages_is_limited() -> None:
    item = only(FILES / "partly_scanned.pdf", limits=SMALL)
    assert isinstance(item, UnreadableSource)
    assert "has 3 pages, more than pdf_max_pages = 1" in str(item)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    layer = zipped(("a.txt", bytes(50_000_000)))
    assert len(layer) < 60_000
    item = only(write(tmp_path / "a.zip", layer), source_max_bytes=1_000_000)
    assert isinstance(item, UnreadableSource)
    assert str(item).startswith("a.zip/a.txt: has 50000000 bytes")
    item = only(write(tmp_path / "b.docx", zipped(("[Content_Types].xml", b""), ("word/document.xml", bytes(2_000_000)))), limits=SMALL)
    assert "unpacks to 2000000 bytes" in str(item)
    lying = bytearray(layer)  # a stated size smaller than the true one gives damage, never more bytes
    for place in (22, lying.rindex(b"PK\x01\x02") + 24):
        lying[place : place + 4] = (100).to_bytes(4, "little")
    assert "could not be unpacked" in str(only(write(tmp_path / "c.zip", bytes(lying))))


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "b/../../a.txt", "..\\a.txt", "C:\\a.txt", "C:/a.txt"])
def test_no_name_in_a_zip_leads_out_of_it(tmp_path: Path, name: str) -> None:
    item = only(write(tmp_path / "in" / "a.zip", zipped((name, "正文".encode()))))
    assert isinstance(item, UnreadableSource)
    assert "leads out of its zip" in str(item)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "in"]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.zip", zipped((link("a.txt"), b"/etc/passwd")), "is a link"),
        ("a.zip", zipped(("b.zip", zipped(("a.txt", b"a")))), "a zip inside a zip"),
        ("a.zip", zipped(("note.xyz", b"a")), "holds no article"),
        ("a.zip", zipped(), "holds no article"),
        ("a.zip", b"PK\x03\x04 cut", "could not be opened as a zip"),
        ("a.zip", docx_of("一"), "is an Office document"),
        ("a.docx", zipped(("a.txt", b"a")), "no Word document"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "an old .doc file"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.docx", b"%PDF-1.7", "is a pdf, not the .docx file"),
        ("a.docx", "正文".encode(), "is no docx"),
        ("a.pdf", docx_of("一"), "not the .pdf file"),
        ("a.pdf", "正文".encode(), "is no pdf"),
        ("a.html", b"\x1f\x8b\x08", "is a gzip file"),
        ("a.txt", b"{\\rtf1 a}", "is a rich text file"),
        ("a.jsonl", b"SQLite format 3\0", "is a database"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    item = only(write(tmp_path / name, data))
    assert isinstance(item, SourceError)
    assert says in str(item)


def test_a_zip_made_with_another_systems_names(tmp_path: Path) -> None:
    data = bytearray(zipped(("aaaaaaaa.txt", "正文".encode())))
    name = "新闻稿件".encode("gbk")
    while (place := data.find(b"aaaaaaaa")) >= 0:
        data[place : place + 8] = name
    assert [source.uri for source in sources(write(tmp_path / "a.zip", bytes(data)))] == ["a.zip/新闻稿件.txt"]


def test_a_link_to_itself_and_a_name_that_is_no_text_keep_nothing_else_out(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "正文")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert [source.uri for source in sources(tmp_path)] == ["a.txt"]
    assert isinstance(only(Path("a\0b.txt")), UnreadableSource)


def test_docx_gives_what_a_reader_sees(tmp_path: Path) -> None:
    """Inserted words are shown, deleted ones not; a text box is not read twice; a nested table stays in its cell."""
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    box = "<w:txbxContent><w:p><w:r><w:t>框中</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    inner = (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>内一</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>内二</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    document = docx.Document()
    body = document.element.body
    for xml in (
        f"<w:p {word}><w:r><w:t>原有</w:t></w:r><w:ins><w:r><w:t>新加</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>",
        f'<w:p {word} xmlns:mc="{mc}"><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>'
        "</mc:AlternateContent><w:t>段落</w:t></w:r></w:p>",
        f"<w:sdt {word}><w:sdtContent><w:p><w:r><w:t>控件</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        f"<w:tbl {word}><w:tr><w:tc>{inner}<w:p/></w:tc><w:tc><w:p><w:r><w:t>外二</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
    ):
        body.insert(len(body) - 1, parse_xml(xml))
    buffer = io.BytesIO()
    document.save(buffer)
    item = only(write(tmp_path / "a.docx", buffer.getvalue()))
    assert isinstance(item, Source)
    assert item.text == "原有新加\n\n段落\n\n框中\n\n控件\n\n内一 内二\t外二"


# -- dates ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("标题\n2024年5月6日 08:30\n正文", date(2024, 5, 6)),
        ("2023-08-14，正文：晒照官宣", date(2023, 8, 14)),
        ("发布时间：2024/05/06\n正文", date(2024, 5, 6)),
        ("2024年5月6日，大会召开。", None),  # what the text tells of
        ("2024-05-06\n2024-05-07\n正文", None),
        ("2024-13-06\n正文", None),
        ("2024年12月19日\n标题\n正文", date(2024, 12, 19)),
        ("标题\n人民网 2012-05-08\n正文", date(2012, 5, 8)),
        ("2024年12月19日 星期四 第3版\n标题", date(2024, 12, 19)),
        ("来源：新华社 2024-05-06 08:30:12\n正文", date(2024, 5, 6)),
        ("[2023/07/30 09:36]，正文：标题", date(2023, 7, 30)),
        ("标题\n2024年5月6日 大会召开\n正文", None),  # an entry of a chronicle
        ("标题\n2010年至2024年5月6日\n正文", None),
        ("标题\n新华社北京8月7日电 正文", None),  # without a year
        ("编号：12024-05-06\n正文", None),
        ("正文" * 400 + "。\n《 人民日报 》（ 2012年05月08日 04 版）", date(2012, 5, 8)),
        ("正文" * 400 + "。据《人民日报》2012年05月08日报道", None),
        ("正文" * 400 + "\n2012年05月08日\n", None),  # a letter's date, far from the head
    ],
)
def test_a_date_only_where_it_stands_alone(text: str, day: date | None) -> None:
    assert stated_date(text) == day
