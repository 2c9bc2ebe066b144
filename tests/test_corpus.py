"""Documents added, changed, removed and renamed: whatever way led there, the index is the one that a fresh build would make."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import SEEDS
from stand_ins import HashingEmbedder
from wenyuan.cli import main
from wenyuan.config import Settings
from wenyuan.corpus import ChangeReport, Corpus
from wenyuan.errors import ChangeCancelled, IndexDamaged, IndexFolderError, IndexMissing, SourceError
from wenyuan.store import check_index, damaged_but_held, held_sources, open_index, removed_but_held

Out = pytest.CaptureFixture[str]


def corpus(folder: Path, embedder: HashingEmbedder | None = None, **changes: Any) -> Corpus:
    return Corpus(Settings(index_dir=str(folder / "index"), **changes), embedder or HashingEmbedder())


def write(folder: Path, name: str, *sentences: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("短文\n\n" + "\n\n".join(sentences) + "\n", encoding="utf-8")
    return path


def statuses(report: ChangeReport) -> dict[str, str]:
    return {outcome.uri: outcome.status for outcome in report.outcomes}


def files_in_force(index_dir: Path) -> dict[str, bytes]:
    """Content of all files of the generation in force, but the manifest, which holds the time."""
    folder = index_dir / (index_dir / "CURRENT").read_text().strip()
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


LAKE = "北湖新建了三座桥，都在去年通车。"
SCHOOL = "天津市援建了22所学校，总投资9.92亿元。"
HOSPITAL = "上海市援建了一所县级医院。"


def test_added_changed_unchanged_removed(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    box = corpus(tmp_path, embedder)
    lake, school = write(tmp_path, "湖.txt", LAKE), write(tmp_path, "学校.txt", SCHOOL)
    first = box.add([lake, school])
    assert statuses(first) == {"湖.txt": "added", "学校.txt": "added"}
    assert (first.embedded, first.reused) == (2, 0)

    again = box.add([lake, school])
    assert statuses(again) == {"湖.txt": "unchanged", "学校.txt": "unchanged"}
    assert again.generation == first.generation
    assert len(embedder.embedded) == 2

    write(tmp_path, "湖.txt", LAKE.replace("三", "四"))
    changed = box.add([lake])
    assert statuses(changed) == {"湖.txt": "changed"}
    assert (changed.embedded, changed.reused) == (1, 1)
    assert changed.generation > first.generation

    removed = box.remove(["学校.txt", "没有.txt"])
    assert statuses(removed) == {"学校.txt": "removed", "没有.txt": "failed"}
    assert (removed.embedded, removed.reused) == (0, 1)
    assert list(held_sources(tmp_path / "index")) == ["湖.txt"]
    assert check_index(tmp_path / "index") == []


def test_a_removed_text_is_in_no_file_of_the_new_generation_and_the_old_ones_are_named(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "湖.txt", LAKE), write(tmp_path, "学校.txt", SCHOOL)])
    index_dir = tmp_path / "index"
    before = open_index(index_dir)
    vector = next(
        before_row
        for chunk, before_row in zip(before.chunks, np.load(next(index_dir.glob("*/vectors.npy"))), strict=True)
        if "北湖" in chunk.text
    )
    report = box.remove(["湖.txt"])
    for name, content in files_in_force(index_dir).items():
        for trace in ("北湖", "通车", "湖.txt"):
            assert trace.encode() not in content, name
        assert vector.tobytes() not in content, name
    after = open_index(index_dir)
    assert after.keywords.document_frequency("北湖") == 0
    assert after.keywords.document_frequency("学校") == 1
    assert len(after.vectors) == len(after.chunks) == 1
    assert removed_but_held(index_dir) == {before.generation: ["湖.txt"]}
    assert before.generation in report.outcomes[0].message
    assert "wenyuan gc --keep 1" in report.outcomes[0].message
    assert box.collect(1) == [before.generation]
    assert removed_but_held(index_dir) == {}
    assert all("北湖".encode() not in path.read_bytes() for path in index_dir.rglob("*") if path.is_file())


def test_doctor_sees_postings_and_vectors_of_what_is_not_there(tmp_path: Path) -> None:
    from stand_ins import plain_article, plain_chunks
    from wenyuan.store import building
    from wenyuan.store.local import Bm25Keywords

    articles = [plain_article("a.txt", f"标题\n{LAKE}\n{SCHOOL}\n")]
    of = Bm25Keywords.of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bm25Keywords, "of", lambda bags: of([["残余"], *bags[1:]]))
        building.build_index(tmp_path / "one", articles, plain_chunks, HashingEmbedder(), Settings())
    assert "keywords.json holds other terms" in " ".join(check_index(tmp_path / "one"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "embedded_digest", lambda text: "0" * 32)
        building.build_index(tmp_path / "two", articles, plain_chunks, HashingEmbedder(), Settings())
    assert "vectors.npy does not belong" in " ".join(check_index(tmp_path / "two"))


def test_the_last_document_can_go(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "湖.txt", LAKE)])
    box.remove(["湖.txt"])
    index = open_index(tmp_path / "index")
    assert (index.chunks, index.keywords.search(["北湖"], 3)) == ((), [])
    assert index.vectors.search(HashingEmbedder().embed_question("湖"), 3) == []
    assert check_index(tmp_path / "index") == []
    assert statuses(box.add([write(tmp_path, "湖.txt", LAKE)])) == {"湖.txt": "added"}


def test_rename_embeds_nothing(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "湖.txt", LAKE), write(tmp_path, "学校.txt", SCHOOL)])
    report = box.rename("湖.txt", "北湖.txt")
    assert statuses(report) == {"北湖.txt": "renamed"}
    assert (report.embedded, report.reused) == (0, 2)
    fresh = corpus(tmp_path / "fresh")
    fresh.add([write(tmp_path / "fresh", "北湖.txt", LAKE), write(tmp_path / "fresh", "学校.txt", SCHOOL)])
    assert files_in_force(tmp_path / "index") == files_in_force(tmp_path / "fresh" / "index")


@pytest.mark.parametrize("new", ["", " ", "学校.txt", "湖.txt", "a\nb", "a\u202eb", "a\ud800", "x" * 501])
def test_names_that_cannot_be(tmp_path: Path, new: str) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "湖.txt", LAKE), write(tmp_path, "学校.txt", SCHOOL)])
    report = box.rename("湖.txt", new)
    assert [outcome.status for outcome in report.outcomes] == ["failed"]
    assert report.outcomes[0].message
    assert report.generation == first.generation


def lines(folder: Path, name: str, *records: object) -> Path:
    path = folder / name
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records), encoding="utf-8")
    return path


def test_a_jsonl_added_again_takes_the_place_of_what_it_held(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    one, two, three = ({"id": str(i), "title": "", "text": text} for i, text in enumerate([LAKE, SCHOOL, HOSPITAL], start=1))
    other = write(tmp_path, "多.jsonl.txt", LAKE)
    box.add([lines(tmp_path, "多.jsonl", one, two), other])
    report = box.add([lines(tmp_path, "多.jsonl", two, three)])
    assert statuses(report) == {"多.jsonl#2": "unchanged", "多.jsonl#3": "added", "多.jsonl#1": "removed"}
    assert set(held_sources(tmp_path / "index")) == {"多.jsonl#2", "多.jsonl#3", "多.jsonl.txt"}
    partly = box.add([lines(tmp_path, "多.jsonl", one, "{")])  # what could not be read takes nothing away
    assert sorted(statuses(partly).values()) == ["added", "failed"]
    assert len(held_sources(tmp_path / "index")) == 4
    moved = box.rename("多.jsonl", "新.jsonl")
    assert set(statuses(moved)) == {"新.jsonl#1", "新.jsonl#2", "新.jsonl#3"}
    gone = box.remove(["新.jsonl"])
    assert set(statuses(gone)) == {"新.jsonl#1", "新.jsonl#2", "新.jsonl#3"}


def test_what_cannot_be_read_fails_and_takes_nothing_away(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    lake = write(tmp_path, "湖.txt", LAKE)
    nothing = box.add([tmp_path / "none.txt"])
    assert (nothing.generation, statuses(nothing)) == ("", {"none.txt": "failed"})
    assert not (tmp_path / "index").exists()
    first = box.add([lake])
    lake.write_bytes(b"\x00\xff\xfe" * 40)
    report = box.add([lake])
    assert statuses(report) == {"湖.txt": "failed"}
    assert not report.outcomes[0].message.startswith("湖.txt")
    assert report.generation == first.generation


def test_a_partly_scanned_pdf_is_added_and_its_message_names_the_page(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    files = Path(__file__).parent / "files"
    report = box.add([files / "partly_scanned.pdf", files / "scanned.pdf"])
    assert statuses(report) == {"partly_scanned.pdf": "added", "scanned.pdf": "failed"}
    assert report.outcomes[0].message.startswith("page 1 is a picture of a page")
    assert [outcome.uri for outcome in report.failed] == ["scanned.pdf"]
    assert list(held_sources(tmp_path / "index")) == ["partly_scanned.pdf"]


def test_preview_changes_nothing(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    (article,) = box.preview(write(tmp_path, "湖.txt", LAKE))
    assert LAKE in article.source.text
    assert not (tmp_path / "index").exists()
    with pytest.raises(SourceError, match=r"none\.txt"):
        box.preview(tmp_path / "none.txt")


def test_no_index_no_change(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    for change in (
        lambda: box.remove(["a"]),
        lambda: box.rename("a", "b"),
        box.rollback,
        box.generations,
        lambda: box.collect(1),
        lambda: box.add([]),
    ):
        with pytest.raises(IndexMissing, match="wenyuan build"):
            change()
    assert not (tmp_path / "index").exists()


def test_rollback_goes_to_what_the_current_one_was_made_from(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    second = box.add([write(tmp_path, "b.txt", SCHOOL)]).generation
    assert box.rollback() == first
    assert list(held_sources(tmp_path / "index")) == ["a.txt"]
    third = box.add([write(tmp_path, "c.txt", HOSPITAL)]).generation
    assert [(item.name, item.sources, item.current) for item in box.generations()] == [
        (first, 1, False),
        (second, 2, False),
        (third, 2, True),
    ]
    assert box.rollback() == first
    with pytest.raises(IndexFolderError, match="no whole generation before"):
        box.rollback()
    assert box.rollback(second) == second
    with pytest.raises(IndexFolderError, match="wenyuan generations"):
        box.rollback("../x")
    assert box.collect(2) == [first]
    assert box.collect(1) == [third]
    assert [item.name for item in box.generations()] == [second]
    with pytest.raises(IndexFolderError, match="1 or more"):
        box.collect(0)
    assert check_index(tmp_path / "index") == []


def test_rollback_refuses_what_is_damaged_and_mends_a_lost_current(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    second = box.add([write(tmp_path, "b.txt", SCHOOL)]).generation
    third = box.add([write(tmp_path, "c.txt", HOSPITAL)]).generation
    damaged = tmp_path / "index" / second / "vectors.npy"
    data = damaged.read_bytes()
    damaged.write_bytes(data[:-1])
    with pytest.raises(IndexDamaged, match=r"vectors\.npy"):
        box.rollback(second)
    assert open_index(tmp_path / "index").generation == third
    assert box.rollback() == first  # the one before is damaged: the next whole one
    (tmp_path / "index" / "CURRENT").write_text("nonsense\n")
    with pytest.raises(IndexDamaged, match=f"wenyuan rollback {third}"):
        open_index(tmp_path / "index")
    assert box.rollback() == third
    assert check_index(tmp_path / "index") == []


def test_another_model_or_setting_makes_all_anew_from_the_texts_held(tmp_path: Path) -> None:
    files = [write(tmp_path, "a.txt", LAKE), write(tmp_path, "b.txt", SCHOOL, HOSPITAL)]
    corpus(tmp_path).add(files)
    for path in files:
        path.unlink()
    other = HashingEmbedder("other")
    report = corpus(tmp_path, other).add([])
    assert (report.outcomes, report.embedded) == ((), 2)
    assert open_index(tmp_path / "index", other.fingerprint).manifest.sources == 2
    removed = corpus(tmp_path).remove(["a.txt"])  # the first model again
    assert removed.embedded == 1
    assert open_index(tmp_path / "index", HashingEmbedder().fingerprint).manifest.sources == 1
    shorter = corpus(tmp_path, chunk_max_chars=40)
    assert shorter.add([write(tmp_path, "b.txt", SCHOOL, HOSPITAL)]).generation != removed.generation


def test_an_index_with_damaged_vectors_is_mended_from_its_texts(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "a.txt", LAKE)])
    (vectors,) = (tmp_path / "index").glob("*/vectors.npy")
    vectors.write_bytes(vectors.read_bytes()[:-4] + b"abcd")
    assert check_index(tmp_path / "index") != []
    assert box.add([]).embedded == 1
    assert check_index(tmp_path / "index") == []


def test_texts_that_are_damaged_are_not_built_upon(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "a.txt", LAKE)])
    (sources,) = (tmp_path / "index").glob("*/sources.jsonl")
    sources.write_bytes(sources.read_bytes().replace("三座".encode(), "四座".encode()))
    with pytest.raises(IndexDamaged, match=r"sources\.jsonl"):
        box.add([write(tmp_path, "b.txt", SCHOOL)])


def test_a_change_that_was_stopped_is_taken_up(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    many = write(
        tmp_path,
        "b.txt",
        *(f"第{i}号桥在{1900 + i}年建成，长{i * 7 + 13}米，桥下河水流向东海，两岸都是农田和村庄。" * 6 for i in range(150)),
    )
    heard: list[tuple[int, int]] = []
    with pytest.raises(ChangeCancelled, match="kept"):
        box.add([many], progress=lambda done, total: heard.append((done, total)), cancelled=lambda: len(heard) > 1)
    assert open_index(tmp_path / "index").generation == first
    assert any("finished vectors" in finding for finding in check_index(tmp_path / "index"))
    total = heard[0][1]
    embedder = HashingEmbedder()
    report = corpus(tmp_path, embedder).add([many])
    assert report.embedded == len(embedder.embedded) == total - 64
    assert check_index(tmp_path / "index") == []
    fresh = corpus(tmp_path / "fresh")
    fresh.add([tmp_path / "a.txt", many])
    assert files_in_force(tmp_path / "index") == files_in_force(tmp_path / "fresh" / "index")


NAMES = ["a.txt", "b.txt", "c.txt"]
STEPS: st.SearchStrategy[Any] = st.one_of(
    st.tuples(
        st.just("add"), st.sampled_from(NAMES), st.lists(st.sampled_from([LAKE, SCHOOL, HOSPITAL]), min_size=1, max_size=2, unique=True)
    ),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just([])),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), min_size=1, max_size=1)),
    st.tuples(st.just("rollback"), st.just(""), st.just([])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=8))
def test_whatever_way_led_there_the_index_is_that_of_a_fresh_build(steps: list[tuple[str, str, list[str]]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        box = corpus(folder)
        name = box.add([write(folder, "a.txt", LAKE)]).generation
        states = {name: {"a.txt": [LAKE]}}  # generation -> what it must hold
        for what, uri, more in steps:
            now = dict(states[name])
            if what == "add":
                name = box.add([write(folder, uri, *more)]).generation
                now[uri] = more
            elif what == "remove":
                name = box.remove([uri]).generation
                now.pop(uri, None)
            elif what == "rename":
                name = box.rename(uri, more[0]).generation
                if uri in now and more[0] not in now:
                    now[more[0]] = now.pop(uri)
            else:
                try:
                    name = box.rollback()
                except IndexFolderError:
                    assert min(item.name for item in box.generations()) == name
                now = states[name]
            assert states.setdefault(name, now) == now
        assert set(held_sources(folder / "index")) == set(states[name])
        if states[name]:
            fresh = corpus(folder / "fresh")
            fresh.add([write(folder / "fresh", uri, *parts) for uri, parts in states[name].items()])
            assert files_in_force(folder / "index") == files_in_force(folder / "fresh" / "index")
        assert check_index(folder / "index") == []
    finally:
        shutil.rmtree(folder)


def test_the_commands(copy_of_index: Path, tmp_path: Path, capsys: Out) -> None:
    where = ["--index-dir", str(copy_of_index)]

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, *where])
        return (code, *capsys.readouterr())

    lake = write(tmp_path, "湖.txt", LAKE)
    code, out, err = run("add", str(lake), str(tmp_path / "none.txt"))
    assert (code, out.splitlines()[0]) == (1, "added 湖.txt")
    assert "none.txt" in err
    code, out, _ = run("add", str(lake))
    assert code == 0
    assert "1 unchanged (0 embedded" in out
    assert run("add", str(tmp_path / "none.txt"))[0] == 2
    code, out, _ = run("ask", "北湖新建了几座桥")
    assert "三座" in out
    assert run("rename", "湖.txt", "北湖.txt")[:2][0] == 0
    assert run("rename", "湖.txt", "南湖.txt")[0] == 2
    code, out, err = run("remove", "北湖.txt", "没有.txt")
    assert code == 1
    assert out.startswith("removed 北湖.txt: older generations still hold its text")
    assert "没有.txt" in err
    assert run("remove", "没有.txt")[0] == 2
    code, out, _ = run("doctor")
    assert code == 0
    assert "still holds text that this one does not, of 北湖.txt" in out
    code, out, _ = run("generations")
    listed = out.splitlines()
    assert [line[0] for line in listed] == [" ", " ", "*"]
    assert "5 articles" in listed[-1]
    code, out, _ = run("rollback")
    assert code == 0
    assert listed[1].split()[0] in out
    assert run("rollback", listed[2].split()[1])[0] == 0
    assert run("rollback", "nonsense")[0] == 2
    code, out, _ = run("gc", "--keep", "1")
    assert len(out.splitlines()) == 2
    assert "still holds" not in run("doctor")[1]
    assert run("gc", "--keep", "0")[0] == 2
    assert run("build", str(SEEDS))[1].endswith("chunks\n")


def test_a_generation_whose_writer_died_is_never_taken_for_one(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    second = box.add([write(tmp_path, "b.txt", SCHOOL)]).generation
    index_dir = tmp_path / "index"
    shutil.copy(index_dir / "CURRENT", index_dir / ".unfinished-CURRENT")  # as it is between the two renames
    (index_dir / "CURRENT").write_text(f"{first}\n")
    assert [item.name for item in box.generations()] == [first]
    assert open_index(index_dir).generation == first
    with pytest.raises(IndexFolderError, match="no generation"):
        box.rollback(second)
    assert not (index_dir / second).exists()
    assert check_index(index_dir) == []
    third = box.add([write(tmp_path, "c.txt", HOSPITAL)]).generation
    assert [item.name for item in box.generations()] == [first, third]


def test_a_first_build_that_died_at_its_last_step_left_no_index(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    box.add([write(tmp_path, "a.txt", LAKE)])
    index_dir = tmp_path / "index"
    (index_dir / "CURRENT").rename(index_dir / ".unfinished-CURRENT")
    with pytest.raises(IndexMissing, match="wenyuan build"):
        open_index(index_dir)
    report = box.add([write(tmp_path, "b.txt", SCHOOL)])
    assert statuses(report) == {"b.txt": "added"}
    assert [item.name for item in box.generations()] == [report.generation]
    assert check_index(index_dir) == []


def test_a_reader_is_not_told_of_damage_when_its_generation_was_collected_under_its_hands(tmp_path: Path) -> None:
    from wenyuan.store import folder

    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    named = folder._named
    changed: list[str] = []

    def slow(pointer: Path) -> str:
        name = named(pointer)
        if pointer.name == "CURRENT" and not changed:  # the pointer was read; now the generation goes
            changed.append(name)
            box.add([write(tmp_path, "b.txt", SCHOOL)])
            box.collect(1)
        return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "_named", slow)
        opened = open_index(tmp_path / "index")
    assert changed == [first]
    assert opened.manifest.sources == 2


def test_the_doctor_names_an_older_generation_that_cannot_be_gone_back_to(tmp_path: Path) -> None:
    box = corpus(tmp_path)
    first = box.add([write(tmp_path, "a.txt", LAKE)]).generation
    box.add([write(tmp_path, "b.txt", SCHOOL)])
    assert damaged_but_held(tmp_path / "index") == {}
    vectors = tmp_path / "index" / first / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    assert damaged_but_held(tmp_path / "index") == {first: [f"{first}/vectors.npy has another size"]}
    assert check_index(tmp_path / "index") == []
    assert box.collect(1) == [first]
    assert damaged_but_held(tmp_path / "index") == {}
