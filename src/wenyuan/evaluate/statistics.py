"""Numbers of rows -> means, intervals, percentiles, calibration. It knows nothing of questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SEED = 20240  # fixed, so that two equal runs give equal intervals
RESAMPLES = 2000
_CALIBRATION_BINS = 10


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean (Efron & Tibshirani 1993, ch. 13); ``values`` must not be empty."""
    low, high = np.percentile(_resampled_means(np.asarray(values, dtype=np.float64)), (2.5, 97.5))
    return float(low), float(high)


def paired_bootstrap(differences: Sequence[float]) -> tuple[float, float, float]:
    """95 % interval of the mean difference and its two-sided p (Efron & Tibshirani 1993, ch. 15): twice the smaller tail at 0."""
    means = _resampled_means(np.asarray(differences, dtype=np.float64))
    low, high = np.percentile(means, (2.5, 97.5))
    p = 2 * min(float((means <= 0).mean()), float((means >= 0).mean()))
    return float(low), float(high), min(1.0, p)


def _resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of RESAMPLES samples with replacement, shape (RESAMPLES,)."""
    picks = np.random.default_rng(SEED).integers(0, len(values), size=(RESAMPLES, len(values)))
    means: NDArray[np.float64] = values[picks].mean(axis=1)
    return means


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p95, linear between neighbours; ``values`` must not be empty."""
    middle, slow = np.percentile(np.asarray(values, dtype=np.float64), (50, 95))
    return float(middle), float(slow)


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Sum over ten equal bins of (bin size / n) * |share right - mean confidence| (Guo et al. 2017); 0.0 when empty."""
    if not confidences:
        return 0.0
    sure, correct = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    bins = np.minimum((sure * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    gaps = [abs(float(correct[bins == b].sum() - sure[bins == b].sum())) for b in range(_CALIBRATION_BINS)]
    return sum(gaps) / len(confidences)


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    """(coverage, risk) after each distinct confidence, surest first (El-Yaniv & Wiener 2010); empty when nothing was answered.

    Coverage is the share of answers kept, risk the share of wrong ones among them. Equal confidences are kept together.
    """
    pairs = sorted(zip(confidences, right, strict=True), reverse=True)
    curve: list[tuple[float, float]] = []
    wrong = 0
    for kept, (confidence, correct) in enumerate(pairs, 1):
        wrong += not correct
        if kept == len(pairs) or pairs[kept][0] != confidence:
            curve.append((kept / len(pairs), wrong / kept))
    return tuple(curve)
