"""R², correlation and AUC as functions of means over cooks, so that the bootstrap over cooks gives their intervals.

Each is a pair: a cook's row of numbers, and the figure from such rows' means. Every cook weighs the same, and every dish.
"""

import numpy as np

BINS = 128


def r2_row(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Means of a cook's squared errors, truth and squared truth: [n], [n] → [3]; NaN of a cook without a hop."""
    return np.array([((said - true) ** 2).mean(), true.mean(), (true**2).mean()]) if len(true) else np.full(3, np.nan)


def r2(m: np.ndarray) -> np.ndarray:
    """1 − squared error / variance of the truth over all cooks: [..., 3] → [...]. 0 is as good as the mean; it can be below."""
    return 1 - m[..., 0] / (m[..., 2] - m[..., 1] ** 2)


def correlation_row(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Means of a, b, a², b² and ab over a cook: [n], [n] → [5]."""
    return np.array([a.mean(), b.mean(), (a * a).mean(), (b * b).mean(), (a * b).mean()])


def correlation(m: np.ndarray) -> np.ndarray:
    """Pearson's r over the seconds of all cooks: [..., 5] → [...]."""
    a, b, aa, bb, ab = np.moveaxis(m, -1, 0)
    return (ab - a * b) / np.sqrt((aa - a * a) * (bb - b * b))


def edges(said: np.ndarray) -> np.ndarray:
    """Quantiles of all scores between which AUC counts, [BINS − 1]: of two scores within one bin neither is the higher."""
    return np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1])


def auc_row(said: np.ndarray, true: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share of a cook's hops that are true, and that are not, in each bin of the score: [n], bool [n], [BINS − 1] → [2·BINS]."""
    if not len(true):
        return np.full(2 * BINS, np.nan)
    where = np.searchsorted(at, said, side="right")
    return np.concatenate([np.bincount(where[which], minlength=BINS) for which in (true, ~true)]) / len(true)


def auc(m: np.ndarray) -> np.ndarray:
    """Chance that a true hop scores higher than one that is not, ties half (Mann & Whitney 1947): [..., 2·BINS] → [...]."""
    yes, no = m[..., :BINS], m[..., BINS:]
    below = np.cumsum(no, -1) - no / 2
    return (yes * below).sum(-1) / (yes.sum(-1) * no.sum(-1))
