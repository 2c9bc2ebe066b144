"""Inputs that are nearly right: real files and sentences, spliced, doubled, cut, with what has broken such programs before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

_ROOT = Path(__file__).resolve().parents[2]
_PIECES = [
    *(
        "\n|\r\n|\r|\n\n|　　| |\t|\ufeff|\u200b|\f|\x00|\u2028|e\u0301|---|。|，|！”|……|**|(qū)|區(qū)|?/strong>|<br>|&nbsp;|&#x41;|# |"
        "- |· |“|”|《|》|（|）|"
        "首页|登录|分享让更多人看到|本报记者 王芳|（记者 王芳）|摄/王芳|图片由某局提供|第一章 总则|一、|（一）|链接》|2024年5月6日|"
        "龙\U00020000\U0001f409|ＡＢＣ１２３|the quick|\x1e|22所|3.05亿元|百分之三|99.5%|零|〇|十|百|千|万|亿|兆|2024-02-30|"
        "13月32日|１２３|"
        "多少|哪些|什么时候|为什么|是不是|谁|那里呢|它们|天津|北湖县|\u202e|\x1b[31m|=1+1|+cmd|@SUM|"
        "../|..\\|C:|/etc|%2e|{}|[]|null|true|"
        "1e999|-0|"
        '"|\\ud800|\\u0000|{"id": "a", "question": "b"}|{"id": 1, "text": "正文。", "title": null}|,|:|\\|<script>|`|$(id)|'
        "top = 3\n|threads = -1\n|[a]\n|"
        "不|没有|未|从未|增加|减少|比|倍|增长了|约|左右|近|超过|至少|不到|个|名|公里|平方米|ﬁ|㎡|Å|ß|İ|ǆ|가|\u0345|\u1e9e|\U000e0001|\ufdfa"
    ).split("|"),
    "|",
]


def seeds(kind: str) -> list[bytes]:
    """What is mutated: sentences of the seed articles, or the test files of a kind."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((_ROOT / "seeds").glob("*.txt"))]
    if kind in ("text", ".txt", ".md", "names"):
        lines = [line for text in texts for line in text.split("\n") if line.strip()]
        found = [line[:200].encode() for line in lines] + [piece.encode("utf-8", "surrogatepass") for piece in _PIECES]
        if kind in (".txt", ".md"):
            found += [text[:1500].encode("gb18030", "ignore") for text in texts] + [
                texts[0][:900].encode("utf-16"),
                "國語報導".encode("big5") * 30,
            ]
        return found
    if kind == ".toml":
        return [b'embedder = "x"\ntop = 3\n', b"threads = 2\nmin_confidence = 0.5\n", b"[a]\nb = [1, {c = 2}]\n", b'fusion = "ranks"\n']
    if kind == "calls":
        calls = [
            '["北湖有几座桥", ["天津呢"], ["学校"]]',
            '["天津援建了多少学校", 5]',
            '["节选.txt", 0, 100]',
            '["天津", "援建了7所学校", []]',
        ]
        return [
            *(call.encode() for call in calls),
            b'[null, "7", 1e999]',
            b'[["a"], {"b": 1}, true]',
            b'["\\ud800", -1]',
            b'["a", NaN, [3]]',
        ]
    files = [path for path in sorted((_ROOT / "tests" / "files").rglob(f"*{kind}")) if path.stat().st_size < 200_000]
    found = [path.read_bytes() for path in files]
    if kind in (".jsonl", ".html"):
        found = [piece[:3000] for piece in found] + [
            b'{"id": "1", "question": "\xe5\xa4\xa9", "context": ["b"]}\n',
            "<p>正文在此。</p>".encode(),
        ]
    return found


def inputs(kind: str, seed: int) -> Iterator[bytes]:
    """Endless inputs, the same for one seed."""
    random = Random(seed)
    known = seeds(kind)
    pieces = [piece.encode("utf-8", "surrogatepass") for piece in _PIECES]
    while True:
        if kind in ("text", "names", ".toml") and random.random() < 0.5:  # nothing but pieces and pieces of sentences
            data = b"".join(
                random.choice(pieces) if random.random() < 0.7 else _slice(random.choice(known), random)
                for _ in range(random.randint(0, 14))
            )
        else:
            data = random.choice(known)
        for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
            data = _mutated(data, known, pieces, random)
        yield data[:200_000]


def _slice(data: bytes, random: Random) -> bytes:
    start = random.randint(0, len(data))
    return data[start : start + random.choice((1, 3, 9, 30, 200, 5000))]


def _mutated(data: bytes, known: list[bytes], pieces: list[bytes], random: Random) -> bytes:
    at = random.randint(0, len(data))
    way = random.randrange(8)
    if way == 0:
        return data[:at] + random.choice(pieces) + data[at:]
    if way == 1:  # flipped bits
        changed = bytearray(data)
        for _ in range(random.choice((1, 1, 4, 32))):
            if changed:
                changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        return bytes(changed)
    if way == 2:
        return data[:at] + data[at + random.choice((1, 2, 3, 30, 300)) :]
    if way == 3:  # doubled
        return data[:at] + _slice(data, random) * random.choice((2, 2, 3, 40)) + data[at:]
    if way == 4:
        return data[:at] + _slice(random.choice(known), random) + data[at:]
    if way == 5:
        return data[:at]
    if way == 6:
        return data[:at] + random.randbytes(random.choice((1, 2, 4, 16))) + data[at:]
    return (
        data[:at]
        + chr(random.choice((random.randrange(0x80), random.randrange(0x80, 0xD800), random.randrange(0xE000, 0x110000)))).encode()
        + data[at:]
    )
