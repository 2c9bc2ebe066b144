from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.chinese import words as words_module
from wenyuan.chinese.words import dictionary_digest, question_terms, read_dictionary, search_terms, word_bounds, words
from wenyuan.errors import SettingsError


def test_words_are_the_text_cut() -> None:
    assert words("学校在天津市") == ["学校", "在", "天津市"]


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
    | st.text(alphabet="学校天津援建的了 \r\n\t,，。2024.5%abC", max_size=60)
)
def test_word_bounds_partition_the_text(text: str) -> None:
    bounds = word_bounds(text)
    assert "".join(word for word, _, _ in bounds) == text
    assert all(text[start:end] == word for word, start, end in bounds)


def test_numbers_and_latin_words_stay_whole() -> None:
    terms = search_terms("２０２４年投资9.92亿元，共1,786亿元，增长4.5%，GDP稳步增长")
    assert {"2024", "9.92", "1786", "4.5%", "gdp"} <= set(terms)


def test_terms_hold_words_and_bigrams() -> None:
    terms = search_terms("援建学校")
    assert {"援建", "建学", "学校"} <= set(terms)


def test_traditional_and_simplified_meet() -> None:
    assert search_terms("援建學校") == search_terms("援建学校")


def test_han_numerals_stay_whole() -> None:
    assert "十四五" in search_terms("“十四五”时期")


def test_punctuation_and_function_words_are_no_terms() -> None:
    assert search_terms("，。！？ …") == []
    assert "的" not in search_terms("学校的操场")


def test_question_words_are_dropped() -> None:
    terms = question_terms("请问天津市援建了多少所学校呢？")
    assert {"天津市", "援建", "学校"} <= set(terms)
    assert not {"请问", "多少", "呢", "了"} & set(terms)


def test_question_terms_are_different_and_capped() -> None:
    terms = question_terms("天津市援建学校，天津市援建医院", limit=5)
    assert len(terms) == len(set(terms)) == 5


def test_a_question_of_question_words_keeps_them() -> None:
    assert "什么" in question_terms("什么")


def test_user_dictionary_joins_words(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text("援建學校 100 n\n", encoding="utf-8")
    dictionary = read_dictionary(str(path))
    assert words("援建学校", dictionary) == ["援建学校"]
    assert words("援建学校") == ["援建", "学校"]
    assert len(dictionary_digest(dictionary)) == 64
    assert read_dictionary("") == dictionary_digest("") == ""


def test_bad_dictionaries_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="UTF-8"):
        read_dictionary(str(tmp_path / "missing.txt"))
    path = tmp_path / "dictionary.txt"
    path.write_bytes("援建学校和医院".encode("gb18030"))
    with pytest.raises(SettingsError, match="UTF-8"):
        read_dictionary(str(path))
    path.write_text("学校 n 3 5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="line 1"):
        read_dictionary(str(path))


def test_first_use_by_many_threads_at_once() -> None:
    dictionary = "援建学校 7\n"
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(words("援建学校", dictionary))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [["援建学校"]] * 8


def test_first_use_is_quiet_and_leaves_no_file(tmp_path: Path) -> None:
    code = "import warnings; warnings.simplefilter('error'); from wenyuan.chinese.words import words; print(words('学校'))"
    environment = {"TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True, timeout=120)
    assert done.stderr == b""
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_is_read_as_jieba_reads_it() -> None:
    words_module.words("天津")  # loads jieba with its warnings caught
    import jieba

    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as file:
        ours = words_module._frequencies(file.read().decode("utf-8"))
    assert ours == tokenizer.gen_pfdict(tokenizer.get_dict_file())
