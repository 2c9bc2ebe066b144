"""The training run: seeds, steps, losses, checkpoints, held-out scores and a plot. The same seed, data and steps give the same reader.

Losses: span start and end by cross entropy, with the first token as "not here"; relevance by softmax over the candidates of a question;
answerability by binary cross entropy, near-miss twins among the negatives; holding by binary cross entropy over yes/no questions.
Learning rate: warm-up, constant, then linear to zero.
A run that is killed goes on from its last checkpoint and ends as if it had not been.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import QuestionSetError, SettingsError
from wenyuan.training.batches import LENGTHS, Batches, Pair
from wenyuan.training.data import HardNegatives, load, normaliser
from wenyuan.training.synthesise import TwinMaker, synthetic_examples

if TYPE_CHECKING:
    import torch

    from wenyuan.training.model import Noise

_HELD_OUT = 48  # labelled questions never trained on, scored at every checkpoint
_HELD_OUT_DRAW = "1/prepare"  # the same in every run: one that starts from another's weights is not scored on what that one saw
_TOKENS_AT_ONCE = 1300  # padded tokens of one forward pass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Everything that shapes a run; written beside its weights."""

    seed: int = 1
    steps: int = 1000
    groups: int = 8  # questions a step
    synthetic: int = 1500  # questions made from folders without questions
    learning_rate: float = 1.8e-4
    heads_learning_rate: float = 1e-3
    warm_up_steps: int = 60
    decay_share: float = 0.4  # of the steps, at the end
    layers: int = 8  # of the encoder; the upper ones are left out
    frozen_layers: int = 2
    lora_rank: int = 0  # above 0: low-rank adapters in place of the layers' own weights
    checkpoint_steps: int = 60
    threads: int = 2
    hidden_dropout: float = 0.1
    word_dropout: float = 0.08  # of whole tokens
    average_steps: int = 150  # the shipped weights are the mean of about so many last steps, the nearer the heavier
    start_from: str = ""  # weights of an earlier reader; "" = the packaged encoder and fresh heads
    bfloat16: bool = False  # forward pass in bfloat16: about a quarter faster where the processor has it (avx512_bf16), slower elsewhere


def train_reader(
    folders: Sequence[Path], out: Path, settings: TrainingSettings = TrainingSettings(), *, cache_dir: str = "", progress: bool = True
) -> Path:
    """The folder ``out`` with ``reader.safetensors``, ``training.json`` and ``training.png``; goes on from ``out/checkpoint.pt`` if there.

    ``folders`` hold ``corpus.jsonl`` and, if labelled, ``questions.jsonl``. Raises QuestionSetError on unreadable data,
    SettingsError when nothing labelled was given.
    """
    import torch
    from tqdm import tqdm

    from wenyuan.training import model as reader_model

    # one worker a core, each with a share of the questions: workers that wait for one another at every operation stall on a busy machine
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    batches, held_out = prepare(folders, settings, cache_dir)
    table = word_table(cache_dir)
    model = reader_model.build(settings.layers, settings.frozen_layers, settings.seed, settings.lora_rank)
    if settings.start_from:
        from safetensors.numpy import load_file

        reader_model.load(model, load_file(settings.start_from))
    heads = [parameter for name, parameter in model.named_parameters() if name.startswith("heads")]
    encoder = [parameter for name, parameter in model.named_parameters() if not name.startswith("heads") and parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": encoder, "lr": settings.learning_rate}, {"params": heads, "lr": settings.heads_learning_rate}],
        betas=(0.9, 0.98),
        weight_decay=0.01,
    )
    noise = reader_model.Noise(model, settings.hidden_dropout, settings.word_dropout)
    average = {name: parameter.detach().clone() for name, parameter in model.named_parameters() if parameter.requires_grad}
    first, log = _resume(out / "checkpoint.pt", model, optimiser, average)
    began = time.monotonic()
    with (
        ThreadPoolExecutor(settings.threads) as workers,
        tqdm(total=settings.steps, initial=first, disable=not progress, desc="training the reader", unit="step") as bar,
    ):
        for step in range(first, settings.steps):
            for group, rate in zip(optimiser.param_groups, (settings.learning_rate, settings.heads_learning_rate), strict=True):
                group["lr"] = rate * _rate(step, settings)
            sequences = batches.step(step)
            losses = _backward(model, table, sequences, encoder + heads, workers, noise, settings, step)
            torch.nn.utils.clip_grad_norm_(encoder + heads, 1.0)
            optimiser.step()
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    average[name].lerp_(parameter.detach(), max(1 / settings.average_steps, 1 / (step + 1)))
            entry: dict[str, float] = {"step": step + 1, "sequences": len(sequences)}
            entry |= losses
            log.append(entry)
            bar.update()
            bar.set_postfix({name: f"{np.mean([line[name] for line in log[-20:]]):.3f}" for name in losses}, refresh=False)
            if (step + 1) % settings.checkpoint_steps == 0 or step + 1 == settings.steps:
                with _averaged(model, average):
                    entry |= score_held_out(model, table, held_out)
                entry["minutes"] = round((time.monotonic() - began) / 60, 2)
                _checkpoint(out, model, optimiser, average, step + 1, log)
                if progress:
                    tqdm.write(json.dumps(entry), file=sys.stderr)
    with _averaged(model, average):
        _finish(out, model, settings, log, folders, batches)
    return out


