#!/usr/bin/env bash
# Makes the test files from source/ with the programs that people make such files with. Debian: apt install libreoffice-writer-nogui
# chromium fonts-noto-cjk poppler-utils pandoc qpdf zip git. The files are committed, as other versions would make other bytes.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
office() { soffice -env:UserInstallation="file://$scratch/profile" --headless --convert-to "$1" --outdir "$scratch" "$2" >/dev/null 2>&1; }
browser() { chromium --headless --no-sandbox --disable-gpu --user-data-dir="$scratch/browser" "$@" 2>/dev/null; }

browser --no-pdf-header-footer --print-to-pdf="$PWD/newspaper_chromium.pdf" "file://$PWD/source/newspaper.html" >/dev/null
office pdf source/memo.fodt && mv "$scratch/memo.pdf" columns_libreoffice.pdf
office docx source/memo.fodt && mv "$scratch/memo.docx" memo_libreoffice.docx
office odt source/memo.fodt && cp "$scratch/memo.odt" "$scratch/memo_as.docx" && mv "$scratch/memo_as.docx" renamed_odt.docx
office "txt:Text (encoded):UTF8,CRLF" source/memo.fodt && mv "$scratch/memo.txt" memo_libreoffice.txt
office html source/memo.fodt && mv "$scratch/memo.html" memo_libreoffice.html
browser --dump-dom "file://$PWD/source/webpage.html" >webpage_chromium.html
pandoc -f gfm -o report_pandoc.docx source/report.md
pandoc -f gfm -t plain --columns=40 -o "$scratch/report.txt" source/report.md
iconv -f utf-8 -t gb18030 "$scratch/report.txt" >report_pandoc_gb18030.txt
pandoc -f gfm -t markdown --wrap=none -o report_pandoc.md source/report.md
pandoc -f html -t gfm --wrap=none -o webpage_pandoc.md source/webpage.html
pdftotext -layout columns_libreoffice.pdf "$scratch/layout.txt"

# A scanned page: the picture of a page, printed to PDF. And one with a page of text after it.
pdftoppm -r 60 -gray -jpeg -jpegopt quality=30 newspaper_chromium.pdf "$scratch/page"
picture=$(ls "$scratch"/page*.jpg | head -1)
printf '<style>@page{size:A4;margin:0}body{margin:0}img{width:209mm}</style><img src="%s">' "$picture" >"$scratch/scan.html"
browser --allow-file-access-from-files --no-pdf-header-footer --print-to-pdf="$PWD/scanned.pdf" "file://$scratch/scan.html" >/dev/null
qpdf --empty --pages scanned.pdf columns_libreoffice.pdf -- partly_scanned.pdf
qpdf --encrypt open-me owner 256 -- columns_libreoffice.pdf locked.pdf

mkdir -p "$scratch/pack/新闻/二月" && cp webpage_chromium.html "$scratch/pack/新闻/网页.html" && cp memo_libreoffice.txt "$scratch/pack/新闻/二月/通报.txt"
cp memo_libreoffice.docx "$scratch/pack/通报.docx" && echo "not read" >"$scratch/pack/README.txt" && echo "not read" >"$scratch/pack/note.xyz"
rm -f folder_zip.zip locked.zip && (cd "$scratch/pack" && zip -q -X -r "$OLDPWD/folder_zip.zip" . && zip -q -X -P secret "$OLDPWD/locked.zip" 新闻/网页.html)
(cd "$scratch/pack" && git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm pack && git archive --format=zip --prefix=稿件/ -o "$OLDPWD/folder_git.zip" HEAD)
# One article a line: from the paragraphs of a text by jq, and from a table of a database by SQLite's own JSON functions.
jq -R -s -c 'split("\r\n") | map(select(length > 40)) | to_entries[] | {id: "memo-\(.key)", title: "青石县古树普查通报", text: .value, date: "2024-09-30"}' \
  memo_libreoffice.txt >lines_jq.jsonl
python3 - source/report.md >lines_sqlite.jsonl <<'PY'
import sqlite3, sys
table = sqlite3.connect(":memory:")
table.execute("create table article (id integer primary key, title text, text text, published text)")
for part in open(sys.argv[1], encoding="utf-8").read().split("\n\n"):
    table.execute("insert into article (title, text, published) values ('青石县水库除险加固情况', ?, '2024-10-08T09:00:00+08:00')", (part,))
for (line,) in table.execute("select json_object('id', id, 'title', title, 'text', text, 'published', published) from article"):
    print(line)
PY
