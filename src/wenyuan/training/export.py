"""A trained reader → what ships: float16 safetensors under our weight names, and the plot of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_weights(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Nothing, after writing ``weights`` as float16 (about 43 MB for twelve layers)."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(value, dtype=np.float16) for name, value in sorted(weights.items())}, path, {"format": "np"})


def plot_log(log: Sequence[Mapping[str, float]], path: Path, smooth: int = 25) -> None:
    """Nothing, after drawing losses (running mean) and held-out scores over the steps."""
    try:
        from matplotlib.figure import Figure
    except ImportError:  # a plot is a comfort, never a reason to lose a run
        return
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name in ("span", "relevance", "answerable", "holds"):
        values = np.array([line.get(name, np.nan) for line in log])
        kernel = np.ones(min(smooth, len(values))) / min(smooth, len(values))
        left.plot(np.convolve(values, kernel, "valid"), label=name)
    left.set(xlabel="step", ylabel=f"loss, running mean of {smooth}", ylim=(0, 3))
    left.legend()
    for name in ("held_out_exact", "held_out_ranked", "held_out_answerable"):
        points = [(line["step"], line[name]) for line in log if name in line]
        right.plot([x for x, _ in points], [y for _, y in points], marker=".", label=name)
    right.set(xlabel="step", ylabel="share of held-out questions", ylim=(0, 1))
    right.legend()
    figure.savefig(path, dpi=110)