@contextmanager
def _averaged(model: Any, average: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """``model`` with the averaged weights in place of the last ones."""
    import torch

    own = dict(model.named_parameters())
    last = {name: own[name].detach().clone() for name in average}
    with torch.no_grad():
        for name, value in average.items():
            own[name].copy_(value)
        yield
        for name, value in last.items():
            own[name].copy_(value)


def prepare(folders: Sequence[Path], settings: TrainingSettings, cache_dir: str = "") -> tuple[Batches, list[Pair]]:
    """The batches of a run, and the held-out sequences (a gold and a wrong one per question, neighbours in the list)."""
    from tokenizers import Tokenizer

    from wenyuan.models import default_model_folder

    normalise = normaliser()
    labelled = [folder for folder in folders if (folder / "questions.jsonl").exists()]
    unlabelled = [folder for folder in folders if folder not in labelled]
    if not labelled:
        raise SettingsError("no folder with questions.jsonl was given: training a reader needs labelled questions")
    passages, examples = load([*labelled, *unlabelled], normalise)
    if not examples:
        raise QuestionSetError("the folders hold no question with an answer span; give questions.jsonl lines with spans")
    first_unlabelled = 1 + max(example.passage for example in examples)
    random = Random(_HELD_OUT_DRAW)
    random.shuffle(examples)
    answered = [example for example in examples if example.answers]
    held = answered[: min(_HELD_OUT, len(answered) // 5)]
    examples = [example for example in examples if example not in held]
    if unlabelled:
        examples = examples + synthetic_examples(passages, first_unlabelled, settings.synthetic, random)
    tokenizer = Tokenizer.from_file(str(default_model_folder(cache_dir) / "tokenizer.json"))
    negatives = HardNegatives(passages)
    negatives.mine([*examples, *held])
    twins = TwinMaker(passages, examples)
    batches = Batches(passages, examples, tokenizer, negatives, twins, groups=settings.groups, seed=settings.seed)
    return batches, _held_out_sequences(Batches(passages, held, tokenizer, _renumbered(negatives, len(examples)), twins, groups=1, seed=7))


def _renumbered(negatives: HardNegatives, offset: int) -> HardNegatives:
    """The same negatives, counted from ``offset``."""
    import copy

    view = copy.copy(negatives)
    view._mined = {number - offset: found for number, found in negatives._mined.items() if number >= offset}
    return view


def _held_out_sequences(batches: Batches) -> list[Pair]:
    found: list[Pair] = []
    for step in range(len(batches.examples)):
        group = [sequence for sequence in batches.step(step) if not sequence.twin][:2]
        if len(group) == 2:
            found.extend(group)
    return found


def word_table(cache_dir: str = "") -> Any:
    """The frozen word vectors, float16 ``(vocabulary, hidden)``, as a memory map."""
    from wenyuan.models import default_model_folder

    return np.load(default_model_folder(cache_dir) / "embeddings.npy", mmap_mode="r")


def _backward(
    model: Any,
    table: Any,
    sequences: Sequence[Pair],
    parameters: Sequence[torch.Tensor],
    workers: ThreadPoolExecutor,
    noise: Noise,
    settings: TrainingSettings,
    step: int,
) -> dict[str, float]:
    """The losses of one step, after leaving their gradients in ``parameters``; each worker takes a share of the questions."""
    import torch

    groups: dict[int, list[Pair]] = {}
    for sequence in sequences:
        groups.setdefault(sequence.group, []).append(sequence)
    count = workers._max_workers
    shares: list[list[Pair]] = [[] for _ in range(count)]
    for group in sorted(groups.values(), key=lambda found: -sum(len(sequence.ids) for sequence in found)):
        min(shares, key=lambda share: sum(len(sequence.ids) for sequence in share)).extend(group)
    shares = [share for share in shares if share]

    def work(share: list[Pair], place: int) -> tuple[tuple[torch.Tensor, ...], dict[str, float]]:
        with (
            noise.drawn_with((settings.seed * 1_000_003 + step) * 64 + place),
            torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bfloat16),
        ):
            spans, pooled = _forward(model, table, share, noise)
        losses = _losses([logits.float() for logits in spans], pooled.float(), share)
        total = losses["span"] + 0.7 * (losses["relevance"] + losses["answerable"] + losses["holds"])
        gradients = torch.autograd.grad(total * (len(share) / len(sequences)), parameters)
        return gradients, {name: round(float(value.detach()), 4) for name, value in losses.items()}

    done = list(workers.map(work, shares, range(len(shares))))
    for parameter, *gradients in zip(parameters, *(gradients for gradients, _ in done), strict=True):
        parameter.grad = torch.stack(gradients).sum(0) if len(gradients) > 1 else gradients[0]
    return {
        name: round(sum(losses[name] * len(share) for share, (_, losses) in zip(shares, done, strict=True)) / len(sequences), 4)
        for name in done[0][1]
    }


def _forward(model: Any, table: Any, sequences: Sequence[Pair], noise: Noise | None = None) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Span logits per sequence (2, length; what cannot be an answer at -1e4); relevance, answerability, holding ``(len(sequences), 3)``."""
    import torch

    from wenyuan.training.model import scores

    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i].ids))
    spans: list[Any] = [None] * len(sequences)
    pooled: list[Any] = [None] * len(sequences)
    while order:
        take, length = 0, 0
        while take < len(order):
            wanted = padded_length(len(sequences[order[take]].ids))
            if take and (take + 1) * wanted > _TOKENS_AT_ONCE:
                break
            take, length = take + 1, wanted
        rows, order = order[:take], order[take:]
        ids = np.full((take, length), 1, np.int64)
        mask = np.zeros((take, length), np.int64)
        for row, index in enumerate(rows):
            size = len(sequences[index].ids)
            ids[row, :size] = sequences[index].ids
            mask[row, :size] = 1
        words = torch.from_numpy(table[ids].astype(np.float32))
        if noise is not None:
            words = noise.on_words(words)
        start, end, whole = scores(model, words, torch.from_numpy(mask))
        for row, index in enumerate(rows):
            sequence = sequences[index]
            allowed = torch.zeros(len(sequence.ids), dtype=torch.bool)
            allowed[0] = True
            allowed[sequence.passage_from : len(sequence.ids) - 1] = True
            both = torch.stack([start[row, : len(sequence.ids)], end[row, : len(sequence.ids)]])
            spans[index] = both.masked_fill(~allowed, -1e4)
            pooled[index] = whole[row]
    return spans, torch.stack(pooled)


def padded_length(length: int) -> int:
    """The least of the few lengths that holds ``length`` tokens."""
    return next((size for size in LENGTHS if size >= length), LENGTHS[-1])


def _losses(spans: Sequence[torch.Tensor], pooled: torch.Tensor, sequences: Sequence[Pair]) -> dict[str, torch.Tensor]:
    """Mean span, relevance, answerability and holding losses of one step."""
    import torch
    from torch.nn import functional

    relevance, answerable, holds = pooled.unbind(1)

    weights, terms = [], []
    for sequence, logits in zip(sequences, spans, strict=True):
        target = torch.tensor([sequence.start, sequence.end])
        weights.append(1.0 if sequence.answered else 0.4)
        terms.append(functional.cross_entropy(logits, target))
    weight = torch.tensor(weights)
    span = (torch.stack(terms) * weight).sum() / weight.sum()
    listwise = []
    for group in sorted({sequence.group for sequence in sequences}):
        rows = [i for i, sequence in enumerate(sequences) if sequence.group == group and not sequence.twin]
        gold = [at for at, i in enumerate(rows) if sequences[i].answered]
        if len(rows) > 1 and gold:
            listwise.append(functional.cross_entropy(relevance[rows][None], torch.tensor(gold[:1])))
    target = torch.tensor([float(sequence.answered) for sequence in sequences])
    asked = [i for i, sequence in enumerate(sequences) if sequence.holds is not None]
    held = torch.tensor([float(bool(sequences[i].holds)) for i in asked])
    return {
        "span": span,
        "relevance": torch.stack(listwise).mean() if listwise else relevance.sum() * 0,
        "answerable": functional.binary_cross_entropy_with_logits(answerable, target),
        "holds": functional.binary_cross_entropy_with_logits(holds[asked], held) if asked else holds.sum() * 0,
    }


def score_held_out(model: Any, table: Any, sequences: Sequence[Pair]) -> dict[str, float]:
    """Share of gold spans found exactly, of pairs ranked right, of sequences judged right."""
    import torch

    if not sequences:
        return {}
    with torch.inference_mode():
        spans, pooled = _forward(model, table, sequences)
    relevance, answerable, _ = pooled.unbind(1)
    gold = list(range(0, len(sequences), 2))
    exact = sum(best_span(spans[i].numpy()) == (sequences[i].start, sequences[i].end) for i in gold)
    return {
        "held_out_exact": round(exact / len(gold), 3),
        "held_out_ranked": round(float((relevance[0::2] > relevance[1::2]).float().mean()), 3),
        "held_out_answerable": round(float(((answerable > 0) == (torch.arange(len(sequences)) % 2 == 0)).float().mean()), 3),
    }


def best_span(logits: Any, longest: int = 48) -> tuple[int, int]:
    """``(first, last)`` token of the best span that is not the first token; ``logits`` is (2, length)."""
    size = logits.shape[1]
    total = logits[0][:, None] + logits[1][None, :]
    rows, columns = np.indices((size, size))
    total[(columns < rows) | (columns - rows >= longest) | (rows == 0)] = -np.inf
    best = int(total.argmax())
    return best // size, best % size


def _rate(step: int, settings: TrainingSettings) -> float:
    """Share of the full learning rate at ``step``."""
    decay_from = int(settings.steps * (1 - settings.decay_share))
    if step < settings.warm_up_steps:
        return (step + 1) / settings.warm_up_steps
    return 1.0 if step < decay_from else (settings.steps - step) / max(1, settings.steps - decay_from)


def _resume(path: Path, model: Any, optimiser: Any, average: dict[str, torch.Tensor]) -> tuple[int, list[dict[str, float]]]:
    import torch

    if not path.exists():
        return 0, []
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    average.update(state["average"])
    return int(state["step"]), list(state["log"])


def _checkpoint(out: Path, model: Any, optimiser: Any, average: Mapping[str, torch.Tensor], step: int, log: list[dict[str, float]]) -> None:
    """Written beside its place and renamed, so that a kill never leaves half of one."""
    import torch

    part = out / "checkpoint.part"
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step, "log": log}, part)
    os.replace(part, out / "checkpoint.pt")


def _finish(
    out: Path, model: Any, settings: TrainingSettings, log: list[dict[str, float]], folders: Sequence[Path], batches: Batches
) -> None:
    from wenyuan.training.export import plot_log, write_weights
    from wenyuan.training.model import weights_of

    write_weights(out / "reader.safetensors", weights_of(model))
    record = {
        "settings": asdict(settings),
        "data": [folder.name for folder in folders],
        "questions": len(batches.examples),
        "synthetic": sum(example.synthetic for example in batches.examples),
        "log": log,
    }
    (out / "training.json").write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    plot_log(log, out / "training.png")
