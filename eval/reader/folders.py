"""Public sets and our own questions on them → the folders that `wenyuan train-reader` reads, and development sets that it never sees.

    python eval/reader/folders.py DATA OUT

DATA holds drcd_dev, cmrc2018_trial and crud_news_docs (``corpus.jsonl``, ``questions.jsonl``); the texts are not in this repository.
OUT gets ``drcd``, ``cmrc``, ``wiki`` and ``news`` to train on, and ``dev_wiki`` and ``dev_news``, whose ``questions.jsonl``
`wenyuan eval` and `wenyuan calibrate` read (``--split dev`` to fit, ``--split test`` to report); with DATA/drcd_test also
``test_drcd``, for reporting. No passage that a question of ``dev_…`` was written on is in any folder to train on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

OWN = Path(__file__).parent / "questions"
_KIND = {
    "number": "count",
    "duration": "count",
    "org": "person_or_org",
    "person": "person_or_org",
    "why": "how_or_why",
    "how": "how_or_why",
    "what": "definition_or_what",
    "name": "definition_or_what",
    "none": "unanswerable",
    "yes": "yes_no",
    "no": "yes_no",
}


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a jsonl file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write(folder: Path, passages: Iterable[Mapping[str, Any]], questions: Iterable[Mapping[str, Any]]) -> None:
    """Writes one folder of data and says how much is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = []
    for name, lines in (("corpus", passages), ("questions", questions)):
        texts = [json.dumps(record, ensure_ascii=False) + "\n" for record in lines]
        (folder / f"{name}.jsonl").write_text("".join(texts), encoding="utf-8")
        counts.append(len(texts))
    print(f"{folder.name}: {counts[0]} passages, {counts[1]} questions")


def end(own: Mapping[str, Any]) -> int:
    """Where the answer of one of our questions ends, or the place that comes nearest to one."""
    return int(own["end"]) if "end" in own else int(own["start"]) + len(own["answer"])


def to_train(own: Mapping[str, Any]) -> dict[str, Any]:
    """One of our questions as `wenyuan.training.data` reads it."""
    span = {"doc_id": own["passage"], "start": own["start"], "end": end(own)}
    answers = [own["answer"]] if own["answer"] else []
    holds = {"yes": True, "no": False}.get(own["kind"])
    return {"id": own["id"], "question": own["question"], "answers": answers, "spans": [span], "unanswerable": not answers, "holds": holds}


def to_ask(own: Mapping[str, Any], passage: str) -> dict[str, Any]:
    """One of our questions as `wenyuan.evaluate` reads it."""
    evidence = [{"uri": f"corpus.jsonl#{own['passage']}", "quote": _quote(passage, own["start"], end(own))}] if own["answer"] else []
    answers = {"yes": ["是"], "no": ["不是"]}.get(own["kind"], [own["answer"]] if own["answer"] else [])
    return {
        "id": own["id"],
        "question": own["question"],
        "kind": _KIND.get(own["kind"], own["kind"]),
        "answers": answers,
        "evidence": evidence,
        "split": own["split"],
    }


def of_drcd(record: Mapping[str, Any], passages: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A question of DRCD or CMRC as `wenyuan.evaluate` reads it; of a kind whose short answer itself must hold the accepted one."""
    span = record["spans"][0]
    quote = _quote(passages[span["doc_id"]]["text"], span["start"], span["end"])
    evidence = [{"uri": f"corpus.jsonl#{span['doc_id']}", "quote": quote}]
    return {"id": record["id"], "question": record["question"], "kind": "person_or_org", "answers": record["answers"], "evidence": evidence}


def _quote(text: str, start: int, end: int) -> str:
    """``text[start:end]`` with as much before and after as makes it the only one."""
    while text.count(text[start:end]) > 1 and (start > 0 or end < len(text)):
        start, end = max(0, start - 2), min(len(text), end + 2)
    return text[start:end]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    corpora = {
        name: {record["id"]: record for record in records(arguments.data / name / "corpus.jsonl")}
        for name in ("drcd_dev", "cmrc2018_trial", "crud_news_docs")
    }
    wiki, news = (list(records(OWN / f"{name}.jsonl")) for name in ("wiki", "news"))
    split_of = {own["passage"]: own["split"] for own in (*wiki, *news)}
    held_out = {passage for passage, split in split_of.items() if split != "train"}
    texts = {id: record for corpus in corpora.values() for id, record in corpus.items()}
    theirs: list[dict[str, Any]] = []  # questions of the public sets on passages that are held out
    for name, short in (("drcd_dev", "drcd"), ("cmrc2018_trial", "cmrc")):
        passages = [record for id, record in corpora[name].items() if id not in held_out]
        kept = {record["id"] for record in passages}
        asked = [one for one in records(arguments.data / name / "questions.jsonl") if one["spans"]]
        write(arguments.out / short, passages, (one for one in asked if one["spans"][0]["doc_id"] in kept))
        in_dev = ((one, one["spans"][0]["doc_id"]) for one in asked if one["spans"][0]["doc_id"] in held_out)
        theirs += [{**of_drcd(one, texts), "split": split_of[passage]} for one, passage in in_dev]
    for name, questions in (("wiki", wiki), ("news", news)):
        learnt = [own for own in questions if own["passage"] not in held_out]
        used = dict.fromkeys(own["passage"] for own in learnt)
        write(arguments.out / name, (texts[id] for id in used), map(to_train, learnt))
        held = [own for own in questions if own["split"] != "train"]
        used = dict.fromkeys(own["passage"] for own in held)
        asked = [to_ask(own, texts[own["passage"]]["text"]) for own in held]
        write(arguments.out / f"dev_{name}", (texts[id] for id in used), [*asked, *theirs] if name == "wiki" else asked)
    if (test := arguments.data / "drcd_test").is_dir():
        tested = {record["id"]: record for record in records(test / "corpus.jsonl")}
        write(arguments.out / "test_drcd", tested.values(), (of_drcd(one, tested) for one in records(test / "questions.jsonl")))


if __name__ == "__main__":
    main()
