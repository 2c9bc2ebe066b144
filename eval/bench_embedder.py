"""Measure the default embedder: what each precision of its weights finds, and what it costs.

    python eval/bench_embedder.py FOLDER [--passages 1000] [--questions 1000] [--variants 4bit fp32 int8] [--threads 0]

FOLDER holds corpus.jsonl (a line: {"id", "text"}) and questions.jsonl ({"question", "positive_ids"}). Each variant runs in a process of
its own. Prints one Markdown row a variant: dense nDCG@10 and hit@1 against all passages taken, passages a second, milliseconds a question
(warm, median), seconds of loading with the first question, resident MB after questions alone and at the peak. Needs no network.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from wenyuan.chinese.text import normalised
from wenyuan.embed import PackagedEmbedder
from wenyuan.encoder import encoder_graph
from wenyuan.models import default_model_folder, default_weights

VARIANTS = ("4bit", "fp32", "int8")  # 4bit is the default: the package's own blocks


def variant_folder(variant: str, parent: Path) -> Path:
    """A model folder whose encoder is ``variant``; all else is the unpacked default."""
    default = default_model_folder()
    if variant == "4bit":
        return default
    folder = parent / variant
    folder.mkdir()
    for path in default.iterdir():
        if path.name != "encoder.onnx":
            (folder / path.name).symlink_to(path)
    (folder / "encoder.onnx").write_bytes(encoder_graph(default_weights(words=False)))
    if variant == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        # reduce_range: without VNNI instructions full 8-bit products overflow their 16-bit sums.
        quantize_dynamic(folder / "encoder.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        (folder / "int8.onnx").replace(folder / "encoder.onnx")
    return folder


def measure(folder: Path, data: Path, passages: int, questions: int, threads: int) -> dict[str, float]:
    """The figures of one variant."""
    corpus = read_lines(data / "corpus.jsonl")[:passages]
    rows = {str(line["id"]): row for row, line in enumerate(corpus)}
    asked = [line for line in read_lines(data / "questions.jsonl") if any(each in rows for each in line["positive_ids"])]
    asked = asked[:: max(1, len(asked) // questions)][:questions]
    texts = [normalised(str(line["text"])) for line in corpus]
    wanted = [normalised(str(line["question"])) for line in asked]

    started = time.perf_counter()
    embedder = PackagedEmbedder(folder, threads)
    embedder.embed_question(wanted[0])
    load_s = time.perf_counter() - started
    vectors, times_ms = [], []
    for text in wanted:
        started = time.perf_counter()
        vectors.append(embedder.embed_question(text))
        times_ms.append(1000 * (time.perf_counter() - started))
    asking_mb = memory_mb("VmRSS")

    started = time.perf_counter()
    matrix = embedder.embed_passages(texts)
    passages_s = len(texts) / (time.perf_counter() - started)
    gains, firsts = [], []
    for vector, line in zip(vectors, asked, strict=True):
        best = np.argsort(-(matrix @ vector), kind="stable")[:10].tolist()
        right = {rows[each] for each in line["positive_ids"] if each in rows}
        gain = sum(1 / np.log2(rank + 2) for rank, row in enumerate(best) if row in right)
        gains.append(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, len(right)))))
        firsts.append(best[0] in right)
    return {
        "nDCG@10": float(np.mean(gains)),
        "hit@1": float(np.mean(firsts)),
        "passages/s": passages_s,
        "ms a question": float(np.median(times_ms)),
        "load s": load_s,
        "asking MB": asking_mb,
        "peak MB": memory_mb("VmHWM"),
        "encoder MB": (folder / "encoder.onnx").stat().st_size / 1e6,
    }


def memory_mb(field: str) -> float:
    """A memory figure of this process as Linux states it (ru_maxrss would count the parent's before exec)."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def read_lines(path: Path) -> list[dict[str, list[str] | str]]:
    """One JSON object a line."""
    return [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines() if line.strip()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--folder", type=Path, help="measure this model folder in this process and print JSON")
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(measure(options.folder, options.data, options.passages, options.questions, options.threads)))
        return
    with tempfile.TemporaryDirectory() as parent:
        for number, variant in enumerate(options.variants):
            folder = variant_folder(variant, Path(parent))
            command = [sys.executable, __file__, str(options.data), "--folder", str(folder)]
            command += [f"--{name}={getattr(options, name)}" for name in ("passages", "questions", "threads")]
            figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            if number == 0:
                print("| weights |", " | ".join(figures), "|", flush=True)
                print("|---|" + "---|" * len(figures))
            print(f"| {variant} |", " | ".join(f"{value:.3g}" for value in figures.values()), "|", flush=True)


if __name__ == "__main__":
    main()
