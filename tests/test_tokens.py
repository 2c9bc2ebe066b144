"""Our tokenizer against `tokenizers` on the same vocabulary, and by hand on a small one."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenyuan.errors import ModelError
from wenyuan.models import default_model_folder
from wenyuan.tokens import UNKNOWN_ID, UnigramTokenizer

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "学", "校", "学校", "▁学", "a", "b"]
SCORES = [0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -4.0, -4.5, -5.0, -5.0]


def small() -> UnigramTokenizer:
    return UnigramTokenizer(PIECES, SCORES)


def test_the_likeliest_cut_wins() -> None:
    # ▁ + 学校 = -6.0; ▁学 + 校 = -7.5; ▁ + 学 + 校 = -8.0
    assert small().ids("学校") == [4, 7]


def test_no_piece_crosses_a_space() -> None:
    assert small().ids("a  学 ") == [4, 9, 8]


def test_neighbouring_unknown_characters_are_one_token() -> None:
    tokens = small().encode("a龘龘b")
    assert tokens.ids == (4, 9, UNKNOWN_ID, 10)
    assert tokens.bounds == ((0, 0), (0, 1), (1, 3), (3, 4))


def test_a_special_token_in_a_text_is_characters() -> None:
    assert not {0, 1, 2} & set(small().ids("</s><s>"))


def test_nothing_gives_nothing() -> None:
    assert small().ids("") == small().ids(" \n\u200b") == []


def test_bounds_lie_in_the_text_as_given() -> None:
    text = "\n a\u3000\u3000学校ａ①"  # leading space goes, wide space and letter are normalised, ① becomes 1
    tokens = small().encode(text)
    assert [text[start:end] for start, end in tokens.bounds] == ["", "a", "\u3000", "学校", "ａ", "①"]


def test_a_folder_without_its_files_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="delete"):
        UnigramTokenizer.open(tmp_path)


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The unpacked default model in the user's ordinary cache: unpacked once per machine."""
    return default_model_folder(progress=False)


@pytest.fixture(scope="module")
def pair(model_cache: Path) -> tuple[UnigramTokenizer, Any]:
    from tokenizers import Tokenizer

    return UnigramTokenizer.open(model_cache), Tokenizer.from_file(str(model_cache / "tokenizer.json"))


@pytest.mark.model
def test_all_share_one_tokenizer(model_cache: Path) -> None:
    assert UnigramTokenizer.open(model_cache) is UnigramTokenizer.open(model_cache)


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "query: 天津援建了多少所学校？",
        "1997年7月1日，香港回归；GDP增长３．５％，约￥1,234.5萬元。",
        "臺灣的繁體字，與「引號」、《書名》——以及……",
        "Multilingual  E5\ttext\nembeddings, naïve café e\u0301 İstanbul",
        "かな ｶﾞﾀｶﾅ か\u3099 한국어 \u1112\u1161\u11ab العربية हिन्दी",
        "😀🇨🇳👨‍👩‍👧 𠮷野家 \u200b\ufeff①㎏ﬁ½\x07\x0b",
        "",
        "    ",
        "長" * 900,
    ],
)
def test_same_ids_as_the_library(pair: tuple[UnigramTokenizer, Any], text: str) -> None:
    ours, library = pair
    assert ours.ids(text) == library.encode(text, add_special_tokens=False).ids


# Characters as old as Unicode 3.2: on newer ones the library's tables and Python's may differ. U+0085 is no space to the vocabulary,
# but the library strips it from the ends.
_CHARACTERS = st.characters(max_codepoint=0x2FFFF, exclude_categories=("Cs", "Cn", "Co")).filter(
    lambda character: character != "\x85" and unicodedata.ucd_3_2_0.category(character) != "Cn"
)


@pytest.mark.model
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(st.one_of(st.sampled_from(" \n\u3000天津援建學校0123Abc，。"), _CHARACTERS), max_size=40))
def test_same_ids_as_the_library_on_any_text(pair: tuple[UnigramTokenizer, Any], text: str) -> None:
    ours, library = pair
    tokens = ours.encode(text)
    assert list(tokens.ids) == ours.ids(text) == library.encode(text, add_special_tokens=False).ids
    assert all(0 <= start <= end <= len(text) for start, end in tokens.bounds)
    assert list(tokens.bounds) == sorted(tokens.bounds)
