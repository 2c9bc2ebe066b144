"""Measures a reader on a labelled data folder: gold passage EM/F1, reranking, refusal of near-miss twins, latency.

    python eval/reader/measure.py DATA_FOLDER OUT.json [--weights FILE] [--questions 600] [--parts gold,rerank,mix,twins,latency]

``DATA_FOLDER`` holds corpus.jsonl and questions.jsonl as the training command takes them, and was never trained on. Questions are the
first N of a shuffle with seed 0. Figures go to OUT.json; the candidates' raw scores beside it, for choosing the mixture.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from wenyuan.contracts import Question
from wenyuan.evaluate.scoring import exact_match, f1
from wenyuan.evaluate.statistics import bootstrap_interval, paired_bootstrap
from wenyuan.read.packaged import PackagedReader
from wenyuan.read.reading import Reading
from wenyuan.rerank import mixed_score

CANDIDATES = 20


def main() -> None:
    """Write the figures asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--parts", default="gold,rerank,twins,latency")
    parser.add_argument("--news", type=Path, help="a folder of unlabelled news, for twins of synthetic questions")
    parser.add_argument("--index", type=Path, default=Path("index-measured"), help="where the data folder is indexed, kept between runs")
    arguments = parser.parse_args()
    reader = PackagedReader(arguments.weights, threads=2)
    passages = {record["id"]: record for record in lines(arguments.data / "corpus.jsonl")}
    questions = list(lines(arguments.data / "questions.jsonl"))
    Random(0).shuffle(questions)
    questions = questions[: arguments.questions]
    figures: dict[str, Any] = json.loads(arguments.out.read_text(encoding="utf-8")) if arguments.out.exists() else {}
    for part in arguments.parts.split(","):
        if part == "gold":
            figures[part] = gold(reader, questions, passages)
        elif part == "rerank":
            figures[part] = rerank(reader, questions, arguments.data, arguments.index, arguments.out.with_suffix(".candidates.jsonl"))
        elif part == "mix":
            figures["rerank"] = figures[part] = mixtures(arguments.out.with_suffix(".candidates.jsonl"))
        elif part == "twins":
            figures[part] = twins(reader, arguments.data, arguments.news, arguments.questions)
        elif part == "latency":
            figures[part] = latency(reader, questions, passages)
        print(part, json.dumps(figures[part], ensure_ascii=False), flush=True)
        arguments.out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def lines(path: Path) -> list[dict[str, Any]]:
    """Records of a jsonl file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gold(reader: PackagedReader, questions: Sequence[dict[str, Any]], passages: dict[str, Any]) -> dict[str, Any]:
    """EM and F1 by the rule of CMRC 2018 with the gold passage given whole (read in windows)."""
    exact, overlap = [], []
    for record in questions:
        passage = passages[record["positive_ids"][0]]
        reading = reader.read(record["question"], [(passage["title"], passage["text"])])[0]
        start, end, _ = reading.spans[0] if reading.spans else (0, 0, 0.0)
        question = Question(record["id"], record["question"], answers=tuple(record["answers"]))
        exact.append(exact_match(question, passage["text"][start:end]))
        overlap.append(f1(question, passage["text"][start:end]))
    return {
        "questions": len(exact),
        "exact": float(np.mean(exact)),
        "exact_95": bootstrap_interval(exact),
        "f1": float(np.mean(overlap)),
        "f1_95": bootstrap_interval(overlap),
    }


def rerank(reader: PackagedReader, questions: Sequence[dict[str, Any]], data: Path, index: Path, raw: Path) -> dict[str, Any]:
    """Document nDCG@10 of the fused order, of relevance alone, and of both mixed."""
    from wenyuan.chunk import chunk
    from wenyuan.clean import clean
    from wenyuan.config import Settings
    from wenyuan.contracts import Source
    from wenyuan.embed import open_embedder
    from wenyuan.errors import IndexFolderError
    from wenyuan.ingest import load
    from wenyuan.retrieve import Retriever
    from wenyuan.store import build_index, open_index

    settings = Settings()
    embedder = open_embedder(settings.embedder, threads=2)
    try:
        opened = open_index(index, embedder.fingerprint)
    except IndexFolderError:
        articles = [clean(source) for source in load([data / "corpus.jsonl"]) if isinstance(source, Source)]
        build_index(index, articles, lambda article: chunk(article, settings.chunk_max_chars), embedder, settings)
        opened = open_index(index, embedder.fingerprint)
    retriever = Retriever(opened, embedder)
    with raw.open("w", encoding="utf-8") as file:
        for record in questions:
            hits = retriever.search(record["question"], CANDIDATES)
            readings = reader.read(record["question"], [(hit.chunk.heading, hit.chunk.text) for hit in hits])
            documents = [retriever.index.sources[hit.chunk.source_id].uri.split("#")[-1] for hit in hits]
            candidates = [
                (document, hit.score, reading.relevance, reading.no_answer, reading.spans[0][2] if reading.spans else -99.0)
                for document, hit, reading in zip(documents, hits, readings, strict=True)
            ]
            file.write(json.dumps({"gold": record["positive_ids"], "candidates": candidates}) + "\n")
    return mixtures(raw)


def mixtures(raw: Path) -> dict[str, Any]:
    """nDCG@10 and hit@1 by how many of the fused passages are read and how much relevance weighs beside the fused rank."""
    asked = lines(raw)
    fused = [_ndcg(record, range(len(record["candidates"]))) for record in asked]
    found: dict[str, Any] = {"questions": len(asked), "fused": _means(fused)}
    for depth in (4, 6, 8, 10, 20):
        for weight in (0.05, 0.1, 0.2, 0.4):
            values = []
            for record in asked:
                count = len(record["candidates"])
                relevances = [candidate[2] for candidate in record["candidates"][:depth]]
                order = sorted(range(len(relevances)), key=lambda place: -mixed_score(relevances[place], place + 1, weight))
                values.append(_ndcg(record, [*order, *range(len(order), count)]))
            low, high, p = paired_bootstrap([n - f for (n, _), (f, _) in zip(values, fused, strict=True)])
            found[f"read {depth}, weight {weight:g}"] = {**_means(values), "gain_95": [low, high], "p": p}
    return found


def _means(values: Sequence[tuple[float, float]]) -> dict[str, float]:
    return {"ndcg": float(np.mean([n for n, _ in values])), "hit_1": float(np.mean([h for _, h in values]))}


def _ndcg(record: dict[str, Any], order: Sequence[int]) -> tuple[float, float]:
    """(nDCG@10, hit@1) over documents, their best passage counting."""
    documents = list(dict.fromkeys(record["candidates"][i][0] for i in order))
    for rank, document in enumerate(documents[:10], 1):
        if document in record["gold"]:
            return float(1 / np.log2(rank + 1)), float(rank == 1)
    return 0.0, 0.0


def twins(reader: PackagedReader, data: Path, news: Path | None, count: int) -> dict[str, Any]:
    """How well question and near-miss twin are told apart over the same passage: AUROC of the answer probability and of the span margin."""
    from wenyuan.training.data import load, normaliser, window_around
    from wenyuan.training.synthesise import TwinMaker, synthetic_examples

    found: dict[str, Any] = {}
    for name, folders in {"labelled": [data], "news": [news] if news else []}.items():
        if not folders:
            continue
        random = Random(5)
        passages, examples = load(folders, normaliser())
        if name == "news":
            examples = synthetic_examples(passages, 0, 3000, random)[-900:]
        random.shuffle(examples)
        maker = TwinMaker(passages, examples)
        positive: list[Reading] = []
        negative: list[Reading] = []
        for example in examples:
            passage = passages[example.passage]
            low, high = window_around(passage.text, example.start, example.end, random)
            text = passage.text[low:high]
            made = maker.twins(example.question, passage.title + " " + text, random)
            if made:
                positive += reader.read(example.question, [(passage.title, text)])
                negative += reader.read(made[0], [(passage.title, text)])
            if len(positive) >= count // 2:
                break
        found[name] = {
            "pairs": len(positive),
            "auroc_answerable": auroc([-r.no_answer for r in positive], [-r.no_answer for r in negative]),
            "auroc_span_margin": auroc([margin(r) for r in positive], [margin(r) for r in negative]),
        }
    return found


def margin(reading: Reading) -> float:
    """Log odds of the best span over "not here"."""
    return reading.spans[0][2] if reading.spans else -99.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney)."""
    above = np.sign(np.subtract.outer(np.array(positive), np.array(negative)))
    return float((above.mean() + 1) / 2)


def latency(reader: PackagedReader, questions: Sequence[dict[str, Any]], passages: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of one reading by number of passages of about 200 characters, passages not seen before."""
    texts = [(record["title"], record["text"][:200]) for record in passages.values()]
    found: dict[str, Any] = {"characters": 200}
    for count in (1, 4, 6, 8, 16):
        times = []
        for number, record in enumerate(questions[:15]):
            part = texts[number * count : (number + 1) * count]
            began = time.perf_counter()
            reader.read(record["question"], part)
            times.append((time.perf_counter() - began) * 1000)
        found[f"{count} passages"] = {"p50_ms": float(np.median(times)), "p95_ms": float(np.percentile(times, 95))}
    return found


if __name__ == "__main__":
    main()
